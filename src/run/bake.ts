/** The whole flow of a bake: the user's own first, then the stages of each of its targets, then the baseline. */
import { rebuildOfBake } from '../base/base-bake.ts'
import { openWorkTree, type WorkTree } from '../base/base-obstacles.ts'
import { settingsOfBake } from '../base/build-settings.ts'
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
import {
  planTargets,
  targetProblem,
  weighTargets,
  type PlannedTargets,
  type WeighedTargets,
} from '../weigh/weigh-targets.ts'
import type { WeighingTools } from '../weigh/weighing-tools.ts'
import { checkedDockerfiles, checksNotes, type CheckedDockerfile } from './bake-checks.ts'
import { askBeforeBuild, inRun, reportOn, weighAndCompare, type OpenRun, type WeighedHead } from './open-run.ts'
import type { RunReport, RunRequest } from './run-request.ts'

export interface BakeRequest extends RunRequest {
  readonly bake: BakeInputs
  /** Called with what BuildKit's checks found in a Dockerfile, once the bake is done. */
  readonly onChecked: (dockerfile: CheckedDockerfile) => void
}

interface Plan {
  readonly definition: BakeDefinition
  readonly planned: PlannedTargets
}

/**
 * A target that cannot be weighed is a note in the report of the others; a problem where there are none.
 *
 * @throws BuildFailed where the user's bake fails; Cancelled
 */
export async function bakeAndWeigh(request: BakeRequest): Promise<RunReport> {
  const { bake } = request
  // Asked once: the user's bake waits for it where a default depends on it, and weighing goes by it.
  let asked: Promise<BakeDefinition> | undefined
  const definition = (): Promise<BakeDefinition> => (asked ??= readDefinition(bake, request.signal))
  const userBake = async (folder: string | null): Promise<BakeOutputs> => {
    const outputs = await runUserBake({
      ...request,
      bake: await withDefaultProvenance(bake, definition, request.signal),
      folder,
      mask: () => maskOf(bake, definition),
      repeated: () => repeatedOf(bake, definition),
    })
    request.onBuilt(outputs.all)
    return outputs
  }
  const weigh = async (run: OpenRun): Promise<RunReport> => {
    if (bake.call !== null) return { outputs: (await userBake(run.folder)).all, nothingBuilt: true }
    const planning = run.beside(planOf(request, definition, run.signal))
    const asked = await askBeforeBuild(run, request, bake.folder)
    const outputs = await userBake(run.folder)
    return reportOn(outputs.all, request, async () => {
      const plan = await planning
      if (plan.definition.asked.length === 0) return null
      const checked = checkedDockerfiles(plan.planned, outputs.all.warnings)
      checked.forEach(request.onChecked)
      const workTree = openWorkTree([...plan.planned.subjects.values()])
      const tools = await run.openWeighing(bake, outputs.all)
      return weighAndCompare(
        run,
        request,
        asked,
        workTree,
        (root) => settingsOfBake(bake, request.stageCompression, root),
        async () => {
          const weighed = await weighTargets('head', plan.planned, outputs.targets, tools, request.signal)
          void run.beside(tools.solves.forget())
          return headOf(plan, weighed, checked, { ...request, workTree }, tools)
        },
      )
    })
  }
  return inRun(request, weigh, async (problem) => {
    const { all: outputs } = await userBake(null)
    return bake.call === null ? { outputs, problem } : { outputs, nothingBuilt: true }
  })
}

async function readDefinition(bake: BakeInputs, signal: AbortSignal): Promise<BakeDefinition> {
  return parseDefinition(await readBakeDefinition(bake, signal), bake.folder)
}

async function planOf(
  { bake, stageCompression, uncachedStages }: BakeRequest,
  read: () => Promise<BakeDefinition>,
  signal: AbortSignal,
): Promise<Plan> {
  if (bake.remote) {
    throw new FootprintError(
      'NOT_SUPPORTED',
      'targets of a bake definition at an address are not weighed: check the repository out, and leave input source empty or set it to a folder',
    )
  }
  const definition = await read()
  return {
    definition,
    planned: await planTargets(planBake(definition, bake), { stageCompression, uncachedStages }, signal),
  }
}

/**
 * The user's bake, with the provenance that docker/bake-action adds to each target that says nothing of it, where the
 * builder takes attestations. What is wrong with definition or builder, their bake says.
 */
async function withDefaultProvenance(
  bake: BakeInputs,
  read: () => Promise<BakeDefinition>,
  signal: AbortSignal,
): Promise<BakeInputs> {
  const { builder, call, defaultProvenance } = bake
  if (call !== null || defaultProvenance === null) return bake
  const [definition, info] = await Promise.all([read().catch(() => null), askBuilder(builder, signal)])
  if (definition === null || info === null || !takesDefaultAttestations(info)) return bake
  const added = targetsWithoutProvenance(definition).flatMap((name) => ['--set', `${name}.attest=${defaultProvenance}`])
  return { ...bake, attestations: [...added, ...bake.attestations] }
}

/** What takes values of variables and build arguments out of a text. */
async function maskOf({ vars }: BakeInputs, read: () => Promise<BakeDefinition>): Promise<Mask> {
  const definition = await read().catch(() => null)
  return buildArgMask([...vars, ...(definition === null ? [] : argumentsOf(definition))], process.env)
}

/** The same and values of secrets, out of a sentence of bake's. */
async function repeatedOf(bake: BakeInputs, read: () => Promise<BakeDefinition>): Promise<Mask> {
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

/** @throws FootprintError where no target could be weighed */
function headOf(
  { definition, planned }: Plan,
  { images, notes, problems }: WeighedTargets,
  checked: readonly CheckedDockerfile[],
  { bake, stageCompression, uncachedStages, revision, workTree }: BakeRequest & { readonly workTree: WorkTree },
  tools: WeighingTools,
): WeighedHead {
  const [first] = problems
  if (images.length === 0 && first !== undefined) throw targetProblem(...first)
  const lost = [...problems].map(
    ([name, problem]) => `Target ${name} was not weighed: ${messageOf(problem, 'action')}.`,
  )
  const subjects = new Map([...planned.subjects].filter(([name]) => !problems.has(name)))
  return {
    footprint: { schemaVersion: 1, notes: [...notes, ...checksNotes(checked), ...lost], images: [...images] },
    rebuild: rebuildOfBake(
      { bake, env: revision.env, stageCompression, uncachedStages, definition, subjects, images, workTree },
      tools,
    ),
    dockerfiles: new Map(
      [...planned.subjects].flatMap(([name, { source }]) =>
        source.dockerfilePath === null ? [] : [[name, source.dockerfilePath]],
      ),
    ),
  }
}
