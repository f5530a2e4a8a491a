/** The whole flow of a bake: the user's own first, then the stages of each of its targets, then the baseline. */
import { settingsOfBake } from '../baseline/settings.ts'
import { readBakeDefinition, runUserBake } from '../build/user-bake.ts'
import type { BakeOutputs } from '../build/metadata.ts'
import { FootprintError, messageOf } from '../errors.ts'
import type { BakeInputs } from '../inputs/bake.ts'
import { parseDefinition, type BakeDefinition } from '../plan/bake-definition.ts'
import { planBake } from '../plan/bake-plan.ts'
import { planTargets, targetProblem, weighTargets, type PlannedTargets } from './bake-targets.ts'
import { rebuildOfBake } from './base-bake.ts'
import { openWorkTree } from './base-obstacles.ts'
import { weighedRun, type Head, type RunReport, type RunRequest } from './weighed-run.ts'

export interface BakeRequest extends RunRequest {
  readonly bake: BakeInputs
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
  return weighedRun<Plan, BakeOutputs>(request, {
    context: bake.folder,
    builds: bake.call === null,
    plan: (signal) => planOf(request, signal),
    build: (folder) => runUserBake({ ...request, folder }),
    outputsOf: ({ all }) => all,
    head: (plan, outputs) => (plan.definition.asked.length === 0 ? null : headOf(plan, outputs, request)),
  })
}

async function planOf({ bake, stageCompression }: BakeRequest, signal: AbortSignal): Promise<Plan> {
  if (bake.remote) {
    throw new FootprintError(
      'NOT_SUPPORTED',
      'targets of a bake definition at an address are not weighed: check the repository out, and leave input source empty or set it to a folder',
    )
  }
  const definition = parseDefinition(await readBakeDefinition(bake, signal), bake.folder)
  return { definition, planned: await planTargets(planBake(definition, bake), stageCompression, signal) }
}

function headOf({ definition, planned }: Plan, outputs: BakeOutputs, request: BakeRequest): Head {
  const { bake, stageCompression, revision, signal } = request
  const workTree = openWorkTree([...planned.subjects.values()])
  return {
    workTree,
    settings: (root) => settingsOfBake(bake, stageCompression, root),
    weigh: async (tools) => {
      const { images, notes, problems } = await weighTargets('head', planned, outputs.targets, tools, signal)
      const [first] = problems
      if (images.length === 0 && first !== undefined) throw targetProblem(...first)
      const lost = [...problems].map(([name, problem]) => `Target ${name} was not weighed: ${messageOf(problem)}.`)
      const subjects = new Map([...planned.subjects].filter(([name]) => !problems.has(name)))
      return {
        footprint: { schemaVersion: 1, notes: [...notes, ...lost], images: [...images] },
        rebuild: rebuildOfBake({ bake, env: revision.env, stageCompression, definition, subjects, images, workTree }, tools),
      }
    },
  }
}
