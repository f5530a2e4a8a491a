/** Comparisons and verdicts made by hand, for tests and pictures of code that uses them. */
import { isUnjudged } from '../../src/budget/judge.ts'
import type { EditElsewhere } from '../../src/compare/edit-elsewhere.ts'
import type { BudgetResult, BudgetRule, Verdict } from '../../src/budget/verdict.ts'
import type {
  BaseImageChange,
  Cause,
  Comparison,
  ImageComparison,
  LayerChange,
  PathGrowth,
  SourceImage,
  StageChange,
} from '../../src/compare/comparison.ts'
import { splitGrowth } from '../../src/compare/growth.ts'
import type { Image, Layer, Stage } from '../../src/record/footprint.ts'
import type { Report } from '../../src/report/report.ts'
import { footprintOf } from './footprints.ts'

function codecOf(layer: Layer): string {
  return layer.mediaType.split('+')[1] ?? 'uncompressed'
}

export function layerChange(before: Layer | null, after: Layer | null, some: Partial<LayerChange> = {}): LayerChange {
  const recoded = before && after && codecOf(before) !== codecOf(after)
  const pull = (layer: Layer | null): number | null => (layer === null ? 0 : layer.compressedSize)
  const [from, to] = [pull(before), pull(after)]
  const kind = !before ? 'added' : !after ? 'removed' : before.diffId === after.diffId && !recoded ? 'same' : 'changed'
  return {
    kind,
    before,
    after,
    cause: kind === 'same' ? null : 'change',
    edited: before !== null && after !== null && before.instruction?.text !== after.instruction?.text,
    moved: false,
    growth: {
      compressedSize: recoded || from === null || to === null ? null : to - from,
      uncompressedSize: (after?.uncompressedSize ?? 0) - (before?.uncompressedSize ?? 0),
      fileBytes: (after?.fileBytes ?? 0) - (before?.fileBytes ?? 0),
      layers: (after ? 1 : 0) - (before ? 1 : 0),
    },
    codec: recoded ? { before: codecOf(before), after: codecOf(after) } : null,
    packages: [],
    paths: [],
    ...some,
  }
}

/** Growth and its parts are the sums of those of the layers. */
export function stageChange(
  before: Stage | null,
  after: Stage | null,
  layers: readonly LayerChange[],
  some: Partial<StageChange> = {},
): StageChange {
  const kind = before && after ? 'matched' : after ? 'added' : 'removed'
  return {
    kind,
    matchedBy: kind === 'matched' ? 'name' : null,
    before,
    after,
    baseImage: baseImageChange(before, after),
    layers,
    growth: splitGrowth(layers),
    metadataOnlySteps: 0,
    ...some,
  }
}

function baseImageChange(before: Stage | null, after: Stage | null): BaseImageChange {
  const [from, to] = [before?.base ?? null, after?.base ?? null]
  const kind =
    !from || !to ? 'unknown' : from.reference !== to.reference ? 'edited' : from.digest !== to.digest ? 'moved' : 'same'
  return { kind, before: from, after: to, packages: [], paths: [] }
}

interface Why {
  readonly cause?: Cause | null
  readonly packages?: LayerChange['packages']
  readonly paths?: readonly PathGrowth[]
  readonly images?: readonly SourceImage[]
  readonly editsElsewhere?: readonly EditElsewhere[]
}

/** Pairs layers by the first words of their instruction, and those of the base image by position. */
export function compareStages(
  before: Stage,
  after: Stage,
  why: (after: Layer | null, before: Layer | null) => Why = () => ({}),
): StageChange {
  const keyOf = (stage: Stage, layer: Layer): string =>
    layer.origin === 'base'
      ? `base ${stage.layers.filter(({ origin }) => origin === 'base').indexOf(layer)}`
      : (layer.instruction?.text.split(' ').slice(0, 2).join(' ') ?? '')
  const left = new Map(before.layers.map((layer) => [keyOf(before, layer), layer]))
  const moved = baseImageChange(before, after).kind === 'moved'
  const change = (from: Layer | null, to: Layer | null): LayerChange => {
    const plain = layerChange(from, to)
    if (plain.kind === 'same') return plain
    const usual = moved && (to ?? from)?.origin === 'base' ? 'base-image' : 'change'
    const { cause = usual, packages, paths, images = [], editsElsewhere = [] } = why(to, from)
    return {
      ...plain,
      cause,
      packages: packages ?? [],
      paths: paths ?? [],
      images,
      editsElsewhere,
    }
  }
  const changes = after.layers.map((layer) => {
    const key = keyOf(after, layer)
    const from = left.get(key) ?? null
    left.delete(key)
    return change(from, layer)
  })
  return stageChange(before, after, [...changes, ...[...left.values()].map((layer) => change(layer, null))])
}

