/** Reads information about a builder, and decides whether it may be sent default attestations. */
import { askClient } from './ask-client.ts'
import { runClientQuietly } from './client.ts'

/** Facts about a builder. */
export interface BuilderInfo {
  /** `docker`, `docker-container`, `kubernetes`, `remote` or `cloud`. Null if buildx does not say. */
  readonly driver: string | null
  /**
   * BuildKit's version for each node. Null for a node that is not running, or whose BuildKit is too old to report it.
   */
  readonly versions: readonly (string | null)[]
  /** Why buildx cannot use the builder, such as an engine that does not answer. Null if it does not say so. */
  readonly fault: string | null
}

/**
 * Returns whether docker/build-push-action would add its default provenance with this builder. Every node must have
 * BuildKit 0.11 or newer, and the version of the engine's own builder must show its support. If this is false, buildx
 * uses its own default for builders that support attestations.
 */
export function takesDefaultAttestations({ driver, versions }: Pick<BuilderInfo, 'driver' | 'versions'>): boolean {
  return versions.every((version) => {
    if (version === null || (driver === 'docker' && !version.endsWith('-moby'))) return false
    return isRelease011(version.replace(/-moby$/, ''))
  })
}

/** Compares with `>=0.11.0` like node-semver: a pre-release, or a version without numbers, does not match. */
function isRelease011(version: string): boolean {
  const [, major = '', minor = ''] = /^v?(\d{1,9})\.(\d{1,9})\.\d{1,9}(?:\+[\w.-]+)?$/.exec(version) ?? []
  if (major === '') return false
  return Number(major) > 0 || Number(minor) >= 11
}

/**
 * Asks the builder with this name, or the default builder of `docker buildx build`. Returns null if there is no answer.
 *
 * @throws Cancelled if the signal stops it
 */
export async function askBuilder(name: string | null, signal: AbortSignal): Promise<BuilderInfo | null> {
  const answer = await askClient({ args: inspectBuilder(name), signal })
  return answer === null ? null : parseBuilderInfo(answer)
}

const inspectBuilder = (name: string | null): readonly string[] => [
  'buildx',
  'inspect',
  ...(name === null ? [] : [name]),
]

/** Time limit for what is wrong with a builder, in milliseconds. The user waits for it after a failed build. */
const faultTimeout = 10_000

/**
 * Asks why buildx cannot use a builder.
 *
 * @returns what a build prints on standard error then; empty if the builder can be used, or does not answer
 * @throws Cancelled if the signal stops it
 */
export async function askForFault(
  name: string | null,
  env: ReadonlyMap<string, string>,
  signal: AbortSignal,
): Promise<string> {
  const call = { args: inspectBuilder(name), env, task: 'describe the builder', timeLimit: faultTimeout, signal }
  try {
    const { exitCode, stdout, stderr } = await runClientQuietly(call)
    if (exitCode !== 0) return stderr
    const { fault } = parseBuilderInfo(stdout)
    return fault === null ? '' : `ERROR: ${fault}`
  } catch (error) {
    if (signal.aborted) throw error
    return ''
  }
}

/** Parses the output of `docker buildx inspect`. */
export function parseBuilderInfo(text: string): BuilderInfo {
  let driver: string | null = null
  let fault: string | null = null
  const nodes: { version: string | null }[] = []
  let inNodes = false
  for (const line of text.split('\n')) {
    // Lines that belong to a part of a node, such as a named device, are indented.
    const [, key = '', value = ''] = /^([^\s:][^:]{0,100}):(.*)$/.exec(line) ?? []
    switch (key.toLowerCase()) {
      case 'nodes':
        inNodes = true
        break
      case 'driver':
        driver = value.trim()
        break
      case 'error':
        // A node may have one, too, while the others can be used.
        if (!inNodes) fault = value.trim() || null
        break
      case 'name':
        if (inNodes) nodes.push({ version: null })
        break
      // It is "Buildkit" before buildx 0.13.
      case 'buildkit':
      case 'buildkit version': {
        const node = nodes.at(-1)
        if (node !== undefined) node.version = value.trim() || null
      }
    }
  }
  return { driver, versions: nodes.map(({ version }) => version), fault }
}
