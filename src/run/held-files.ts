/**
 * Holds back what the user's build writes into the folder of a context: the metadata file and the image ID. Otherwise a
 * `COPY . .` would read other files when stages are weighed, and the builder would have to run steps again.
 */
import { readFile, realpath, rm } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { FootprintError } from '../errors.ts'
import { insideOf, isAbsent, reasonOf, writeNamedFile } from '../files.ts'
import type { BuildInputs } from '../inputs/inputs.ts'
import type { BuildSource } from '../plan/build-source.ts'
import { contextFolders } from '../plan/written-in-context.ts'

/** Files of the user's build that are written after weighing. */
export interface HeldFiles {
  /** Flags that replace the user's own, because the client uses only the last of each. */
  readonly words: readonly string[]
  /** Where the client writes the metadata file that the user wants. Null if the user wants none. */
  readonly metadataFile: string | null
  /**
   * Writes the files to where the user wants them, as far as the build made them.
   *
   * @throws FootprintError UNREADABLE_INPUT if a file cannot be written
   */
  readonly deliver: () => Promise<void>
}

/** @param folder a temporary folder outside of every context */
export async function holdFiles(
  { metadataFile, iidFile, ...build }: Pick<BuildInputs, 'metadataFile' | 'iidFile' | 'buildContexts'>,
  source: Pick<BuildSource, 'kind' | 'context'>,
  folder: string,
): Promise<HeldFiles> {
  const contexts = [...contextFolders(build, source).values()]
  const hold = async (flag: string, path: string | null): Promise<readonly Held[]> =>
    path !== null && (await isInOneOf(contexts, path)) ? [{ flag, path, held: join(folder, `held${flag}`) }] : []
  const metadata = await hold('--metadata-file', metadataFile)
  const imageId = await hold('--iidfile', iidFile)
  // The client removes the image ID of an earlier build before it reads the context.
  for (const { path } of imageId) await rm(path, { force: true }).catch(() => undefined)
  const files = [...imageId, ...metadata]
  return {
    words: files.flatMap(({ flag, held }) => [flag, held]),
    metadataFile: metadata[0]?.held ?? metadataFile,
    deliver: async () => {
      for (const file of files) await deliver(file)
    },
  }
}

interface Held {
  readonly flag: string
  readonly path: string
  readonly held: string
}

/** Returns whether a file is in one of these folders, wherever links lead. What is no folder of this machine has none. */
async function isInOneOf(folders: readonly string[], path: string): Promise<boolean> {
  const real = async (some: string): Promise<string | null> => realpath(some).catch(() => null)
  const place = await real(dirname(resolve(path)))
  if (place === null) return false
  const found = await Promise.all(folders.map(real))
  return found.some((folder) => folder !== null && insideOf(folder, place) !== null)
}

async function deliver({ flag, path, held }: Held): Promise<void> {
  try {
    await writeNamedFile(path, await readFile(held, 'utf8'))
  } catch (cause) {
    if (isAbsent(cause)) return
    throw new FootprintError('UNREADABLE_INPUT', `${flag} ${path} cannot be written: ${reasonOf(cause)}`, { cause })
  }
}
