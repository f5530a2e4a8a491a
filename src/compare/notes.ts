/** Sentences about a comparison that its reader should know. */
import { normalisedPlatform } from '../oci/platform.ts'
import type { Footprint, Image } from '../record/footprint.ts'
import type { ImageComparison, LayerChange } from './comparison.ts'
import { haveOtherWords, isFromHistory, lacksStages } from './image-side.ts'
import type { AmbiguousImages, ImageMatches } from './match-images.ts'

export function notesOf(
  before: Footprint,
  after: Footprint,
  { added, removed, ambiguous }: Omit<ImageMatches, 'pairs'>,
  images: readonly ImageComparison[],
): readonly string[] {
  const layers = images.flatMap(({ stages }) => stages.flatMap((stage) => stage.layers))
  return [
    ...otherSettings(before, after),
    ...withoutCounterpart(added, 'The baseline has no counterpart of'),
    ...withoutCounterpart(removed, 'Only the baseline has'),
    ...ambiguous.slice(0, mostNames).map(notToldApart),
    ...codecNotes(layers),
    ...(images.some(isOneSidedImage) ? [] : unknownCauses(layers)),
    ...imageNotes(images),
  ]
}

function otherSettings(before: Footprint, after: Footprint): readonly string[] {
  const [a, b] = [before.revision?.settings, after.revision?.settings]
  if (a === undefined || b === undefined || a === b) return []
  return [
    'Baseline and head were weighed with different settings (such as Dockerfile, target or compression), so part of the growth may come from these.',
  ]
}

/** Images that one sentence names. */
const mostNames = 5

function withoutCounterpart(images: readonly Image[], start: string): readonly string[] {
  if (images.length === 0) return []
  const names = images.slice(0, mostNames).map((image) => `${image.name} (${normalisedPlatform(image.platform)})`)
  const others = images.length - names.length
  return [
    `${start} ${names.join(', ')}${others === 0 ? '' : ` and ${others} more`}, so ${images.length === 1 ? 'it is' : 'they are'} not compared.`,
  ]
}

function notToldApart({ before, after }: AmbiguousImages): string {
  const names = [...new Set(after.map((image) => `${image.name} (${normalisedPlatform(image.platform)})`))]
    .slice(0, mostNames)
    .join(', ')
  return `Not compared: ${names}. The baseline has ${before.length} such images and the head has ${after.length}. They have the same name and platform but different layers, so they cannot be matched.`
}

function codecNotes(layers: readonly LayerChange[]): readonly string[] {
  const changes = new Set(
    layers.flatMap(({ codec }) => (codec === null ? [] : `from ${codec.before} to ${codec.after}`)),
  )
  if (changes.size === 0) return []
  return [
    `The compression of layers changed (${[...changes].sort().slice(0, mostNames).join(', ')}). What they grow or shrink to pull is not counted; what they grow or shrink unpacked is.`,
  ]
}

const isOneSidedImage = ({ before, after }: ImageComparison): boolean =>
  lacksStages(before) !== lacksStages(after) || haveOtherWords(before, after)

/** What an image does not tell is neither new nor edited. */
function imageNotes(images: readonly ImageComparison[]): readonly string[] {
  const found = images.find(isOneSidedImage)
  if (found === undefined) return []
  const [side, of] = lacksStages(found.before) ? ['The baseline', found.before] : ['The head', found.after]
  const unknown = isFromHistory(of)
    ? 'Its builder stages, and which instruction made which layer, are not known.'
    : 'Its builder stages are not known.'
  return [
    `${side} is an image, so only the final stage is compared, by its sizes and the contents of its layers. ${unknown}`,
  ]
}

function unknownCauses(layers: readonly LayerChange[]): readonly string[] {
  const count = layers.filter(({ cause, codec }) => cause === 'unknown' && codec === null).length
  if (count === 0) return []
  const [subject, verb] = count === 1 ? ['1 layer', 'differs'] : [`${count} layers`, 'differ']
  return [
    `It is not known why ${subject} ${verb}: the records do not contain the instructions or their inputs, so drift and the change cannot be told apart.`,
  ]
}
