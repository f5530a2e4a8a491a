/**
 * Which image of the baseline is which of the head. Images go by name and platform; those that these do not tell apart
 * go by their content. What nothing tells apart is not compared, since one image would be shown with the figures of
 * another. Nothing depends on the order of either side.
 */
import { layerCompression } from '../oci/media-type.ts'
import { normalisedPlatform, withoutVersion } from '../oci/platform.ts'
import type { Image, Layer } from '../record/footprint.ts'

export interface ImageMatches {
  /** In the order of the head. */
  readonly pairs: readonly ImagePair[]
  readonly added: readonly Image[]
  readonly removed: readonly Image[]
  readonly ambiguous: readonly AmbiguousImages[]
}

export interface ImagePair {
  readonly before: Image
  readonly after: Image
}

/** Images of one name and platform, at least one on each side, of which nothing tells which is which. */
export interface AmbiguousImages {
  readonly before: readonly Image[]
  readonly after: readonly Image[]
}

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

  // The only one of its architecture on each side may have got another name, or another version of its system.
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

/** Where each side has one name, it may be that of a folder, and tells nothing apart. */
function nameKeys(before: readonly Image[], after: readonly Image[]): KeyOf {
  const isOne = (images: readonly Image[]): boolean => images.every(({ name }) => name === images[0]?.name)
  return isOne(before) && isOne(after) ? () => '' : ({ name }) => name
}

/**
 * Windows images run on the build of their `os.version` (`10.0.20348`), and what follows is a monthly update of the
 * base image. Where a side knows no versions, as records of earlier releases do not, they cannot tell images apart.
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
 * Of a group that name and platform do not tell apart: those that are equal, then those whose content or compression no
 * other one of their side has, then the last one of each side, if no image came or went.
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

/** So that no order of theirs decides which one is left over. */
function byPlatform(images: readonly Image[]): readonly Image[] {
  return images.toSorted((one, other) =>
    platformOf(one) < platformOf(other) ? -1 : platformOf(one) > platformOf(other) ? 1 : 0,
  )
}

function without({ before, after }: AmbiguousImages, pairs: readonly ImagePair[]): AmbiguousImages {
  const taken = new Set(pairs.flatMap((pair) => [pair.before, pair.after]))
  return { before: before.filter((image) => !taken.has(image)), after: after.filter((image) => !taken.has(image)) }
}

/** Equal keys, equal figures: any of them may be compared with any other. */
const layersOf: KeyOf = ({ stages }) =>
  JSON.stringify(
    stages.map(({ layers }) => layers.map(({ digest, diffId, compressedSize }) => [digest, diffId, compressedSize])),
  )

const contentOf: KeyOf = (image) => JSON.stringify(shippedLayers(image).map(({ diffId }) => diffId))

/** An index may have an image twice, once in gzip and once in zstd. */
const compressionsOf: KeyOf = (image) =>
  JSON.stringify([...new Set(shippedLayers(image).map(({ mediaType }) => layerCompression(mediaType)))].sort())

function shippedLayers({ stages }: Image): readonly Layer[] {
  return stages.find(({ role }) => role === 'final')?.layers ?? []
}
