/** Finds files that were moved within a layer: the same content at another path. Pure. */
import type { ContentLists } from '../record/contents.ts'
import { cacheOfPath } from '../savings/names.ts'

/** A file or directory that was moved. */
export interface MovedPath {
  readonly kind: 'file' | 'directory'
  readonly from: string
  readonly to: string
  readonly fileBytes: number
  /** The moved files. */
  readonly files: readonly { readonly from: string; readonly to: string; readonly fileBytes: number }[]
}

type File = ContentLists['files'][number]

/**
 * Returns whether the files that moved are the whole directory, on both sides. Otherwise a directory of that name is left
 * at the old place or was at the new place before, or has other files.
 *
 * @param before everything in the layer, including the files of packages
 */
export function isWholeDirectory({ from, to, files }: MovedPath, before: ContentLists, after: ContentLists): boolean {
  const find = (lists: ContentLists, path: string): ContentLists['directories'][number] | undefined =>
    lists.directories.find((directory) => directory.path === path)
  return (
    find(before, from)?.files === files.length &&
    find(after, to)?.files === files.length &&
    !find(before, to) &&
    !find(after, from)
  )
}

/** Returns whether files moved within a cache. Its tool may give them other names each time. */
export function isInOneCache({ from, to }: MovedPath): boolean {
  const cache = cacheOfPath(to)
  return cache !== null && cacheOfPath(from)?.path === cache.path
}

/**
 * Returns what was moved, the heaviest first. A file that only one side lists may be on the other side too if that list
 * is not complete, so then nothing counts as moved. Files that moved from one directory to another are one item.
 */
export function movedPaths(before: ContentLists, after: ContentLists): readonly MovedPath[] {
  const old = new Set(before.files.map(({ path }) => path))
  const now = new Set(after.files.map(({ path }) => path))
  const gone = after.complete ? before.files.filter(({ path }) => !now.has(path)) : []
  const came = before.complete ? after.files.filter(({ path }) => !old.has(path)) : []
  const places = placesOf(came)
  const moves = gone.flatMap((file) => {
    const to = takePlace(places, file)
    return to === undefined ? [] : [{ from: file.path, to: to.path, fileBytes: file.fileBytes }]
  })
  return [...Map.groupBy(moves, ({ from, to }) => directoriesOf(from, to).join('\0')).values()]
    .map((files): MovedPath => {
      const [first, ...more] = files
      const [from = '', to = ''] = first === undefined ? [] : directoriesOf(first.from, first.to)
      const fileBytes = files.reduce((sum, file) => sum + file.fileBytes, 0)
      return more.length === 0 && first !== undefined
        ? { kind: 'file', from: first.from, to: first.to, fileBytes, files }
        : { kind: 'directory', from, to, fileBytes, files }
    })
    .sort((a, b) => b.fileBytes - a.fileBytes || (a.to < b.to ? -1 : 1))
}

/** Files by their content, and then by the name at the end of their path. The first one is the last in its list. */
type Places = ReadonlyMap<string, Map<string, File[]>>

function placesOf(files: readonly File[]): Places {
  const places = new Map<string, Map<string, File[]>>()
  for (const file of files.toReversed()) {
    if (file.checksum === undefined) continue
    const [key, name] = [keyOf(file), baseOf(file.path)]
    const names = places.get(key) ?? new Map<string, File[]>()
    places.set(key, names)
    const some = names.get(name) ?? []
    names.set(name, some)
    some.push(file)
  }
  return places
}

/** Takes out a file with the same content. Of several copies, the one with the same name is the likeliest. */
function takePlace(places: Places, file: File): File | undefined {
  const names = file.checksum === undefined ? undefined : places.get(keyOf(file))
  const own = baseOf(file.path)
  const name = names?.has(own) === true ? own : names?.keys().next().value
  const some = name === undefined ? undefined : names?.get(name)
  const found = some?.pop()
  if (name !== undefined && some?.length === 0) names?.delete(name)
  return found
}

const keyOf = ({ fileBytes, checksum }: File): string => `${fileBytes} ${checksum ?? ''}`

const baseOf = (path: string): string => path.slice(path.lastIndexOf('/') + 1)

/** Returns the two paths without the names at their ends that are the same. */
function directoriesOf(from: string, to: string): readonly [string, string] {
  const [a, b] = [from.split('/'), to.split('/')]
  while (a.length > 1 && b.length > 1 && a.at(-1) === b.at(-1)) {
    a.pop()
    b.pop()
  }
  return [a.join('/'), b.join('/')]
}
