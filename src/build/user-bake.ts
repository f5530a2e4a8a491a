/** The user's bake: first, with their files and flags untouched; and the definition that it went by. */
import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { FootprintError } from '../errors.ts'
import { bakeWords, type BakeInputs } from '../inputs/bake.ts'
import { runClient } from './client.ts'
import { parseFailure } from './failure.ts'
import { bakeOutputs, type BakeOutputs } from './metadata.ts'
import { readMetadata, runUserCall, type UserCall } from './user-build.ts'

export interface UserBake extends Pick<UserCall, 'terminal' | 'quiet' | 'signal'> {
  readonly bake: BakeInputs
  /** Where our own metadata file goes; null where there is no folder for it. */
  readonly folder: string | null
}

/**
 * Runs the user's `docker buildx bake` and shows what it prints.
 *
 * @throws BuildFailed with the builder's own message; FootprintError USAGE where there is no folder to bake in
 */
export async function runUserBake({ bake, folder, terminal, quiet, signal }: UserBake): Promise<BakeOutputs> {
  await requireFolder(bake.folder)
  const metadataFile = folder === null ? null : join(folder, 'bake-metadata.json')
  await runUserCall({
    args: ['buildx', 'bake', ...(metadataFile === null ? [] : ['--metadata-file', metadataFile]), ...bakeWords(bake)],
    cwd: bake.folder,
    env: new Map(),
    stdin: null,
    terminal,
    quiet,
    call: bake.call,
    signal,
  })
  return bakeOutputs(await readMetadata(metadataFile))
}

async function requireFolder(folder: string): Promise<void> {
  const found = await stat(folder).catch(() => null)
  if (found?.isDirectory() !== true) {
    throw new FootprintError('USAGE', `input source is "${folder}", and there is no such folder: check the repository out first`)
  }
}

/**
 * The definition with groups, inheritance, matrices and overrides resolved, as JSON. It holds values of build
 * arguments: never to be shown.
 *
 * @throws FootprintError WEIGHING_FAILED where bake gives none
 */
export async function readBakeDefinition(bake: BakeInputs, signal: AbortSignal): Promise<unknown> {
  const said: Buffer[] = []
  const { exitCode, stdout } = await runClient({
    args: ['buildx', 'bake', '--print', ...bakeWords(bake)],
    cwd: bake.folder,
    stderr: (chunk) => said.push(chunk),
    signal,
  })
  if (exitCode !== 0) {
    const { message } = parseFailure(Buffer.concat(said).toString('utf8'))
    throw new FootprintError('WEIGHING_FAILED', `bake does not print its definition: ${message ?? 'it gave no reason'}`)
  }
  try {
    return JSON.parse(stdout)
  } catch {
    throw new FootprintError('WEIGHING_FAILED', 'the definition that bake printed is no JSON')
  }
}
