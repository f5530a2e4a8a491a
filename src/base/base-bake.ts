/** The base revision of a bake: its own definition, and each of its targets weighed by the same builder after the head. */
import { isDeepStrictEqual } from 'node:util'
import type { BakeInputs } from '../inputs/bake-inputs.ts'
import type { Environment } from '../inputs/inputs.ts'
import type { BakeDefinition, Target } from '../plan/bake-definition.ts'
import { othersOf, planBake } from '../plan/bake-plan.ts'
import { isRemoteContext } from '../plan/build-source.ts'
import type { Image } from '../record/footprint.ts'
import type { StageWishes, WeighingSubject } from '../weigh/weigh-revision.ts'
import { planTargets, weighTargets } from '../weigh/weigh-targets.ts'
import type { WeighingTools } from '../weigh/weighing-tools.ts'
import { readBaseDefinition, targetAtBase } from './base-definition.ts'
import { obstacleOf, obstacleOfTarget, readsTheSame, type WorkTree } from './base-obstacles.ts'
import { clauseOf, contained, openBaseTree, takeGitFolder, type TwoTrees } from './build-base.ts'
import type { Rebuild, WeighedBase } from './find-baseline.ts'
import type { Located } from './locate-revisions.ts'

/** The head, as it was baked and weighed. */
export interface WeighedBake extends StageWishes {
  readonly bake: BakeInputs
  readonly env: Environment
  readonly definition: BakeDefinition
  /** By target, those alone that were weighed. */
  readonly subjects: ReadonlyMap<string, WeighingSubject>
  readonly images: readonly Image[]
  /** With all targets, those that could not be weighed as well. */
  readonly workTree: WorkTree
}

export function rebuildOfBake(head: WeighedBake, tools: WeighingTools): Rebuild {
  return {
    obstacle: async (located) => {
      const obstacles = await obstaclesOf(head, located)
      const [first] = obstacles
      return first === undefined || obstacles.size < head.subjects.size ? null : `target ${first[0]}: ${first[1]}`
    },
    weigh: (located, commit, limit) =>
      contained<WeighedBase>(limit, (signal) => weighBase(head, located, commit, tools, signal)),
  }
}

/** What keeps a target of the base from being built, for each that has such a thing. */
async function obstaclesOf(
  { subjects, workTree }: WeighedBake,
  located: Located,
): Promise<ReadonlyMap<string, string>> {
  const obstacles = new Map<string, string>()
  for (const [name, subject] of subjects) {
    const why = await obstacleOf(subject, located, workTree)
    if (why !== null) obstacles.set(name, why)
  }
  // What a target builds on is built for it as well.
  for (const [name, { linked }] of subjects) {
    for (const [other, target] of linked?.others ?? []) {
      const why = obstacles.has(name)
        ? null
        : subjects.has(other)
          ? obstacles.get(other)
          : await obstacleOfTarget(target, located, workTree)
      if (why !== null && why !== undefined) obstacles.set(name, `target ${other}, which it builds on: ${why}`)
    }
  }
  return obstacles
}

