/** Sentences that every form of the report has; `name` puts a foreign name into that form. Pure. */
import type { ImageComparison } from '../compare/comparison.ts'
import type { Image, Stage } from '../inspect/footprint.ts'
import { repeatedLayers } from '../inspect/sum.ts'
import type { Headline } from './headline.ts'
import { formatBytes, formatCount, formatShare } from './units.ts'

export type Name = (text: string) => string

/** How much smaller the final stage is than the fat one; null where there is nothing to compare with. */
export function smallerSentence({ final, fat, shipsFat, smaller }: Headline, name: Name): string | null {
  if (fat && shipsFat) return `The final stage builds on stage ${name(fat.name)} (${formatBytes(fat.totals.uncompressedSize)} unpacked), so nothing of that stage is left behind.`
  if (!fat || smaller === null) return null
  const against = `stage ${name(fat.name)}, unpacked (${formatBytes(final.totals.uncompressedSize)} against ${formatBytes(fat.totals.uncompressedSize)})`
  return smaller === 0 ? `As large as ${against}.` : `${formatShare(smaller)} ${sizeWord(smaller)} than ${against}.`
}

export function sizeWord(smaller: number): 'smaller' | 'larger' {
  return smaller >= 0 ? 'smaller' : 'larger'
}

/** What this Dockerfile put above the base image of its final stage. */
export function addedSentence({ final, added }: Headline, name: Name): string {
  if (added.layers === null) return 'How much was added to the base image is not known.'
  const bytes =
    added.layers === 0
      ? ''
      : ` (${added.compressedSize === null ? 'to pull not known' : `${formatBytes(added.compressedSize)} to pull`}, ${added.uncompressedSize === null ? 'unpacked not known' : `${formatBytes(added.uncompressedSize)} unpacked`})`
  return `Added to ${name(final.base?.reference ?? 'the base image')}: ${formatCount(added.layers, 'layer')}${bytes} and ${formatCount(added.metadataOnlySteps, 'metadata-only step')}.`
}

/** Why the rows of a stage that lists a blob twice count it once to pull; null where none is. */
export function repeatedSentence({ final: { layers } }: Headline): string | null {
  const count = new Set(repeatedLayers(layers).map(({ digest }) => digest)).size
  if (count === 0) return null
  return `${count === 1 ? '1 layer is' : `${count} layers are`} listed more than once: pulled once, unpacked each time.`
}

/** Null where the weighed image is the shipped one, or nothing was shipped to compare with. */
export function shippedWarning({ matchesShipped }: Image): string | null {
  if (matchesShipped !== false) return null
  return 'The layers that were weighed are not those of the image that was shipped: a step gave other bytes when it ran again, so these figures are of a sibling of that image.'
}

const mostUnbuilt = 5

/** Stages without figures, and how to have them; null where there are none. */
export function unbuiltSentence(image: Image, name: Name): string | null {
  const stages = image.unbuiltStages ?? []
  if (stages.length === 0) return null
  const shown = stages.slice(0, mostUnbuilt).map((stage) => name(stage.name)).join(', ')
  const more = stages.length > mostUnbuilt ? ` and ${stages.length - mostUnbuilt} more` : ''
  const [subject, pronoun] = stages.length === 1 ? ['Stage', 'it was'] : ['Stages', 'they were']
  return `${subject} ${shown}${more}: not weighed, as ${pronoun} not built in this run and no cache holds ${stages.length === 1 ? 'it' : 'them'}. Export the cache with mode=max, or set uncached-stages to build.`
}

/** Whether the baseline has no such stage, as far as is known. */
export function isNew({ index }: Stage, comparison: ImageComparison | null): boolean {
  return comparison?.stages.some(({ kind, after }) => kind === 'added' && after?.index === index) === true
}

/** Said of figures whose record anybody can have written. */
export const forkSentence = "These figures are as reported by the fork's run. Baseline and budgets are this repository's own."

/** Said where a comparison was wanted; why there is none follows. */
export const nothingToCompare = 'There is nothing to compare with, so this report stands on its own.'
