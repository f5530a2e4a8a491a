/** Finds files of a layer that differ. Pure. */
import type { Layer } from '../record/footprint.ts'
import { keyOf, type File } from './listed-file.ts'

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
  return filesThat(before, after, (file, other) => {
    const isKnown = file.checksum !== undefined && other?.checksum !== undefined
    return isKnown && other.fileBytes === file.fileBytes && other.checksum !== file.checksum
  })
}

/** Returns the files that have other contents or another size, or that are new. Null if none is known. */
export function otherFiles(before: Layer | null, after: Layer | null): EditedFiles | null {
  // A file that one side does not list may be too light for its list.
  const isListed = before?.contents?.complete === true
  return filesThat(before, after, (file, other) => (other === undefined ? isListed : keyOf(file) !== keyOf(other)))
}

function filesThat(
  before: Layer | null,
  after: Layer | null,
  differs: (file: File, other: File | undefined) => boolean,
): EditedFiles | null {
  const [old, now] = [before?.contents ?? null, after?.contents ?? null]
  if (old === null || now === null) return null
  const known = new Map(old.files.map((file) => [file.path, file]))
  const found = now.files.filter((file) => differs(file, known.get(file.path)))
  if (found.length === 0) return null
  const paths = found.slice(0, maxPaths).map(({ path }) => path)
  return { paths, count: found.length, isComplete: old.complete && now.complete }
}
