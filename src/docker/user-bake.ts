/**
 * Runs the user's bake, before anything else and with the user's files and flags unchanged, and reads the definition
 * that it used.
 */
import { join } from 'node:path'
import { FootprintError } from '../errors.ts'
import { isFolder } from '../files.ts'
import { bakeArguments, type BakeInputs } from '../inputs/bake-inputs.ts'
import { sentenceMask, type HiddenWords, type Mask } from '../inputs/mask.ts'
import type { Unavailable } from '../unavailable.ts'
import { runClientQuietly } from './client.ts'
import { parseFailure } from './failure.ts'
import { wholeProvenance } from './metadata-provenance.ts'
import { bakeOutputs, type BakeOutputs, type BuildOutputs } from './metadata.ts'
import { BuildFailed, readMetadata, runUserCall, type UserCall } from './user-build.ts'

/** The user's bake. */
export interface UserBake extends Pick<UserCall, 'terminal' | 'quiet' | 'log' | 'repeated' | 'signal'> {
  readonly bake: BakeInputs
  /** Folder for our own metadata file, or null if there is none. */
  readonly folder: string | null
  /** Returns a function that removes the values of build arguments from a text. Called once bake has ended. */
  readonly mask: () => Promise<(text: string) => string>
}

/**
 * Runs the user's `docker buildx bake` and shows what it prints.
 *
 * @throws BuildFailed with the builder's own message
 * @throws FootprintError USAGE if the folder does not exist, or ENGINE_TOO_OLD if an input needs a newer buildx
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
    args: [
      'buildx',
      'bake',
      ...(metadataFile === null ? [] : ['--metadata-file', metadataFile]),
      ...bakeArguments(bake),
    ],
    cwd: bake.folder,
    env: new Map([...bake.env, ['BUILDX_METADATA_WARNINGS', 'true'], ...wholeProvenance]),
    stdin: null,
    terminal,
    quiet,
    log,
    call: bake.call,
    builder: bake.builder,
    repeated,
    signal,
  }
  try {
    const log = await runUserCall(call)
    return bakeOutputs(await readMetadata(metadataFile), await mask(), log)
  } catch (error) {
    if (!(error instanceof BuildFailed)) throw error
    throw tooOld(error) ?? new BuildFailed(error.failure, await outputsIfAny(await readMetadata(metadataFile), mask))
  }
}

/** Returns the outputs of a bake that failed, or null if it wrote no metadata. */
async function outputsIfAny(metadata: string | Unavailable, mask: UserBake['mask']): Promise<BuildOutputs | null> {
  return metadata === '' ? null : bakeOutputs(metadata, await mask()).all
}

/** Flags that belong to an input, and the first version of buildx whose bake supports them. */
const newFlags = [
  { flag: '--var', input: 'vars', since: '0.31' },
  { flag: '--allow', input: 'allow', since: '0.17' },
] as const

function tooOld(cause: BuildFailed): FootprintError | null {
  const found = newFlags.find(({ flag }) => cause.failure.message === `unknown flag: ${flag}`)
  if (found === undefined) return null
  return new FootprintError(
    'ENGINE_TOO_OLD',
    `input ${found.input} needs buildx ${found.since} or newer: run docker/setup-buildx-action before this step, or remove the input`,
    { cause },
  )
}

async function requireFolder(folder: string): Promise<void> {
  if (!(await isFolder(folder))) {
    throw new FootprintError(
      'USAGE',
      `input source names the folder "${folder}", which does not exist: check out the repository first`,
    )
  }
}

/** Time limit, in milliseconds. The builder may have to fetch a remote definition. */
const printTimeout = 5 * 60_000

/**
 * Returns the definition as JSON, with groups, inheritance, matrices and overrides resolved. It contains values of
 * build arguments and must never be shown.
 *
 * @throws NotPrinted if bake does not print a valid definition; FootprintError ENGINE_UNREACHABLE if it takes too long
 */
export async function readBakeDefinition(bake: BakeInputs, signal: AbortSignal): Promise<unknown> {
  const { exitCode, stdout, stderr } = await runClientQuietly({
    args: ['buildx', 'bake', '--print', ...bakeArguments(bake)],
    cwd: bake.folder,
    env: bake.env,
    task: 'print the bake definition',
    timeLimit: printTimeout,
    signal,
  })
  if (exitCode !== 0) {
    const { message } = parseFailure(stderr)
    throw new NotPrinted(message ?? 'it gave no reason', sentenceMask(hiddenWordsOf(bake), process.env))
  }
  try {
    return JSON.parse(stdout)
  } catch {
    throw new NotPrinted('its output is not JSON')
  }
}

/** Bake does not print its definition, or prints one that cannot be parsed. */
export class NotPrinted extends FootprintError {
  /** Bake's own message. It may contain values of variables, so it is only inspected and never shown. */
  readonly said: string

  constructor(said: string, mask: Mask = (text) => text) {
    super('WEIGHING_FAILED', `bake does not print its definition: ${mask(said)}`)
    this.said = said
  }
}

/** Returns the values in a bake call that must not be shown, whatever its files contain. */
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
