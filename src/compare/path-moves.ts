/**
 * Relates the paths of a layer to other layers of its stage. A path that one layer lost may be in another layer, and is
 * then not removed from the image. Pure.
 */
import type { ContentLists } from '../record/contents.ts'
import type { LayerChange, PathElsewhere, PathGrowth, StageChange } from './comparison.ts'

/** Returns the same stage. Paths that one side of a layer lacks say which other layer has them. */
export function withPathsElsewhere(stage: StageChange): StageChange {
  const linked = (layer: LayerChange, path: PathGrowth): PathGrowth => {
    const isGone = path.after === null
    if (isGone === (path.before === null)) return path
    const elsewhere = find(path, layer, stage.layers, isGone)
    return elsewhere === null ? path : { ...path, elsewhere }
  }
  const layers = stage.layers.map((layer) =>
    layer.paths.length === 0 ? layer : { ...layer, paths: layer.paths.map((path) => linked(layer, path)) },
  )
  return { ...stage, layers }
}

/**
 * Finds the layer that has a path on the side where `of` lacks it. A layer that got the path, or lost it, comes before
 * one that has it on both sides.
 *
 * @returns `kind: 'not known'` if a list may be too short for the path; null if no other layer has it, as far as the
 * contents of layers are known. Those of a base image are not in a record.
 */
function find(
  path: PathGrowth,
  of: LayerChange,
  layers: readonly LayerChange[],
  isGone: boolean,
): PathElsewhere | null {
  let kept: PathElsewhere | null = null
  let isKnown = true
  for (const layer of layers) {
    if (layer === of) continue
    const [here, there] = isGone ? [layer.before, layer.after] : [layer.after, layer.before]
    if (there === null) continue
    const fileBytes = there.contents ? bytesAt(path, there.contents) : null
    if (fileBytes === 'not known') isKnown = false
    if (fileBytes === null || fileBytes === 'not known') continue
    const found = { line: there.instruction?.line ?? null, base: there.origin === 'base', fileBytes }
    const isMoved = here === null || (here.contents ? bytesAt(path, here.contents) === null : false)
    // Of a directory, the other layer may have other files.
    if (isMoved && (path.kind === 'file' || fileBytes === (path.before ?? path.after)))
      return { kind: 'moved', ...found }
    kept ??= { kind: 'kept', ...found }
  }
  return kept ?? (isKnown ? null : { kind: 'not known' })
}

/**
 * Returns the file bytes of a path in a layer. Null if the layer does not have it. `not known` if the layer may have it,
 * although its list, which has the heaviest items, does not.
 */
function bytesAt({ kind, path, before, after }: PathGrowth, lists: ContentLists): number | null | 'not known' {
  const list = kind === 'file' ? lists.files : lists.directories
  const found = list.find((one) => one.path === path)
  if (found !== undefined) return found.fileBytes
  const lightest = list.at(-1)?.fileBytes ?? Infinity
  return lists.complete || lightest < (before ?? after ?? 0) ? null : 'not known'
}
