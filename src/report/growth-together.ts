/** How much the images of a report grow together, for its first line. Pure. */
import type { Comparison } from '../compare/comparison.ts'
import { finalStageOf } from '../compare/match-stages.ts'
import { defaultNoise } from '../compare/noise.ts'
import { formatPlatform } from '../oci/platform.ts'
import type { Image } from '../record/footprint.ts'
import { sumOf, sumOfImages } from '../record/layer-sums.ts'
import { formatBytes, formatCount, formatGrowth } from './units.ts'

/** A growth in bytes; null if it is not known. */
export type Growth = Readonly<Record<'compressedSize' | 'uncompressedSize', number | null>>

/**
 * Returns how much a client has to pull and to unpack more for all images. Layers that they share count once, and images
 * that only one side has count too. A client pulls an image for one platform, so images for several platforms have a
 * growth for each platform. A platform that only one side has does not count if the image is on both sides.
 */
export function growthTogether(comparison: Comparison): readonly Growth[] {
  const { images } = comparison
  const { added, removed } = imagesApart(comparison)
  const all = [...images.map(({ after }) => after), ...added, ...removed]
  if (!haveSeveralPlatforms(all)) return [growthOf({ images, added, removed })]
  return [...new Set(all.map(platformOf))].map((platform) => {
    const isHere = (image: Image): boolean => platformOf(image) === platform
    return growthOf({
      images: images.filter(({ after }) => isHere(after)),
      added: added.filter(isHere),
      removed: removed.filter(isHere),
    })
  })
}

/**
 * Returns a sentence for images that grew by more together than one by one, because layers that they shared differ now, or
 * otherwise by another sum. Null if neither is so, or if a growth is not known.
 */
export function sharedLayersSentence(comparison: Comparison): string | null {
  const { images } = comparison
  const { added, removed } = imagesApart(comparison)
  const [together, ...others] = growthTogether(comparison)
  const each = images.map(({ final }) => final.growth.total.compressedSize)
  if (images.length < 2 || added.length + removed.length > 0 || others.length > 0 || !together) return null
  const [sum, grown] = [sumOf(each), sumOf(each.map((growth) => growth && Math.max(0, growth)))]
  const { compressedSize } = together
  if (compressedSize === null || sum === null || grown === null) return null
  if (compressedSize - grown <= defaultNoise)
    return Math.abs(compressedSize - sum) <= defaultNoise
      ? null
      : `These changes add up to ${formatGrowth(sum)}. For all images together, it is ${formatGrowth(compressedSize)}, because a layer that several of them have, or had, counts once.`
  return `The images no longer share layers of ${formatBytes(compressedSize - grown)}, so together they need that much more to pull.`
}

/** What only one side of a comparison has. */
export interface Apart {
  readonly added: readonly Image[]
  readonly removed: readonly Image[]
  /** Platforms that an image on both sides got or lost. */
  readonly newPlatforms: readonly string[]
  readonly lostPlatforms: readonly string[]
}

/** Separates new and removed images from new and removed platforms of an image that both sides have. */
export function imagesApart({ images, added, removed }: Comparison): Apart {
  const removedNames = new Set(removed.map(({ name }) => name))
  const names = new Set([
    ...images.map(({ after }) => after.name),
    ...added.map(({ name }) => name).filter((name) => removedNames.has(name)),
  ])
  const isKnown = ({ name }: Image): boolean => names.has(name)
  const platformsOf = (some: readonly Image[]): readonly string[] => [...new Set(some.filter(isKnown).map(platformOf))]
  return {
    added: added.filter((image) => !isKnown(image)),
    removed: removed.filter((image) => !isKnown(image)),
    newPlatforms: platformsOf(added),
    lostPlatforms: platformsOf(removed),
  }
}

const platformOf = ({ platform }: Image): string => formatPlatform(platform)

/** Returns whether an image is there for several platforms. Other images may be for different platforms. */
export const haveSeveralPlatforms = (images: readonly Image[]): boolean =>
  [...Map.groupBy(images, ({ name }) => name).values()].some((some) => new Set(some.map(platformOf)).size > 1)

function growthOf({ images, added, removed }: Pick<Comparison, 'images' | 'added' | 'removed'>): Growth {
  const finals = (side: 'before' | 'after', others: readonly Image[]): Parameters<typeof sumOfImages>[0] => [
    ...images.flatMap(({ final }) => final[side] ?? []),
    ...others.flatMap((image) => finalStageOf(image) ?? []),
  ]
  const [before, after] = [sumOfImages(finals('before', removed)), sumOfImages(finals('after', added))]
  const together = (quantity: keyof Growth): number | null => {
    const parts = sumOf(images.map(({ final }) => final.growth.total[quantity]))
    // A change of compression is not counted as growth.
    if (parts === null || (images.length === 1 && added.length + removed.length === 0)) return parts
    return sumOf([after[quantity], before[quantity] === null ? null : -before[quantity]])
  }
  return { compressedSize: together('compressedSize'), uncompressedSize: together('uncompressedSize') }
}

/**
 * Returns words such as `+3.20 MB to pull`, or `between +1.00 MB and +1.20 MB to pull on 2 platforms`. They are about the unpacked
 * size if nothing has another size to pull. Null if a growth is not known.
 */
export function growthWords(growths: readonly Growth[]): string | null {
  const isLevel = growths.every(({ compressedSize }) => compressedSize === 0)
  const isUnpackedKnown = growths.every(({ uncompressedSize }) => uncompressedSize !== null)
  const [quantity, unit] =
    isLevel && isUnpackedKnown ? (['uncompressedSize', 'unpacked'] as const) : (['compressedSize', 'to pull'] as const)
  const bytes = growths.flatMap((growth) => growth[quantity] ?? [])
  if (bytes.length < growths.length) return null
  const [least, most] = [formatGrowth(Math.min(...bytes)), formatGrowth(Math.max(...bytes))]
  const range = least === most ? most : `between ${least} and ${most}`
  const platforms =
    growths.length === 1 ? '' : ` on ${least === most ? 'each of ' : ''}${formatCount(growths.length, 'platform')}`
  return `${range} ${unit}${platforms}`
}
