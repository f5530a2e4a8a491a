/** Sentences that all report formats share. `name` formats an untrusted name for the report. Pure. */
import type { ImageComparison } from '../compare/comparison.ts'
import { unpinnedDownloads } from '../dockerfile/downloads.ts'
import { absenceOf, type Absence } from '../record/absence.ts'
import type { Image, RecordedFigures, Stage, UnbuiltStage } from '../record/footprint.ts'
import { repeatedLayers } from '../record/layer-sums.ts'
import { enumerated } from '../text.ts'
import type { Headline } from './headline.ts'
import { absenceWords, stageWords } from './stage-words.ts'
import { formatBytes, formatCount, formatShare } from './units.ts'

/** Formats an untrusted text for a report. */
export type Name = (text: string) => string

/** Returns the words for a stage and the image in its FROM. */
export function stageOnBase(stage: Pick<Stage, 'name' | 'role' | 'base'>, name: Name): string {
  return `${stageWords(stage, name)}${stage.base ? ` on ${name(stage.base.reference)}` : ''}`
}

/**
 * Returns how much smaller the final stage is than the fat one, or that it contains every stage. Null if there is no
 * other stage.
 */
export function smallerSentence({ final, fat, shipped, smaller }: Headline, name: Name): string | null {
  if (!fat && shipped)
    return `Every stage that the final stage needs is shipped: it has all layers of stage ${name(shipped.name)} (${formatBytes(shipped.totals.uncompressedSize)} unpacked).`
  if (!fat || smaller === null) return null
  const against = `stage ${name(fat.name)}, unpacked (${formatBytes(final.totals.uncompressedSize)} against ${formatBytes(fat.totals.uncompressedSize)}${fat.recorded ? `, ${recordedWords(fat.recorded, name)}` : ''})`
  return `${capital(againstWords(smaller))} ${Math.abs(smaller) < sameSize ? 'as' : 'than'} ${against}.`
}

/** Differences below a thousandth are shown as equal sizes. */
const sameSize = 0.001

/** Returns `82 % smaller`, `100 % larger`, `about as large` or `as large`. */
export function againstWords(smaller: number): string {
  if (smaller === 0) return 'as large'
  if (Math.abs(smaller) < sameSize) return 'about as large'
  return `${formatShare(smaller)} ${smaller > 0 ? 'smaller' : 'larger'}`
}

/** Returns the text with its first letter in upper case. */
export const capital = (text: string): string => `${text.slice(0, 1).toUpperCase()}${text.slice(1)}`

/** Returns what this Dockerfile added to the base image of its final stage. */
export function addedSentence({ final, added }: Headline, name: Name): string {
  if (added.layers === null) return 'How much was added to the base image is not known.'
  const bytes =
    added.layers === 0
      ? ''
      : ` (${added.compressedSize === null ? 'to pull not known' : `${formatBytes(added.compressedSize)} to pull`}, ${added.uncompressedSize === null ? 'unpacked not known' : `${formatBytes(added.uncompressedSize)} unpacked`})`
  const steps =
    added.metadataOnlySteps === 0 ? '' : ` and ${formatCount(added.metadataOnlySteps, 'metadata-only step')}`
  return `Added to ${name(final.base?.reference ?? 'the base image')}: ${formatCount(added.layers, 'layer')}${bytes}${steps}.`
}

/** Returns why a blob that a stage lists twice counts once to pull. Null if there is no such blob. */
export function repeatedSentence({ final: { layers } }: Headline): string | null {
  const count = new Set(repeatedLayers(layers).map(({ digest }) => digest)).size
  if (count === 0) return null
  return count === 1
    ? '1 layer is listed more than once. It is pulled once and unpacked each time.'
    : `${count} layers are listed more than once. They are pulled once and unpacked each time.`
}

/** Returns a warning if the weighed image is not the shipped one. Null if it is, or nothing was shipped. */
export function shippedWarning({ matchesShipped }: Image): string | null {
  if (matchesShipped !== false) return null
  return 'The weighed image is not the shipped one: a step gave different bytes when it ran again. The figures of the shipped image may differ from these.'
}

const maxUnbuilt = 5

/** Returns where the figures of a stage come from that this run did not build. */
export function recordedWords({ commit, weighedAt }: RecordedFigures, name: Name): string {
  return `as weighed ${commit === null ? `on ${new Date(weighedAt).toISOString().slice(0, 10)}` : `at ${name(commit.slice(0, 7))}`}`
}

