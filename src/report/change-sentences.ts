/** Sentences about what changed. `name` formats an untrusted name for the report. Pure. */
import type {
  BaseImageChange,
  BaselineOrigin,
  Cause,
  Comparison,
  ImageComparison,
  StageChange,
} from '../compare/comparison.ts'
import { isFromHistory } from '../compare/image-side.ts'
import { imageLacksFigures } from '../compare/recorded-stages.ts'
import type { Image } from '../record/footprint.ts'
import { lostTargets } from '../record/lost-targets.ts'
import { isUnnamed } from '../record/stage-name.ts'
import { causePhrases, notCounted } from './cause-phrases.ts'
import { causeWithBase, hasOnlyUnknown, movedSources } from './cause-sentences.ts'
import { isDriftNoise, isNoise } from './drift-noise.ts'
import { isBase } from './growth-rows.ts'
import { growthTogether, growthWords, imagesApart } from './growth-together.ts'
import { hasOnlyOtherTimes, unchangedWords } from './other-blobs.ts'
import { nothingChanged, platformOf, type Report } from './report.ts'
import type { Name } from './sentences.ts'
import { formatBytes, formatChange, formatCount, formatGrowth, formatGrowthShare } from './units.ts'

type Quantity = 'compressedSize' | 'uncompressedSize'

const words = { compressedSize: 'To pull', uncompressedSize: 'unpacked' } as const

/**
 * Returns figures such as `To pull: 78.4 MB → 81.6 MB (+3.20 MB, +4.1 %)`. The unpacked size is added if the size to
 * pull shows no difference.
 */
export function changeFigures(change: StageChange): string {
  const { compressedSize } = change.growth.total
  const pull = quantityFigures(change, 'compressedSize')
  const unpackedToo = (compressedSize === null || compressedSize === 0) && change.growth.total.uncompressedSize !== 0
  return unpackedToo || compressedSize === null ? `${pull}; ${quantityFigures(change, 'uncompressedSize')}` : pull
}

function quantityFigures(change: StageChange, quantity: Quantity): string {
  const [before, after] = [change.before?.totals[quantity] ?? null, change.after?.totals[quantity] ?? null]
  const growth = change.growth.total[quantity]
  if (growth === 0) return `${words[quantity]}: ${formatBytes(after)}, as before`
  if (growth !== null && (isDriftNoise(change) || hasOnlyOtherTimes(change)))
    return `${words[quantity]}: ${formatBytes(after)}, about as before (${formatGrowth(growth)})`
  const scored =
    growth === null ? (isRecoded(change) ? `, change ${notCounted}` : '') : ` (${growthAndShare(growth, before)})`
  return `${words[quantity]}: ${formatChange(before, after)}${scored}`
}

/** Returns words such as `+3.20 MB, +4.1 %`. The percentage is left out if there was nothing before. */
export function growthAndShare(growth: number | null, before: number | null): string {
  const share = formatGrowthShare(growth, before)
  return growth === 0 || share === null ? formatGrowth(growth) : `${formatGrowth(growth)}, ${share}`
}

/**
 * Returns the total growth of all images for a heading, such as `+3.20 MB to pull`. Null if nothing was compared or not
 * everything is known.
 */
export function headingGrowth(report: Report): string | null {
  const { comparison } = report
  if (comparison === null || comparison.images.length === 0) return null
  const { images } = comparison
  if (nothingChanged(report)) return unchangedWords(images)
  const growths = growthTogether(comparison)
  if (growths.some(({ compressedSize }) => compressedSize === null)) return null
  const others = otherImagesWords(comparison, lostTargets(report.footprint))
  const isLevel = growths.every(
    ({ compressedSize, uncompressedSize }) => compressedSize === 0 && uncompressedSize === 0,
  )
  if (isLevel)
    // One image may have taken over a layer that another one already had.
    return images.every(({ final }) => final.growth.total.uncompressedSize === 0)
      ? `same size${others}`
      : `same size together${others}`
  if (others !== '') return `${growthWords(growths) ?? ''}${others}`
  const where = images.some(mayHaveOtherChanges) ? 'final stage: ' : ''
  if (images.every(({ final }) => hasOnlyOtherTimes(final))) return `${where}only file times differ`
  if (images.every(({ final }) => isDriftNoise(final) || hasOnlyOtherTimes(final)))
    return `${where}only ${causePhrases.drift.noun}, at most 1 kB`
  return growthWords(growths)
}

/** Returns words such as `, 1 new image`. Empty if both sides have the same images for the same platforms. */
function otherImagesWords(comparison: Comparison, lost: readonly string[]): string {
  const { added, removed, newPlatforms, lostPlatforms } = imagesApart(comparison)
  const names = (images: readonly Image[]): number => new Set(images.map(({ name }) => name)).size
  const counts = [
    [names(added), 'new image', ''],
    [names(removed), 'image', ' removed'],
    [newPlatforms.length, 'new platform', ''],
    [lostPlatforms.length, 'platform', ' removed'],
    [lost.length, 'target', ' not weighed'],
    [names(comparison.notWeighed ?? []), 'image', ' not compared'],
  ] as const
  return counts.flatMap(([count, words, end]) => (count === 0 ? [] : [`, ${formatCount(count, words)}${end}`])).join('')
}

