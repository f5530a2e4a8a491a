/**
 * How the docker client calls its plugins (github.com/docker/cli, "cli-plugins"). It starts `docker-footprint` with its
 * own flags, then the plugin's name, then the words of the user.
 */
import { basename } from 'node:path'
import { completeCommand } from './complete.ts'

/** The name of the program in the folder `cli-plugins`, and behind `docker`. */
export const pluginProgram = 'docker-footprint'
const pluginName = 'footprint'
export const metadataCommand = 'docker-cli-plugin-metadata'

/** What the docker client lists about the plugin. */
export function pluginMetadata(version: string): string {
  return `${JSON.stringify({
    SchemaVersion: '0.1.0',
    Vendor: 'Stage Footprint',
    Version: version,
    ShortDescription: 'Weigh every stage of a Docker build',
  })}\n`
}

export interface PluginCall {
  /** The words as after `stage-footprint`. */
  readonly argv: readonly string[]
  /** What the flags of the docker client come to, for the docker client that we start. */
  readonly env: Readonly<Record<string, string>>
}

/**
 * Flags of the docker client that take a value, and the variable that says the same. The files of TLS have none: an
 * engine that asks for a certificate refuses the connection, unless `DOCKER_CERT_PATH` names it.
 */
const clientFlags: Readonly<Record<string, string | null>> = {
  '--config': 'DOCKER_CONFIG',
  '--context': 'DOCKER_CONTEXT',
  '-c': 'DOCKER_CONTEXT',
  '--host': 'DOCKER_HOST',
  '-H': 'DOCKER_HOST',
  '--log-level': null,
  '-l': null,
  '--tlscacert': null,
  '--tlscert': null,
  '--tlskey': null,
}

/**
 * How the docker client called us; null where it did not.
 *
 * @param program the path by which the program was started
 * @param argv the words behind it
 */
export function pluginCallOf(program: string, argv: readonly string[]): PluginCall | null {
  if (basename(program) !== pluginProgram) return null
  if (argv[0] === metadataCommand) return { argv, env: {} }
  if (argv[0] === completeCommand) return { argv: [completeCommand, ...argv.slice(2)], env: {} }
  const env: Record<string, string> = {}
  let position = 0
  for (; position < argv.length && argv[position] !== pluginName; position += 1) {
    const [name = '', ...value] = (argv[position] ?? '').split('=')
    if (name === '--tlsverify') env['DOCKER_TLS_VERIFY'] = '1'
    const variable = clientFlags[name]
    if (variable === undefined) continue
    const given = value.length > 0 ? value.join('=') : (argv[(position += 1)] ?? '')
    if (variable !== null) env[variable] = given
  }
  return { argv: argv.slice(position + 1), env }
}
