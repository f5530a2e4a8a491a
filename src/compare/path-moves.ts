/**
 * Relates the paths of a layer to other layers of its stage. A path that one layer lost may be in another layer, and is
 * then not removed from the image. Pure.
 */
import type { ContentLists } from '../record/contents.ts'
import type { LayerChange, PathElsewhere, PathGrowth, StageChange } from './comparison.ts'
import { otherFiles } from './edited-files.ts'

/** Returns the same stage. Paths that one side of a layer lacks say which other layer has them. */
export function withPathsElsewhere(stage: StageChange): StageChange {
  const indexes = { before: indexOf(stage.layers, 'before'), after: indexOf(stage.layers, 'after') }
  // Another base image may have the path, and a record does not have its files.
  const inOtherBase = otherBases.has(stage.baseImage.kind) ? ({ kind: 'not known' } as const) : null
  const linked = (layer: LayerChange, path: PathGrowth): PathGrowth => {
    if ((path.after === null) === (path.before === null) || path.unlisted) return path
    const elsewhere = find(path, layer, indexes) ?? inOtherBase
    return elsewhere === null ? path : { ...path, elsewhere }
  }
  const layers = stage.layers.map((layer, position) => {
    if (layer.paths.length === 0) return layer
    const paths = layer.paths.map((path) => linked(layer, path))
    const isSearched = position < maxHolders && layer.packages.length === 0
    const isOnlyAgain = isSearched && paths.every(({ elsewhere }) => elsewhere?.kind === 'again')
    const files = isOnlyAgain ? otherFiles(layer, stage.layers.slice(0, position)) : null
    // The row has these already.
    const isNamed = files?.files.some(({ path }) => paths.some((one) => one.path === path)) === true
    return { ...layer, paths, ...(files !== null && files.count > 0 && !isNamed ? { changedFiles: files } : {}) }
  })
  return { ...stage, layers }
}

/** What happened to a base image of which the two sides have other layers. */
const otherBases: ReadonlySet<StageChange['baseImage']['kind']> = new Set(['edited', 'moved'])

/** Limit for the layers that are searched for one path. An image has at most 127 layers (overlay2). */
const maxHolders = 127

interface Holder {
  readonly layer: LayerChange
  readonly fileBytes: number
}

/** The paths of all layers of one side. */
interface PathIndex {
  /** The layers that have a path, in their order. Keys are those of `keyOf`. */
  readonly holders: ReadonlyMap<string, readonly Holder[]>
  /** The layers whose lists are cut, with the file bytes of their lightest item, the heaviest first. */
  readonly cut: Readonly<Record<PathGrowth['kind'], readonly Holder[]>>
}

const keyOf = (kind: PathGrowth['kind'], path: string): string => `${kind} ${path}`

function indexOf(layers: readonly LayerChange[], side: 'before' | 'after'): PathIndex {
  const holders = new Map<string, Holder[]>()
  const cut: Record<PathGrowth['kind'], Holder[]> = { file: [], directory: [] }
  for (const layer of layers) {
    const contents = layer[side]?.contents
    if (!contents) continue
    for (const kind of ['file', 'directory'] as const) {
      const list = listOf(kind, contents)
      for (const { path, fileBytes } of list) {
        const key = keyOf(kind, path)
        const known = holders.get(key)
        if (known === undefined) holders.set(key, [{ layer, fileBytes }])
        else if (known.length < maxHolders) known.push({ layer, fileBytes })
      }
      if (!contents.complete) cut[kind].push({ layer, fileBytes: list.at(-1)?.fileBytes ?? Infinity })
    }
  }
  for (const some of Object.values(cut)) some.sort((a, b) => b.fileBytes - a.fileBytes)
  return { holders, cut }
}

const listOf = (
  kind: PathGrowth['kind'],
  contents: ContentLists,
): ContentLists['files'] | ContentLists['directories'] => (kind === 'file' ? contents.files : contents.directories)

