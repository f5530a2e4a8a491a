/** The words for a stage. `name` formats an untrusted name for the report. Also used in a browser. Pure. */
import { isNotBuilt } from '../record/absence.ts'
import type { Stage, UnbuiltStage } from '../record/footprint.ts'
import { isUnnamed } from '../record/stage-name.ts'

type Named = Pick<Stage, 'name' | 'role'>

/**
 * Returns `stage` and the name of a stage. Unnamed stages are called by their position, as in `COPY --from=0`, except
 * for the final stage, which needs no number.
 */
export function stageWords({ name: ofStage, role }: Named, name: (text: string) => string): string {
  if (role === 'builder') return `stage ${name(ofStage)}`
  return isUnnamed(ofStage) ? 'final stage' : `final stage ${name(ofStage)}`
}

/** Returns the name of a stage, for a place that shows what it is. An unnamed stage has words instead. */
export function stageTitle(stage: Named, name: (text: string) => string): string {
  return isUnnamed(stage.name) ? stageWords(stage, name) : name(stage.name)
}

/** Returns why a stage has no figures of this run, in a few words. */
export const absenceWords = (stage: UnbuiltStage): string =>
  isNotBuilt(stage) ? 'not built in this run' : 'not weighed in this run'
