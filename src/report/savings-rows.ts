/** What edits of the Dockerfile would save, as rows that each report format lays out in its own way. Pure. */
import type { Stage } from '../record/footprint.ts'
import type { BaseFiles, Saving, Savings } from '../record/savings.ts'
import { words, type Place, type Words } from '../savings/rule.ts'
import { deletingRules, ruleOf } from '../savings/rules.ts'
import { droppedFrom } from '../savings/rules/copy-edits.ts'
import { deletedPackagesOf } from './deleted-package-words.ts'
import { shorten, shortenPath } from './escape.ts'
import { placeInStage, placeOf, runsOf, shown, type Run } from './savings-places.ts'
import { smallerCacheWords } from './smaller-cache-words.ts'
import { formatBytes, formatCount } from './units.ts'

/** One edit and what it would save. */
export interface SavingsRow {
  /** Bytes of files. */
  readonly fileBytes: number
  /** Bytes to pull that are saved at least. Null if it is not known closely enough. */
  readonly leastPullBytes: number | null
  /** Line of the instruction to edit. Null if it is not known. */
  readonly line: number | null
  /** The instruction as written. Untrusted text; empty if it is not known. */
  readonly instruction: string
  /** The edit to make. */
  readonly edit: Words
  /** What the bytes are: their place, the number of files, and why they may be needed. */
  readonly about: Words
}

/** The savings of a stage. */
export interface SavingsReport {
  /** Bytes of files of all sure savings. */
  readonly fileBytes: number
  /** Bytes to pull that these save at least. Null if it is not known closely enough. */
  readonly leastPullBytes: number | null
  readonly likelyFileBytes: number
  /** Sorted by bytes, the largest first. */
  readonly rows: readonly SavingsRow[]
  /** Further rows that are not shown at first. */
  readonly more: readonly SavingsRow[]
  /** Sentences about lines that delete files of the base image. */
  readonly nothingSaved: readonly Words[]
}

/** Limit for the visible rows. */
const maxRows = 10
/** Limit for the lines that save nothing. */
const maxBase = 5

/** Returns the savings of a stage. Null if they are not known or no edit would save anything. */
export function savingsOf(stage: Stage): SavingsReport | null {
  const { savings } = stage
  if (!savings || (savings.items.length === 0 && savings.baseFiles.length === 0)) return null
  const runs = runsOf(stage.layers)
  const rows = savings.items.map((item) => rowOf(item, stage, runs))
  return {
    fileBytes: savings.fileBytes,
    leastPullBytes: leastPullBytesOf(savings),
    likelyFileBytes: savings.likelyFileBytes,
    rows: rows.slice(0, maxRows),
    more: rows.slice(maxRows),
    nothingSaved: savings.baseFiles.slice(0, maxBase).map((files) => baseWords(files, stage)),
  }
}

/** Returns what all sure savings save at least to pull, or null. Records of earlier releases have the figure of each. */
function leastPullBytesOf({ items, fileBytes, leastPullBytes }: Savings): number | null {
  if (leastPullBytes !== undefined) return leastPullBytes
  const sure = items.filter(({ claim }) => claim === 'sure')
  if (sure.reduce((sum, item) => sum + item.fileBytes, 0) !== fileBytes) return null
  return sure.reduce<number | null>(
    (sum, { leastPullBytes }) => (sum === null || leastPullBytes === undefined ? null : sum + leastPullBytes),
    0,
  )
}

/** Returns a sentence such as `82.9 MB of file bytes can be saved (at least 19.1 MB to pull)`, without a full stop. */
export function savingsSentence({ fileBytes, leastPullBytes, likelyFileBytes }: SavingsReport): string {
  const pull = leastPullBytes === null || fileBytes === 0 ? '' : ` (at least ${formatBytes(leastPullBytes)} to pull)`
  const likely = formatBytes(likelyFileBytes)
  if (fileBytes === 0) return likelyFileBytes === 0 ? 'No savings found' : `${likely} of file bytes can likely be saved`
  return `${formatBytes(fileBytes)} of file bytes can be saved${pull}${likelyFileBytes === 0 ? '' : `, and likely another ${likely}`}`
}

/**
 * Returns what a table shows for bytes to pull, such as `at least −19.1 MB`. Null for a table without this column,
 * because no row has such a figure.
 */
export function pullCells(rows: readonly SavingsRow[]): ((row: SavingsRow) => string) | null {
  return rows.every(({ leastPullBytes }) => leastPullBytes === null)
    ? null
    : ({ leastPullBytes }) => (leastPullBytes === null ? 'not known' : `at least −${formatBytes(leastPullBytes)}`)
}

