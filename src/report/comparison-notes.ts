/** The sentences for the notes on a report and its comparison. Pure; plain text with untrusted names. */
import type { ComparisonNote, NotedImage } from '../compare/comparison-note.ts'
import type { Report } from './report.ts'
import { codecsSentence, unknownCausesSentence } from './cause-sentences.ts'
import { listWords } from './list-words.ts'

/** Limit for the names in one sentence. */
const maxNames = 5

/** Returns the notes at the end of a report. */
export const reportNotes = ({ comparison, footprint }: Report): readonly string[] => [
  ...(comparison?.notes ?? []).map(noteSentence),
  ...(footprint.notes ?? []),
]

/** Returns the sentence for a note. */
export function noteSentence(note: ComparisonNote): string {
  switch (note.kind) {
    case 'other-settings':
      return 'Baseline and head were weighed with different settings (such as Dockerfile, target or compression), so part of the growth may come from these.'
    case 'one-sided-images':
      return `${note.only === 'head' ? 'The baseline has no counterpart of' : 'Only the baseline has'} ${namesOf(note.images)}, so ${note.images.length === 1 ? 'it is' : 'they are'} not compared.`
    case 'not-weighed-images':
      return `Not weighed for the baseline, so not compared: ${namesOf(note.images)}.`
    case 'ambiguous-images':
      return `Not compared: ${namesOf(note.images)}. The baseline has ${note.before} such images and the head has ${note.after}. They have the same name and platform but different layers, so they cannot be matched.`
    case 'other-compression':
      return codecsSentence(note.codecs.slice(0, maxNames))
    case 'unknown-causes':
      return unknownCausesSentence(note.layers, note.fromHistory)
    case 'unbuilt-in-baseline':
      return unbuiltInBaselineSentence(note)
    case 'image-side':
      return `The ${note.side} is an image, so only the final stage is compared, by its sizes and the contents of its layers. ${
        note.hasInstructions
          ? 'Its builder stages are not known.'
          : 'Its builder stages, and which instruction made which layer, are not known.'
      }`
  }
}

function unbuiltInBaselineSentence({
  stages,
  reason,
}: Extract<ComparisonNote, { readonly kind: 'unbuilt-in-baseline' }>): string {
  const names = stages.map(({ name, image }) => (image === null ? name : `${name} of ${imageName(image)}`))
  const isOne = new Set(names).size === 1
  const [subject, pronoun, were] = isOne ? ['Stage', 'it', 'was'] : ['Stages', 'they', 'were']
  const why = {
    absent: `${pronoun} ${were} not built for the baseline, and no cache held ${isOne ? 'it' : 'them'}`,
    caches: `${pronoun} ${were} not built for the baseline, and with several caches, the builder did not offer ${isOne ? 'it' : 'them'}`,
    changed: `the run that weighed the baseline wrote into the build context that ${pronoun} ${isOne ? 'reads' : 'read'}`,
    busy: `${pronoun} ${were} not weighed for the baseline, because another build was running ${isOne ? 'its' : 'their'} steps`,
    unread: `${pronoun} could not be read from the builder when the baseline was weighed`,
    other: `the builder returned no result of ${isOne ? 'its' : 'their'} steps that fits the baseline`,
  }
  return `${subject} ${listOf(names, 'stage')} ${isOne ? 'is' : 'are'} not compared: ${why[reason]}.`
}

const imageName = ({ name, platform }: NotedImage): string => `${name} (${platform})`

const namesOf = (images: readonly NotedImage[]): string => listOf(images.map(imageName), 'image')

function listOf(all: readonly string[], noun: string): string {
  const names = [...new Set(all)]
  const shown = names.slice(0, maxNames)
  return listWords(shown, names.length - shown.length, noun)
}