/** Returns the word in place of the growth of an image that was not compared. */
export function uncomparedWord({ ambiguous, notWeighed = [] }: Comparison, image: Image): string {
  const isUnclear = ambiguous.some(({ after }) => after.includes(image)) || notWeighed.includes(image)
  return isUnclear ? 'not compared' : 'new'
}

/** Returns whether builder stages differ by more than drift, as far as is known. */
const mayHaveOtherChanges = ({ before, after, final, stages }: ImageComparison): boolean =>
  imageLacksFigures(before) ||
  imageLacksFigures(after) ||
  stages.some(
    (stage) =>
      stage !== final &&
      (stage.kind !== 'matched' || stage.layers.some(({ cause }) => cause !== null && cause !== 'drift')),
  )

/**
 * Returns how the growth is divided among its causes, to pull if possible and otherwise unpacked. Null if there is no
 * growth.
 */
export function causesSentence(comparison: ImageComparison, name: Name): string | null {
  const change = comparison.final
  const { total, byCause } = change.growth
  const baseImage = movedBaseOf(comparison)
  const quantity =
    total.compressedSize === null || isLevel(change, 'compressedSize') ? 'uncompressedSize' : 'compressedSize'
  const growing = causes.filter((cause) => byCause[cause][quantity] !== 0)
  // A layer that differs in the same size for an unknown cause rules out "all".
  const hasUnknown = growing.length > 0 && change.layers.some(({ cause }) => cause === 'unknown')
  const all = causes.filter((cause) => growing.includes(cause) || (hasUnknown && cause === 'unknown'))
  const isLarge = (cause: Cause): boolean => !isNoise(byCause[cause][quantity])
  // Beside a larger cause, a few bytes of drift or of other file times would only distract. What this change did is said.
  const isTold = (cause: Cause): boolean =>
    isLarge(cause) || cause === 'unknown' || change.layers.some((layer) => cause === 'change' && layer.cause === cause)
  const parts = all.some(isLarge) ? all.filter(isTold) : all
  const [first] = parts
  // A note says why no cause is known.
  const areUnknown = first === 'unknown' && comparison.stages.every((stage) => stage === change || lacksCauses(stage))
  if (first === undefined) return null
  if (areUnknown && hasOnlyUnknown(change)) return 'cause not known'
  if (hasOnlyOtherTimes(change)) return 'all of it from file times'
  const causeWords = (cause: Cause): string =>
    cause === 'base-image' && baseImage === null ? movedImages(comparison, name) : causeWithBase(cause, baseImage, name)
  if (parts.length === 1) {
    const share = parts.length < all.length ? 'nearly all of it ' : first === 'unknown' ? '' : 'all of it '
    const phrase = first === 'unknown' ? causePhrases.unknown.from : causeWords(first)
    return `${share}from ${phrase}`
  }
  const fromCause = (cause: Cause): string =>
    cause === 'unknown' ? `of unknown cause (${causePhrases.unknown.noun})` : `from ${causeWords(cause)}`
  const each = parts.map((cause) => `${formatGrowth(byCause[cause][quantity])} ${fromCause(cause)}`)
  return `of which ${each.join(', ')}`
}

/** Returns whether no layer of a stage has a known cause. */
const lacksCauses = ({ layers }: StageChange): boolean =>
  layers.every(({ cause }) => cause === null || cause === 'unknown')

/**
 * Returns the base image whose move is the cause in the final stage: its own if only layers of it differ, or the only one
 * that moved, which may be that of a builder stage. Null if several moved and it is not clear which one is the cause.
 */
function movedBaseOf({ final, stages }: ImageComparison): BaseImageChange | null {
  const moved = stages.map(({ baseImage }) => baseImage).filter(({ kind }) => kind === 'moved')
  const references = new Set(moved.map(({ after }) => after?.reference))
  const isOwn = final.layers.every((layer) => layer.cause !== 'base-image' || isBase(layer))
  if (final.baseImage.kind === 'moved' && isOwn) return final.baseImage
  if (movedSources(stages).some(({ reference }) => !references.has(reference))) return null
  return references.size === 1 ? (moved[0] ?? null) : null
}

/** Returns words for images that moved, if they are not one base image: several, or one that a COPY takes files from. */
function movedImages({ stages }: ImageComparison, name: Name): string {
  const [source = null, ...others] = movedSources(stages)
  if (stages.some(({ baseImage }) => baseImage.kind === 'moved'))
    return source === null ? 'moved base images' : 'images that moved'
  if (others.length > 0) return 'images that moved'
  return source === null ? causePhrases['base-image'].from : `the moved image ${name(source.reference)}`
}

