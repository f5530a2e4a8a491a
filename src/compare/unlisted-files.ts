/** Finds out which files a layer may have that are too light for its list, which has a limited length. Pure. */
import { maxListed, maxListedText } from '../layer/contents.ts'
import { maxPathLength } from '../packages/path-bytes.ts'
import type { ContentLists } from '../record/contents.ts'
import type { Layer } from '../record/footprint.ts'

/** A path with its size in bytes. */
export type Sized = Pick<ContentLists['files'][number], 'path' | 'fileBytes'>

/** Returns the sum of their sizes in bytes. */
export const bytesOf = (files: readonly Pick<Sized, 'fileBytes'>[]): number =>
  files.reduce((sum, { fileBytes }) => sum + fileBytes, 0)

const folderOf = (path: string): string => path.slice(0, Math.max(0, path.lastIndexOf('/')))

/** A layer whose lists are known. */
export interface Listed {
  readonly lists: ContentLists
  /** The bytes of all its files. Null if they are not known. */
  readonly fileBytes: number | null
}

/** Returns a layer with its lists. Null if they are not known, as in records of early releases. */
export const listedOf = ({ contents, fileBytes }: Pick<Layer, 'contents' | 'fileBytes'>): Listed | null =>
  contents ? { lists: contents, fileBytes } : null

/**
 * Returns the bytes in each listed folder that neither a listed file nor a listed folder in it has. The root is the
 * empty path.
 */
function unlistedBytes({ lists: { files, directories }, fileBytes: all }: Listed): ReadonlyMap<string, number> {
  const left = new Map(directories.map(({ path, fileBytes }) => [path, fileBytes]))
  left.set('', all ?? Infinity)
  for (const { path, fileBytes } of [...directories, ...files]) {
    const folder = folderOf(path)
    if (left.has(folder)) left.set(folder, (left.get(folder) ?? 0) - fileBytes)
  }
  return left
}

/** Returns whether there may be folders that are not listed. */
function areFoldersCut({ directories }: ContentLists): boolean {
  const text = directories.reduce((sum, { path }) => sum + path.length, 0)
  return directories.length >= maxListed || text > maxListedText - maxPathLength
}

/**
 * Returns a test for files that a layer may have, although its list does not: they are lighter than all that are listed,
 * and the folder has bytes of files and folders that are not.
 */
export function unlistedTest(layer: Listed): (file: Sized) => boolean {
  const { lists } = layer
  if (lists.complete) return () => false
  const lightest = lists.files.at(-1)?.fileBytes ?? Infinity
  const left = unlistedBytes(layer)
  const isCut = areFoldersCut(lists)
  return ({ path, fileBytes }) => {
    if (fileBytes > lightest) return false
    let folder = folderOf(path)
    if (folder !== '' && !left.has(folder) && !isCut) return false
    while (folder !== '' && !left.has(folder)) folder = folderOf(folder)
    return (left.get(folder) ?? Infinity) >= fileBytes
  }
}

/** Returns whether both layers may have files in one folder that are too light for their lists. */
export function mayShareUnlisted(
  one: Listed,
  other: Listed,
  isWanted: (path: string) => boolean = () => true,
): boolean {
  if (one.lists.complete || other.lists.complete) return false
  const left = unlistedBytes(other)
  return [...unlistedBytes(one)].some(([folder, bytes]) => bytes > 0 && (left.get(folder) ?? 0) > 0 && isWanted(folder))
}

/** Returns whether both layers have, or may have, a file at one of these paths. */
export function mayShareFiles(one: Listed, other: Listed, isWanted: (path: string) => boolean): boolean {
  const paths = new Set(one.lists.files.map(({ path }) => path))
  const [inOne, inOther] = [unlistedTest(one), unlistedTest(other)]
  return (
    other.lists.files.some((file) => isWanted(file.path) && (paths.has(file.path) || inOne(file))) ||
    one.lists.files.some((file) => isWanted(file.path) && inOther(file)) ||
    mayShareUnlisted(one, other, isWanted)
  )
}
