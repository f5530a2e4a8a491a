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

/** A file that a layer brings to its stage, changes there, or brings no longer. */
export interface OtherFile {
  readonly path: string
  readonly kind: 'new' | 'changed' | 'removed'
}

/** Files that differ in a stage because of a layer. */
export interface OtherFiles extends Pick<EditedFiles, 'count' | 'isComplete'> {
  /** The one that grew or shrank most comes first. */
  readonly files: readonly OtherFile[]
  /** File bytes by which all of them grew or shrank, without signs. */
  readonly weight: number
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

/** The two sides of a layer. */
type Sides = Readonly<Record<'before' | 'after', Layer | null>>

/**
 * Returns the files that a layer brings to its stage or changes there, or that it does so no longer. The one that grew or
 * shrank most comes first. A file that is the same in the stage is none of them: the builder may have written it again,
 * because only its time differs. Null if none is known. Empty if there are certainly none.
 *
 * @param below the layers below it in its stage
 */
export function otherFiles(layer: Sides, below: readonly Sides[]): OtherFiles | null {
  const [old, now] = [layer.before?.contents ?? null, layer.after?.contents ?? null]
  if (old === null || now === null) return null
  const isComplete = old.complete && now.complete
  const [olds, news] = [filesIn([...below, layer], 'before'), filesIn([...below, layer], 'after')]
  const [bareBefore, bareAfter] = [bareIn([...below, layer], 'before'), bareIn([...below, layer], 'after')]
  const own = [old, now].map(({ files }) => new Set(files.map(({ path }) => path)))
  const paths = [...new Set(own.flatMap((some) => [...some]))]
  const found = paths.flatMap((path) => {
    const [from, to] = [olds.get(path), news.get(path)]
    const [wasThere, isThere] = [from !== undefined || bareBefore.has(path), to !== undefined || bareAfter.has(path)]
    const kind = wasThere ? (isThere ? ('changed' as const) : ('removed' as const)) : ('new' as const)
    const found = { path, kind, growth: (to?.fileBytes ?? 0) - (from?.fileBytes ?? 0) }
    if (from && to) return keyOf(from) === keyOf(to) ? [] : [found]
    // A file that one side does not list may be too light for its list.
    return isComplete ? [found] : []
  })
  // Objects of Git say nothing beside the files that were committed.
  const sorted = found.sort(
    (one, other) =>
      Number(isOfGit(one.path)) - Number(isOfGit(other.path)) || Math.abs(other.growth) - Math.abs(one.growth),
  )
  const isWrittenAgain = isComplete && paths.some((path) => own.some((some) => !some.has(path)))
  if (found.length === 0 && !isWrittenAgain) return null
  return {
    files: sorted.slice(0, maxPaths).map(({ path, kind }) => ({ path, kind })),
    count: found.length,
    isComplete,
    weight: found.reduce((sum, { growth }) => sum + Math.abs(growth), 0),
  }
}

const isOfGit = (path: string): boolean => `/${path}`.includes('/.git/')

/** Returns the files that layers have together. */
function filesIn(layers: readonly Sides[], side: 'before' | 'after'): ReadonlyMap<string, File> {
  return new Map(layers.flatMap((layer) => (layer[side]?.contents?.files ?? []).map((file) => [file.path, file])))
}

/** Returns the files without bytes that layers have together, as far as they are known. */
function bareIn(layers: readonly Sides[], side: 'before' | 'after'): ReadonlySet<string> {
  return new Set(layers.flatMap((layer) => layer[side]?.contents?.bare ?? []))
}
