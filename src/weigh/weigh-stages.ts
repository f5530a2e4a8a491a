/** Weighs the stages of one platform in the way that the builder allows. */
import { NoLayoutExporter } from '../docker/stage-export.ts'
import { finalFirst } from '../plan/weighing-calls.ts'
import type { Absence } from '../record/absence.ts'
import { knownStoredStages, storesUnpacked } from './known-stored-stages.ts'
import { mayAskFor, neededStages, readStages, reasonFor, type StagesToRead } from './read-stages.ts'
import { weighThroughStore } from './weigh-through-store.ts'
import type { WeighedStages } from './weighed-stages.ts'
import type { WeighingTools } from './weighing-tools.ts'

/** Reads stages from the build and the builder, or through the engine's store if the builder cannot export layouts. */
export async function weighStages(request: StagesToRead, tools: WeighingTools): Promise<WeighedStages> {
  const weighed = (await readIfPossible(request, tools)) ?? (await readThroughStore(request, tools))
  return { ...weighed, written: request.written }
}

/** Returns null if the builder cannot export layouts. */
async function readIfPossible(request: StagesToRead, tools: WeighingTools): Promise<WeighedStages | null> {
  tools.builder.hasNoLayouts ||= storesUnpacked(request.user?.steps ?? null)
  if (tools.builder.hasNoLayouts) return null
  try {
    return await readStages(request, tools)
  } catch (error) {
    if (!(error instanceof NoLayoutExporter)) throw error
    tools.builder.hasNoLayouts = true
    return null
  }
}

async function readThroughStore(request: StagesToRead, tools: WeighingTools): Promise<WeighedStages> {
  const { stages, callOf, user, platform, buildUncached, inTurn, context } = request
  const steps = user?.steps ?? null
  const isFinalAsked = stages.every((stage) => !stage.final || mayAskFor(stage, request))
  const mayRunSteps = user === null || (buildUncached && isFinalAsked)
  const known = await knownStoredStages(stages, steps, platform, tools)
  const needed = finalFirst(neededStages(request, steps))
  const notAsked = needed.filter((stage) => !stage.final && !known.has(stage.index) && !mayAskFor(stage, request))
  const calls = needed.filter((stage) => !notAsked.includes(stage)).map(callOf)
  const weighed = await weighThroughStore(
    { calls, known, inTurn, shipped: user?.shipped ?? null, context: { ...context, mayRunSteps } },
    tools,
  )
  const withReason = ([index, absence]: [number, Absence]): [number, Absence] => [
    index,
    absence === 'absent' ? reasonFor({ index }, request) : absence,
  ]
  const absent = notAsked.map(({ index }): [number, Absence] => [index, 'absent'])
  return { ...weighed, notBuilt: new Map([...weighed.notBuilt, ...absent].map(withReason)) }
}