/** @param runs all RUN instructions of the layers */
function rowOf(item: Saving, stage: Stage, runs: readonly Run[]): SavingsRow {
  const { layers } = stage
  const { rule: id, files, fileBytes, leastPullBytes = null, claim, source, layers: smaller = 1 } = item
  const rule = ruleOf(id)
  const copy = layers[item.layer]?.instruction ?? null
  const dropped =
    source !== undefined && rule !== null && deletingRules.has(rule)
      ? droppedFrom(copy?.text ?? '', { path: shown(source.path), kind: item.kind }, rule.directories)
      : null
  const isOfSource = source !== undefined && dropped === null
  const place = isOfSource ? placeInStage(item, source, stage) : placeOf(item, stage, runs)
  const edit = dropped ?? rule?.type(place) ?? unknownEdit(place)
  const shared = item.isShared === true ? 'another stage may need the files' : undefined
  const likely =
    claim === 'likely' ? `; only likely, since ${rule?.likely ?? shared ?? rule?.unsure ?? 'it may be needed'}` : ''
  return {
    fileBytes,
    leastPullBytes,
    line: isOfSource ? source.line : (copy?.line ?? null),
    instruction: place.text,
    edit,
    about: [
      `${rule?.name ?? 'files that can be left out'}: `,
      ...(rule?.namesPackages === true && item.packages !== undefined
        ? [...packageWords(item.packages), `, ${formatCount(files, 'file')}`]
        : placeWords(item, stage)),
      smaller > 1 ? `, in ${formatCount(smaller, 'layer')}` : '',
      ...(isOfSource ? copiedWords(source, copy?.line ?? null) : []),
      item.bytesElsewhere === undefined
        ? ''
        : `; without the other edits, this one also saves ${formatBytes(item.bytesElsewhere)} of other rows`,
      ...smallerCacheWords(item, edit, stage),
      likely,
    ],
  }
}

/** Returns an edit for a rule of a newer release. The directory may have other files too. */
const unknownEdit = ({ path, kind }: Place): Words =>
  kind === 'file'
    ? words`leave ${path} out of this line`
    : path === '/'
      ? ['leave these files out of this line']
      : words`leave files in ${path} out of this line`

/** Returns words such as `; line 12 copies this from stage build`. */
function copiedWords({ stage }: NonNullable<Saving['source']>, line: number | null): Words {
  return [`; ${line === null ? 'a COPY' : `line ${line}`} copies this from stage `, { code: stage }]
}

/** Returns where the files are, and how many there are if it is more than one. */
function placeWords(item: Saving, stage: Stage): Words {
  const { path, paths = [path], kind, files, other, packages } = item
  const repeats: Words = other === undefined ? [] : [', which repeats ', { code: shown(other.path) }]
  const named = paths.flatMap((one, at) => [...(at === 0 ? [] : [', ']), { code: shown(one) }])
  if (kind === 'file') return [...named, ...repeats]
  const deleted = deletedWith(item, stage)
  if (deleted !== null) return [...packageWords(deleted), `, ${formatCount(files, 'file')}`]
  if (path === '' && item.paths === undefined)
    return [`${formatCount(files, 'file')} in different directories`, ...repeats]
  const elsewhere = item.filesElsewhere ?? 0
  const inside = files - elsewhere
  // The path is then one of the files.
  if (elsewhere > 0 && inside === 1) return [`${formatCount(files, 'file')}, most bytes in `, ...named, ...repeats]
  return [
    ...named,
    ...repeats,
    ...(packages === undefined ? [] : [' (', ...packageWords(packages), ')']),
    `, ${formatCount(inside, 'file')}${elsewhere === 0 ? '' : `, and ${elsewhere} elsewhere`}`,
  ]
}

/** Returns the packages that the later line deletes, if they say more than the path that has most of the bytes. */
function deletedWith({ rule, path, filesElsewhere = 0, layer, laterLayer, fileBytes }: Saving, stage: Stage) {
  if (rule !== 'deleted-later' || laterLayer === null || (path !== '' && filesElsewhere === 0)) return null
  return deletedPackagesOf(stage, laterLayer, (position) => position === layer, fileBytes)
}

/** Returns words such as `perl, gcc and 12 more packages`. */
function packageWords({ names, count }: NonNullable<Saving['packages']>): Words {
  const more = count - names.length
  return [
    ...names.flatMap((name, at) => [...(at === 0 ? [] : [', ']), { code: name }]),
    more > 0 ? ` and ${formatCount(more, 'more package')}` : '',
  ]
}

function baseWords(deleted: BaseFiles, stage: Stage): Words {
  const { layers } = stage
  const { path, kind, files, filesElsewhere = 0, fileBytes, layer } = deleted
  const line = layers[layer]?.instruction?.line ?? null
  const bytes = formatBytes(fileBytes)
  const isOfMany = path === '' || filesElsewhere > 0
  const isOfBase = (position: number): boolean => layers[position]?.origin === 'base'
  const packages = isOfMany ? deletedPackagesOf(stage, layer, isOfBase, fileBytes) : null
  const what: Words =
    packages !== null
      ? packageWords(packages)
      : path === ''
        ? ['files in different directories']
        : isOfMany
          ? [`${formatCount(files, 'file')}, most bytes in `, { code: shown(path) }]
          : [{ code: shown(path) }]
  const isCounted = kind === 'directory' && (packages !== null || path === '' || !isOfMany)
  return [
    'Deleting ',
    ...what,
    ` in ${line === null ? 'a line' : `line ${line}`} (${bytes}${isCounted ? ` in ${formatCount(files, 'file')}` : ''}) saves nothing: `,
    isOfMany
      ? 'the files are in layers of the base image, which are pulled anyway'
      : 'it is in a layer of the base image, which is pulled anyway',
  ]
}

/** Length limits for code in a row, in characters: for a command, which has to be typed as a whole, and for other code. */
const maxCommand = 400
const maxOther = 100

/** Shortens code for a row. The end of a path is kept, and the start of a command. */
export function shortCode(code: string): string {
  if (code.startsWith('/')) return shortenPath(code, maxOther)
  return shorten(code, code.includes(' ') ? maxCommand : maxOther)
}
