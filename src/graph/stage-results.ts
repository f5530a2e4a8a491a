/**
 * The stages of a build in BuildKit's graph of it: which step's result each of them is, and its layers, where the builder
 * holds them. Pure.
 */
import { parentOf } from '../dockerfile/stage-parents.ts'
import type { PlannedStage } from '../dockerfile/stage.ts'
import { exportedStep } from './attribution.ts'
import type { BuildStep, ChainLayer } from './provenance.ts'

/** What a stage is in the graph of a build. */
export type StageResult =
  /** Position of its step. */
  | { readonly kind: 'step'; readonly position: number }
  /** FROM scratch, and nothing that makes a layer. */
  | { readonly kind: 'empty' }

/**
 * A stage is the one step from its lines that no other step from there uses. Without any it is what it is FROM.
 *
 * @returns null where the graph does not tell
 */
export function resultOfStage(
  stage: PlannedStage,
  stages: readonly PlannedStage[],
  steps: readonly BuildStep[],
): StageResult | null {
  if (stage.final) return exportedResult(stage, stages, steps)
  const own = ownSteps(stage, stages, steps)
  if (own.length > 0) {
    const used = new Set(own.flatMap((position) => steps[position]?.uses ?? []))
    const [top, ...others] = own.filter((position) => !used.has(position))
    return top === undefined || others.length > 0 ? null : { kind: 'step', position: top }
  }
  if (stage.instructions.some(makesLayer)) return null
  const parent = parentOf(stage, stages)
  if (parent) return parent.final ? null : resultOfStage(parent, stages, steps)
  if (stage.base.toLowerCase() === 'scratch') return { kind: 'empty' }
  const [source, ...more] = positionsIn(stage, stages, steps).filter((position) => steps[position]?.kind === 'source')
  return source === undefined || more.length > 0 ? null : { kind: 'step', position: source }
}

/** The last step of all is that of the target, whatever made it. */
function exportedResult(
  stage: PlannedStage,
  stages: readonly PlannedStage[],
  steps: readonly BuildStep[],
): StageResult | null {
  const position = exportedStep(steps)
  if (position >= 0) return { kind: 'step', position }
  const parent = parentOf(stage, stages)
  const isEmpty = parent
    ? resultOfStage(parent, stages, steps)?.kind === 'empty'
    : stage.base.toLowerCase() === 'scratch'
  return isEmpty && !stage.instructions.some(makesLayer) ? { kind: 'empty' } : null
}

/** Whether the build made steps of this stage: also of one that only an ONBUILD of a base image takes from. */
export function isInGraph(stage: PlannedStage, stages: readonly PlannedStage[], steps: readonly BuildStep[]): boolean {
  return ownSteps(stage, stages, steps).length > 0
}

function ownSteps(
  stage: PlannedStage,
  stages: readonly PlannedStage[],
  steps: readonly BuildStep[],
): readonly number[] {
  return positionsIn(stage, stages, steps).filter((position) => steps[position]?.kind !== 'source')
}

/** Positions of the steps from the lines of the stage. */
function positionsIn(
  { index, line }: PlannedStage,
  stages: readonly PlannedStage[],
  steps: readonly BuildStep[],
): readonly number[] {
  const next = stages[index + 1]?.line ?? Infinity
  return steps.flatMap(({ places }, position) =>
    places.some(({ start }) => line <= start && start < next) ? [position] : [],
  )
}

const makesLayer = ({ keyword, text }: PlannedStage['instructions'][number]): boolean =>
  ['RUN', 'COPY', 'ADD'].includes(keyword) || (keyword === 'WORKDIR' && !/^\s*WORKDIR\s+\/\s*$/i.test(text))

export interface StageChain {
  readonly layers: readonly ChainLayer[]
  /** The builder's caches hold several results of the same step: this is one of them. */
  readonly oneOfSeveral: boolean
}

/** The layers of a step's result; null where the builder does not hold them. */
export function chainOf(steps: readonly BuildStep[], position: number): StageChain | null {
  return chainsOf(steps, position)[0] ?? null
}

/** All that may be the layers of a step's result, the likeliest first. */
export function chainsOf(steps: readonly BuildStep[], position: number): readonly StageChain[] {
  const chains = steps[position]?.chains ?? []
  if (chains.length <= 1) return chains.map((layers) => ({ layers, oneOfSeveral: false }))
  const all = chains.map((layers) => ({ layers, oneOfSeveral: true }))
  const below = firstBelow(chains, descendants(steps, position))
  return below === undefined
    ? all
    : [{ layers: below, oneOfSeveral: false }, ...all.filter(({ layers }) => layers !== below)]
}

/** Chains of steps that build on this one, of those that have one alone. */
function descendants(steps: readonly BuildStep[], position: number): readonly (readonly ChainLayer[])[] {
  const on = new Set([position])
  return steps.flatMap(({ on: [below], chains }, user) => {
    if (below === undefined || !on.has(below)) return []
    on.add(user)
    const [only, ...others] = chains
    return only === undefined || others.length > 0 ? [] : [only]
  })
}

interface ChainNode {
  readonly next: Map<string, ChainNode>
  /** Position of the first chain that ends here. */
  end: number | null
}

/** The first of the chains with which a longer one begins. A builder may tell of any number of either. */
function firstBelow(
  chains: readonly (readonly ChainLayer[])[],
  longer: readonly (readonly ChainLayer[])[],
): readonly ChainLayer[] | undefined {
  const root: ChainNode = { next: new Map(), end: null }
  for (const [position, chain] of chains.entries()) {
    let node = root
    for (const { digest } of chain) {
      const next: ChainNode = node.next.get(digest) ?? { next: new Map(), end: null }
      node.next.set(digest, next)
      node = next
    }
    node.end ??= position
  }
  let first = Infinity
  for (const chain of longer) {
    let node: ChainNode | undefined = root
    for (const { digest } of chain) {
      first = Math.min(first, node.end ?? Infinity)
      node = node.next.get(digest)
      if (node === undefined) break
    }
    first = Math.min(first, node?.end ?? Infinity)
  }
  return chains[first]
}