async function weighBase(
  head: WeighedBake,
  located: Located,
  commit: string,
  tools: WeighingTools,
  signal: AbortSignal,
): Promise<WeighedBase> {
  const trees = await openBaseTree(located, commit, tools.folder)
  if ('why' in trees) return trees
  const base = await readBaseDefinition(head.bake, head.definition, trees, signal)
  if ('why' in base) return base
  const problems = new Map<string, unknown>(await obstaclesOf(head, located))
  const same = await sameTargets(head, base, located, commit)
  const placed = await placeTargets(head, base, { ...trees, commit }, (name) => same.has(name) || problems.has(name))
  for (const [name, why] of placed.problems) problems.set(name, why)
  const gitNotes = (await readsGitFolder(head, located)) ? [await takeGitFolder(trees)] : []
  const planned = await planTargets(planBake(placed.definition, head.bake), head, signal)
  const weighed = await weighTargets('base', planned, null, tools, signal)
  for (const [name, problem] of weighed.problems) problems.set(name, problem)

  const isHeads = (name: string): boolean => head.subjects.has(name)
  const images = [...head.images.filter(({ name }) => same.has(name)), ...weighed.images]
    // Where one is lost, what is left must not pass for it.
    .filter(({ name }) => problems.size === 0 || isHeads(name))
  const missing = [...head.subjects.keys()].filter((name) => !base.asked.includes(name) && !problems.has(name))
  const lost = [...problems].map(
    ([name, problem]) => [name, typeof problem === 'string' ? problem : clauseOf(problem)] as const,
  )
  if (images.length === 0) {
    return {
      why:
        [
          ...lost.map(([name, why]) => `target ${name}: ${why}`),
          ...missing.map((name) => `it has no target ${name}`),
        ].join('; ') || 'its bake definition builds nothing',
    }
  }
  const at = `base commit ${commit.slice(0, 7)}`
  return {
    footprint: { schemaVersion: 1, notes: [...weighed.notes], images },
    notes: [
      ...placed.notes,
      ...gitNotes,
      ...sameNote(same, planned.subjects.size),
      ...lost.map(([name, why]) => `Target ${name} of the ${at} was not weighed: ${why}.`),
      ...missing.map((name) => `The ${at} has no target ${name}.`),
    ],
  }
}

function sameNote(same: ReadonlySet<string>, others: number): readonly string[] {
  if (same.size === 0) return []
  if (others === 0)
    return ['Nothing that the targets read differs between the two commits, so the base was not built again.']
  return [
    `Nothing that ${[...same].join(', ')} read${same.size === 1 ? 's' : ''} differs between the two commits, so for the base only the other targets were built.`,
  ]
}

/** Targets that are defined alike and read the same: the same builder gives the same images for both. */
async function sameTargets(
  head: WeighedBake,
  base: BakeDefinition,
  located: Located,
  commit: string,
): Promise<ReadonlySet<string>> {
  const same = new Set<string>()
  for (const [name, subject] of head.subjects) {
    if (!base.asked.includes(name)) continue
    if (!isDeepStrictEqual(head.definition.targets.get(name), base.targets.get(name))) continue
    if (await readsTheSame(subject, located, commit, head.workTree)) same.add(name)
  }
  return same
}

interface Placed {
  readonly definition: BakeDefinition
  readonly problems: ReadonlyMap<string, string>
  readonly notes: readonly string[]
}

/** The base's definition with all paths in the base's files; without what needs no building or can have none. */
async function placeTargets(
  head: WeighedBake,
  base: BakeDefinition,
  trees: TwoTrees & { readonly commit: string },
  isDone: (name: string) => boolean,
): Promise<Placed> {
  const asked: string[] = []
  const targets = new Map<string, Target>()
  const problems = new Map<string, string>()
  const notes = new Set<string>()
  // What the head has and could not weigh has nothing to be compared with.
  const isLost = (name: string): boolean => head.definition.asked.includes(name) && !head.subjects.has(name)
  for (const name of base.asked) {
    const target = base.targets.get(name)
    if (target === undefined || isDone(name) || isLost(name)) continue
    const all = [[name, target] as const, ...othersOf(target, base.targets)]
    const found = await Promise.all(
      all.map(
        async ([each, definition]) =>
          [each, await targetAtBase(definition, trees, { commit: trees.commit, env: head.env })] as const,
      ),
    )
    const lost = found.find(([, at]) => 'why' in at)
    if (lost !== undefined && 'why' in lost[1]) {
      problems.set(name, lost[0] === name ? lost[1].why : `target ${lost[0]}, which it builds on: ${lost[1].why}`)
      continue
    }
    asked.push(name)
    for (const [each, at] of found) {
      if ('why' in at) continue
      targets.set(each, at.target)
      for (const note of at.notes) notes.add(note)
    }
  }
  return { definition: { asked, targets }, problems, notes: [...notes] }
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
