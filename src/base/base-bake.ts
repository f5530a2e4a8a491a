/**
 * Builds and weighs the base revision of a bake: its own definition, with each of its targets built by the same builder
 * after the head.
 */
import { isDeepStrictEqual } from 'node:util'
import type { BakeInputs } from '../inputs/bake-inputs.ts'
import { isRemoteContext } from '../inputs/git-context.ts'
import type { Environment } from '../inputs/inputs.ts'
import type { BakeDefinition, Target } from '../plan/bake-definition.ts'
import { othersOf, planBake } from '../plan/bake-plan.ts'
import type { Footprint } from '../record/footprint.ts'
import type { Unavailable } from '../unavailable.ts'
import type { StageOptions, WeighingSubject } from '../weigh/weigh-revision.ts'
import { planTargets, weighTargets } from '../weigh/weigh-targets.ts'
import type { WeighingTools } from '../weigh/weighing-tools.ts'
import { readBaseDefinition, targetAtBase } from './base-definition.ts'
import { attemptWithin, failureOf, openBaseTree, takeGitFolder, type TwoTrees } from './base-tree.ts'
import type { BaselineNote, LostTarget, Obstacle } from './baseline-note.ts'
import { decideTarget, obstacleOfBake, type Rebuild, type TargetFacts } from './decide-base.ts'
import {
  baselineOf,
  baselineOfBuilt,
  decide,
  prevented,
  searchBaseline,
  type Baseline,
  type BaselineOptions,
  type WeighedBase,
} from './find-baseline.ts'
import type { Located } from './locate-revisions.ts'
import { obstacleOf, obstacleOfTarget, readsTheSame, type WorkTree } from './work-tree.ts'

/** What was baked, and the figures of its targets. */
export interface WeighedBake extends StageOptions {
  readonly bake: BakeInputs
  readonly env: Environment
  readonly definition: BakeDefinition
  /** The targets that were weighed, by name. */
  readonly subjects: ReadonlyMap<string, WeighingSubject>
  /** The work tree of all targets, including those that could not be weighed. */
  readonly workTree: WorkTree
  readonly footprint: Footprint
}

/**
 * Builds and weighs the base revision of a bake and returns the baseline. A failure becomes a note of the baseline.
 *
 * @throws Cancelled if the signal aborts
 */
export async function baselineOfBake(
  head: WeighedBake,
  located: Located | Unavailable,
  options: BaselineOptions,
  tools: WeighingTools,
  signal: AbortSignal,
): Promise<Baseline> {
  const { footprint } = head
  const search = await searchBaseline(footprint, located, options)
  if ('baseline' in search) return search.baseline
  const { commit } = search
  const rebuild = commit === null ? null : await rebuildOf(head, search.located, commit, options)
  const decision = decide(search, rebuild)
  if (commit === null || decision.from !== 'build') return baselineOf(search, decision, footprint)
  const built = await attemptWithin<WeighedBase>({ timeout: options.timeout, signal }, (within) =>
    weighBase(head, search.located, commit, { ...options, signal: within }, tools),
  )
  return baselineOfBuilt(search, built, footprint)
}

async function rebuildOf(
  head: WeighedBake,
  located: Located,
  commit: string,
  { refusal }: BaselineOptions,
): Promise<Rebuild> {
  const refused = refusal(commit)
  if (refused !== null) return prevented({ kind: 'said', why: refused })
  const obstacle = obstacleOfBake(await obstaclesOf(head, located), head.subjects.size)
  return obstacle === null ? { kind: 'possible' } : prevented(obstacle)
}

/** Returns the reason why a target of the base cannot be built, for each target that has one. */
async function obstaclesOf(
  { subjects, workTree }: WeighedBake,
  located: Located,
): Promise<ReadonlyMap<string, Obstacle>> {
  const obstacles = new Map<string, Obstacle>()
  for (const [name, subject] of subjects) {
    const obstacle = await obstacleOf(subject, located, workTree)
    if (obstacle !== null) obstacles.set(name, obstacle)
  }
  // The targets that a target builds on are built for it as well.
  for (const [name, { linked }] of subjects) {
    for (const [other, target] of linked?.others ?? []) {
      const obstacle = obstacles.has(name)
        ? null
        : subjects.has(other)
          ? (obstacles.get(other) ?? null)
          : await obstacleOfTarget(target, located, workTree)
      if (obstacle !== null) obstacles.set(name, { kind: 'linked-target', target: other, obstacle })
    }
  }
  return obstacles
}

