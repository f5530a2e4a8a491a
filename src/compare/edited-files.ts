/** Finds files of a layer that differ. Pure. */
import type { Layer } from '../record/footprint.ts'
import { keyOf } from './listed-file.ts'

/** Files of a layer that differ. */
export interface EditedFiles {
  /** The heaviest first. */
  readonly paths: readonly string[]
  readonly count: number
  /** Whether all files of both sides were compared. */
  readonly isComplete: boolean
}

const maxPaths = 3

/** Returns the files that have other contents and the same size. Null if none is known. */
export function editedFiles(before: Layer | null, after: Layer | null): EditedFiles | null {
  const [old, now] = [before?.contents ?? null, after?.contents ?? null]
  if (old === null || now === null) return null
  const known = new Map(old.files.map((file) => [file.path, file]))
  const edited = now.files.filter(({ path, fileBytes, checksum }) => {
    const other = known.get(path)
    const isKnown = checksum !== undefined && other?.checksum !== undefined
    return isKnown && other.fileBytes === fileBytes && other.checksum !== checksum
  })
  if (edited.length === 0) return null
  const paths = edited.slice(0, maxPaths).map(({ path }) => path)
  return { paths, count: edited.length, isComplete: old.complete && now.complete }
}

/**
 * Returns the files that have other contents or another size, and those that only one side has. The one that grew or
 * shrank most comes first. Null if none is known.
 */
export function otherFiles(before: Layer | null, after: Layer | null): EditedFiles | null {
  const [old, now] = [before?.contents ?? null, after?.contents ?? null]
  if (old === null || now === null) return null
  const isComplete = old.complete && now.complete
  const [olds, news] = [old, now].map(({ files }) => new Map(files.map((file) => [file.path, file])))
  const paths = [...new Set([...(olds?.keys() ?? []), ...(news?.keys() ?? [])])]
  const found = paths.flatMap((path) => {
    const [from, to] = [olds?.get(path), news?.get(path)]
    if (from && to) return keyOf(from) === keyOf(to) ? [] : [{ path, growth: to.fileBytes - from.fileBytes }]
    // A file that one side does not list may be too light for its list.
    return isComplete ? [{ path, growth: to?.fileBytes ?? from?.fileBytes ?? 0 }] : []
  })
  if (found.length === 0) return null
  const sorted = found.sort((one, other) => Math.abs(other.growth) - Math.abs(one.growth))
  return { paths: sorted.slice(0, maxPaths).map(({ path }) => path), count: found.length, isComplete }
}
