/**
 * Runs the user's build, before anything else and with the user's flags and Dockerfile unchanged. Its result stands,
 * whatever happens later.
 */
import { join } from 'node:path'
import { FootprintError, type Wording } from '../errors.ts'
import { isAbsent, readLinkedFile, reasonUnread } from '../files.ts'
import { buildArgMask, secretsIn, sentenceMask, type Mask } from '../inputs/mask.ts'
import { askForFault } from './builder-info.ts'
import type { BuilderLog } from './builder-log.ts'
import { OutputTail } from '../output-tail.ts'
import type { Unavailable } from '../unavailable.ts'
import { runClient } from './client.ts'
import { exportedManifests, type ExportedManifests } from './exported-manifests.ts'
import { parseFailure, type BuilderFailure } from './failure.ts'
import { wholeProvenance } from './metadata-provenance.ts'
import { buildOutputs, type BuildOutputs } from './metadata.ts'
import { podmanError } from './podman.ts'

/** The user's build. */
export interface UserBuild {
  /** Flags as the user gave them, without the context. */
  readonly argv: readonly string[]
  readonly context: string
  /** Where the user wants the metadata file. The client uses only the last such flag, so our own would replace it. */
  readonly metadataFile: string | null
  readonly env: ReadonlyMap<string, string>
  /** What the user piped in, if context or file is `-`. */
  readonly stdin: Buffer | null
  /** Folder for our own metadata file, or null if there is none. */
  readonly folder: string | null
  /** Whether standard error is a terminal that the client may draw on. */
  readonly terminal: boolean
  /** Whether to hold back the builder's output unless the build fails. */
  readonly quiet: boolean
  /** Where the builder's output is shown if there is no terminal, and where the answer to a `call` is shown. */
  readonly log: BuilderLog
  /** `--call` if it asks a question. Then the client's standard output is the answer. */
  readonly call: string | null
  /** Each is `NAME` or `NAME=value`. The outputs contain none of the values. */
  readonly buildArgs: readonly string[]
  /** Name of the builder. Null for the default one. */
  readonly builder: string | null
  readonly signal: AbortSignal
}

/** The build failed. `failure` names the line of the Dockerfile if the builder did. */
export class BuildFailed extends FootprintError {
  readonly failure: BuilderFailure
  /** What the build reported before it failed, such as the findings of `--call=check`. Null if it reported nothing. */
  readonly outputs: BuildOutputs | null
  /**
   * The Dockerfile of a bake that `failure` names by its name alone, relative to this process's folder. Null if it is not
   * known, and for a build.
   */
  readonly dockerfile: string | null

  constructor(failure: BuilderFailure, outputs: BuildOutputs | null = null, dockerfile: string | null = null) {
    super(codeOf[failure.kind], sentence(failure))
    this.failure = failure
    this.outputs = outputs
    this.dockerfile = dockerfile
  }
}

const codeOf = {
  build: 'BUILD_FAILED',
  unreachable: 'ENGINE_UNREACHABLE',
  'no-builder': 'ENGINE_UNREACHABLE',
  'too-old': 'ENGINE_TOO_OLD',
} as const

const sentence =
  ({ kind, message, builder }: BuilderFailure): Wording =>
  (option) => {
    const said = message ?? 'the builder gave no reason'
    if (kind === 'no-builder')
      return `there is no builder "${builder ?? ''}": "docker buildx ls" lists the builders to choose from with ${option('builder')}`
    if (kind === 'unreachable')
      return `the build engine cannot be reached: start Docker, or choose a running builder with ${option('builder')} (${said})`
    if (kind === 'too-old') return 'this docker client has no buildx 0.15 or newer: install or update docker-buildx'
    // In a terminal, the builder writes there itself.
    return `the build failed: ${message ?? 'see what the builder wrote above'}`
  }

/**
 * Runs the user's `docker buildx build` and shows what it prints.
 *
 * @throws BuildFailed with the builder's own message
 * @throws FootprintError NOT_DOCKER if the client is Podman
 */
