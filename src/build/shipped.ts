/** What the user's build shipped, as far as it can be asked for cheaply: to check the weighed image against. */
import * as v from 'valibot'
import type { BuildOutputs } from './metadata.ts'
import { askClient } from './query.ts'

/**
 * The diffIDs of the image that was loaded into the engine's store, lowest first; null where nothing was loaded
 * or the weighed config can be compared by its digest instead.
 */
export async function shippedDiffIds(
  { imageId, configDigest }: BuildOutputs,
  { platforms }: { readonly platforms: readonly string[] },
): Promise<readonly string[] | null> {
  if (imageId === '' || configDigest !== null || platforms.length > 1) return null
  const answer = await askClient(['image', 'inspect', '--format', '{{json .RootFS.Layers}}', imageId])
  if (answer === null) return null
  const parsed = v.safeParse(v.array(v.string()), parseJson(answer))
  return parsed.success ? parsed.output : null
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}
