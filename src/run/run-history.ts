/** The trend of a run: reads the points of its branch, adds those of this commit, and answers rules with `since`. */
import { wantedRecord, type Baseline } from '../base/find-baseline.ts'
import { openRecordStore } from '../base/record-store.ts'
import { sinceRevisions } from '../budget/since.ts'
import { Cancelled, messageOf } from '../errors.ts'
import { exists } from '../files.ts'
import { openBranches, type Branches } from '../git/branch-order.ts'
import type { CheckoutRequest } from '../git/checkout.ts'
import { formatPlatform } from '../oci/platform.ts'
import type { Footprint } from '../record/footprint.ts'
import { appendPoints } from '../trend/append-points.ts'
import { earlierGrowthIn } from '../trend/earlier.ts'
import { refuseLinksIn } from '../trend/linked-place.ts'
import { pointMaker } from '../trend/make-points.ts'
import type { BranchOrder } from '../trend/order.ts'
import { otherImageNotes } from '../trend/other-images.ts'
import { nameForPoint, pointKeyOf, type Point } from '../trend/point.ts'
import { readTrend } from '../trend/read-trend.ts'
import { trendOf, type Trend } from '../trend/trend.ts'
import type { Unavailable } from '../unavailable.ts'
import type { CountingRules } from './budgets.ts'
import { findBranchOrder } from './find-branch-order.ts'
import type { ReportHistory } from './make-report.ts'

/** Where a trend is, and what is done with it. */
export interface HistoryRequest {
  /** A file or folder. It need not exist. */
  readonly place: string
  /** The branches that the report may be about, the best first. */
  readonly branches: readonly string[]
  /** Whether this run adds the points of its commit. */
  readonly adds: boolean
  /** Folder of stored records, from which the causes of growth are found. Null if there is none. */
  readonly recordFolder: string | null
  /** The checkout of a workflow run, in which anybody may have put links. Null for the user's own files. */
  readonly workspace: string | null
  readonly checkout: CheckoutRequest
}

/** What a run knows of its trend. */
export interface RunHistory extends ReportHistory {
  /** Points that are not in the trend yet. */
  readonly added: readonly Point[]
  /** The trend for a badge, also if it has only one point. Null if this run adds nothing. */
  readonly latest: Trend | null
  /** Sentences without a full stop: what was skipped, or why there is no trend. */
  readonly notes: readonly string[]
}

/** Returns what is known of the trend. An unreadable trend becomes a note, because the report does not depend on it. */
export async function readHistory(
  footprint: Footprint,
  baseline: Baseline,
  rules: CountingRules | null,
  request: HistoryRequest,
): Promise<RunHistory> {
  try {
    return await historyOf(footprint, baseline, rules, request)
  } catch (error) {
    if (error instanceof Cancelled) throw error
    const why = messageOf(error)
    return {
      trend: null,
      latest: null,
      added: [],
      notes: [`the trend cannot be used: ${why}`],
      askEarlier: () => `the trend cannot be used: ${why}`,
    }
  }
}

async function historyOf(
  footprint: Footprint,
  baseline: Baseline,
  rules: CountingRules | null,
  request: HistoryRequest,
): Promise<RunHistory> {
  if (request.workspace !== null) await refuseLinksIn(request.workspace, request.place)
  const opened = await openBranches(request.checkout)
  const base = baseline.found?.origin.commit ?? null
  const {
    points: known,
    notes,
    orderOf,
  } = await readTrend((await exists(request.place)) ? [request.place] : [], {
    readStdin: () => Promise.reject(new RangeError('a file or folder is read')),
    findOrder: (branches) => {
      const wanted = request.branches.filter((branch) => branches.has(branch))
      // Any branch may have the baseline.
      return findBranchOrder(opened, wanted.length > 0 && base === null ? new Set(wanted) : branches)
    },
  })
  const added = request.adds ? await newPoints(footprint, baseline, known, orderOf, request) : []
  const all = [...known, ...added]
  const { revision } = footprint
  const branch = branchOf(all, request.branches, {
    head: revision?.commit ?? null,
    base,
    own: revision?.branch ?? null,
  })
  const ofBranch = all.filter((point) => point.branch === branch)
  const head = baseline.found === null ? revision?.branch : baseline.found.origin.reference
  const isOfBranch =
    [head, baseline.found?.footprint.revision?.branch].includes(branch) ||
    ofBranch.some(({ commit }) => commit !== null && commit === base)
  // Otherwise, what is newer than where the head began does not count.
  const points = isOfBranch ? ofBranch : await pointsBelow(ofBranch, revision?.commit ?? null, opened)
  const trend = trendOf(
    points.filter((point) => isOfReport(point, footprint)),
    { measure: 'pull', creepLimit: null },
    orderOf,
  )
  const series = trend.series.filter((one) => one.points.length > 1)
  return {
    trend: series.length === 0 ? null : { ...trend, series },
    latest: request.adds ? trend : null,
    added,
    notes: [
      ...notes,
      ...(request.adds ? otherImageNotes(footprint, new Map(known.map((point) => [pointKeyOf(point), point]))) : []),
    ],
    askEarlier: earlierGrowthIn({
      branch,
      points,
      isCut: points.length < ofBranch.length,
      positions: orderOf(branch),
      head: { commit: revision?.commit ?? null, moment: revision?.weighedAt ?? Date.now() },
      paths: await pathsOf(rules, opened),
      shallowAdvice: 'why' in opened ? '' : opened.shallowAdvice,
    }),
  }
}

