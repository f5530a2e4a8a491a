/** Finds files of a layer that have other contents and the same size. Pure. */
import type { Layer } from '../record/footprint.ts'
import type { EditedFiles } from './comparison.ts'

const maxPaths = 3

/** Returns the files whose checksums differ. Null if none is known. */
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