/** Returns whether no cause has growth of this quantity, not even growths that cancel each other out. */
function isLevel({ growth }: StageChange, quantity: Quantity): boolean {
  return causes.every((cause) => growth.byCause[cause][quantity] === 0)
}

const causes: readonly Cause[] = ['change', 'base-image', 'drift', 'unknown']

/** Returns whether a layer is compressed differently than before. Such a change is mentioned but not counted. */
export function isRecoded({ layers }: StageChange): boolean {
  return layers.some(({ codec }) => codec !== null)
}

/** Returns whether the base image is another one than that of the baseline, and not only another name for it. */
const hasNewBase = ({ baseImage: { kind, before, after } }: StageChange): boolean =>
  (kind === 'edited' || kind === 'moved') && (before?.digest == null || before.digest !== after?.digest)

/** Returns how many bytes a client downloads, or null if that is not known. */
export function pullCostSentence({ pullCost, final }: ImageComparison): string | null {
  const { fromBaseline } = pullCost
  // Nobody has `scratch`.
  const fromBaseImage = final.after?.base?.reference === 'scratch' ? null : pullCost.fromBaseImage
  const base = hasNewBase(final) ? 'the new base image' : 'the base image'
  if (fromBaseline === null && fromBaseImage === null) return null
  if (fromBaseImage === null) return `A client that has the previous image downloads ${formatBytes(fromBaseline)}.`
  if (fromBaseline === null) return `A client that has only ${base} downloads ${formatBytes(fromBaseImage)}.`
  if (formatBytes(fromBaseline) === formatBytes(fromBaseImage))
    return `A client downloads ${formatBytes(fromBaseline)}, whether it has the previous image or only ${base}.`
  return `A client that has the previous image downloads ${formatBytes(fromBaseline)}; one that has only ${base} downloads ${formatBytes(fromBaseImage)}.`
}

/**
 * Returns which stages were renamed, added or removed, or null if there are none.
 *
 * @param image the image of the head, which knows the stages of its Dockerfile that it does not need
 */
export function stagesSentence(
  stages: readonly StageChange[],
  { stagesNotBuilt = [] }: Pick<Image, 'stagesNotBuilt'>,
  name: Name,
): string | null {
  const notNeeded = new Set(stagesNotBuilt.map((stage) => stage.name.toLowerCase()))
  const stageWords = stages.flatMap(({ kind, before, after }) => {
    if (kind === 'added' && after) return [`${name(after.name)} is new`]
    if (kind === 'removed' && before)
      return [`${name(before.name)} ${notNeeded.has(before.name.toLowerCase()) ? 'is no longer needed' : 'is gone'}`]
    const renamed =
      before &&
      after &&
      before.name !== after.name &&
      // An unnamed stage that moved was not renamed.
      !(isUnnamed(before.name) && isUnnamed(after.name)) &&
      !isFromHistory({ stages: [before] }) &&
      !isFromHistory({ stages: [after] })
    return renamed ? [`${name(before.name)} is now ${name(after.name)}`] : []
  })
  const shown = stageWords.slice(0, maxNames)
  const rest = stageWords.length - shown.length
  return stageWords.length === 0
    ? null
    : `Stages: ${shown.join(', ')}${rest === 0 ? '' : `, and ${formatCount(rest, 'more change')}`}.`
}

/** Limit for the names in one sentence. */
export const maxNames = 6

/** Returns what the head was compared with, and what that means for noise. */
export function comparedSentence({ origin, images }: Comparison, name: Name): string {
  const { kind, isHead = false } = origin
  const what = baselineWords(origin, name)
  if (images.length === 0) return `Nothing could be compared with ${what}.`
  switch (kind) {
    case 'built':
      // A note says why the base was not built.
      return isHead ? `Compared with ${what}.` : `Compared with ${what}, built by the same builder.`
    case 'record':
      return `Compared with the stored record of ${what}.`
    case 'newest-record':
      return `Compared with the newest stored record, of ${what}. It is not of the base commit, so what others changed since then counts too.`
    case 'given':
      return `Compared with ${what}.`
  }
}

function baselineWords({ commit, reference, parted }: BaselineOrigin, name: Name): string {
  const at = commit === null ? null : name(commit.slice(0, 7))
  if (reference === null) return at ?? 'the base'
  if (at === null) return name(reference)
  return parted ? `${at}, the last commit shared with ${name(reference)}` : `${name(reference)} at ${at}`
}

/** Returns the images that exist on one side only, or null if there are none. */
export function imagesSentence({ added, removed }: Comparison, name: Name): string | null {
  const imageWords = [
    ...added.map((image) => `${imageName(image, name)} has no baseline`),
    ...removed.map((image) => `${imageName(image, name)} was removed`),
  ]
  const shown = imageWords.slice(0, maxNames)
  const rest = imageWords.length - shown.length
  return imageWords.length === 0 ? null : `Images: ${shown.join(', ')}${rest === 0 ? '' : `, and ${rest} more`}.`
}

function imageName(image: Image, name: Name): string {
  return `${name(image.name)} ${name(platformOf(image))}`
}