/**
 * Adds the points to the trend.
 *
 * @returns a sentence without a full stop that says why they could not be written, or null
 */
export async function keepPoints(place: string, points: readonly Point[]): Promise<string | null> {
  try {
    await appendPoints(place, points)
    return null
  } catch (error) {
    return messageOf(error)
  }
}

/**
 * Returns the points of this commit, and of stored records since the last point. The records that are compared for the
 * causes are the stored ones, or the baseline of this run.
 */
async function newPoints(
  footprint: Footprint,
  { found }: Baseline,
  known: readonly Point[],
  orderOf: BranchOrder,
  { recordFolder }: HistoryRequest,
): Promise<readonly Point[]> {
  const { revision } = footprint
  const branch = revision?.branch ?? null
  if (revision === undefined || branch === null) return []
  const maker = pointMaker(known, orderOf)
  const ofBranch = known.filter((point) => point.branch === branch && isOfReport(point, footprint))
  const added: Point[] = []
  const base = found?.origin.commit ?? null
  const its = ofBranch.find(({ commit }) => base !== null && commit === base)
  // A point of the baseline exists already, so this adds none.
  if (found !== null && its !== undefined)
    maker.add({
      ...found.footprint,
      revision: { ...revision, commit: its.commit, weighedAt: its.time, committedAt: its.committed ?? null },
    })
  const last = ofBranch.reduce((latest, { time }) => Math.max(latest, time), 0)
  if (recordFolder !== null) {
    const wanted = wantedRecord(footprint, revision.repository ?? null)
    for await (const record of openRecordStore(recordFolder).ofBranchSince(branch, wanted, last))
      if (record.revision?.commit !== revision.commit) added.push(...maker.add(record))
  }
  return [...added, ...maker.add(footprint)]
}

function isOfReport({ name, platform }: Point, { images }: Footprint): boolean {
  return images.some(
    (image) => nameForPoint(image.name) === name && nameForPoint(formatPlatform(image.platform)) === platform,
  )
}

/**
 * Returns the first of the branches that has a point of the baseline, or else of any commit but the head. If there is
 * none, but only one branch of the trend has such points, returns that branch.
 */
function branchOf(
  points: readonly Point[],
  branches: readonly string[],
  { head, base, own }: { readonly head: string | null; readonly base: string | null; readonly own: string | null },
): string | null {
  const ofBase = new Set(points.filter(({ commit }) => base !== null && commit === base).map(({ branch }) => branch))
  const earlier = new Set(points.filter(({ commit }) => commit !== head || head === null).map(({ branch }) => branch))
  const [only = null] = earlier
  return (
    branches.find((branch) => ofBase.has(branch)) ??
    // The baseline may be named by a commit, or as a branch of the remote.
    [...ofBase].find((branch) => branch !== null) ??
    branches.find((branch) => earlier.has(branch)) ??
    (earlier.size === 1 ? only : (own ?? branches[0] ?? null))
  )
}

/** Returns the points of commits that a commit comes from. None if that is not known. */
async function pointsBelow(
  points: readonly Point[],
  head: string | null,
  opened: Branches | Unavailable,
): Promise<readonly Point[]> {
  if (head === null || 'why' in opened) return []
  const commits = new Set(await opened.ancestorsOf(head))
  return points.filter(({ commit }) => commit !== null && commits.has(commit))
}

/** Limit for the revisions that rules name: each may be a search through the whole history. */
const maxRevisions = 20

async function pathsOf(
  rules: CountingRules | null,
  opened: Branches | Unavailable,
): Promise<ReadonlyMap<string, readonly string[] | Unavailable>> {
  const paths = new Map<string, readonly string[] | Unavailable>()
  for (const revision of sinceRevisions(rules?.rules ?? [])) {
    if ('why' in opened) paths.set(revision, { why: `${revision} cannot be looked up outside of a Git checkout` })
    else if (paths.size >= maxRevisions)
      paths.set(revision, {
        why: `the rules name more than ${maxRevisions} revisions, and ${revision} is not looked up`,
      })
    else paths.set(revision, await opened.pathTo(revision))
  }
  return paths
}
