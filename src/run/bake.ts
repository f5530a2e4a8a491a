/** Runs a bake: the user's own bake, then the stages of each of its targets, then the baseline. */
import { resolve } from 'node:path'
import { baselineOfBake } from '../base/base-bake.ts'
import { settingsOfBake } from '../base/build-settings.ts'
import { openWorkTree } from '../base/work-tree.ts'
import { askBuilder, takesDefaultAttestations } from '../docker/builder-info.ts'
import type { BakeOutputs } from '../docker/metadata.ts'
import { hiddenWordsOf, readBakeDefinition, runUserBake } from '../docker/user-bake.ts'
import { FootprintError, messageOf } from '../errors.ts'
import type { BakeInputs } from '../inputs/bake-inputs.ts'
import { buildArgMask, sentenceMask, type Mask } from '../inputs/mask.ts'
import {
  argumentsOf,
  parseDefinition,
  secretsOf,
  targetsWithoutProvenance,
  type BakeDefinition,
} from '../plan/bake-definition.ts'
import { planBake } from '../plan/bake-plan.ts'
import { emptyFolderAdvice, isEmptyFolder } from '../plan/empty-folder.ts'
import type { Footprint } from '../record/footprint.ts'
import {
  planTargets,
  targetProblem,
  weighTargets,
  type PlannedTargets,
  type WeighedTargets,
} from '../weigh/weigh-targets.ts'
import { checkedDockerfiles, checksNotes, type CheckedDockerfile } from './bake-checks.ts'
import { withDockerfile } from './failed-dockerfile.ts'
import {
  answerBeforeBuild,
  openRun,
  reportProblem,
  reportUnreadableOutputs,
  type EarlyAnswers,
  type RunFolder,
} from './open-run.ts'
import { warnOfOwnPlaces } from './own-places.ts'
import { openWeighingIn, withRunFacts } from './run-facts.ts'
import type { RunReport, RunRequest, Weighed } from './run-request.ts'
import { revisionOfHead } from './run-revision.ts'

/** The input of a bake. */
export interface BakeRequest extends RunRequest {
  readonly bake: BakeInputs
  /** Called with the findings of BuildKit's checks for a Dockerfile after the bake. */
  readonly onChecked: (dockerfile: CheckedDockerfile) => void
}

interface Plan {
  readonly definition: BakeDefinition
  readonly planned: PlannedTargets
}

/** Reads the definition once. The user's bake waits for it if a default depends on it, and weighing uses it. */
type ReadDefinition = () => Promise<BakeDefinition>

/**
 * Bakes and weighs all targets. A target that cannot be weighed is a note in the report of the others, or the problem
 * of the whole report if there are no others.
 *
 * @throws BuildFailed if the user's bake fails; FootprintError UNREADABLE_INPUT if nothing was checked out; Cancelled
 */
export async function bakeAndWeigh(request: BakeRequest): Promise<RunReport> {
  await requireDefinition(request.bake)
  let reading: Promise<BakeDefinition> | undefined
  const read: ReadDefinition = () => (reading ??= readDefinition(request.bake, request.signal))
  const run = await openRun(request)
  if ('problem' in run) {
    const { all: outputs } = await userBake(request, read, null)
    return request.bake.call === null ? { outputs, ...run } : { outputs, nothingBuilt: true }
  }
  try {
    return await bakeIn(run, request, read)
  } finally {
    await run.close()
  }
}

/** Refuses a bake whose files would all be in an empty folder. Any other missing file is an error of the bake itself. */
async function requireDefinition({ folder, remote, files }: BakeInputs): Promise<void> {
  const isElsewhere = files.some((file) => /^(?:-$|\/|\.\.|\w+:\/\/)/.test(file))
  if (remote || isElsewhere || process.env['BUILDX_BAKE_FILE'] !== undefined || !(await isEmptyFolder(folder))) return
  throw new FootprintError('UNREADABLE_INPUT', `there is no bake definition: ${emptyFolderAdvice(resolve(folder))}`)
}

async function bakeIn(run: RunFolder, request: BakeRequest, read: ReadDefinition): Promise<RunReport> {
  const { bake } = request
  if (bake.call !== null) return { outputs: (await userBake(request, read, run.folder)).all, nothingBuilt: true }
  const planning = run.beside(planOf(request, read, run.signal))
  void run.beside(planning.then(({ planned }) => warnOfOwnPlaces(planned.subjects.values(), request, run.folder)))
  const early = await answerBeforeBuild(run, request, bake.folder)
  const outputs = await userBake(request, read, run.folder).catch(async (error: unknown) => {
    throw await withDockerfile(error, planning)
  })
  reportUnreadableOutputs(outputs.all, request)
  try {
    const plan = await planning
    if (plan.definition.requested.length === 0) return { outputs: outputs.all, nothingBuilt: true }
    return { outputs: outputs.all, ...(await weighAndCompare(run, request, plan, early, outputs)) }
  } catch (problem) {
    return reportProblem(outputs.all, problem, request)
  }
}

