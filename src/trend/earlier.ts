/** Answers how much an image grew since an earlier commit, from the points of its branch. Pure. */
import { everyCause, growthByCause, valueOf } from '../budget/measure.ts'
import type { AskEarlier, EarlierGrowth, EarlierQuestion, MeasureOfTrend } from '../budget/since.ts'
import type { Since } from '../budget/verdict.ts'
import type { Cause } from '../compare/comparison.ts'
import { formatPlatform } from '../oci/platform.ts'
import type { Stage } from '../record/footprint.ts'
import { sumOf } from '../record/layer-sums.ts'
import { counted } from '../text.ts'
import type { Unavailable } from '../unavailable.ts'
import { growthOfMovedBase, hasMovedBase, type Figures } from './moved-base.ts'
import { inBranchOrder, isReplaced, momentOf, type Positions } from './order.ts'
import { nameForPoint, type Point } from './point.ts'
import { partsSince, type PartsByCause } from './trend.ts'

/** The points of a branch, and the place of the head in it. */
export interface History {
  /** Null if it is not known. */
  readonly branch: string | null
  /** In any order. */
  readonly points: readonly Point[]
  /** Whether points are left out, since the checkout does not show that the head comes from their commits. */
  readonly isCut: boolean
  readonly positions: Positions
  readonly head: { readonly commit: string | null; readonly moment: number }
  /** For each revision that rules name: its commits along first parents, the newest first. */
  readonly paths: ReadonlyMap<string, readonly string[] | Unavailable>
  /** Added to the clause that no point is on such a path. Not empty if the checkout may know only a part of the path. */
  readonly shallowAdvice: string
}

const day = 24 * 60 * 60 * 1000

/** Returns a function that answers from these points. */
export function earlierGrowthIn(history: History): AskEarlier {
  const ordered = inBranchOrder(history.points, history.positions)
  return (question) => {
    const { image, measure } = question
    const own = valueOf(question.stage, measure)
    const [name, platform] = [nameForPoint(image.name), nameForPoint(formatPlatform(image.platform))]
    const all = ordered.filter((point) => point.name === name && point.platform === platform)
    if (own !== null && isOfHead(question.since, history)) return sinceHead(question, own, all, history.head)
    const points = beforeHead(all, history, question.baseline)
    if (points.length === 0) return withoutPoints(name, platform, history, all.length === 0 ? ordered : [])
    const start = startOf(points, all, question.since, history)
    if (typeof start === 'string') return start
    const from = points[start]
    const before = from?.[measure] ?? null
    if (from === undefined || before === null) return `the trend does not know the value of ${nameOf(from)}`
    const parts = [...partsOf(points.slice(start), measure), ...lastParts(question, points, all, history.head)]
    return { commit: from.commit, moment: momentOf(from), before, byCause: sumsOf(parts) }
  }
}

/** Returns whether a rule names the very commit that was weighed, such as by a tag that was just made. */
function isOfHead(since: Since, { head, paths }: History): boolean {
  const path = since.kind === 'days' ? null : paths.get(since.revision)
  return path != null && !('why' in path) && head.commit !== null && path[0] === head.commit
}

/** Returns the growth since the commit itself: none, unless it was weighed before with another result. */
function sinceHead(
  { stage, measure }: EarlierQuestion,
  own: number,
  all: readonly Point[],
  head: History['head'],
): EarlierGrowth {
  const point = all.find(({ commit }) => commit === head.commit)
  const before = point?.[measure] ?? own
  const rebuilt = figuresOf(stage)
  const ofBase = point !== undefined && hasMovedBase(point, rebuilt) ? growthOfMovedBase(point, rebuilt, measure) : null
  const gap = own - before
  const byCause =
    ofBase === null ? { ...noGrowth, unknown: gap } : { ...noGrowth, 'base-image': ofBase, drift: gap - ofBase }
  return { commit: head.commit, moment: point ? momentOf(point) : head.moment, before, byCause, isHead: true }
}

/** Returns a clause. If the trend has only points of other images, it names them, since a name may have changed. */
function withoutPoints(name: string, platform: string, history: History, others: readonly Point[]): string {
  const names = [...new Set(others.map((point) => `${point.name} (${point.platform})`))]
  const more = names.length > 3 ? ` and ${counted(names.length - 3, 'more image')}` : ''
  const has = names.length === 0 ? '' : `; it has points of ${names.slice(0, 3).join(', ')}${more}`
  if (history.isCut && others.length === 0)
    return `no commit in ${trendName(history)} is known to come before this one${history.shallowAdvice}`
  return `${trendName(history)} has no points of ${name} (${platform}) before this commit${has}`
}

const trendName = ({ branch }: History): string => (branch === null ? 'the trend' : `the trend of branch ${branch}`)

const nameOf = (point: Point | undefined): string => point?.commit?.slice(0, 7) ?? 'that commit'

/**
 * Returns the points up to the baseline. If it has no point, returns those before its place in the branch, or if that is
 * not known, all points before the head.
 */
