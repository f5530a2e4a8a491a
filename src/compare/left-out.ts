/**
 * Finds out whether layers below a COPY explain why it differs. BuildKit leaves a file out of a COPY if a lower layer of
 * its own stage has the same file in the same place. So an edit below a COPY may bring files into it, or take them out,
 * although the COPY takes the same from its source. Pure.
 */
import type { ContentLists } from '../record/contents.ts'
import type { Layer, Stage } from '../record/footprint.ts'
import type { LayerPair } from './layer-pair.ts'
import { keyOf, type File } from './listed-file.ts'
import { mayDelete } from './may-delete.ts'
import { defaultNoise } from './noise.ts'
import { bytesOf, listedOf, mayShareUnlisted, unlistedTest } from './unlisted-files.ts'

const sides = ['before', 'after'] as const
const otherSide = { before: 'after', after: 'before' } as const
type Sides = Pick<LayerPair, 'before' | 'after'>

/** Whether a stage has a file with certain bytes. `maybe` if it is too light for the lists of one of its layers. */
export type Has = 'yes' | 'no' | 'maybe'

/** Returns whether the stage that a COPY takes from has a file with the same bytes, in the baseline and in the head. */
export type InSource = (file: File) => readonly [before: Has, after: Has]

/** Returns whether layers of a stage above its base image have a file. */
export function filesTest({ layers }: Stage): (file: File) => Has {
  const lists = layers.flatMap(({ contents }) => contents ?? [])
  const keys = new Set(lists.flatMap(({ files }) => files.map(keyOf)))
  const listed = Math.max(0, ...lists.map(lightestOf))
  return (file) => (keys.has(keyOf(file)) ? 'yes' : file.fileBytes < listed ? 'maybe' : 'no')
}

/** Limit for the layers below a COPY that are searched for its files. Others may have any. */
const maxLower = 50

/** Returns what lists have at each path. */
export type ByPath = (lists: ContentLists) => ReadonlyMap<string, File>

/** Returns a function that makes each answer once. */
export function pathsOnce(): ByPath {
  const known = new Map<ContentLists, ReadonlyMap<string, File>>()
  return (lists) => {
    const found = known.get(lists) ?? new Map(lists.files.map((file) => [file.path, file]))
    known.set(lists, found)
    return found
  }
}

/** The layers below a COPY in its stage. */
export interface Below {
  /** Layers that the change edited, added, removed or moved, or that differ for unknown reasons. */
  readonly edited: readonly Sides[]
  /** These, and all others. */
  readonly lower: readonly Sides[]
  /** Whether the base image is another one, of which no record lists files. */
  readonly hasOtherBase: boolean
}

/**
 * How much of the difference of a COPY the layers below it explain: `all` if it has the same files elsewhere, or each file
 * that only one side has is below it on the other side; `part` if some of these files certainly are; `some` if they may be.
 */
export type LeftOut = 'all' | 'part' | 'some' | 'none'

/**
 * Returns how much of the difference of a COPY the layers below it explain.
 *
 * @param isInSource null if the source is an image
 */
export function leftOut(
  copy: Sides,
  { edited, lower, hasOtherBase }: Below,
  isInSource: InSource | null,
  byPath: ByPath,
): LeftOut {
  const [old, now] = [listsOrEmpty(copy.before), listsOrEmpty(copy.after)]
  // Records of early releases list no files.
  if (old === null || now === null) return 'none'
  const lists = { before: old, after: now }
  const areComplete = lists.before.complete && lists.after.complete
  // An image is not taken for a moved one because of files that are too light for the lists. A stage says itself.
  const mayBeSame = areComplete || (isInSource === null && copy.before?.fileBytes === copy.after?.fileBytes)
  if (mayBeSame && haveSameFiles(lists.before, lists.after)) return 'all'
  const pathsOf = { before: byPath(lists.before), after: byPath(lists.after) }
  const nearest = lower.slice(-maxLower)
  const isCutOff = nearest.length < lower.length
  let explained = 0
  let possible = 0
  let others = 0
  for (const side of sides) {
    const lightest = lightestOf(lists[otherSide[side]])
    for (const file of lists[side].files) {
      const other = pathsOf[otherSide[side]].get(file.path)
      if (other !== undefined) others += keyOf(other) === keyOf(file) ? 0 : Math.max(1, file.fileBytes)
      // A lighter file of the other side is not in its list.
      else if (file.fileBytes >= lightest) {
        const below = nearest.map((layer) => holds(layer[otherSide[side]], file, byPath))
        // Here, an edited layer may hide what is there on the other side.
        const isHidden = isCutOff || edited.slice(-maxLower).some((layer) => mayHide(layer[side], file, byPath))
        // A file that the source has on one side only came with it, or went.
        const had = isInSource?.(file) ?? ['yes', 'yes']
        const wasThere = had[0] === 'yes'
        if (had.includes('yes') && had.includes('no')) others += file.fileBytes
        else if (below.includes('same') && wasThere) explained += file.fileBytes
        else if (
          hasOtherBase ||
          isHidden ||
          below.some((one) => one !== 'no') ||
          (isInSource !== null && had.some((one) => one !== 'no'))
        )
          possible += file.fileBytes
        else others += file.fileBytes
      }
    }
  }
  const isExplained = explained > defaultNoise
  if (possible <= defaultNoise && isExplained && areComplete && others === 0) return 'all'
  if (isExplained) return 'part'
  const mayBeLeftOut =
    possible > defaultNoise ||
    mayBeOfEdited(copy, edited) ||
    mayHoldUnlisted(copy, lists, { edited, lower: nearest, hasOtherBase })
  return mayBeLeftOut ? 'some' : 'none'
}

