import { FootprintError } from '../errors.ts'
import { contextName } from '../inputs/build-inputs.ts'
import type { Platform } from '../oci/platform.ts'
import { declaredNames, expand, globalVariables, type Variables } from './arguments.ts'
import type { Instruction } from './instructions.ts'
import type { StagesFromBuildKit } from './listed-targets.ts'
import type { Escape } from './logical-line.ts'
import { outlineStages, type OutlinedStage } from './outline.ts'
import type { PlannedStage, StageInstruction, StageUse } from './stage.ts'
import { referencesOf, triggeredReferencesOf, type Reference } from './stage-references.ts'

/** Everything that the stages and their references depend on. */
export interface PlanInputs {
  readonly dockerfile: string
  /** BuildKit's own list of stages, or null if this BuildKit cannot provide it. */
  readonly list: StagesFromBuildKit | null
  readonly target: string | null
  /** In lower case. */
  readonly buildContexts: ReadonlySet<string>
  /** Build contexts that another target of the bake provides: maps a context name to `target:NAME`. */
  readonly linked?: ReadonlyMap<string, string>
  readonly buildArgs: ReadonlyMap<string, string>
  /** The platform that the build is for. For example, `FROM build-${TARGETARCH}` depends on it. */
  readonly platform?: Platform | undefined
  /** The builder's own platform (for `BUILDARCH` and similar variables), if it is different. */
  readonly buildPlatform?: Platform | undefined
}

/** The stages of a Dockerfile, with resolved references. */
export interface StagePlan {
  readonly stages: readonly PlannedStage[]
  /** Sentences for the report: what could not be determined, and which parser read the Dockerfile. */
  readonly notes: readonly string[]
}

/**
 * Returns the stages of a Dockerfile, what each uses from the others, and which of them the target needs.
 *
 * @throws FootprintError DOCKERFILE if the Dockerfile has no stages, or the target does not exist; NOT_SUPPORTED if it
 * has too many references
 */
export function planStages(inputs: PlanInputs): StagePlan {
  const { stages: outlined, globals, escape, notes } = outlineStages(inputs.dockerfile, inputs.list)
  if (outlined.length === 0) throw new FootprintError('DOCKERFILE', 'The Dockerfile has no FROM.')
  const target = findTarget(outlined, inputs.target)
  const targetStage = inputs.target ?? outlined.at(-1)?.name?.toLowerCase() ?? 'default'
  const variables = globalVariables(globals, escape, { ...inputs, targetStage })
  const defaults = globalVariables(globals, escape, { buildArgs: new Map(), targetStage })
  const resolver = resolverOf(outlined, inputs.buildContexts, variables, escape)
  const triggered = outlined.map(({ instructions }) =>
    instructions.flatMap((each) => triggeredReferencesOf(each, escape)),
  )
  requireFewUses(outlined, triggered, resolver)
  const uses = outlined.map((stage) => usesOf(stage, triggered, resolver))
  const needed = neededFrom(target, uses, resolver.replaced)
  return {
    stages: outlined.map((stage, index) => ({
      ...stage,
      instructions: stage.instructions.map(withoutWords),
      ...globalsOf(stage, globals, escape),
      needed: needed.has(index),
      final: index === target,
      uses: uses[index] ?? [],
      ...expandedBase(stage, expand(stage.base, escape, defaults), resolver),
      ...linkOf(stage, inputs.linked, resolver),
    })),
    notes: [...notes, ...outlined.filter((stage) => resolver.base(stage) === null).map(unknownBase)],
  }
}

const withoutWords = ({ keyword, text, line, endLine }: Instruction): StageInstruction => ({
  keyword,
  text,
  line,
  endLine,
})

/** Returns the ARGs before the first FROM if the stage declares one of them again, and so has its default. */
function globalsOf(
  { instructions }: OutlinedStage,
  globals: readonly Instruction[],
  escape: Escape,
): Pick<PlannedStage, 'globals'> {
  const names = new Set(globals.flatMap((each) => declaredNames(each, escape)))
  const has = instructions.some(
    (each) => each.keyword === 'ARG' && declaredNames(each, escape).some((name) => names.has(name)),
  )
  return has ? { globals: globals.map(withoutWords) } : {}
}

/**
 * Returns the expanded base if it has the value that the defaults give. A base that depends on a passed value is left
 * out, so that the value never appears.
 */
function expandedBase(
  stage: OutlinedStage,
  byDefault: string | null,
  resolver: Resolver,
): Pick<PlannedStage, 'expanded'> {
  if (byDefault === null || byDefault === stage.base || byDefault !== resolver.base(stage)) return {}
  return { expanded: byDefault }
}

function linkOf(stage: OutlinedStage, linked: PlanInputs['linked'], resolver: Resolver): Pick<PlannedStage, 'linked'> {
  const base = resolver.from(stage.index) === null ? resolver.base(stage) : null
  const link = base === null ? undefined : linked?.get(contextName(base))
  return link === undefined ? {} : { linked: link }
}

function unknownBase({ base, line }: OutlinedStage): string {
  return `Line ${String(line)}: which stage or image FROM ${base} names is not known here, so it is treated as an image.`
}

