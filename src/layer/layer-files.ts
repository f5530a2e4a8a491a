/** The names of the files in the index store. Each layer has three, named after the digest of its blob. */
import { countWithin, type CacheFolder, type CacheLimits } from '../cache/cache-folder.ts'
import { digestOfEncoded, encodedPart, type Digest } from '../oci/digest.ts'

/** Name of the folder. If the format or the meaning of an index changes, it must become `v` and the next number. */
export const layersVersion = 'v13'

/** The names of a layer's three files. */
export interface LayerFiles {
  readonly index: string
  readonly contents: string
  readonly entries: string
}

/** Returns the names of a layer's files. */
export function filesOfLayer(digest: Digest): LayerFiles {
  return filesBeside(`${encodedPart(digest)}${indexEnd}`)
}

const indexEnd = '.json'
const contentsEnd = '.contents.json'
const entriesEnd = '.entries'

function filesBeside(index: string): LayerFiles {
  const name = index.slice(0, -indexEnd.length)
  return { index, contents: name + contentsEnd, entries: name + entriesEnd }
}

/** Returns the layer of an index file. Null for other files. */
export function layerOfFile(name: string): Digest | null {
  return name.endsWith(indexEnd) ? digestOfEncoded(name.slice(0, -indexEnd.length)) : null
}

/** What the folder contains. */
export interface Held {
  readonly layers: number
  /** Total size of all files. */
  readonly bytes: number
}

/**
 * Deletes the layers that were not used for the longest time. Also deletes leftovers of a killed process that are at
 * least a day old: drafts, and files without an index.
 *
 * @returns what the folder contains afterwards
 */
export async function pruneLayers(folder: CacheFolder, limits: CacheLimits): Promise<Held> {
  const names = await folder.names()
  const indexes = names.filter((name) => layerOfFile(name) !== null)
  const beside = new Set(indexes.map(filesBeside).flatMap(({ contents, entries }) => [contents, entries]))
  await folder.removeLeftovers((name) => !beside.has(name) && (name.endsWith(contentsEnd) || name.endsWith(entriesEnd)))
  const bytesOf = new Map((await folder.statsOf([...beside])).map(({ name, bytes }) => [name, bytes]))
  const layers = [...(await folder.statsOf(indexes))].sort((a, b) => b.usedMs - a.usedMs)
  const sizes = layers.map(({ name, bytes }) => {
    const { contents, entries } = filesBeside(name)
    return bytes + (bytesOf.get(contents) ?? 0) + (bytesOf.get(entries) ?? 0)
  })
  const kept = countWithin(sizes, limits)
  // The index is deleted first, so that there is never one without the other files.
  for (const { name } of layers.slice(kept)) {
    const { index, contents, entries } = filesBeside(name)
    await folder.remove([index, contents, entries])
  }
  return { layers: kept, bytes: sizes.slice(0, kept).reduce((sum, bytes) => sum + bytes, 0) }
}
