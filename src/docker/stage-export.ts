/**
 * Makes the calls that weigh, and exports a stage as an image layout if its layers cannot be read in another way. Known
 * blobs are not transferred (`blob-folder.ts`).
 */
import { mkdtemp, symlink } from 'node:fs/promises'
import { join } from 'node:path'
import * as v from 'valibot'
import { FootprintError, type Wording } from '../errors.ts'
import { parseJson } from '../files.ts'
import { parseProvenance, resultOf, withTargets, type BuildStep } from '../graph/provenance.ts'
import type { Mask } from '../inputs/mask.ts'
import { isDigest, type Digest } from '../oci/digest.ts'
import { stageOfCall, type ClientArguments, type WeighingCall } from '../plan/weighing-calls.ts'
import { diskSpaceError } from '../workspace.ts'
import { wholeRecord } from '../whole-record.ts'
import { runClient } from './client.ts'
import { parseFailure } from './failure.ts'
import { wholeProvenance } from './metadata-provenance.ts'
import { podmanError } from './podman.ts'
import type { BlobFolder } from './blob-folder.ts'
import type { OtherBuilds } from './other-builds.ts'
import { stalledError, watchForStall } from './stalled-call.ts'
import { StepLogs, shownOf } from './step-logs.ts'
import { readMetadata } from './user-build.ts'
import { CallStopped, watchCall, type CallWatch, type WatchedWeighing } from './watch-call.ts'

/** A stage that was exported. */
export interface StageExport {
  readonly call: WeighingCall
  /** An image layout. Its layer blobs may be placeholders. */
  readonly layout: string
  /** Null if the builder reported none. */
  readonly steps: readonly BuildStep[] | null
}

/** Size limit for what a call prints on standard output, in bytes. It prints little or nothing. */
const maxOutputBytes = 16_000_000

const weighingEnv: ReadonlyMap<string, string> = new Map([
  ...wholeProvenance,
  // Paths that bake would ask about were allowed or refused in the user's own bake of the same files.
  ['BUILDX_BAKE_ENTITLEMENTS_FS', '0'],
])

/** Settings for the calls that weigh. */
export interface WeighingContext extends CallWatch {
  /** Folder for the files of the calls. */
  readonly workspace: string
  readonly env: ReadonlyMap<string, string>
  readonly stdin: Buffer | null
  /** Text of the Dockerfile that is built, if it is known. */
  readonly dockerfile: string | null
  readonly otherBuilds: OtherBuilds
  /** Called for each call that begins, with the number of builds in it. Each has a record in the builder's history. */
  readonly onCall: (builds: number) => void
  /** Removes secrets from a sentence of the builder. */
  readonly mask: Mask
  readonly signal: AbortSignal
}

/**
 * Exports a stage as an image layout.
 *
 * @throws NoLayoutExporter if the builder cannot export layouts
 * @throws CallStopped if the builder would have to run steps, or another build is running them
 * @throws FootprintError for any other failure
 * @throws Cancelled if the signal stops it
 */
export async function exportStage(
  call: WeighingCall,
  blobs: BlobFolder,
  context: WeighingContext,
): Promise<StageExport> {
  // A call may be repeated.
  const layout = await mkdtemp(join(context.workspace, `${call.id}-`))
  await symlink(blobs.folder, join(layout, 'blobs'))
  const { steps } = await runWeighing(call, (metadataFile) => call.layout({ layout, metadataFile }), context)
  return { call, layout, steps }
}

const MetadataSchema = v.object({
  'containerimage.config.digest': v.optional(v.custom<Digest>(isDigest)),
  'buildx.build.provenance': v.optional(v.unknown()),
})

type Call = Pick<WeighingCall, 'id'> & Partial<Pick<WeighingCall, 'isFinal'>> & WatchedWeighing

interface Weighed {
  readonly configDigest: Digest | null
  readonly steps: readonly BuildStep[] | null
}

/**
 * Runs a call and reads what the builder reports about its result. If another build on the same builder is running one
 * of its steps, it waits for a while and repeats the call.
 *
 * @throws CallStopped if the builder would have to run steps, or another build is running them
 * @throws FootprintError for any other failure
 * @throws Cancelled if the signal stops it
 */
export async function runWeighing(
  call: Call,
  wordsOf: (metadataFile: string) => ClientArguments,
  context: WeighingContext,
): Promise<Weighed> {
  for (;;) {
    try {
      return await runOnce(call, wordsOf, context)
    } catch (error) {
      const isBusy = error instanceof CallStopped && error.reason === 'other-build'
      if (!isBusy || !(await context.otherBuilds.wait(context.signal))) throw error
    }
  }
}