/**
 * Finds the layer that has a path on the side where `of` lacks it. A layer that got the path, or lost it, comes before
 * one that has it on both sides.
 *
 * @returns `kind: 'not known'` if a list may be too short for the path, since lists have the heaviest items; null if no
 * other layer has it, as far as the contents of layers are known. Those of a base image are not in a record.
 */
function find(
  path: PathGrowth,
  of: LayerChange,
  indexes: Readonly<Record<'before' | 'after', PathIndex>>,
): PathElsewhere | null {
  const [here, there] = path.after === null ? (['before', 'after'] as const) : (['after', 'before'] as const)
  const key = keyOf(path.kind, path.path)
  const bytes = path.before ?? path.after ?? 0
  const holdersHere = new Set(indexes[here].holders.get(key)?.map(({ layer }) => layer))
  let kept: PathElsewhere | null = null
  for (const { layer, fileBytes } of indexes[there].holders.get(key) ?? []) {
    if (layer === of) continue
    const line = (layer.after ?? layer.before)?.instruction?.line ?? null
    const found = { line, former: layer.after === null, base: layer[there]?.origin === 'base', fileBytes }
    // Of a directory, the other layer may have other files.
    if (lacks(layer, here, path, holdersHere) && (path.kind === 'file' || fileBytes === bytes))
      return { kind: 'moved', ...found }
    kept ??= { kind: 'kept', ...found }
  }
  const again = againIn(path, of, indexes.after, kept === null)
  if (again !== null) return again
  if (kept !== null) return kept
  const isKnown = !indexes[there].cut[path.kind]
    .slice(0, 2)
    .some(({ layer, fileBytes }) => layer !== of && fileBytes >= bytes)
  return isKnown ? null : { kind: 'not known' }
}

/**
 * Returns the lowest layer of the head below `of` that has a path of `of`, too.
 *
 * @param isNew whether no layer had the path before. A file is then written again even if its contents differ.
 */
function againIn(
  { kind, path, after }: PathGrowth,
  of: LayerChange,
  { holders }: PathIndex,
  isNew: boolean,
): PathElsewhere | null {
  if (after === null) return null
  const all = holders.get(keyOf(kind, path)) ?? []
  const [first] = all
  if (first === undefined || first.layer === of || !all.some(({ layer }) => layer === of)) return null
  // A record lists only the heaviest files of a directory.
  const isSame = haveSameFiles(first.layer, of, path) && (kind === 'file' || first.fileBytes === after)
  if (!(isNew && kind === 'file') && !isSame) return null
  const layer = first.layer.after
  return {
    kind: 'again',
    line: layer?.instruction?.line ?? null,
    base: layer?.origin === 'base',
    fileBytes: first.fileBytes,
  }
}

/** Returns whether the lower layer has each file at or below a path that the record lists for the other one. */
function haveSameFiles(lower: LayerChange, of: LayerChange, path: string): boolean {
  const filesOf = ({ after }: LayerChange): ContentLists['files'] =>
    (after?.contents?.files ?? []).filter((file) => file.path === path || file.path.startsWith(`${path}/`))
  const known = new Map(filesOf(lower).map((file) => [file.path, file]))
  const files = filesOf(of)
  return (
    files.length > 0 &&
    files.every((file) => {
      const other = known.get(file.path)
      return other?.fileBytes === file.fileBytes && other.checksum === file.checksum
    })
  )
}

/** Returns whether one side of a layer certainly lacks a path. */
function lacks(
  layer: LayerChange,
  side: 'before' | 'after',
  { kind, before, after }: PathGrowth,
  holders: ReadonlySet<LayerChange>,
): boolean {
  const own = layer[side]
  if (own === null) return true
  if (!own.contents || holders.has(layer)) return false
  const lightest = listOf(kind, own.contents).at(-1)?.fileBytes ?? Infinity
  return own.contents.complete || lightest < (before ?? after ?? 0)
}