async function weighBase(
  head: WeighedBake,
  located: Located,
  commit: string,
  { onBaseBuild, signal }: Pick<BaselineOptions, 'onBaseBuild'> & { readonly signal: AbortSignal },
  tools: WeighingTools,
): Promise<WeighedBase> {
  const trees = await openBaseTree(located, commit, tools.folder)
  if ('why' in trees) return trees
  const base = await readBaseDefinition(head.bake, head.definition, trees, signal)
  if ('why' in base) return base
  const sorted = sortTargets(await targetFacts(head, base, located, commit))
  const placed = await placeTargets(sorted.build, base, { ...trees, commit, env: head.env })
  const gitNotes = (await readsGitFolder(head, located)) ? [await takeGitFolder(trees)] : []
  const planned = await planTargets(planBake(placed.definition, head.bake), head, signal)
  if (planned.subjects.size > 0) onBaseBuild(commit)
  const weighed = await weighTargets('base', planned, null, tools, signal)
  const lost: readonly LostTarget[] = [
    ...sorted.lost,
    ...placed.lost,
    ...[...weighed.problems].map(([target, problem]) => ({
      target,
      obstacle: { kind: 'said', ...failureOf(problem) } as const,
    })),
  ]
  const { asHead, missing } = sorted
  const images = [...head.footprint.images.filter(({ name }) => asHead.includes(name)), ...weighed.images]
    // If an image was lost, the remaining ones must not be shown in its place.
    .filter(({ name }) => lost.length === 0 || head.subjects.has(name))
  if (images.length === 0) return { lost, missing }
  const same: BaselineNote = { kind: 'targets-with-same-inputs', targets: asHead, all: planned.subjects.size === 0 }
  return {
    footprint: {
      ...{ schemaVersion: 1, notes: [...weighed.notes], images },
      ...(lost.length === 0 ? {} : { unweighedTargets: lost.map(({ target }) => target) }),
    },
    notes: [
      ...placed.notes,
      ...gitNotes,
      ...(asHead.length === 0 ? [] : [same]),
      ...lost.map((each): BaselineNote => ({ kind: 'target-not-weighed', commit, ...each })),
      ...missing.map((target): BaselineNote => ({ kind: 'no-such-target', commit, target })),
    ],
  }
}

const said = (why: string): Obstacle => ({ kind: 'said', why })

/** Returns what is known of each target of the head or the base. Targets of the head come first. */
async function targetFacts(
  head: WeighedBake,
  base: BakeDefinition,
  located: Located,
  commit: string,
): Promise<ReadonlyMap<string, TargetFacts>> {
  const obstacles = await obstaclesOf(head, located)
  const facts = new Map<string, TargetFacts>()
  for (const name of new Set([...head.subjects.keys(), ...base.requested])) {
    const subject = head.subjects.get(name)
    const inBase = !base.requested.includes(name)
      ? 'no'
      : isDeepStrictEqual(head.definition.targets.get(name), base.targets.get(name))
        ? 'alike'
        : 'different'
    facts.set(name, {
      obstacle: obstacles.get(name) ?? null,
      inHead: subject !== undefined ? 'weighed' : head.definition.requested.includes(name) ? 'lost' : 'no',
      inBase,
      readsTheSame:
        subject !== undefined && inBase === 'alike' && (await readsTheSame(subject, located, commit, head.workTree)),
    })
  }
  return facts
}

interface SortedTargets {
  readonly asHead: readonly string[]
  readonly build: readonly string[]
  readonly missing: readonly string[]
  readonly lost: readonly LostTarget[]
}

function sortTargets(facts: ReadonlyMap<string, TargetFacts>): SortedTargets {
  const decided = [...facts].map(([target, each]) => ({ target, decision: decideTarget(each) }))
  const those = (wanted: string): readonly string[] =>
    decided.filter(({ decision }) => decision === wanted).map(({ target }) => target)
  return {
    asHead: those('as-head'),
    build: those('build'),
    missing: those('missing'),
    lost: decided.flatMap(({ target, decision }) =>
      typeof decision === 'string' ? [] : [{ target, obstacle: decision }],
    ),
  }
}

interface Placed {
  readonly definition: BakeDefinition
  readonly lost: readonly LostTarget[]
  readonly notes: readonly BaselineNote[]
}

/**
 * Returns the named targets of the base's definition with all paths in the base's files. Targets for which that is not
 * possible are returned as lost.
 */
async function placeTargets(
  names: readonly string[],
  base: BakeDefinition,
  trees: TwoTrees & { readonly commit: string; readonly env: Environment },
): Promise<Placed> {
  const requested: string[] = []
  const targets = new Map<string, Target>()
  const lost: LostTarget[] = []
  const notes: BaselineNote[] = []
  for (const name of base.requested.filter((each) => names.includes(each))) {
    const target = base.targets.get(name)
    if (target === undefined) continue
    const all = [[name, target] as const, ...othersOf(target, base.targets)]
    const found = await Promise.all(
      all.map(async ([each, definition]) => [each, await targetAtBase(definition, trees, trees)] as const),
    )
    const without = found.find(([, at]) => 'why' in at)
    if (without !== undefined && 'why' in without[1]) {
      const [other, { why }] = without
      const obstacle = said(why)
      lost.push({
        target: name,
        obstacle: other === name ? obstacle : { kind: 'linked-target', target: other, obstacle },
      })
      continue
    }
    requested.push(name)
    for (const [each, at] of found) {
      if ('why' in at) continue
      targets.set(each, at.target)
      // A note that applies to several targets is given once.
      notes.push(...at.notes.filter(({ kind }) => !notes.some((note) => note.kind === kind)))
    }
  }
  return { definition: { requested, targets }, lost, notes }
}

async function readsGitFolder({ subjects, workTree }: WeighedBake, located: Located): Promise<boolean> {
  for (const subject of subjects.values()) {
    if (subject.source.kind === 'local') {
      const extras = await workTree.extrasOf(subject, located)
      if (!('why' in extras) && extras.gitFolder) return true
    }
    for (const { context } of subject.linked?.others.values() ?? []) {
      const extras = isRemoteContext(context) ? null : await workTree.extrasOfFolder(context, located)
      if (extras !== null && !('why' in extras) && extras.gitFolder) return true
    }
  }
  return false
}
