/** Finds the paths of a layer that grew or shrank and whose size is known on both sides. Pure. */
import type { ContentLists, LayerLists } from '../record/contents.ts'
import type { PathGrowth } from './comparison.ts'
import type { MovedPath } from './moved-files.ts'

/** A path of a layer that grew or shrank. */
export interface KnownPath {
  readonly kind: PathGrowth['kind']
  readonly path: string
  /**
   * File bytes without those of files that moved into it or out of it. Null if the path does not exist on that side, or
   * is not known to exist there without bytes.
   */
  readonly before: number | null
  readonly after: number | null
  /** Whether files moved into it or out of it. */
  readonly otherFiles: boolean
  /** See `PathGrowth`. */
  readonly unlisted: boolean
  readonly growth: number
}

/** The heaviest path that a list may lack, as a share of the path on the other side, so that this one grew or shrank. */
const negligible = 0.1

/**
 * Returns the paths that grew or shrank and whose size is known on both sides, well enough at least. A path that an
 * incomplete list lacks is lighter than those in it. Files that only moved within the layer count on neither side, so
 * they are no growth.
 *
 * @param whole the lists of the whole layer, which also have the paths without bytes
 */
export function knownPaths(
  before: ContentLists,
  after: ContentLists,
  moved: readonly MovedPath[],
  whole: Readonly<Record<'before' | 'after', LayerLists>>,
): readonly KnownPath[] {
  const [bareBefore, bareAfter] = [new Set(whole.before.bare), new Set(whole.after.bare)]
  const { out, into } = movedBytes(moved)
  const pairUp = (
    kind: KnownPath['kind'],
    from: ContentLists['files'],
    to: ContentLists['files'],
  ): readonly KnownPath[] => {
    const old = new Map(from.map(({ path, fileBytes }) => [path, fileBytes - (out.get(path) ?? 0)]))
    const now = new Map(to.map(({ path, fileBytes }) => [path, fileBytes - (into.get(path) ?? 0)]))
    const [lightestOld, lightestNow] = [lightestOf(from, before), lightestOf(to, after)]
    return [...new Set([...now.keys(), ...old.keys()])].flatMap((path): readonly KnownPath[] => {
      const a = old.get(path) ?? (kind === 'file' && bareBefore.has(path) ? 0 : null)
      const b = now.get(path) ?? (kind === 'file' && bareAfter.has(path) ? 0 : null)
      const mayHave = a === null ? lightestOld : b === null ? lightestNow : 0
      const growth = (b ?? 0) - (a ?? 0)
      const isKnown = mayHave <= negligible * Math.abs(growth)
      const otherFiles = kind === 'directory' && (out.has(path) || into.has(path))
      return isKnown && growth !== 0
        ? [{ kind, path, before: a, after: b, otherFiles, unlisted: mayHave > 0, growth }]
        : []
    })
  }
  return [...pairUp('directory', before.directories, after.directories), ...pairUp('file', before.files, after.files)]
}

/** Returns the file bytes that a path may have if a list lacks it. */
const lightestOf = (list: ContentLists['files'], { complete }: ContentLists): number =>
  complete ? 0 : (list.at(-1)?.fileBytes ?? Infinity)

/** File bytes of moved files, by path: the file itself and each directory that it moved into or out of. */
interface MovedBytes {
  readonly out: ReadonlyMap<string, number>
  readonly into: ReadonlyMap<string, number>
}

function movedBytes(moved: readonly MovedPath[]): MovedBytes {
  const [out, into] = [new Map<string, number>(), new Map<string, number>()]
  const add = (sums: Map<string, number>, path: string, other: string, bytes: number): void => {
    for (let end = path.length; end > 0; end = path.lastIndexOf('/', end - 1)) {
      const above = path.slice(0, end)
      // Within a directory, a file keeps its bytes there.
      if (other.startsWith(`${above}/`)) return
      sums.set(above, (sums.get(above) ?? 0) + bytes)
    }
  }
  for (const { files } of moved)
    for (const { from, to, fileBytes } of files) {
      add(out, from, to, fileBytes)
      add(into, to, from, fileBytes)
    }
  return { out, into }
}

/** Returns the path as `/a/b/`, so that only paths inside a directory begin with its prefix. */
export const prefixOf = (path: string): string =>
  `/${path
    .split('/')
    .filter((segment) => segment !== '' && segment !== '.')
    .join('/')}/`.replace('//', '/')