/** Returns whether edited layers may have files that are too light for the lists of a COPY. */
function mayBeOfEdited(copy: Sides, edited: readonly Sides[]): boolean {
  const copies = sides
    .flatMap((side) => (copy[side] && listedOf(copy[side])) ?? [])
    .filter(({ lists }) => !lists.complete)
  const tests = copies.map(unlistedTest)
  return edited.slice(-maxLower).some((layers) =>
    sides.some((side) => {
      const layer = layers[side]
      const own = layer && listedOf(layer)
      // Nothing was listed by early releases.
      if (layer === null || own === null) return layer !== null && copies.length > 0
      const light = own.lists.files.filter((file) => tests.some((isIn) => isIn(file)))
      return bytesOf(light) > defaultNoise || copies.some((one) => mayShareUnlisted(one, own))
    }),
  )
}

/**
 * Returns whether files that are too light for the lists of a COPY may be below it on the side where it has fewer bytes: a
 * layer there has files in one of its folders, an edited one deletes something, or the base image is another one.
 */
function mayHoldUnlisted(
  { before, after }: Sides,
  lists: Readonly<Record<(typeof sides)[number], ContentLists>>,
  { edited, lower, hasOtherBase }: Below,
): boolean {
  const sum = ({ files }: ContentLists): number => files.reduce((all, { fileBytes }) => all + fileBytes, 0)
  const cut = Object.values(lists).filter(({ complete }) => !complete)
  if (cut.length === 0) return false
  const unlisted = (after?.fileBytes ?? 0) - sum(lists.after) - ((before?.fileBytes ?? 0) - sum(lists.before))
  if (Math.abs(unlisted) <= defaultNoise + driven(lists)) return false
  if (hasOtherBase || edited.some(({ before, after }) => mayDelete(before) || mayDelete(after))) return true
  const folders = new Set(Object.values(lists).flatMap(({ directories }) => directories.map(({ path }) => path)))
  // A list of many folders is cut off, too.
  const listed = Math.max(0, ...cut.map(({ directories }) => directories.at(-1)?.fileBytes ?? 0))
  return lower.some((layer) =>
    listsOrEmpty(layer[unlisted > 0 ? 'before' : 'after'])?.directories.some(
      ({ path, fileBytes }) => fileBytes > defaultNoise && (folders.has(path) || fileBytes <= listed),
    ),
  )
}

/** Returns how many bytes the files may have that others drove out of lists of limited length, since they are lighter. */
function driven({ before, after }: Readonly<Record<(typeof sides)[number], ContentLists>>): number {
  const paths = [before, after].map(({ files }) => new Set(files.map(({ path }) => path)))
  const [olds = new Set(), news = new Set()] = paths
  const entered = after.files.filter(({ path }) => !olds.has(path)).length
  const left = before.files.filter(({ path }) => !news.has(path)).length
  return Math.max(entered, left) * Math.max(lightestOf(before), lightestOf(after))
}

const empty: ContentLists = { files: [], directories: [], complete: true }

/** Returns the lists of a layer. Those of a layer that is not there are empty. Null if a record has none. */
const listsOrEmpty = (layer: Layer | null): ContentLists | null => (layer === null ? empty : (layer.contents ?? null))

/** Returns the size in bytes from which all files of a layer are listed. */
const lightestOf = ({ files, complete }: ContentLists): number => (complete ? 0 : (files.at(-1)?.fileBytes ?? Infinity))

/** Returns whether a layer has the same file in the same place, as far as its lists show it. */
function holds(layer: Layer | null, file: File, byPath: ByPath): 'same' | 'maybe' | 'no' {
  const lists = listsOrEmpty(layer)
  if (lists === null) return 'maybe'
  const listed = byPath(lists).get(file.path)
  if (listed !== undefined) return listed.checksum !== undefined && keyOf(listed) === keyOf(file) ? 'same' : 'maybe'
  if (lists.complete || file.fileBytes >= lightestOf(lists)) return 'no'
  const folder = file.path.slice(0, Math.max(0, file.path.lastIndexOf('/')))
  // A list of many folders is cut off, too.
  const isCutOff = (lists.directories.at(-1)?.fileBytes ?? 0) >= file.fileBytes
  return isCutOff || lists.directories.some(({ path }) => path === folder) ? 'maybe' : 'no'
}

/** Returns whether a layer may hide a file of a lower one: it deletes something, or has another file in its place. */
const mayHide = (layer: Layer | null, file: File, byPath: ByPath): boolean =>
  mayDelete(layer) || (layer !== null && holds(layer, file, byPath) !== 'no')

/** Returns whether two lists have files with the same bytes, wherever these are. */
function haveSameFiles(one: ContentLists, other: ContentLists): boolean {
  if ([...one.files, ...other.files].some(({ checksum }) => checksum === undefined)) return false
  const keys = [one, other].map(({ files }) => files.map(keyOf).sort())
  return keys[0]?.join('\n') === keys[1]?.join('\n')
}
