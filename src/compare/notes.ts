/** Returns notes on a comparison for its reader, as values. Pure. */
import { normalisedPlatform } from '../oci/platform.ts'
import { absenceOf, absences } from '../record/absence.ts'
import type { Footprint, Image } from '../record/footprint.ts'
import type { ImageComparison, LayerChange } from './comparison.ts'
import type { ComparisonNote, NotedImage, NotedStage } from './comparison-note.ts'
import { haveOtherWords, isFromHistory, lacksStages } from './image-side.ts'
import type { ImageMatches } from './match-images.ts'

/** Returns the notes on a comparison. */
export function notesOf(
  before: Footprint,
  after: Footprint,
  { added, removed, ambiguous }: Omit<ImageMatches, 'pairs'>,
  images: readonly ImageComparison[],
  notWeighed: readonly Image[],
): readonly ComparisonNote[] {
  const layers = images.flatMap(({ stages }) => stages.flatMap((stage) => stage.layers))
  return [
    ...otherSettings(before, after),
    ...oneSided(added, 'head'),
    ...oneSided(removed, 'baseline'),
    ...(notWeighed.length === 0
      ? []
      : [{ kind: 'not-weighed-images', images: notWeighed.map(notedImage) } as const satisfies ComparisonNote]),
    ...ambiguous.map((group): ComparisonNote => ({
      kind: 'ambiguous-images',
      images: group.after.map(notedImage),
      before: group.before.length,
      after: group.after.length,
    })),
    ...recoded(layers),
    ...(images.some(isOneSidedImage) ? [] : unknownCauses(images)),
    ...unbuiltInBaseline(images),
    ...imageSide(images),
  ]
}

function otherSettings(before: Footprint, after: Footprint): readonly ComparisonNote[] {
  const [a, b] = [before.revision?.settings, after.revision?.settings]
  return a === undefined || b === undefined || areAlike(a, b) ? [] : [{ kind: 'other-settings' }]
}

/**
 * Returns whether two texts of settings are the same. If one side does not know its folders, the folders of both say only
 * from where the program was run.
 */
function areAlike(one: string, other: string): boolean {
  const [a, b] = [one, other].map((settings) =>
    settings.replace(/(?<=^|; )(context|file|in): (?:\.\/)+(?=[^;])/g, '$1: '),
  )
  if (a === b) return true
  const hasFolder = /^context: /
  if (a === undefined || b === undefined || hasFolder.test(a) === hasFolder.test(b)) return false
  const [rest, others] = [a, b].map((settings) =>
    settings.replace(/^context: [^;]*(?:; )?(?:file: [^;]*)?|^file: [^;]*/, ''),
  )
  return rest === others
}

function oneSided(images: readonly Image[], only: 'head' | 'baseline'): readonly ComparisonNote[] {
  return images.length === 0 ? [] : [{ kind: 'one-sided-images', only, images: images.map(notedImage) }]
}

const notedImage = ({ name, platform }: Image): NotedImage => ({ name, platform: normalisedPlatform(platform) })

function recoded(layers: readonly LayerChange[]): readonly ComparisonNote[] {
  const codecs = new Map(
    layers.flatMap(({ codec }) => (codec === null ? [] : [[JSON.stringify([codec.before, codec.after]), codec]])),
  )
  const inOrder = [...codecs].sort(([one], [other]) => (one < other ? -1 : 1)).map(([, codec]) => codec)
  return inOrder.length === 0 ? [] : [{ kind: 'other-compression', codecs: inOrder }]
}

/** Returns a note for builder stages of the head for which the baseline has no figures. `matchStages` leaves them out. */
function unbuiltInBaseline(images: readonly ImageComparison[]): readonly ComparisonNote[] {
  const notWeighed = images.flatMap(({ before, after }) => {
    const reasons = new Map((before.unbuiltStages ?? []).map((stage) => [stage.name.toLowerCase(), absenceOf(stage)]))
    return after.stages.flatMap(({ name, role }) => {
      const reason = role === 'final' ? undefined : reasons.get(name.toLowerCase())
      const noted: NotedStage = { name, image: images.length === 1 ? null : notedImage(after) }
      return reason === undefined ? [] : [{ noted, reason }]
    })
  })
  return absences.flatMap((reason) => {
    const stages = notWeighed.filter((one) => one.reason === reason).map(({ noted }) => noted)
    return stages.length === 0 ? [] : [{ kind: 'unbuilt-in-baseline', reason, stages } as const]
  })
}

const isOneSidedImage = ({ before, after }: ImageComparison): boolean =>
  lacksStages(before) !== lacksStages(after) || haveOtherWords(before, after)

/** Returns a note if one side is an image. What an image does not contain is neither new nor edited. */
function imageSide(images: readonly ImageComparison[]): readonly ComparisonNote[] {
  const found = images.find(isOneSidedImage)
  if (found === undefined) return []
  const [side, of] = lacksStages(found.before)
    ? (['baseline', found.before] as const)
    : (['head', found.after] as const)
  return [{ kind: 'image-side', side, hasInstructions: !isFromHistory(of) }]
}

function unknownCauses(images: readonly ImageComparison[]): readonly ComparisonNote[] {
  const isUnknown = ({ cause, codec }: LayerChange): boolean => cause === 'unknown' && codec === null
  const counts = images.map(({ stages }) => stages.flatMap(({ layers }) => layers).filter(isUnknown).length)
  const layers = counts.reduce((sum, count) => sum + count, 0)
  const affected = images.filter((_, at) => (counts[at] ?? 0) > 0)
  const fromHistory = affected.every(({ before, after }) => isFromHistory(before) && isFromHistory(after))
  return layers === 0 ? [] : [{ kind: 'unknown-causes', layers, fromHistory }]
}
