/**
 * Finds the layers of a stage that may decide about files that a COPY takes from it, without having their bytes: they may
 * hide them. Pure.
 */
import type { Layer } from '../record/footprint.ts'
import { isWithin, sourcesOf, type ComparedLayer } from './growth-of-others.ts'
import { keyOf, type File } from './listed-file.ts'
import { mayDelete } from './may-delete.ts'

/** The files that a COPY has on one side only. */
export interface DifferingFiles {
  readonly before: readonly File[]
  readonly after: readonly File[]
}

const sides = ['before', 'after'] as const

/**
 * Returns a test for layers that may decide about files that differ: their lists are not complete, they delete something
 * or have a link, or one side of them has something that may be in the place of such a file, of a folder above it, or of
 * what the COPY names. What both sides have in the same place makes no difference.
 *
 * @param text the COPY
 */
export function decidingTest(
  text: string,
  differing: DifferingFiles,
  layers: readonly ComparedLayer[],
): (layer: ComparedLayer) => boolean {
  const mayHide = hidingTest(text, differing, layers)
  return (layer) =>
    sides.some((side) => layer[side] !== null && isUnclear(layer[side])) || entriesOfOneSide(layer).some(mayHide)
}

/** Returns whether a layer may have other files than the record lists, delete something, or have a link. */
function isUnclear(layer: Layer): boolean {
  const { contents, entries } = layer
  if (!contents?.complete || mayDelete(layer)) return true
  const { files, directories, bare = [] } = contents
  // Other entries are links, and in records of earlier releases what has no bytes.
  if (entries !== directories.length + files.length + bare.length) return true
  return files.some(({ checksum }) => checksum === undefined)
}

interface Entry {
  readonly path: string
  readonly isFolder: boolean
  /** Whether it has no bytes, so that no file with its bytes shows what it does. */
  readonly isBare: boolean
}

/** Returns what only one side of a layer has. A layer at another place may hide other files than before. */
function entriesOfOneSide({ before, after, moved }: ComparedLayer): readonly Entry[] {
  const [old, now] = [before, after].map(entriesOf) as [ReadonlyMap<string, Entry>, ReadonlyMap<string, Entry>]
  if (moved) return [...old.values(), ...now.values()]
  const without = (one: ReadonlyMap<string, Entry>, other: ReadonlyMap<string, Entry>): readonly Entry[] =>
    [...one].flatMap(([key, entry]) => (other.has(key) ? [] : [entry]))
  return [...without(old, now), ...without(now, old)]
}

function entriesOf(layer: Layer | null): ReadonlyMap<string, Entry> {
  const { files = [], directories = [], bare = [] } = layer?.contents ?? {}
  const entries: readonly Entry[] = [
    ...files.map(({ path }) => ({ path, isFolder: false, isBare: false })),
    ...directories.map(({ path }) => ({ path, isFolder: true, isBare: false })),
    ...bare.map((path) =>
      path.endsWith('/')
        ? { path: path.slice(0, -1), isFolder: true, isBare: true }
        : { path, isFolder: false, isBare: true },
    ),
  ]
  // A file that is empty on one side only is another one there. A folder is the same, with or without files.
  return new Map(entries.map((entry) => [`${entry.isFolder ? '/' : entry.isBare ? '0' : '1'}${entry.path}`, entry]))
}

/** Returns a test for what only one side has. The layers say where the files that differ are in the stage. */
function hidingTest(
  text: string,
  { before, after }: DifferingFiles,
  layers: readonly ComparedLayer[],
): (entry: Entry) => boolean {
  const all = [...before, ...after]
  const keys = new Set(all.map(keyOf))
  const places = layers
    .flatMap((layer) => sides.flatMap((side) => layer[side]?.contents?.files ?? []))
    .filter((file) => keys.has(keyOf(file)))
  const sources = sourcesOf(text)
  // Otherwise the COPY goes through a link, or the file is one of the base image, of which no record lists files.
  const isDirect =
    sources !== null &&
    all.every((file) =>
      places.some((place) => keyOf(place) === keyOf(file) && sources.some((source) => isWithin(place.path, source))),
    )
  return ({ path, isFolder, isBare }) => {
    if (places.some((place) => isWithin(path, place.path) || (!isFolder && isWithin(place.path, path)))) return true
    if (!isDirect)
      return isBare || sources === null || sources.some((source) => isWithin(path, source) || isWithin(source, path))
    return isBare && sources.some((source) => (isFolder ? path === source : isWithin(source, path)))
  }
}
