/** What a run that builds something needs after the build, for one image and for a bake alike. */
import { join } from 'node:path'
import type { Baseline } from '../base/find-baseline.ts'
import { withRecordedFigures } from '../base/recorded-figures.ts'
import type { BuilderToDial } from '../builder/builder-connection.ts'
import type { BuildOutputs } from '../docker/metadata.ts'
import type { Footprint } from '../record/footprint.ts'
import { openWeighing, type WeighingTools } from '../weigh/weighing-tools.ts'
import { budgetTexts } from './budget-texts.ts'
import { budgetRequest, type EarlyAnswers, type RunFolder } from './open-run.ts'
import type { RunRequest, Weighed } from './run-request.ts'

/** Opens the tools for weighing, which are closed at the end of the run. */
export async function openWeighingIn(
  run: RunFolder,
  request: RunRequest,
  builder: BuilderToDial,
  outputs: BuildOutputs,
): Promise<WeighingTools> {
  run.closeLater(request.onWaiting())
  const indexFolder = request.indexFolder ?? join(run.folder, 'layers')
  const tools = await openWeighing(run.folder, indexFolder, { ...request, builder }, outputs)
  run.closeLater(tools)
  return tools
}

/** Returns the head with its baseline, and the budget texts for its report. */
export async function withRunFacts(
  run: RunFolder,
  request: RunRequest,
  { locating, texts }: EarlyAnswers,
  head: { readonly footprint: Footprint; readonly baseline: Baseline } & Pick<Weighed, 'dockerfiles'>,
): Promise<Weighed> {
  const files = budgetRequest(request, run)
  const unread = files.paths.filter((path) => !texts.has(path))
  const read = { ...files, paths: unread, located: await locating }
  return {
    ...head,
    footprint: await withRecordedFigures(head.footprint, head.baseline, request.baseline.recordFolder),
    budgetTexts: new Map([...texts, ...(await budgetTexts(read))]),
  }
}
