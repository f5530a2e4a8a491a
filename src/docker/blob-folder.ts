/**
 * The folder of blobs that all exports of a run share. The client skips a blob that is already in `blobs/sha256`, and an
 * empty file is enough (docs/decisions/weighing-exports.md).
 */
import { link, mkdir, rename, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { exists } from '../files.ts'
import { chunksOf } from '../layer/file-part.ts'
import type { LayerSource } from '../layer/read-layer.ts'
import { algorithmOf, encodedPart, type Digest } from '../oci/digest.ts'
import type { Descriptor } from '../oci/manifest.ts'

/** The folder of blobs that all layouts of a run share. */
export interface BlobFolder {
  /** The `blobs` folder of every layout of the run. */
  readonly folder: string
  readonly pathOf: (digest: Digest) => string
  /** Returns whether it has the blob, possibly only as a placeholder. */
  readonly has: (digest: Digest) => Promise<boolean>
  /** Returns whether it has the bytes of the blob. */
  readonly isComplete: (blob: Pick<Descriptor, 'digest' | 'size'>) => Promise<boolean>
  /** Makes the blob readable from elsewhere, so that no export transfers it. */
  readonly redirect: (digest: Digest, open: () => LayerSource) => Promise<void>
  /** Ends a redirect, so that the next export transfers the blob. */
  readonly endRedirect: (digest: Digest) => Promise<void>
  readonly open: (blob: Pick<Descriptor, 'digest' | 'size'>) => LayerSource
  /** Deletes the bytes of the blob and leaves a placeholder, so that no later export transfers it again. */
  readonly release: (digest: Digest) => Promise<void>
}

/** Makes the folder of blobs of a run, with placeholders for known layers. */
export async function createBlobFolder(workspace: string, known: readonly Digest[]): Promise<BlobFolder> {
  const folder = join(workspace, 'blobs')
  const pathOf = (digest: Digest): string => join(folder, 'sha256', encodedPart(digest))
  const redirects = new Map<Digest, () => LayerSource>()
  await mkdir(join(folder, 'sha256'), { recursive: true })
  // One file under all names: a file for each of thousands of layers takes a file system ten times longer.
  const empty = join(workspace, 'placeholder')
  await writeFile(empty, '')
  const makePlaceholder = (path: string): Promise<void> => link(empty, path).catch(() => writeFile(path, ''))
  // Builders name blobs only by sha256.
  await Promise.all(
    known.filter((digest) => algorithmOf(digest) === 'sha256').map((digest) => makePlaceholder(pathOf(digest))),
  )
  return {
    folder,
    pathOf,
    has: (digest) => exists(pathOf(digest)),
    // The client gives a blob its name only when it is complete.
    isComplete: ({ digest, size }) =>
      stat(pathOf(digest)).then(
        (found) => size > 0 && found.size === size,
        () => false,
      ),
    redirect: async (digest, open) => {
      redirects.set(digest, open)
      await writeFile(pathOf(digest), '', { flag: 'a' })
    },
    endRedirect: async (digest) => {
      redirects.delete(digest)
      await rm(pathOf(digest), { force: true })
    },
    open: ({ digest, size }) =>
      redirects.get(digest)?.() ?? chunksOf({ path: pathOf(digest), start: 0, bytes: size }, null),
    // Blobs arrive read-only, so only root could truncate them. So the file is replaced.
    release: async (digest) => {
      const placeholder = `${pathOf(digest)}.placeholder`
      await writeFile(placeholder, '')
      await rename(placeholder, pathOf(digest))
    },
  }
}