async function userBake(request: BakeRequest, read: ReadDefinition, folder: string | null): Promise<BakeOutputs> {
  const { bake } = request
  const outputs = await runUserBake({
    ...request,
    bake: await withDefaultProvenance(bake, read, request.signal),
    folder,
    mask: () => maskOf(bake, read),
    repeated: () => repeatedOf(bake, read),
  })
  request.onBuilt(outputs.all)
  return outputs
}

async function weighAndCompare(
  run: RunFolder,
  request: BakeRequest,
  { definition, planned }: Plan,
  early: EarlyAnswers,
  outputs: BakeOutputs,
): Promise<Weighed> {
  const { bake, stageCompression, uncachedStages, revision, signal } = request
  const checked = checkedDockerfiles(planned, outputs.all.warnings)
  checked.forEach(request.onChecked)
  const tools = await openWeighingIn(run, request, bake, outputs.all)
  const workTree = openWorkTree([...planned.subjects.values()], tools.ownDestinations)
  const settingsAt = (root: string | null): string => settingsOfBake(bake, stageCompression, root)
  const revising = run.beside(early.locating.then((located) => revisionOfHead(located, workTree, settingsAt, revision)))
  // Errors of this task are reported by the weighing first.
  const weighed = await weighTargets('head', planned, outputs.targets, tools, signal)
  void run.beside(tools.solves.forget())
  const footprint = { ...footprintOf(weighed, checked), revision: await revising }
  const subjects = new Map([...planned.subjects].filter(([name]) => !weighed.problems.has(name)))
  const head = { bake, env: revision.env, stageCompression, uncachedStages, definition, subjects, workTree, footprint }
  const baseline = await baselineOfBake(head, await early.locating, request.baseline, tools, signal)
  return withRunFacts(run, request, early, { footprint, baseline, dockerfiles: dockerfilesOf(planned) })
}

async function readDefinition(bake: BakeInputs, signal: AbortSignal): Promise<BakeDefinition> {
  return parseDefinition(await readBakeDefinition(bake, signal), bake.folder)
}

async function planOf(
  { bake, stageCompression, uncachedStages }: BakeRequest,
  read: ReadDefinition,
  signal: AbortSignal,
): Promise<Plan> {
  if (bake.remote) {
    throw new FootprintError(
      'NOT_SUPPORTED',
      'targets of a remote bake definition cannot be weighed: check out the repository, and leave input source empty or set it to a folder',
    )
  }
  const definition = await read()
  const planned = await planTargets(planBake(definition, bake), { stageCompression, uncachedStages }, signal)
  return { definition, planned }
}

/**
 * Returns the user's bake with the provenance that docker/bake-action adds to each target without a setting of its own,
 * if the builder supports attestations. Errors in the definition or the builder are reported by the bake itself.
 */
async function withDefaultProvenance(bake: BakeInputs, read: ReadDefinition, signal: AbortSignal): Promise<BakeInputs> {
  const { builder, call, defaultProvenance } = bake
  if (call !== null || defaultProvenance === null) return bake
  const [definition, info] = await Promise.all([read().catch(() => null), askBuilder(builder, signal)])
  if (definition === null || info === null || !takesDefaultAttestations(info)) return bake
  const added = targetsWithoutProvenance(definition).flatMap((name) => ['--set', `${name}.attest=${defaultProvenance}`])
  return { ...bake, attestations: [...added, ...bake.attestations] }
}

/** Returns a function that masks values of variables and build arguments in a text. */
async function maskOf({ vars }: BakeInputs, read: ReadDefinition): Promise<Mask> {
  const definition = await read().catch(() => null)
  return buildArgMask([...vars, ...(definition === null ? [] : argumentsOf(definition))], process.env)
}

/** Returns a function that also masks values of secrets, for a sentence from bake. */
async function repeatedOf(bake: BakeInputs, read: ReadDefinition): Promise<Mask> {
  const hidden = hiddenWordsOf(bake)
  const definition = await read().catch(() => null)
  if (definition === null) return sentenceMask(hidden, process.env)
  return sentenceMask(
    {
      ...hidden,
      buildArgs: [...hidden.buildArgs, ...argumentsOf(definition)],
      secrets: [...hidden.secrets, ...secretsOf(definition)],
    },
    process.env,
  )
}

/**
 * Returns the footprint of all weighed targets.
 *
 * @throws FootprintError if no target could be weighed
 */
function footprintOf({ images, notes, problems }: WeighedTargets, checked: readonly CheckedDockerfile[]): Footprint {
  const [first] = problems
  if (images.length === 0 && first !== undefined) throw targetProblem(...first)
  const lost = [...problems].map(
    ([name, problem]) => `Target ${name} was not weighed: ${messageOf(problem, 'action')}.`,
  )
  return {
    ...{ schemaVersion: 1, notes: [...notes, ...checksNotes(checked), ...lost], images: [...images] },
    ...(problems.size === 0 ? {} : { unweighedTargets: [...problems.keys()] }),
  }
}

function dockerfilesOf({ subjects }: PlannedTargets): ReadonlyMap<string, string> {
  return new Map(
    [...subjects].flatMap(([name, { source }]) =>
      source.dockerfilePath === null ? [] : [[name, source.dockerfilePath]],
    ),
  )
}
