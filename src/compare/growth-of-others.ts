/** The growth that a COPY has from layers of its source stage that the change did not cause. Pure. */
import { copiedWords, parseInstructions } from '../dockerfile/instructions.ts'
import type { Layer } from '../record/footprint.ts'
import { sumOf } from '../record/layer-sums.ts'
import type { Cause, LayerChange } from './comparison.ts'
import { growthOf } from './growth.ts'
import { mayDelete } from './may-delete.ts'
import { defaultNoise } from './noise.ts'
import { bytesOf, listedOf, mayShareFiles, unlistedTest } from './unlisted-files.ts'

/** A layer of the source stage, and why it differs. */
export type ComparedLayer = Pick<LayerChange, 'before' | 'after' | 'cause' | 'moved'>

/** Returns whether a path is a folder, or in it. */
export const isWithin = (path: string, folder: string): boolean => `${path}/`.startsWith(`${folder}/`)

/** Lines in another order may leave other files on top, although their layers are the same. */
export const causeOf = ({ cause, moved }: ComparedLayer): Cause | null => (moved ? 'change' : cause)

/** Returns whether something else than the change made a layer differ. */
export function isWithoutChange(layer: ComparedLayer): boolean {
  const cause = causeOf(layer)
  return cause === 'drift' || cause === 'base-image'
}

/** Returns the paths that the COPY names, without a slash at their start. Null if it may mean any file. */
export function sourcesOf(text: string): readonly string[] | null {
  const rest = parseInstructions(text).instructions[0]?.rest ?? ''
  const words = copiedWords(rest).slice(0, -1)
  const sources = words.map((word) =>
    word
      .split('/')
      .filter((part) => part !== '' && part !== '.')
      .join('/'),
  )
  // A pattern, a variable or the root may mean any file.
  return sources.every((source) => /^[\w.@+/-]+$/.test(source)) ? sources : null
}

/** Returns the paths that both texts of a COPY name, perhaps in a folder. Null if they may mean any file. */
function commonSources(from: string, to: string): readonly string[] | null {
  const [old, now] = [sourcesOf(from), sourcesOf(to)]
  if (old === null || now === null) return old ?? now
  const within = (some: readonly string[], others: readonly string[]): readonly string[] =>
    some.filter((source) => others.some((other) => isWithin(source, other)))
  return [...new Set([...within(now, old), ...within(old, now)])]
}

/** A COPY of one side, and its layer. */
export interface CopyLayer {
  readonly text: string
  readonly layer: Layer
}

/** Returns the COPY that made a layer. */
export const copyOf = (layer: Layer): CopyLayer => ({ text: layer.instruction?.text ?? '', layer })

/** An edited COPY from a stage, and the lines of the baseline that copied from there. */
export interface EditedCopy {
  /** The lines that the change edited or removed. Null if there are too many to compare. */
  readonly olds: readonly CopyLayer[] | null
  /** The one of them that was edited; null if the COPY was added. */
  readonly from: CopyLayer | null
  readonly to: CopyLayer
}

/**
 * Returns by how many file bytes an edited COPY from an image grew without the edit, if the image is another one now: by
 * the files that it has on both sides, perhaps in other places. It is all growth if both lines name the same paths, or the
 * files are not all known.
 *
 * @param hasMoved whether the image is certainly another one. A new file then counts unless the edit names it
 */
