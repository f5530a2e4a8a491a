/**
 * Matches the images of the baseline with those of the head. Images are matched by name and platform, and by content if
 * these are not unique. Images that cannot be distinguished are not compared, because one image would be shown with the
 * figures of another. The result does not depend on the order of either side.
 */
import { layerCompression } from '../oci/media-type.ts'
import { normalisedPlatform, withoutVersion } from '../oci/platform.ts'
import type { Image, Layer } from '../record/footprint.ts'

/** The result of matching the images of two footprints. */
export interface ImageMatches {
  /** In the order of the head. */
  readonly pairs: readonly ImagePair[]
  readonly added: readonly Image[]
  readonly removed: readonly Image[]
  readonly ambiguous: readonly AmbiguousImages[]
}

/** An image of the baseline and its counterpart in the head. */
export interface ImagePair {
  readonly before: Image
  readonly after: Image
}

/** Images with the same name and platform, at least one on each side, that cannot be matched. */
export interface AmbiguousImages {
  readonly before: readonly Image[]
  readonly after: readonly Image[]
}

/** Matches the images of two footprints. */
export function matchImages(before: readonly Image[], after: readonly Image[]): ImageMatches {
  const found = new Map<Image, Image>()
  const taken = new Set<Image>()
  const left = (): AmbiguousImages => ({
    before: before.filter((image) => !taken.has(image)),
    after: after.filter((image) => !found.has(image)),
  })
  const pairUp = (pairs: readonly ImagePair[]): void => {
    for (const pair of pairs) {
      found.set(pair.after, pair.before)
      taken.add(pair.before)
    }
  }
  const nameOf = nameKeys(before, after)
  const byBuild = buildKeys(before, after, nameOf)
  const alone = (keyOf: KeyOf): readonly ImagePair[] => groupsBy({ before, after }, keyOf).flatMap(onlyPair)

  // If an architecture has one image on each side, its name or its system version may have changed.
  pairUp(alone(familyOf))
  pairUp(groupsBy(left(), (image) => JSON.stringify([nameOf(image), platformOf(image)])).flatMap(pairsOfGroup))
  pairUp(alone(platformOf).filter((pair) => !taken.has(pair.before) && !found.has(pair.after)))
  pairUp(groupsBy(left(), byBuild).flatMap(pairsOfGroup))

  const ambiguous = groupsBy(left(), byBuild).filter((group) => group.before.length > 0 && group.after.length > 0)
  const unclear = new Set(ambiguous.flatMap((group) => [...group.before, ...group.after]))
  const rest = left()
  return {
    pairs: after.flatMap((image) => {
      const counterpart = found.get(image)
      return counterpart === undefined ? [] : [{ before: counterpart, after: image }]
    }),
    added: rest.after.filter((image) => !unclear.has(image)),
    removed: rest.before.filter((image) => !unclear.has(image)),
    ambiguous,
  }
}

type KeyOf = (image: Image) => string

const familyOf: KeyOf = ({ platform }) => normalisedPlatform(withoutVersion(platform))
const platformOf: KeyOf = ({ platform }) => normalisedPlatform(platform)

/** Returns the key for names. If each side has only one name, it may be that of a folder and is ignored. */
function nameKeys(before: readonly Image[], after: readonly Image[]): KeyOf {
  const isOne = (images: readonly Image[]): boolean => images.every(({ name }) => name === images[0]?.name)
  return isOne(before) && isOne(after) ? () => '' : ({ name }) => name
}

/**
 * Returns the key for builds of Windows. Windows images run on the build of their `os.version` (`10.0.20348`). The part
 * after it is a monthly update of the base image. If a side has no versions, like records of earlier releases, they are
 * ignored.
 */
function buildKeys(before: readonly Image[], after: readonly Image[], nameOf: KeyOf): KeyOf {
  const nameAndFamily: KeyOf = (image) => JSON.stringify([nameOf(image), familyOf(image)])
  const versioned = (images: readonly Image[]): ReadonlySet<string> =>
    new Set(images.filter(({ platform }) => platform['os.version'] !== undefined).map(nameAndFamily))
  const [known, knownAfter] = [versioned(before), versioned(after)]
  return (image) => {
    const key = nameAndFamily(image)
    if (!known.has(key) || !knownAfter.has(key)) return key
    const version = image.platform['os.version'] ?? ''
    return JSON.stringify([key, version.split('.').slice(0, 3)])
  }
}

function groupsBy({ before, after }: AmbiguousImages, keyOf: KeyOf): readonly AmbiguousImages[] {
  const [one, other] = [Map.groupBy(before, keyOf), Map.groupBy(after, keyOf)]
  return [...new Set([...one.keys(), ...other.keys()])].map((key) => ({
    before: one.get(key) ?? [],
    after: other.get(key) ?? [],
  }))
}

function onlyPair({ before, after }: AmbiguousImages): readonly ImagePair[] {
  const [one, other] = [before[0], after[0]]
  return one && other && before.length === 1 && after.length === 1 ? [{ before: one, after: other }] : []
}

/**
 * Returns the pairs of a group with the same name and platform. Equal images are matched first, then images whose
 * content or compression is unique on their side. If both sides have one image left and no image was added or removed,
 * these are matched too.
 */
function pairsOfGroup(group: AmbiguousImages): readonly ImagePair[] {
  const only = onlyPair(group)
  if (only.length > 0) return only
  const equal = groupsBy(group, layersOf).flatMap(({ before, after }) => {
    const [one, other] = [byPlatform(before), byPlatform(after)]
    return one.slice(0, other.length).flatMap((image, position): readonly ImagePair[] => {
      const counterpart = other[position]
      return counterpart ? [{ before: image, after: counterpart }] : []
    })
  })
  const ways: readonly KeyOf[] =
    group.before.length === group.after.length ? [contentOf, compressionsOf, () => ''] : [contentOf]
  return ways.reduce((pairs, keyOf) => [...pairs, ...groupsBy(without(group, pairs), keyOf).flatMap(onlyPair)], equal)
}

/** Sorts images by platform, so that their order does not decide which one is left over. */
function byPlatform(images: readonly Image[]): readonly Image[] {
  return images.toSorted((one, other) =>
    platformOf(one) < platformOf(other) ? -1 : platformOf(one) > platformOf(other) ? 1 : 0,
  )
}

function without({ before, after }: AmbiguousImages, pairs: readonly ImagePair[]): AmbiguousImages {
  const taken = new Set(pairs.flatMap((pair) => [pair.before, pair.after]))
  return { before: before.filter((image) => !taken.has(image)), after: after.filter((image) => !taken.has(image)) }
}

/** Images with equal keys have equal figures, so any of them may be compared with any other. */
const layersOf: KeyOf = ({ stages }) =>
  JSON.stringify(
    stages.map(({ layers }) => layers.map(({ digest, diffId, compressedSize }) => [digest, diffId, compressedSize])),
  )

const contentOf: KeyOf = (image) => JSON.stringify(shippedLayers(image).map(({ diffId }) => diffId))

/** An index may contain an image twice, compressed with gzip and with zstd. */
const compressionsOf: KeyOf = (image) =>
  JSON.stringify([...new Set(shippedLayers(image).map(({ mediaType }) => layerCompression(mediaType)))].sort())

function shippedLayers({ stages }: Image): readonly Layer[] {
  return stages.find(({ role }) => role === 'final')?.layers ?? []
}