async function runOnce(
  call: Call,
  wordsOf: (metadataFile: string) => ClientArguments,
  context: WeighingContext,
): Promise<Weighed> {
  const { workspace, env, stdin, dockerfile, mayRunSteps, mask, onCall, signal } = context
  const metadataFile = join(workspace, `${call.id}.metadata.json`)
  const words = wordsOf(metadataFile)
  const logs = new StepLogs()
  // A step that the user asked for may be silent for as long as it likes.
  using stall = mayRunSteps ? null : watchForStall()
  const watched = watchCall(call, context, (message) => {
    if (mayRunSteps) logs.add(message)
    stall?.heard(message)
  })
  onCall(1 + (call.metadata?.others.length ?? 0))
  const { exitCode } = await runClient({
    args: words.args,
    env: new Map([...env, ...weighingEnv]),
    stdin: words.stdin ?? stdin,
    stderr: watched.write,
    maxOutput: maxOutputBytes,
    signal: AbortSignal.any([signal, watched.signal, ...(stall === null ? [] : [stall.signal])]),
  }).catch((error: unknown) => {
    if (signal.aborted || (!watched.isStopped() && stall?.signal.aborted !== true)) throw error
    return { exitCode: 1 }
  })
  const stopped = watched.whyStopped()
  if (stopped !== null) throw stopped
  if (exitCode !== 0) {
    const stderr = watched.said()
    const clause = `${stageOfCall(call)} could not be ${mayRunSteps ? 'built' : 'weighed'}`
    if (stall?.signal.aborted) throw stalledError(clause)
    const isRequired = call.isFinal === true && !mayRunSteps
    throw (await podmanError(stderr, signal)) ?? exportError(clause, stderr, workspace, mask, logs, isRequired)
  }
  const written = await readMetadata(metadataFile)
  const whole = parseJson(typeof written === 'string' ? written : null)
  const own = metadataOf(call.metadata === null ? whole : memberOf(whole, call.metadata.target))
  const steps = parseProvenance(own.provenance, dockerfile)
  return {
    configDigest: own.configDigest,
    steps: steps && withTargets(steps, resultsOf(call.metadata?.others ?? [], whole)),
  }
}

interface Metadata {
  readonly configDigest: Digest | null
  readonly provenance: unknown
}

function metadataOf(json: unknown): Metadata {
  const metadata = v.safeParse(MetadataSchema, json)
  if (!metadata.success) return { configDigest: null, provenance: null }
  return {
    configDigest: metadata.output['containerimage.config.digest'] ?? null,
    provenance: metadata.output['buildx.build.provenance'],
  }
}

function memberOf(json: unknown, name: string): unknown {
  const members = v.safeParse(wholeRecord(v.unknown()), json)
  return members.success ? members.output[name] : null
}

/** Returns the digest of the step that made the result of each of these targets. */
function resultsOf(targets: readonly string[], metadata: unknown): ReadonlyMap<string, string> {
  return new Map(
    targets.flatMap((target): [string, string][] => {
      const result = resultOf(metadataOf(memberOf(metadata, target)).provenance)
      return result === null ? [] : [[target, result]]
    }),
  )
}

/**
 * The builder is the docker driver with the overlay2 store, which refuses before it builds anything. Other ways of
 * weighing may work.
 */
export class NoLayoutExporter extends FootprintError {
  constructor() {
    super(
      'NOT_SUPPORTED',
      'this builder cannot export its layers: turn on the containerd image store, or build with a docker-container builder (docker/setup-buildx-action)',
    )
  }
}

/**
 * The builder gave a reason not to export a stage, for example that a registry does not have a layer any more. Other
 * stages may be exported all the same.
 */
export class ExportRefused extends FootprintError {
  constructor(message: string | Wording) {
    super('WEIGHING_FAILED', message)
  }
}

/** A step of a stage failed. */
export class StepFailed extends FootprintError {
  /** The last lines that it printed, masked. Untrusted text. */
  readonly log: readonly string[]

  constructor(message: string, log: readonly string[]) {
    super('WEIGHING_FAILED', message)
    this.log = log
  }
}

const fullBuilderError = (said: string): FootprintError =>
  new FootprintError(
    'DISK_SPACE',
    `the disk of the builder is full: ${said}; free some space there, for example with "docker buildx prune"`,
  )

/** `isRequired`: whether there is no report without the stage. */
function exportError(
  clause: string,
  stderr: string,
  workspace: string,
  mask: Mask,
  logs: StepLogs,
  isRequired: boolean,
): FootprintError {
  const failure = parseFailure(stderr)
  const said = mask(failure.message ?? 'the builder gave no reason')
  if (/no space left on device/i.test(stderr))
    return stderr.includes(workspace) ? diskSpaceError(workspace, null) : fullBuilderError(said)
  // buildx refuses both for the same reason.
  if (/(?:OCI exporter|Cache export) is not supported for the docker driver/i.test(stderr))
    return new NoLayoutExporter()
  if (failure.kind === 'unreachable')
    return new FootprintError(
      'ENGINE_UNREACHABLE',
      `the connection to the engine was lost while stages were weighed: ${said}`,
    )
  const failed = logs.failed()
  if (failed === null) {
    return new ExportRefused((option) =>
      isRequired
        ? `${clause}: ${said}; if a cache has lost a layer, build without that cache, or with ${option('no-cache')}`
        : `${clause}: ${said}`,
    )
  }
  const { lines } = failed
  const step = withPositions(failed.step)
  // It may belong to another stage, from which the exported one takes files.
  const [name = ''] = shownOf(mask(step).split('\n', 1))
  const message = `the step ${name} failed: ${said}`
  return lines.length === 0
    ? new FootprintError('WEIGHING_FAILED', message)
    : new StepFailed(message, shownOf(mask([step, ...lines].join('\n')).split('\n')))
}

/**
 * Returns the name of a step as BuildKit writes it in the user's own build. There, a stage without a name is `stage-3`.
 * The names that we give to such stages are replaced by that.
 */
export const withPositions = (step: string): string =>
  step.replace(/^\[[^\]\n]*\]/, (place) => place.replace(/(?<=[ [])stage-footprint-(?:x\d+-)?(?=\d+[ \]])/, 'stage-'))