export function growthOfCommonFiles(from: CopyLayer, to: CopyLayer, hasMoved: boolean): number {
  const common = commonSources(from.text, to.text)
  if (common?.length === 0) return 0
  const areSame = common !== null && sourcesOf(from.text)?.join('\n') === sourcesOf(to.text)?.join('\n')
  const [old, now] = [from.layer.contents, to.layer.contents]
  if (areSame || !old?.complete || !now?.complete) return growthOf(from.layer, to.layer).fileBytes ?? 0
  const [before, after] = [old, now].map(({ files }) => new Map(files.map((file) => [file.path, file.fileBytes])))
  const sum = (sizes: Iterable<number>): number => [...sizes].reduce((all, bytes) => all + bytes, 0)
  const grown = sum([...(after ?? [])].map(([path, bytes]) => bytes - (before?.get(path) ?? bytes)))
  const [gone, added] = [
    old.files.filter(({ path }) => after?.has(path) !== true),
    now.files.filter(({ path }) => before?.has(path) !== true),
  ]
  // More files may be from another path that the edit names. Other files in place of some may be the same, moved.
  if (gone.length > 0) return grown + bytesOf(added) - bytesOf(gone)
  const named = new Set(
    sourcesOf(to.text)
      ?.filter((source) => !sourcesOf(from.text)?.includes(source))
      .map(fileNameOf),
  )
  return hasMoved ? grown + bytesOf(added.filter(({ path }) => !named.has(fileNameOf(path)))) : grown
}

const fileNameOf = (path: string): string => path.slice(path.lastIndexOf('/') + 1)

/**
 * Returns by how many file bytes what an edited COPY takes grew through layers that the change did not cause, below the
 * paths that lines of the baseline name, too. Null if the lists do not show it.
 */
export function growthBesideEdit({ olds, from, to }: EditedCopy, layers: readonly ComparedLayer[]): number | null {
  const common = olds?.map((old) => commonSources(old.text, to.text)) ?? [sourcesOf(to.text)]
  const sources = common.includes(null) ? null : [...new Set(common.flatMap((some) => some ?? []))]
  return growthOfOthersBelow(sources, layers, () => hasOwnFiles(from, to, layers))
}

/**
 * Returns by how many file bytes what an unedited COPY names grew in the layers of its stage, whatever the cause. Null if
 * the lists do not show it.
 */
export function growthOfSource(from: CopyLayer, to: CopyLayer, layers: readonly ComparedLayer[]): number | null {
  const sources = sourcesOf(to.text)
  const differing = layers.filter((layer) => causeOf(layer) !== null)
  if (sources === null || /\s--(?:exclude|parents)\b/.test(to.text) || !layers.some(placeTest(sources))) return null
  const listed = differing.filter((layer) => !isUnlisted(layer))
  if (listed.some((layer) => mayDelete(layer.before) || mayDelete(layer.after))) return null
  if (mayHideFiles(listed, layers, sources)) return null
  // What is of a base image is not listed.
  if (listed.length < differing.length && !hasOwnFiles(from, to, layers)) return null
  return sumOf(listed.map((layer) => growthOfLayer(layer, sources)))
}

/** Limit for the layers that are searched for files of others. */
const maxCompared = 50

/** Returns whether another layer of the stage may have a file of these layers below these paths, which is copied once. */
function mayHideFiles(
  some: readonly ComparedLayer[],
  all: readonly ComparedLayer[],
  sources: readonly string[],
): boolean {
  const isWanted = (path: string): boolean => sources.some((source) => isWithin(path, source))
  if (all.length > maxCompared) return true
  return (['before', 'after'] as const).some((side) =>
    some.some((layer) => {
      const own = layer[side] && listedOf(layer[side])
      return all.some((other) => {
        const others = other === layer || other[side] === null ? null : listedOf(other[side])
        return own && others && mayShareFiles(own, others, isWanted)
      })
    }),
  )
}

/** Returns whether layers above the base image have all files of a COPY, so that none can be of a base image. */
export function hasOwnFiles(from: CopyLayer | null, to: CopyLayer | null, layers: readonly ComparedLayer[]): boolean {
  return (
    [
      ['before', from],
      ['after', to],
    ] as const
  ).every(([side, copy]) => {
    if (copy === null) return true
    const sources = sourcesOf(copy.text)
    if (sources === null) return false
    const own = layers.flatMap((layer) => layer[side] ?? []).filter(({ contents }) => contents !== undefined)
    return leastBytesBelow(own, sources) + defaultNoise >= (copy.layer.fileBytes ?? Infinity)
  })
}

/**
 * Returns how many file bytes these layers have below these paths at least. A file counts once if several have it. If a
 * layer deletes something, that may be any of them.
 */
