/**
 * Parses calls from the docker client, which runs us as a plugin (github.com/docker/cli, "cli-plugins"). It starts
 * `docker-footprint` with its own flags, then the name of the plugin, then the user's arguments.
 */
import { basename } from 'node:path'
import { completeCommand } from './complete.ts'

/**
 * The name of the program in the folder `cli-plugins`. The user writes the part after `docker-` as a command of
 * `docker`.
 */
export const pluginProgram = 'docker-footprint'
const pluginName = 'footprint'
/** The command by which the docker client asks for the metadata of a plugin. */
export const metadataCommand = 'docker-cli-plugin-metadata'

/** Returns the metadata of the plugin, as JSON for the docker client. */
export function pluginMetadata(version: string): string {
  return `${JSON.stringify({
    SchemaVersion: '0.1.0',
    Vendor: 'Stage Footprint',
    Version: version,
    ShortDescription: 'Weigh every stage of a Docker build',
  })}\n`
}

/** A call from the docker client. */
export interface PluginCall {
  /** The arguments, as they would follow `stage-footprint`. */
  readonly argv: readonly string[]
  /** Variables with the same effect as the flags of the docker client, for the docker client that we start. */
  readonly env: Readonly<Record<string, string>>
}

/**
 * Flags of the docker client that take a value, and the variable with the same effect. The TLS files have no variables.
 * An engine that requires a certificate refuses the connection, unless `DOCKER_CERT_PATH` is set.
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

/** Returns whether the docker client starts this program as its plugin. */
export function isPlugin(program: string): boolean {
  return basename(program) === pluginProgram
}

/**
 * Parses a call from the docker client. Returns null if we were not started as a plugin.
 *
 * @param program the path that the program was started with
 * @param argv the arguments after it
 */
export function pluginCallOf(program: string, argv: readonly string[]): PluginCall | null {
  if (!isPlugin(program)) return null
  if (argv[0] === metadataCommand) return { argv, env: {} }
  if (argv[0] === completeCommand) return { argv: [completeCommand, ...argv.slice(2)], env: {} }
  const env: Record<string, string> = {}
  let position = 0
  for (; position < argv.length && argv[position] !== pluginName; position += 1) {
    const { name, value } = flagIn(argv[position] ?? '')
    // The client treats any value that is not empty as true.
    if (name === '--tlsverify') env['DOCKER_TLS_VERIFY'] = /^(?:0|f|false)$/i.test(value ?? '') ? '' : '1'
    const variable = clientFlags[name]
    if (variable === undefined) continue
    const given = value ?? argv[(position += 1)] ?? ''
    if (variable !== null) env[variable] = given
  }
  const context = env['DOCKER_CONTEXT']
  // An empty flag counts as none.
  if (context === '') delete env['DOCKER_CONTEXT']
  // The flag for a context wins over DOCKER_HOST, but the variable for it does not. The context `default` is the engine
  // that DOCKER_HOST names.
  else if (context !== undefined && context !== 'default') env['DOCKER_HOST'] ??= ''
  return { argv: argv.slice(position + 1), env }
}

/** A flag with the value in the same word: `--host=X`, `-HX`, or `-DHX` after flags without a value. */
function flagIn(word: string): { readonly name: string; readonly value: string | null } {
  const [, letter, attached] = /^-[^-cHl=]*([cHl])(.*)$/s.exec(word) ?? []
  if (letter !== undefined && attached !== undefined)
    return { name: `-${letter}`, value: attached === '' ? null : attached.replace(/^=/, '') }
  const equals = word.indexOf('=')
  return equals === -1 ? { name: word, value: null } : { name: word.slice(0, equals), value: word.slice(equals + 1) }
}