/**
 * Returns what is not known about stages that were not built, and how to find out. Null if all were built. `option` is
 * how the reader asks for such stages to be built.
 */
export function unbuiltSentence(
  { stages, unbuiltStages = [] }: Image,
  name: Name,
  option = 'uncached-stages: build',
): string | null {
  const unknown = Map.groupBy(
    unbuiltStages.filter(({ recorded }) => !recorded),
    absenceOf,
  )
  const instructions = [...unbuiltStages, ...stages].flatMap((stage) => stage.instructions ?? [])
  const remedy = (absence: Absence, words: string): string =>
    remedyFor(stages, unknown.get(absence) ?? [], words, option, name)
  const sentences = [
    ...[...Map.groupBy(unbuiltStages, absenceWords)].map(([words, some]) => recordedSentence(some, words, name)),
    unknownSentence(unknown.get('absent') ?? [], name, remedy('absent', 'Export the cache with mode=max')),
    severalCachesSentence(unknown.get('caches') ?? [], name, remedy('caches', severalRemedy)),
    // The remedy is worth saying beside recorded figures too.
    changedSentence(
      unbuiltStages.filter((stage) => absenceOf(stage) === 'changed'),
      name,
    ),
    busySentence(unknown.get('busy') ?? [], name),
    unreadSentence(unknown.get('unread') ?? [], name, unpinnedDownloads(instructions)),
    otherResultSentence(unknown.get('other') ?? [], name),
  ]
  const shown = sentences.filter((sentence) => sentence !== null)
  return shown.length === 0 ? null : shown.join(' ')
}

function recordedSentence(stages: readonly UnbuiltStage[], words: string, name: Name): string | null {
  const found = stages.flatMap(({ recorded, ...stage }) =>
    recorded
      ? [
          `${name(stage.name)} (${formatBytes(recorded.totals.uncompressedSize)} unpacked, ${recordedWords(recorded, name)})`,
        ]
      : [],
  )
  if (found.length === 0) return null
  const [subject, pronoun, verb, object] =
    found.length === 1 ? ['Stage', 'Its', 'was', 'it'] : ['Stages', 'Their', 'were', 'they']
  return `${subject} ${firstOf(found)} ${verb} ${words}. ${pronoun} figures are of an earlier run with the same instructions, from which other stages took the same files. Other files that ${object} read, and build arguments, may have changed since.`
}

const severalRemedy = 'List only the cache of mode=max, use mode=max for all of them'

/**
 * Returns how to have stages weighed that no cache holds. An engine that stores layers unpacked exports no such cache. The
 * option helps only if the run writes into no context: the steps would read that.
 */
function remedyFor(
  stages: readonly Stage[],
  unknown: readonly UnbuiltStage[],
  remedy: string,
  option: string,
  name: Name,
): string {
  const isUnpacked = stages.every(({ totals }) => totals.compressedSize === null)
  const engine = 'An engine can export a cache with mode=max only with the containerd image store.'
  const written = [...new Set(unknown.flatMap(({ perhapsChangedContext = [] }) => perhapsChangedContext))]
  if (written.length === 0) return isUnpacked ? `Use ${option}. ${engine}` : `${remedy}, or use ${option}.`
  const places = firstOf(
    written.map((path) => (path === '.' ? 'the output' : name(path))),
    'more path',
  )
  const subject = unknown.length === 1 ? 'the stage reads' : 'these stages read'
  const object = written.length === 1 ? 'this' : 'these'
  return `${isUnpacked ? engine : `${remedy}.`} This run writes into a build context: ${places}. If ${subject} ${object}, add ${object === 'this' ? 'the path' : 'the paths'} to the ignore file, or write to a place outside of the context.`
}

function unknownSentence(stages: readonly UnbuiltStage[], name: Name, remedy: string): string | null {
  if (stages.length === 0) return null
  const [subject, verb, pronoun, object] =
    stages.length === 1 ? ['Stage', 'was', 'it was', 'it'] : ['Stages', 'were', 'they were', 'them']
  return `${subject} ${firstOf(stages.map((stage) => name(stage.name)))} ${verb} not weighed: ${pronoun} not built in this run, and no cache is known to hold ${object}. ${remedy}`
}

