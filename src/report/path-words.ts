/** Says what happened to a file or a directory of a layer. Pure. */
import type { PathElsewhere, PathGrowth } from '../compare/comparison.ts'
import type { EditedFiles, OtherFiles } from '../compare/edited-files.ts'
import { shortenPath } from './escape.ts'
import { listWords } from './list-words.ts'
import type { Name } from './sentences.ts'
import { formatBytes, formatCount, formatGrowth, formatGrown } from './units.ts'

/** Returns words such as `app/data.bin new, 5.00 MB`, or `app/static/ +1.60 MB (…), of it app/static/a.jpg +1.00 MB`. */
export function pathWords(growth: PathGrowth, name: Name): string {
  const { largest, before, after } = growth
  const all = wordsOfPath(growth, name)
  if (largest === undefined) return all
  const whole = (after ?? 0) - (before ?? 0)
  const isPart = whole * largest.growth > 0 && Math.abs(largest.growth) <= Math.abs(whole)
  return `${all}, ${isPart ? 'of it' : 'with'} ${name(shortenPath(largest.path, 48))} ${formatGrowth(largest.growth)}`
}

function wordsOfPath(growth: PathGrowth, name: Name): string {
  const {
    kind,
    path,
    before,
    after,
    package: packageName,
    cache,
    isMostlyCache,
    otherFiles,
    elsewhere,
    movedFrom,
    movedFiles,
    unlisted,
  } = growth
  const shownPath = (one: string): string =>
    name(shortenPath(kind === 'directory' && !one.endsWith('/') ? `${one}/` : one, 48))
  const shortPath = shownPath(path)
  const label = isMostlyCache
    ? `${shortPath}, mostly ${cache},`
    : cache
      ? `${cache} in ${shortPath}`
      : packageName === null
        ? shortPath
        : `package ${name(packageName)}`
  const shown = otherFiles ? `other files in ${label}` : label
  if (movedFrom !== undefined && movedFiles !== undefined)
    return `${formatCount(movedFiles, 'file')} moved from ${shownPath(movedFrom)} to ${shortPath}, ${formatBytes(after)}`
  if (movedFrom !== undefined) return `${shortPath} moved here from ${shownPath(movedFrom)}, ${formatBytes(after)}`
  if (before !== null && after !== null) return `${shown} ${formatGrown(before, after)}`
  if (elsewhere && elsewhere.kind !== 'not known') return elsewhereWords(shown, growth, elsewhere)
  if (unlisted) return `${shown} ${unlistedWords(growth)}`
  if (before === null) return `${shown} new${elsewhere ? ' in this layer' : ''}, ${formatBytes(after)}`
  return `${shown} removed${elsewhere ? ' from this layer' : ''}, ${formatGrowth(-before)}`
}

const unlistedWords = ({ before, after }: PathGrowth): string =>
  before === null
    ? `${formatBytes(after)} (new, or too small before for the record)`
    : `${formatBytes(before)} before (gone, or too small now for the record)`

/** Returns words such as `other contents in etc/app.conf`, or the same with `and 12 more files` at the end. */
export const editedWords = ({ paths, ...rest }: EditedFiles, name: Name): string =>
  `other contents in ${fileList(
    paths.map((path) => name(shortenPath(path, 48))),
    rest,
  )}`

/** Returns words such as `src/main.go changed, src/old.go removed`. */
export const changedWords = ({ files, ...rest }: OtherFiles, name: Name): string =>
  fileList(
    files.map(({ path, kind }) => `${name(shortenPath(path, 48))} ${kind}`),
    rest,
  )

const fileList = (shown: readonly string[], { count, isComplete }: Pick<EditedFiles, 'count' | 'isComplete'>): string =>
  listWords(shown, isComplete ? count - shown.length : null, 'file')

/** Returns words such as `line 4`. A line of the baseline's Dockerfile must not look like one of the head's. */
export function layerPlace(line: number | null, isFormer: boolean): string {
  if (line === null) return isFormer ? 'a former layer' : 'another layer'
  return `${isFormer ? 'the former ' : ''}line ${line}`
}

/**
 * Returns words for a path that is not new or removed, because another layer has or had it, such as `app/data.bin moved
 * to line 8, −5.00 MB` or `app/data.bin −5.00 MB, still shipped in line 3`.
 */
function elsewhereWords(
  shown: string,
  { kind, before, after }: PathGrowth,
  other: Exclude<PathElsewhere, { kind: 'not known' }>,
): string {
  const there = other.base ? 'the base image' : layerPlace(other.line, other.kind !== 'again' && other.former)
  const isGone = after === null
  const growth = formatGrowth((after ?? 0) - (before ?? 0))
  if (other.kind === 'moved') {
    const size =
      other.fileBytes === (after ?? before) ? '' : ` (${isGone ? 'is' : 'was'} ${formatBytes(other.fileBytes)} there)`
    return `${shown} ${isGone ? 'moved to' : 'moved here from'} ${there}, ${growth}${size}`
  }
  if (other.kind === 'again') return `${shown} written again, ${formatBytes(after)}, also in ${there}`
  // Layers may have different files of one directory.
  if (kind === 'directory') return `${shown} ${growth}`
  return `${shown} ${growth}, ${isGone ? 'still' : 'also'} in ${there}`
}
