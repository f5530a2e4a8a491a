/** Reads and writes the three files of each layer in the folder of the index store. */
import type { CacheFolder } from '../cache/cache-folder.ts'
import type { Digest } from '../oci/digest.ts'
import {
  maxContentsBytes,
  maxEntriesBytes,
  maxIndexBytes,
  parseContents,
  parseIndex,
  type KeptContents,
} from './kept-layer.ts'
import { filesOfLayer, layerOfFile } from './layer-files.ts'
import type { LayerIndex } from './layer-index.ts'

/** The layers in a folder. Another process may delete their files at any time. */
export interface LayerFolder {
  /** Returns the layers that have an index. Their other files may be missing. */
  readonly digests: () => Promise<readonly Digest[]>
  /** Returns the index of a layer. Returns null if it is damaged, or another file of the layer is incomplete. */
  readonly index: (digest: Digest) => Promise<LayerIndex | null>
  /** Returns the contents of a layer, or null if they are missing or damaged. */
  readonly contents: (digest: Digest) => Promise<KeptContents | null>
  /** Returns the packed entries of a layer, which may be damaged, or null if they are missing. */
  readonly entries: (digest: Digest) => Promise<Buffer | null>
  /**
   * Writes the files of a layer and returns their total size in bytes. The index is written last, so that the others
   * exist if it does.
   *
   * @throws a system error if they cannot be written
   */
  readonly write: (index: LayerIndex, contents: string, entries: Buffer | null) => Promise<number>
  /** Deletes the index of a layer, so that the layer is read again. */
  readonly forget: (digest: Digest) => Promise<void>
  readonly markUsed: (digest: Digest) => Promise<void>
}

/** Returns the layers in a folder. */
export function layersIn(folder: CacheFolder): LayerFolder {
  return {
    digests: async () => (await folder.names()).map(layerOfFile).filter((digest) => digest !== null),
    index: (digest) => readIndex(folder, digest),
    contents: async (digest) =>
      parseContents(await folder.readText(filesOfLayer(digest).contents, maxContentsBytes), digest),
    async entries(digest) {
      const list = await folder.read(filesOfLayer(digest).entries, maxEntriesBytes)
      return 'why' in list ? null : list
    },
    write: (index, contents, entries) => writeFiles(folder, index, contents, entries),
    forget: (digest) => folder.remove([filesOfLayer(digest).index]),
    markUsed: (digest) => folder.markUsed(filesOfLayer(digest).index),
  }
}

async function readIndex(folder: CacheFolder, digest: Digest): Promise<LayerIndex | null> {
  const files = filesOfLayer(digest)
  const kept = parseIndex(await folder.readText(files.index, maxIndexBytes), digest)
  if (kept === null) return null
  const { contentsBytes, entriesBytes, ...index } = kept
  if ((await bytesOf(folder, files.contents)) !== contentsBytes) return null
  if (entriesBytes !== null && (await bytesOf(folder, files.entries)) !== entriesBytes) return null
  return index
}

/** Returns the size of a file. Null if there is no such regular file. */
async function bytesOf(folder: CacheFolder, name: string): Promise<number | null> {
  const [found] = await folder.statsOf([name])
  return found?.isFile === true ? found.bytes : null
}

async function writeFiles(
  folder: CacheFolder,
  index: LayerIndex,
  contents: string,
  entries: Buffer | null,
): Promise<number> {
  const files = filesOfLayer(index.digest)
  await folder.write(files.contents, contents)
  if (entries === null) await folder.remove([files.entries])
  else await folder.write(files.entries, entries)
  const contentsBytes = Buffer.byteLength(contents)
  const entriesBytes = entries?.length ?? null
  const text = JSON.stringify({ ...index, contentsBytes, entriesBytes })
  await folder.write(files.index, text)
  return text.length + contentsBytes + (entriesBytes ?? 0)
}
