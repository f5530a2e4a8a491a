/** What is left out, step by step, where the whole report would be too long. The verdict and totals never are. */
import { mostCauses, type MostCauses } from '../cause-words.ts'

export interface Tier {
  readonly graph: boolean
  readonly builderTables: boolean
  /** Rows of layers in which nothing changed; only where there is a comparison. */
  readonly sameLayers: boolean
  readonly finalTable: boolean
  /** Most packages and paths that explain the growth of one layer. */
  readonly causes: MostCauses
  /** Most rows in sight of what grew, and of what shrank. */
  readonly rows: number
  /** The same of a builder stage that grew more than the final stage. */
  readonly builderRows: number
  /** The rows beyond these, and the causes beyond those of each row, folded. */
  readonly folded: boolean
  /** What could be saved. */
  readonly savings: boolean
  /** Each budget that passed. */
  readonly passed: boolean
  /** What is missing, in words; null where all is there. */
  readonly left: string | null
}

const all: Tier = {
  graph: true,
  builderTables: true,
  sameLayers: true,
  finalTable: true,
  causes: mostCauses,
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

export const tiers: readonly Tier[] = [all, noGraph, noBuilders, onlyChanged, noLayers, noSavings, onePath, fewRows]