function severalCachesSentence(stages: readonly UnbuiltStage[], name: Name, remedy: string): string | null {
  if (stages.length === 0) return null
  const [subject, verb, pronoun, object] =
    stages.length === 1 ? ['Stage', 'was', 'it was', 'it'] : ['Stages', 'were', 'they were', 'them']
  return `${subject} ${firstOf(stages.map((stage) => name(stage.name)))} ${verb} not weighed: ${pronoun} not built in this run, and with several caches the builder did not offer ${object}. ${remedy}`
}

function changedSentence(stages: readonly UnbuiltStage[], name: Name): string | null {
  if (stages.length === 0) return null
  const [subject, verb] = stages.length === 1 ? ['Stage', 'was'] : ['Stages', 'were']
  const paths = [...new Set(stages.flatMap(({ changedContext = [] }) => changedContext))]
  const folders = paths.filter((path) => path !== '.')
  const shown = [...folders.map((path) => name(path)), ...(folders.length < paths.length ? ['the output'] : [])]
  const object = folders.length === 1 ? name(folders[0] ?? '') : 'these'
  const contexts = [...new Set(stages.flatMap(({ changedContextNames = [] }) => changedContextNames))]
  const where =
    contexts.length === 0
      ? ''
      : ` ${firstOf(
          contexts.map((context) => name(context)),
          'more context',
        )}`
  const file = contexts.length === 0 ? 'the ignore file' : 'the ignore file of that context'
  const ignored = folders.length === 0 ? '' : `Add ${object} to ${file}, or use`
  return `${subject} ${firstOf(stages.map((stage) => name(stage.name)))} ${verb} not weighed, because this run changed the build context${where}: it writes ${firstOf(shown, 'more path')} there. ${ignored === '' ? 'Use' : ignored} a place outside of the context.`
}

function busySentence(stages: readonly UnbuiltStage[], name: Name): string | null {
  if (stages.length === 0) return null
  const [subject, verb, its] = stages.length === 1 ? ['Stage', 'was', 'its'] : ['Stages', 'were', 'their']
  return `${subject} ${firstOf(stages.map((stage) => name(stage.name)))} ${verb} not weighed, because another build on the same builder was running ${its} steps. Run this again when that build has ended.`
}

/** `downloads` are the lines of each ADD whose URL may answer differently. */
function unreadSentence(stages: readonly UnbuiltStage[], name: Name, downloads: readonly number[]): string | null {
  if (stages.length === 0) return null
  const [subject, verb, object] = stages.length === 1 ? ['Stage', 'was', 'it'] : ['Stages', 'were', 'them']
  const why =
    downloads.length === 0
      ? `the builder cannot read a cache or an image that holds ${object}. Check the registry`
      : `${downloads.length === 1 ? 'the' : 'an'} ADD in ${enumerated('line', downloads)} downloaded other content, so that steps would have run again. Add --checksum there`
  return `${subject} ${firstOf(stages.map((stage) => name(stage.name)))} ${verb} not weighed, perhaps because ${why}, and run this again.`
}

function otherResultSentence(stages: readonly UnbuiltStage[], name: Name): string | null {
  if (stages.length === 0) return null
  const [subject, verb, its] = stages.length === 1 ? ['Stage', 'was', 'its'] : ['Stages', 'were', 'their']
  return `${subject} ${firstOf(stages.map((stage) => name(stage.name)))} ${verb} not weighed, because the builder returned no result of ${its} steps that fits this image. This happens if the builder and its caches hold several results of the same steps. If you use caches, list those of one branch only, or use mode=max for all of them.`
}

function firstOf(texts: readonly string[], noun = 'more stage'): string {
  const rest = texts.length - maxUnbuilt
  return `${texts.slice(0, maxUnbuilt).join(', ')}${rest > 0 ? ` and ${formatCount(rest, noun)}` : ''}`
}

/** Returns whether the stage does not exist in the baseline, as far as is known. */
export function isNew({ index }: Stage, comparison: ImageComparison | null): boolean {
  return comparison?.stages.some(({ kind, after }) => kind === 'added' && after?.index === index) === true
}

/** Added to figures from a record that anybody may have written. */
export const forkSentence =
  "These figures are as reported by the fork's run. The baseline and the budgets are this repository's own."

/** Used if a comparison was requested but is not possible. The reason follows. */
export const nothingToCompare = 'There is nothing to compare with, so this report stands on its own.'
