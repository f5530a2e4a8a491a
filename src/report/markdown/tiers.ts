/** What is left out, step by step, if the whole report would be too long. Verdict and totals are always kept. */
import { causeLimits, type CauseLimits } from '../cause-words.ts'

/** What a report of a certain length contains. */
export interface Tier {
  readonly graph: boolean
  readonly builderTables: boolean
  /** Whether rows of unchanged layers are shown. Only relevant for a comparison. */
  readonly sameLayers: boolean
  readonly finalTable: boolean
  /** Limits for the packages and paths that explain the growth of one layer. */
  readonly causes: CauseLimits
  /** Limit for the visible rows of what grew, and of what shrank. */
  readonly rows: number
  /** The same limit for a builder stage that grew more than the final stage. */
  readonly builderRows: number
  /** Whether the remaining rows and causes are shown folded. */
  readonly folded: boolean
  /** Whether possible savings are shown. */
  readonly savings: boolean
  /** Whether each passed budget is shown. */
  readonly passed: boolean
  /** What is missing, in words. Null if everything is shown. */
  readonly left: string | null
}

const all: Tier = {
  graph: true,
  builderTables: true,
  sameLayers: true,
  finalTable: true,
  causes: causeLimits,
  rows: 8,
  builderRows: 3,
  folded: true,
  savings: true,
  passed: true,
  left: null,
}
const noGraph = { ...all, graph: false, left: 'the stage graph' }
const noBuilders = {
  ...noGraph,
  builderTables: false,
  builderRows: 1,
  left: `${noGraph.left} and the layers of builder stages`,
}
const onlyChanged = {
  ...noBuilders,
  sameLayers: false,
  left: `${noBuilders.left}, and those layers of the final stage that did not change`,
}
const noLayers = { ...onlyChanged, finalTable: false, left: `${noGraph.left} and the layers of every stage` }
const noSavings = {
  ...noLayers,
  savings: false,
  left: `${noGraph.left}, the layers of every stage, and what could be saved`,
}
const onePath = {
  ...noSavings,
  builderRows: 0,
  causes: { packages: 1, paths: 1 },
  folded: false,
  passed: false,
  left: `${noGraph.left}, the layers of every stage, what could be saved, and most paths`,
}
const fewRows = {
  ...onePath,
  rows: 3,
  left: `${noGraph.left}, the layers of every stage, what could be saved, and most of what grew`,
}

/** All tiers, from the complete report to the shortest one. */
export const tiers: readonly Tier[] = [all, noGraph, noBuilders, onlyChanged, noLayers, noSavings, onePath, fewRows]
