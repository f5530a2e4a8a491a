/** A stage of a Dockerfile, as it is planned. */
import type { PlannedStage } from '../../src/dockerfile/stage.ts'

/** Returns a builder stage without instructions, with some properties of its own. */
export const plannedStage = (some: Partial<PlannedStage> = {}): PlannedStage => ({
  ...{ index: 0, name: 'build', base: 'scratch', line: 1, endLine: 1, needed: true, final: false },
  ...{ uses: [], instructions: [] },
  ...some,
})