export async function runUserBuild(build: UserBuild): Promise<BuildOutputs> {
  const { argv, context, folder } = build
  const mask = buildArgMask(build.buildArgs, process.env)
  const call = {
    ...build,
    repeated: () => Promise.resolve(sentenceMask({ ...build, secrets: secretsIn(argv) }, process.env)),
  }
  const ours = build.metadataFile !== null || folder === null ? null : join(folder, 'build-metadata.json')
  if (ours === null) {
    const log = await runUserCall({ ...call, args: ['buildx', 'build', ...argv, context] })
    return buildOutputs(await readMetadata(build.metadataFile), mask, log)
  }
  const env = new Map([...build.env, ['BUILDX_METADATA_WARNINGS', 'true'], ...wholeProvenance])
  try {
    const args = ['buildx', 'build', ...argv, '--metadata-file', ours, context]
    const log = await runUserCall({ ...call, env, args })
    return buildOutputs(await readMetadata(ours), mask, log)
  } catch (error) {
    const said = error instanceof BuildFailed ? await readMetadata(ours) : ''
    throw error instanceof BuildFailed && said !== '' ? new BuildFailed(error.failure, buildOutputs(said, mask)) : error
  }
}

/** A call for the user, and how its output is shown. */
export interface UserCall extends Pick<
  UserBuild,
  'stdin' | 'env' | 'terminal' | 'quiet' | 'log' | 'call' | 'builder' | 'signal'
> {
  /** Arguments without the leading `docker`. */
  readonly args: readonly string[]
  /** The folder to run in. The default is the current folder. */
  readonly cwd?: string
  /** Returns a function that removes secrets from a sentence of the builder. Called if the call failed. */
  readonly repeated: () => Promise<Mask>
}

/**
 * Runs a call for the user. Returns what its log names; a terminal's log is not read.
 *
 * @throws BuildFailed with the builder's own message
 * @throws FootprintError NOT_DOCKER if the client is Podman
 */
export async function runUserCall({
  args,
  cwd,
  env,
  stdin,
  terminal,
  quiet,
  log,
  call,
  builder,
  repeated,
  signal,
}: UserCall): Promise<ExportedManifests> {
  const isShown = terminal && !quiet
  const tail = new OutputTail(keptBytes)
  const manifests = exportedManifests()
  const { exitCode, stdout } = await runClient({
    args,
    ...(cwd === undefined ? {} : { cwd }),
    env,
    stdin,
    stderr: isShown
      ? 'inherit'
      : (chunk) => {
          manifests.write(chunk)
          tail.write(chunk)
          if (!quiet) log.write(chunk)
        },
    signal,
  }).finally(() => log.end())
  if (call !== null) log.answer(stdout)
  if (exitCode === 0) return manifests
  if (quiet) {
    log.write(tail.bytes())
    log.end()
  }
  const said = tail.text()
  const problem = await podmanError(said, signal)
  if (problem !== null) throw problem
  const failure = (isShown ? await faultOf(builder, env, signal) : null) ?? failureOf(said, stdout === '' ? null : call)
  throw new BuildFailed(withMaskedMessage(failure, await repeated()))
}

/** Returns the failure of a call whose output only the terminal has, if its builder cannot be used at all. */
async function faultOf(
  builder: string | null,
  env: ReadonlyMap<string, string>,
  signal: AbortSignal,
): Promise<BuilderFailure | null> {
  const failure = parseFailure(await askForFault(builder, env, signal))
  return failure.kind === 'build' ? null : failure
}

/** Returns a failure with its message masked. */
export const withMaskedMessage = (failure: BuilderFailure, mask: Mask): BuilderFailure => ({
  ...failure,
  message: failure.message && mask(failure.message),
})

/** Returns the failure of a call. A check with findings fails without an error, and its findings are the answer. */
function failureOf(stderr: string, call: string | null): BuilderFailure {
  const failure = parseFailure(stderr)
  if (call === null || /^ERROR: /m.test(stderr) || failure.kind !== 'build') return failure
  return { ...failure, message: `call=${call} reported problems, which its output lists` }
}

/** How much output is kept, in bytes. The error is at the end, even of a long log. */
const keptBytes = 1_000_000

/** Size limit for a metadata file, in bytes. A provenance with its build graph has up to a few MB. */
const maxMetadataBytes = 256_000_000

/** Reads a metadata file. Returns an empty text if there is none, or why it cannot be read. */
export async function readMetadata(path: string | null): Promise<string | Unavailable> {
  if (path === null) return ''
  const read = await readLinkedFile(path, maxMetadataBytes)
  if (!('why' in read)) return read.toString('utf8')
  return isAbsent({ code: read.why }) ? '' : { why: reasonUnread(read, maxMetadataBytes) }
}
