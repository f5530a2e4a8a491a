/** The user's bake: first, with their files and flags untouched; and the definition that it went by. */
import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { FootprintError } from '../errors.ts'
import { bakeWords, type BakeInputs } from '../inputs/bake-inputs.ts'
import { sentenceMask, type HiddenWords, type Mask } from '../inputs/mask.ts'
import { runClient } from './client.ts'
import { parseFailure } from './failure.ts'
import { wholeProvenance } from './metadata-provenance.ts'
import { bakeOutputs, type BakeOutputs, type BuildOutputs } from './metadata.ts'
import { BuildFailed, readMetadata, runUserCall, type UserCall } from './user-build.ts'

export interface UserBake extends Pick<UserCall, 'terminal' | 'quiet' | 'log' | 'repeated' | 'signal'> {
  readonly bake: BakeInputs
  /** Where our own metadata file goes; null where there is no folder for it. */
  readonly folder: string | null
  /** Gives what takes the values of build arguments out of a text; asked once bake is done. */
  readonly mask: () => Promise<(text: string) => string>
}

/**
 * Runs the user's `docker buildx bake` and shows what it prints.
 *
 * @throws BuildFailed with the builder's own message; FootprintError USAGE where there is no folder to bake in,
 *   ENGINE_TOO_OLD where an input needs a newer buildx
 */
export async function runUserBake({
  bake,
  folder,
  mask,
  terminal,
  quiet,
  log,
  repeated,
  signal,
}: UserBake): Promise<BakeOutputs> {
  await requireFolder(bake.folder)
  const metadataFile = folder === null ? null : join(folder, 'bake-metadata.json')
  const call = {
    args: ['buildx', 'bake', ...(metadataFile === null ? [] : ['--metadata-file', metadataFile]), ...bakeWords(bake)],
    cwd: bake.folder,
    env: new Map([...bake.env, ['BUILDX_METADATA_WARNINGS', 'true'], ...wholeProvenance]),
    stdin: null,
    terminal,
    quiet,
    log,
    call: bake.call,
    repeated,
    signal,
  }
  try {
    await runUserCall(call)
  } catch (error) {
    if (!(error instanceof BuildFailed)) throw error
    throw tooOld(error) ?? new BuildFailed(error.failure, await outputsIfAny(await readMetadata(metadataFile), mask))
  }
  return bakeOutputs(await readMetadata(metadataFile), await mask())
}

/** Of a bake that failed. */
async function outputsIfAny(metadata: string, mask: UserBake['mask']): Promise<BuildOutputs | null> {
  return metadata === '' ? null : bakeOutputs(metadata, await mask()).all
}

/** Flags that came with an input, and the first buildx whose bake has them. */
const newFlags = [
  { flag: '--var', input: 'vars', since: '0.31' },
  { flag: '--allow', input: 'allow', since: '0.17' },
] as const

function tooOld(cause: BuildFailed): FootprintError | null {
  const found = newFlags.find(({ flag }) => cause.failure.message === `unknown flag: ${flag}`)
  if (found === undefined) return null
  return new FootprintError(
    'ENGINE_TOO_OLD',
    `input ${found.input} needs buildx ${found.since} or newer: take docker/setup-buildx-action before this step, or leave the input out`,
    { cause },
  )
}

async function requireFolder(folder: string): Promise<void> {
  const found = await stat(folder).catch(() => null)
  if (found?.isDirectory() !== true) {
    throw new FootprintError(
      'USAGE',
      `input source is "${folder}", and there is no such folder: check the repository out first`,
    )
  }
}

/**
 * The definition with groups, inheritance, matrices and overrides resolved, as JSON. It holds values of build
 * arguments: never to be shown.
 *
 * @throws NotPrinted where bake gives none
 */
export async function readBakeDefinition(bake: BakeInputs, signal: AbortSignal): Promise<unknown> {
  const said: Buffer[] = []
  const { exitCode, stdout } = await runClient({
    args: ['buildx', 'bake', '--print', ...bakeWords(bake)],
    cwd: bake.folder,
    env: bake.env,
    stderr: (chunk) => said.push(chunk),
    signal,
  })
  if (exitCode !== 0) {
    const { message } = parseFailure(Buffer.concat(said).toString('utf8'))
    throw new NotPrinted(message ?? 'it gave no reason', sentenceMask(hiddenWordsOf(bake), process.env))
  }
  try {
    return JSON.parse(stdout)
  } catch {
    throw new NotPrinted('its output is not JSON')
  }
}

/** Bake does not give its definition, or none that can be read. */
export class NotPrinted extends FootprintError {
  /** Bake's own words, which may hold values of variables: to be understood, and never shown. */
  readonly said: string

  constructor(said: string, mask: Mask = (text) => text) {
    super('WEIGHING_FAILED', `bake does not print its definition: ${mask(said)}`)
    this.said = said
  }
}

/** What a call of bake holds of values, whatever its files say. */
export function hiddenWordsOf({ vars, set, env }: Pick<BakeInputs, 'vars' | 'set' | 'env'>): HiddenWords {
  const given = set.flatMap((override) => {
    const [, field = '', name = '', value = ''] = /^[^.=]+\.([\w-]+)(?:\.([^=]*))?\+?=(.*)$/s.exec(override) ?? []
    return [{ field, name, value }]
  })
  return {
    buildArgs: [...vars, ...given.filter(({ field }) => field === 'args').map(({ name, value }) => `${name}=${value}`)],
    secrets: given.filter(({ field }) => field === 'secrets').map(({ value }) => value),
    // The other entries are switches.
    env: new Map([...env].filter(([name]) => name.endsWith('_TOKEN'))),
  }
}