export function imageComparison(before: Image, after: Image, stages: readonly StageChange[]): ImageComparison {
  const final = stages.find((stage) => stage.after?.role === 'final')
  if (!final) throw new Error('no final stage')
  const unchanged = stages.every(
    ({ kind, layers }) => kind === 'matched' && layers.every((layer) => layer.kind === 'same'),
  )
  const known = new Set(before.stages.find(({ role }) => role === 'final')?.layers.map(({ diffId }) => diffId))
  const pull = (layers: readonly Layer[]): number | null =>
    layers.reduce<number | null>(
      (sum, { compressedSize }) => (sum === null || compressedSize === null ? null : sum + compressedSize),
      0,
    )
  const layers = final.after?.layers ?? []
  return {
    before,
    after,
    final,
    stages,
    pullCost: {
      fromBaseline: pull(layers.filter(({ diffId }) => !known.has(diffId))),
      fromBaseImage: pull(layers.filter(({ origin }) => origin !== 'base')),
    },
    unchanged,
    hasUnknownStages: false,
  }
}

export function comparisonOf(images: readonly ImageComparison[], some: Partial<Comparison> = {}): Comparison {
  return {
    origin: { kind: 'built', commit: '1a2b3c4d5e6f708192a3b4c5d6e7f8091a2b3c4d', reference: 'main' },
    images,
    added: [],
    removed: [],
    ambiguous: [],
    notes: [],
    ...some,
  }
}

export function rule(some: Partial<BudgetRule> = {}): BudgetRule {
  return {
    text: 'pull growth 5 %',
    place: 'budgets:1',
    stage: null,
    measure: 'pull',
    kind: 'growth',
    since: null,
    limit: { amount: null, percent: 5 },
    including: [],
    action: 'fail',
    ...some,
  }
}

export function result(some: Partial<BudgetResult> = {}): BudgetResult {
  return {
    rule: rule(),
    image: { name: 'app', platform: 'linux/amd64', position: 0 },
    stage: '1',
    role: 'final',
    outcome: 'pass',
    reason: null,
    elsewhere: false,
    measured: 1_000,
    measuredPercent: 1,
    ignoredUpTo: null,
    overBefore: null,
    since: null,
    line: 2,
    cause: 'change',
    overridden: false,
    ...some,
  }
}

export function verdictOf(results: readonly BudgetResult[], some: Partial<Verdict> = {}): Verdict {
  const has = (outcome: string): boolean => results.some((found) => found.outcome === outcome && !found.overridden)
  return {
    outcome: has('fail')
      ? 'fail'
      : has('warn') || results.some((found) => found.overridden || isUnjudged(found))
        ? 'warn'
        : 'pass',
    results,
    override: null,
    edited: null,
    ...some,
  }
}

/** @param some values that replace the usual ones, with the path of the Dockerfile of every image */
export function reportWith(
  comparison: Comparison | null,
  { dockerfile, ...some }: Partial<Report> & { readonly dockerfile?: string } = {},
): Report {
  const named = (found: Image): Image => (dockerfile === undefined ? found : { ...found, dockerfile })
  const compared = comparison && {
    ...comparison,
    images: comparison.images.map((found) => ({ ...found, after: named(found.after) })),
  }
  const footprint = some.footprint ?? footprintOf(compared?.images.map(({ after }) => after) ?? [])
  return {
    verdict: null,
    baselineNotes: [],
    title: null,
    reportedByFork: false,
    trend: null,
    ...some,
    comparison: compared,
    footprint: compared ? footprint : { ...footprint, images: footprint.images.map(named) },
  }
}
