/** Sentences about layers that differ, if only in file times, and have no row among what grew or shrank. Pure. */
import type { StageChange } from '../compare/comparison.ts'
import { otherBlobPhrases } from './cause-phrases.ts'
import { deletionWords } from './deletion-words.ts'
import { editedWords, pathWords } from './path-words.ts'
import type { GrowthRow } from './growth-rows.ts'
import type { GrownAndShrunk } from './growth-tables.ts'
import { otherBlobRows } from './other-blobs.ts'
import { rowName, type RowFiles } from './row-names.ts'
import { packageWords } from './package-words.ts'
import { capital, type Name } from './sentences.ts'
import { editElsewhereWords } from './edit-elsewhere-words.ts'
import { formatCount, formatGrowth } from './units.ts'

/** Limits for the layers of one sentence, and for the packages and paths of one layer. */
const maxLayers = 3
const maxContents = 3

/** Returns one sentence for each kind of such layers. */
export function growthSentences(
  { notKnown, level, driftNoise, noise }: Pick<GrownAndShrunk, 'notKnown' | 'level' | 'driftNoise' | 'noise'>,
  files: RowFiles,
  name: Name,
): readonly string[] {
  const sentence = (what: string, rows: readonly GrowthRow[]): readonly string[] =>
    rows.length === 0 ? [] : [`${what}: ${formatCount(rows.length, 'layer')} (${placesOf(rows, files, name)}).`]
  const drift = level.filter(({ cause }) => cause === 'drift')
  const others = level.filter(({ cause }) => cause !== 'drift')
  // One sentence is enough for all drift of a rebuild.
  const driftWords =
    driftNoise.length > 0
      ? 'Rebuild drift of at most 1 kB to pull'
      : drift.every(isOfSameSize)
        ? 'Rebuild drift of the same size'
        : 'Rebuild drift'
  return [
    ...sentence('Growth not known', notKnown),
    ...sentence('Changed contents of the same size', others.filter(isOfSameSize)),
    ...sentence(
      'Changed contents of almost the same size',
      others.filter((row) => !isOfSameSize(row)),
    ),
    ...sentence(driftWords, [...driftNoise, ...drift]),
    ...sentence('Changes of at most 1 kB to pull', noise),
  ]
}

/** Returns one sentence for each kind of layers whose contents are the same, although a client pulls them again. */
export function sameContentsSentences(stage: StageChange, files: RowFiles, name: Name): readonly string[] {
  const rows = otherBlobRows(stage)
  return [...new Set(rows.map(({ otherBlob }) => otherBlob))].map((kind) => {
    const found = rows.filter(({ otherBlob }) => otherBlob === kind).map(({ row }) => row)
    return `${capital(otherBlobPhrases[kind])}: ${formatCount(found.length, 'layer')} (${placesOf(found, files, name)}).`
  })
}

function placesOf(rows: readonly GrowthRow[], files: RowFiles, name: Name): string {
  const shown = rows
    .slice(0, maxLayers)
    .map((row) => [`${rowName(row, files, name)}${differenceOf(row)}`, ...contentsOf(row, name)].join(': '))
  const rest = rows.length - shown.length
  return `${shown.join('; ')}${rest === 0 ? '' : `; and ${formatCount(rest, 'more layer')}`}`
}

/** Returns whether no figure of a row differs, as far as the figures are known. */
const isOfSameSize = (row: GrowthRow): boolean => differenceOf(row) === ''

/** Returns words such as `, +3 B of files` for a row without growth to pull. Tar archives hide a few bytes of files. */
function differenceOf({ growth: { compressedSize, uncompressedSize, fileBytes } }: GrowthRow): string {
  if ((compressedSize ?? 0) !== 0 || fileBytes === null || fileBytes === 0 || (uncompressedSize ?? 0) !== 0) return ''
  return `, ${formatGrowth(fileBytes)} of files`
}

/** Returns what happened in a layer, such as `flask 3.1.0 → 3.1.1 same size (1.20 MB)`. */
function contentsOf({ packages, paths, ...row }: GrowthRow, name: Name): readonly string[] {
  const all = [
    ...deletionWords(row, name),
    ...(row.editedFiles ? [editedWords(row.editedFiles, name)] : []),
    ...packages.map((change) => packageWords(change, name)),
    ...paths.map((path) => pathWords(path, name)),
  ]
  const rest = all.length - maxContents
  const behind = editElsewhereWords({ ...row, packages, paths }, name, false)
  const words = [
    // Where the layer has packages, these say more.
    ...(packages.length === 0 ? behind : []),
    ...all.slice(0, maxContents),
    ...(rest <= 0 ? [] : [`and ${formatCount(rest, 'more change')}`]),
    ...(packages.length === 0 ? [] : behind),
  ]
  return words.length === 0 ? [] : [words.join(', ')]
}