/** Returns the last stage with this name, ignoring case, or the last stage of all without a name. */
function findTarget(stages: readonly OutlinedStage[], target: string | null): number {
  if (target === null || target === '') return stages.length - 1
  const found = stages.findLastIndex((stage) => isNamed(stage, target.toLowerCase()))
  if (found >= 0) return found
  const names = stages.map((stage) => stage.name).filter((name) => name !== null)
  const known = names.length === 0 ? 'none of its stages has a name' : `it has ${[...new Set(names)].join(', ')}`
  throw new FootprintError('DOCKERFILE', `The Dockerfile has no stage ${target}: ${known}.`)
}

const isNamed = ({ name }: OutlinedStage, lowerCase: string): boolean => name?.toLowerCase() === lowerCase

interface Resolver {
  /** Stages that a build context replaces. */
  readonly replaced: ReadonlySet<number>
  /** The expanded text after FROM, or null if it cannot be determined. */
  readonly base: (stage: OutlinedStage) => string | null
  /** The stage that a FROM starts from. */
  readonly from: (index: number) => number | null
  readonly reference: (reference: Reference) => number | null
}

/**
 * Resolves references by BuildKit's rules. A FROM means the nearest stage before it, and its text is compared exactly
 * with the lower-cased name. COPY --from and RUN --mount mean the last stage of that name in the whole file, ignoring
 * case. Only COPY accepts positions.
 */
function resolverOf(
  stages: readonly OutlinedStage[],
  buildContexts: ReadonlySet<string>,
  variables: Variables,
  escape: Escape,
): Resolver {
  const isReplaced = ({ name }: OutlinedStage): boolean =>
    name !== null && !['scratch', 'context'].includes(name.toLowerCase()) && buildContexts.has(name.toLowerCase())
  const replaced = new Set(stages.filter(isReplaced).map((stage) => stage.index))
  const built = (index: number): number | null =>
    index >= 0 && index < stages.length && !replaced.has(index) ? index : null
  const base = (stage: OutlinedStage): string | null => expand(stage.base, escape, variables)
  // Keyed by the name in lower case. Each list is in the order of the file.
  const byName = Map.groupBy(stages, ({ name }) => name?.toLowerCase() ?? null)
  const named = (name: string): number => byName.get(name.toLowerCase())?.at(-1)?.index ?? -1
  return {
    replaced,
    base,
    from: (index) => {
      const stage = stages[index]
      const name = stage === undefined ? null : base(stage)
      if (name === null) return null
      return built(lastBefore(byName.get(name) ?? [], index))
    },
    reference: ({ via, reference }) => {
      if (via === 'copy' && /^[+-]?\d+$/.test(reference)) return built(Number(reference))
      const literal = named(reference)
      if (literal >= 0 || !reference.includes('$')) return built(literal)
      return built(named(expand(reference, escape, variables) ?? ''))
    },
  }
}

/** Returns the position of the last of these stages that comes before `index`, or -1 if there is none. */
function lastBefore(stages: readonly OutlinedStage[], index: number): number {
  let [low, high] = [0, stages.length]
  while (low < high) {
    const middle = (low + high) >> 1
    if ((stages[middle]?.index ?? Infinity) < index) low = middle + 1
    else high = middle
  }
  return stages[low - 1]?.index ?? -1
}

/**
 * Limit for the references of all stages that come from ONBUILD instructions of their bases. A short Dockerfile can
 * have millions of them.
 */
const maxTriggered = 100_000

/** @throws FootprintError NOT_SUPPORTED if the limit is exceeded */
function requireFewUses(
  stages: readonly OutlinedStage[],
  triggered: readonly (readonly Reference[])[],
  { from }: Resolver,
): void {
  const count = stages.reduce((sum, { index }) => sum + (triggered[from(index) ?? -1]?.length ?? 0), 0)
  if (count > maxTriggered)
    throw new FootprintError(
      'NOT_SUPPORTED',
      `the ONBUILD instructions of the Dockerfile refer to stages more than ${maxTriggered} times`,
    )
}

/** @param triggered the references in the ONBUILD instructions of each stage */
function usesOf(
  stage: OutlinedStage,
  triggered: readonly (readonly Reference[])[],
  resolver: Resolver,
): readonly StageUse[] {
  const { line, endLine, index } = stage
  const base = resolver.from(index)
  const take = (reference: Reference, place: { readonly line: number; readonly endLine: number }): StageUse => ({
    ...reference,
    stageIndex: resolver.reference(reference),
    line: place.line,
    endLine: place.endLine,
  })
  return [
    { via: 'from', stageIndex: base, reference: stage.base, line, endLine },
    ...(triggered[base ?? -1] ?? []).map((each) => take(each, stage)),
    ...stage.instructions.flatMap((each) => referencesOf(each).map((reference) => take(reference, each))),
  ]
}

/**
 * Returns the positions of all stages that the target needs, including itself. A stage that a build context replaces
 * uses nothing.
 */
function neededFrom(
  target: number,
  uses: readonly (readonly StageUse[])[],
  replaced: ReadonlySet<number>,
): ReadonlySet<number> {
  const needed = new Set([target])
  // A set is iterated in insertion order, including elements that are added during the loop.
  for (const index of needed) {
    if (replaced.has(index)) continue
    for (const { stageIndex } of uses[index] ?? []) if (stageIndex !== null) needed.add(stageIndex)
  }
  return needed
}