function beforeHead(
  points: readonly Point[],
  { head, positions }: Pick<History, 'head' | 'positions'>,
  baseline: string | null,
): readonly Point[] {
  const base = baseline === null ? -1 : points.findLastIndex(({ commit }) => commit === baseline)
  if (base !== -1) return points.slice(0, base + 1)
  const place = baseline === null ? undefined : positions.get(baseline)
  const isAbove = ({ commit }: Point): boolean =>
    place !== undefined && (positions.get(commit ?? '') ?? Infinity) <= place
  if (place !== undefined) return points.slice(0, points.findLastIndex(isAbove) + 1)
  const own = head.commit === null ? -1 : points.findIndex(({ commit }) => commit === head.commit)
  return own === -1 ? points : points.slice(0, own)
}

/** Returns the position of the earlier commit, or a clause that says why it is not known. */
function startOf(points: readonly Point[], all: readonly Point[], since: Since, history: History): number | string {
  const { head, positions, paths, shallowAdvice } = history
  if (since.kind === 'days') {
    const found = points.findLastIndex(
      (point) => momentOf(point) <= head.moment - since.days * day && !isReplaced(point, points, positions),
    )
    const first = points[0]
    return found !== -1 || first === undefined
      ? found
      : `${trendName(history)} begins on ${new Date(momentOf(first)).toISOString().slice(0, 10)}, less than ${since.days} ${since.days === 1 ? 'day' : 'days'} ago`
  }
  const path = paths.get(since.revision) ?? { why: `${since.revision} was not looked up` }
  if ('why' in path) return path.why
  if (head.commit !== null && path.includes(head.commit)) return `${since.revision} is newer than this commit`
  const places = new Map(points.map(({ commit }, place) => [commit, place]))
  for (const commit of path) {
    const place = places.get(commit)
    if (place !== undefined) return place
  }
  return all.some(({ commit }) => commit !== null && path.includes(commit))
    ? `${since.revision} is newer than what this change is compared with`
    : `${trendName(history)} has no point of ${since.revision} or of a commit before it${shallowAdvice}`
}

const partsOf = (points: readonly Point[], measure: MeasureOfTrend): readonly PartsByCause[] =>
  points.flatMap((point, position) => partsSince(points[position - 1], point, measure) ?? [])

/**
 * Returns the growth from the last point to the head. If the baseline has no point, that of the head may know its
 * causes. Otherwise, the cause of the growth from the last point to the baseline is not known, unless that is the same
 * commit on a base image that moved. Without a comparison, the cause of the whole growth is not known.
 */
function lastParts(
  { stage, change, measure, baseline }: EarlierQuestion,
  points: readonly Point[],
  all: readonly Point[],
  head: History['head'],
): readonly EarlierGrowth['byCause'][] {
  const before = points.at(-1)
  const last = before?.[measure] ?? null
  const own = all[points.length]
  const isOwn = own !== undefined && own.commit !== null && own.commit === head.commit
  if (isOwn && (!change?.before || before?.commit !== baseline)) {
    const parts = own[measure] === valueOf(stage, measure) ? partsSince(before, own, measure) : null
    if (parts !== null && everyCause.every((cause) => parts[cause] !== null)) return [parts]
  }
  const reached = change?.before ?? stage
  const from = valueOf(reached, measure)
  const gap = last === null || from === null ? null : from - last
  return [
    toReached(before, reached, measure, gap, baseline !== null && before?.commit === baseline),
    ...(change?.before ? [growthByCause(change, measure)] : []),
  ]
}

/**
 * Returns the causes of the growth from the last point to the baseline, or to the head if nothing was compared.
 *
 * @param isSame whether the point is of the same commit, so that only a rebuild made a difference
 */
function toReached(
  before: Point | undefined,
  reached: Stage,
  measure: MeasureOfTrend,
  gap: number | null,
  isSame: boolean,
): EarlierGrowth['byCause'] {
  const figures = figuresOf(reached)
  if (before === undefined || gap === null || !hasMovedBase(before, figures)) return { ...noGrowth, unknown: gap }
  const ofBase = growthOfMovedBase(before, figures, measure)
  // Steps that ran again on the new base may have given other bytes.
  if (isSame) return { ...noGrowth, 'base-image': ofBase ?? gap, drift: gap - (ofBase ?? gap) }
  return ofBase === null ? { ...noGrowth, unknown: gap } : { ...noGrowth, 'base-image': ofBase, unknown: gap - ofBase }
}

const noGrowth: EarlierGrowth['byCause'] = { change: 0, 'base-image': 0, drift: 0, unknown: 0 }

function figuresOf(stage: Stage): Figures {
  const value = (measure: MeasureOfTrend): number | null => valueOf(stage, measure)
  return {
    ...{ pull: value('pull'), unpacked: value('unpacked'), added: value('added'), layers: value('layers') },
    base: stage.base && { reference: nameForPoint(stage.base.reference), digest: stage.base.digest },
  }
}

function sumsOf(parts: readonly PartsByCause[]): EarlierGrowth['byCause'] {
  const sums = everyCause.map((cause): [Cause, number | null] => [cause, sumOf(parts.map((part) => part[cause]))])
  return Object.fromEntries(sums) as Record<Cause, number | null>
}
