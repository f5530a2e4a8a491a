/** The user's build: first, with their flags and Dockerfile untouched. Its outcome stands by itself. */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { FootprintError, type Wording } from '../errors.ts'
import { buildArgMask, secretsIn, sentenceMask, type Mask } from '../inputs/mask.ts'
import type { BuilderLog } from './builder-log.ts'
import { runClient } from './client.ts'
import { parseFailure, type BuilderFailure } from './failure.ts'
import { wholeProvenance } from './metadata-provenance.ts'
import { buildOutputs, type BuildOutputs } from './metadata.ts'
import { podmanError } from './podman.ts'

export interface UserBuild {
  /** Flags and context as the user gave them. */
  readonly argv: readonly string[]
  readonly context: string
  /** Where the user wants it; the client keeps the last one, so ours would replace it. */
  readonly metadataFile: string | null
  readonly env: ReadonlyMap<string, string>
  /** What the user piped in, where context or file is `-`. */
  readonly stdin: Buffer | null
  /** Where our own metadata file goes; null where there is no folder for it. */
  readonly folder: string | null
  /** Whether standard error is a terminal that the client may draw on. */
  readonly terminal: boolean
  /** Holds back what the builder prints, unless it fails. */
  readonly quiet: boolean
  /** Where the builder's words go, but for a terminal, and the answer of a `call`. */
  readonly log: BuilderLog
  /** `--call` where it asks a question: then the client's standard output is the answer. */
  readonly call: string | null
  /** `NAME` or `NAME=value`: no value of them is in the outputs. */
  readonly buildArgs: readonly string[]
  readonly signal: AbortSignal
}

/** A build that the builder refused; `failure` points at the Dockerfile where the builder did. */
export class BuildFailed extends FootprintError {
  readonly failure: BuilderFailure
  /** What the build said of its result before it failed, such as the findings of `--call=check`; null where it did not. */
  readonly outputs: BuildOutputs | null

  constructor(failure: BuilderFailure, outputs: BuildOutputs | null = null) {
    super(codeOf[failure.kind], sentence(failure))
    this.failure = failure
    this.outputs = outputs
  }
}

const codeOf = {
  build: 'BUILD_FAILED',
  unreachable: 'ENGINE_UNREACHABLE',
  'too-old': 'ENGINE_TOO_OLD',
} as const

const sentence =
  ({ kind, message }: BuilderFailure): Wording =>
  (option) => {
    const said = message ?? 'the builder gave no reason'
    if (kind === 'unreachable')
      return `the build engine cannot be reached: ${said}; start Docker, or choose a running builder with ${option('builder')}`
    if (kind === 'too-old') return 'this docker client has no buildx 0.15 or newer: install or update docker-buildx'
    return `the build failed: ${said}`
  }

/**
 * Runs the user's `docker buildx build` and shows what it prints.
 *
 * @throws BuildFailed with the builder's own message
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
    await runUserCall({ ...call, args: ['buildx', 'build', ...argv, context] })
    return buildOutputs(await readMetadata(build.metadataFile), mask)
  }
  const env = new Map([...build.env, ['BUILDX_METADATA_WARNINGS', 'true'], ...wholeProvenance])
  try {
    await runUserCall({ ...call, env, args: ['buildx', 'build', ...argv, '--metadata-file', ours, context] })
  } catch (error) {
    const said = error instanceof BuildFailed ? await readMetadata(ours) : ''
    throw error instanceof BuildFailed && said !== '' ? new BuildFailed(error.failure, buildOutputs(said, mask)) : error
  }
  return buildOutputs(await readMetadata(ours), mask)
}

/** A call of the user's, and how its words are shown. */
export interface UserCall extends Pick<UserBuild, 'stdin' | 'env' | 'terminal' | 'quiet' | 'log' | 'call' | 'signal'> {
  /** Without the leading `docker`. */
  readonly args: readonly string[]
  /** Where it runs; this process's folder unless told. */
  readonly cwd?: string
  /** Gives what takes out of a sentence of the builder what may not be repeated; asked where the call failed. */
  readonly repeated: () => Promise<Mask>
}

/** @throws BuildFailed with the builder's own message; FootprintError NOT_DOCKER where the client is Podman */
export async function runUserCall({
  args,
  cwd,
  env,
  stdin,
  terminal,
  quiet,
  log,
  call,
  repeated,
  signal,
}: UserCall): Promise<void> {
  const tail: Buffer[] = []
  const { exitCode, stdout } = await runClient({
    args,
    ...(cwd === undefined ? {} : { cwd }),
    env,
    stdin,
    stderr: terminal && !quiet ? 'inherit' : (chunk) => keep(chunk, tail, quiet ? null : log),
    signal,
  }).finally(() => log.end())
  if (call !== null) log.answer(stdout)
  if (exitCode === 0) return
  if (quiet) {
    log.write(Buffer.concat(tail))
    log.end()
  }
  const said = Buffer.concat(tail).toString('utf8')
  throw (await podmanError(said, signal)) ?? new BuildFailed(masked(failureOf(said, call), await repeated()))
}

export const masked = (failure: BuilderFailure, mask: Mask): BuilderFailure => ({
  ...failure,
  message: failure.message && mask(failure.message),
})

/** A check that finds something fails without an error: its findings are the answer. */
function failureOf(stderr: string, call: string | null): BuilderFailure {
  const failure = parseFailure(stderr)
  if (call === null || /^ERROR: /m.test(stderr) || failure.kind !== 'build') return failure
  return { ...failure, message: `call=${call} reported problems, which its output lists` }
}

/** Only the end of a long log can hold the error. */
const keptBytes = 1_000_000

function keep(chunk: Buffer, tail: Buffer[], log: BuilderLog | null): void {
  log?.write(chunk)
  tail.push(chunk)
  let kept = tail.reduce((sum, part) => sum + part.length, 0)
  while (kept > keptBytes && tail.length > 1) kept -= tail.shift()?.length ?? 0
}

/** @returns an empty text where there is no such file */
export async function readMetadata(path: string | null): Promise<string> {
  return path === null ? '' : readFile(path, 'utf8').catch(() => '')
}
