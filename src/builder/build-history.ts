/**
 * What the builder's history keeps of a build: the manifest of each image that it made, and the whole provenance, attached to
 * the image or not. It answers where the metadata of the user's call does not.
 */
import { askClient } from '../docker/ask-client.ts'
import type { BuildOutputs } from '../docker/metadata.ts'
import { parseJson } from '../files.ts'
import type { BuilderToDial } from './builder-connection.ts'

/** The name of the build there; null where it left none. */
export function refInHistory({ ref }: Pick<BuildOutputs, 'ref'>): string | null {
  return ref?.split('/').at(-1) || null
}

/**
 * Words of `docker buildx history inspect attachment`, and its answer; null where there is none, as from a buildx before 0.21.
 *
 * @throws Cancelled
 */
export function askHistory(
  words: readonly string[],
  { builder, env }: BuilderToDial,
  signal: AbortSignal,
): Promise<string | null> {
  return askClient({
    args: ['buildx', 'history', 'inspect', 'attachment', ...(builder === null ? [] : ['--builder', builder]), ...words],
    env,
    signal,
  })
}

/**
 * The provenance of a build for one platform; null where there is none. It holds values of build arguments.
 *
 * @param platform as `--platform` takes it; null for that of the builder
 */
export async function provenanceInHistory(
  outputs: Pick<BuildOutputs, 'ref'>,
  platform: string | null,
  builder: BuilderToDial,
  signal: AbortSignal,
): Promise<unknown> {
  const ref = refInHistory(outputs)
  if (ref === null) return null
  const words = [...(platform === null ? [] : ['--platform', platform]), '--type', 'provenance', ref]
  return parseJson(await askHistory(words, builder, signal))
}
