/** What a builder says about itself, and whether the attestations that nobody asked for may be sent to it. */
import { askClient } from './ask-client.ts'

export interface BuilderInfo {
  /** `docker`, `docker-container`, `kubernetes`, `remote` or `cloud`; null where it is not said. */
  readonly driver: string | null
  /** BuildKit's version for each node; null for a node that does not run, or whose BuildKit is too old to tell. */
  readonly versions: readonly (string | null)[]
}

/**
 * Whether docker/build-push-action would add its default provenance for this builder: every node has BuildKit 0.11 or
 * newer, and the engine's own builder says by its version that it can. Where this is false, buildx has a default of its
 * own for those builders that can attest.
 */
export function takesDefaultAttestations({ driver, versions }: BuilderInfo): boolean {
  return versions.every((version) => {
    if (version === null || (driver === 'docker' && !version.endsWith('-moby'))) return false
    return isRelease011(version.replace(/-moby$/, ''))
  })
}

/** `>=0.11.0` as node-semver reads it: a pre-release or a version without a number is none. */
function isRelease011(version: string): boolean {
  const [, major = '', minor = ''] = /^v?(\d{1,9})\.(\d{1,9})\.\d{1,9}(?:\+[\w.-]+)?$/.exec(version) ?? []
  if (major === '') return false
  return Number(major) > 0 || Number(minor) >= 11
}

/** Asks the builder of this name, or the one that `docker buildx build` would take; null where there is no answer. */
export async function askBuilder(name: string | null, signal: AbortSignal): Promise<BuilderInfo | null> {
  const answer = await askClient({ args: ['buildx', 'inspect', ...(name === null ? [] : [name])], signal })
  return answer === null ? null : parseBuilderInfo(answer)
}

/** @param text what `docker buildx inspect` prints */
export function parseBuilderInfo(text: string): BuilderInfo {
  let driver: string | null = null
  const nodes: { version: string | null }[] = []
  let inNodes = false
  for (const line of text.split('\n')) {
    // What belongs to a part of a node, such as a device with a name, is indented.
    const [, key = '', value = ''] = /^([^\s:][^:]{0,100}):(.*)$/.exec(line) ?? []
    switch (key.toLowerCase()) {
      case 'nodes':
        inNodes = true
        break
      case 'driver':
        driver = value.trim()
        break
      case 'name':
        if (inNodes) nodes.push({ version: null })
        break
      // Before buildx 0.13 it is "Buildkit".
      case 'buildkit':
      case 'buildkit version': {
        const node = nodes.at(-1)
        if (node !== undefined) node.version = value.trim() || null
      }
    }
  }
  return { driver, versions: nodes.map(({ version }) => version) }
}
