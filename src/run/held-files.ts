/**
 * Holds back what the user's build writes into the folder of a context: the metadata file and the image ID. Otherwise a
 * `COPY . .` would read other files when stages are weighed, and the builder would have to run steps again.
 */
import { lstatSync, readFileSync, renameSync, writeFileSync, type Stats } from 'node:fs'
import { lstat, readFile, realpath, rmdir, unlink } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { atExit } from '../at-exit.ts'
import { FootprintError } from '../errors.ts'
import { insideOf, isAbsent, reasonOf, writeWhole } from '../files.ts'
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
   * Writes the files to where the user wants them, as far as the build made them. If the process ends before, they are
   * written then.
   *
   * @returns the error for the first file that cannot be written; null if there is none
   */
  readonly deliver: () => Promise<FootprintError | null>
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
  // The client removes the image ID of an earlier build before it reads the context. If it cannot be removed, the client
  // gets the user's own flag, and refuses before it builds anything.
  const removed = await Promise.all(imageId.map(async (file) => ((await isGone(file.path)) ? [file] : [])))
  const files = [...removed.flat(), ...metadata]
  // After a second signal, nothing waits for the end of weighing.
  const delivered = files.map((file) => atExit(() => deliverAtOnce(file)))
  return {
    words: files.flatMap(({ flag, held }) => [flag, held]),
    metadataFile: metadata[0]?.held ?? metadataFile,
    deliver: async () => {
      const problems: FootprintError[] = []
      for (const file of files) problems.push(...(await deliver(file)))
      for (const forget of delivered) forget()
      return problems[0] ?? null
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

/** Removes what the client would remove: a file, a link or an empty folder. Returns whether nothing is left. */
async function isGone(path: string): Promise<boolean> {
  try {
    await unlink(path)
    return true
  } catch (error) {
    if (isAbsent(error)) return true
  }
  return rmdir(path).then(
    () => true,
    () => false,
  )
}

async function deliver({ flag, path, held }: Held): Promise<readonly FootprintError[]> {
  const text = await readFile(held, 'utf8').catch(() => null)
  if (text === null) return []
  const found = await lstat(path).catch(() => null)
  // As if the client had failed to write it.
  const problem = (why: string, cause?: unknown): FootprintError =>
    new FootprintError('BUILD_FAILED', `${flag} ${path} cannot be written: ${why}`, { cause })
  if (found !== null && !found.isFile()) return [problem(kindOf(found))]
  try {
    // The client also replaces a file that may not be written to, in a folder that may.
    await writeWhole(path, text)
    return []
  } catch (cause) {
    return [problem(reasonOf(cause), cause)]
  }
}

/** The client, too, writes only to regular files. A link in the context may lead to any other place. */
function kindOf(found: Stats): string {
  if (found.isDirectory()) return 'it is a folder'
  return found.isSymbolicLink() ? 'it is a symbolic link' : 'it is not a regular file'
}

/** Writes a file without waiting for anything. */
function deliverAtOnce({ path, held }: Held): void {
  const text = readFileSync(held)
  if (lstatSync(path, { throwIfNoEntry: false })?.isFile() === false) return
  writeFileSync(`${path}.tmp`, text, { flag: 'wx' })
  renameSync(`${path}.tmp`, path)
}
