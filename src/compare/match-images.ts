/** Which image of the baseline is which of the head. */
import type { Image } from '../inspect/footprint.ts'
import { normalisedPlatform } from '../oci/platform.ts'

export interface ImageMatches {
  /** In the order of the head. */
  readonly pairs: readonly { readonly before: Image; readonly after: Image }[]
  readonly added: readonly Image[]
  readonly removed: readonly Image[]
}

/** By name and platform; by platform alone where there is one image of it on each side. */
export function matchImages(before: readonly Image[], after: readonly Image[]): ImageMatches {
  const alone = Map.groupBy(before, platformOf)
  const aloneAfter = Map.groupBy(after, platformOf)
  // An image that occurs twice goes with its first namesake first.
  const named = Map.groupBy(before, nameAndPlatform)
  const turns = new Map<string, number>()
  const counterparts = after.map((image): Image | null => {
    const platform = platformOf(image)
    const [only, ...others] = alone.get(platform) ?? []
    if (only !== undefined && others.length === 0 && aloneAfter.get(platform)?.length === 1) return only
    const key = nameAndPlatform(image)
    const turn = turns.get(key) ?? 0
    turns.set(key, turn + 1)
    return named.get(key)?.[turn] ?? null
  })
  const matched = new Set(counterparts)
  return {
    pairs: after.flatMap((image, position) => {
      const counterpart = counterparts[position] ?? null
      return counterpart === null ? [] : [{ before: counterpart, after: image }]
    }),
    added: after.filter((_, position) => counterparts[position] === null),
    removed: before.filter((image) => !matched.has(image)),
  }
}

const platformOf = ({ platform }: Image): string => normalisedPlatform(platform)

const nameAndPlatform = (image: Image): string => JSON.stringify([image.name, platformOf(image)])