function leastBytesBelow(layers: readonly Layer[], sources: readonly string[]): number {
  const seen = new Map<string, number>()
  let sum = 0
  let deletes = false
  for (const layer of layers.toReversed()) {
    const bytes = bytesBelow(layer, sources) ?? 0
    if (deletes && bytes > 0) return 0
    deletes ||= mayDelete(layer)
    const listed = (layer.contents?.files ?? []).filter(({ path }) => sources.some((source) => isWithin(path, source)))
    const fresh = listed.filter(({ path }) => !seen.has(path))
    sum += bytesOf(fresh)
    if (fresh.length === listed.length && layer.contents) {
      const unlisted = bytes - bytesOf(listed)
      const isShared = unlistedTest({ lists: layer.contents, fileBytes: layer.fileBytes })
      const shared = [...seen].map(([path, fileBytes]) => ({ path, fileBytes })).filter(isShared)
      sum += Math.max(0, unlisted - bytesOf(shared))
    }
    for (const { path, fileBytes } of fresh) seen.set(path, fileBytes)
  }
  return sum
}

/**
 * Returns by how many file bytes what is below these paths grew through layers that the change did not cause. Null if the
 * lists do not show it.
 *
 * @param sources null for all paths
 * @param isOwn whether none of it can be of a base image
 */
export function growthOfOthersBelow(
  sources: readonly string[] | null,
  layers: readonly ComparedLayer[],
  isOwn: () => boolean,
): number | null {
  const others = layers.filter((layer) => isWithoutChange(layer) || causeOf(layer) === 'unknown')
  if (others.length === 0 || sources?.length === 0) return 0
  let known: boolean | null = null
  const isOwnOnce = (): boolean => (known ??= isOwn())
  const isListed = sources === null || layers.some(placeTest(sources))
  const growths = others.map((layer) => {
    // A path that no layer has may be a link to any, or be of the base image.
    if (sources === null || !isListed) return isUnlisted(layer) ? null : growthOf(layer.before, layer.after).fileBytes
    return isUnlisted(layer) ? (isOwnOnce() ? 0 : null) : growthOfLayer(layer, sources)
  })
  return sumOf(growths)
}

/** Returns a test for layers with files below these paths, as far as they are listed. */
export function placeTest(sources: readonly string[] | null): (layer: ComparedLayer) => boolean {
  if (sources === null) return () => true
  return ({ before, after }) =>
    [before, after].some((layer) => {
      const { files = [], directories = [] } = layer?.contents ?? {}
      return [...directories, ...files].some(({ path }) => sources.some((source) => isWithin(path, source)))
    })
}

/** Returns whether no record lists files of a layer, as for a base image. */
export const isUnlisted = ({ before, after }: ComparedLayer): boolean => !before?.contents && !after?.contents

/** Returns the growth of a layer below these paths, in file bytes. Null if it is not listed. */
function growthOfLayer({ before, after }: ComparedLayer, sources: readonly string[]): number | null {
  const [old, now] = [before, after].map((layer) => (layer === null ? 0 : bytesBelow(layer, sources)))
  return old == null || now == null ? null : now - old
}

/** Returns the file bytes of a layer below these paths. Null if they may be too light for its lists. */
function bytesBelow({ contents }: Layer, sources: readonly string[]): number | null {
  const lists = [contents?.directories ?? [], contents?.files ?? []]
  if (contents?.complete === true)
    return contents.files.reduce(
      (sum, { path, fileBytes }) => (sources.some((source) => isWithin(path, source)) ? sum + fileBytes : sum),
      0,
    )
  const isAbsent = (source: string): boolean =>
    !lists.some((list) => list.some(({ path }) => isWithin(path, source.split('/', 1)[0] ?? '')))
  const listedBytes = (source: string): number | undefined =>
    lists.flatMap((list) => list.find(({ path }) => path === source)?.fileBytes ?? [])[0]
  return sumOf(sources.map((source) => listedBytes(source) ?? (isAbsent(source) ? 0 : null)))
}
