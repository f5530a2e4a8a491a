/**
 * Reads what the builder's history keeps of a build: the manifest of each image that it made, and the whole provenance,
 * whether or not it is attached to the image. It is used if the metadata of the user's call lacks this information.
 */
import { askClient } from '../docker/ask-client.ts'
import type { BuildOutputs } from '../docker/metadata.ts'
import { parseJson } from '../files.ts'
import type { BuilderToDial } from './builder-connection.ts'

/** Returns the name of a build in the history, or null if the build left none. */
export function refInHistory({ ref }: Pick<BuildOutputs, 'ref'>): string | null {
  return ref?.split('/').at(-1) || null
}

/**
 * Runs `docker buildx history inspect attachment` with these arguments. Returns its output, or null if there is none,
 * for example because buildx is older than 0.21.
 *
 * @throws Cancelled if the signal stops it
 */
export function askBuildHistory(
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
 * Returns the provenance of a build for one platform, or null if there is none. It contains values of build arguments.
 *
 * @param platform as in `--platform`; null for the platform of the builder
 * @throws Cancelled if the signal stops it
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
  return parseJson(await askBuildHistory(words, builder, signal))
}
