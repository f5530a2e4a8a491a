/** Makes the points of a trend from files, folders and standard input, which contain points and records. */
import { pointMaker } from './make-points.ts'
import { inBranchOrder, unknownOrder, type BranchOrder } from './order.ts'
import { otherImageNotes } from './other-images.ts'
import { pointKeyOf, type Point } from './point.ts'
import { TrendSources, type TrendLimits } from './trend-sources.ts'

/** The points of a trend. */
export interface TrendPoints {
  /** All points, each once. */
  readonly points: readonly Point[]
  /** The points that come from records and were not among the lines. */
  readonly added: readonly Point[]
  /** The order of the commits in their branches. */
  readonly orderOf: BranchOrder
  /** Sentences about what was skipped. */
  readonly notes: readonly string[]
}

/** How points and records are read. */
export interface TrendSetting {
  /** Reads standard input to its end, up to this number of bytes. */
  readonly readStdin: (maxBytes: number) => Promise<Buffer>
  /** Returns the order of the commits in these branches. By default it is not known. */
  readonly findOrder?: (branches: ReadonlySet<string | null>) => Promise<BranchOrder>
  readonly limits?: Partial<TrendLimits>
}

const usualLimits: TrendLimits = { bytes: 64_000_000, entries: 50_000 }

/**
 * Reads points and records.
 *
 * @param sources files of records or of points, folders of both, or `-` for standard input
 * @throws FootprintError UNREADABLE_INPUT if a named file cannot be read or is neither, or if the total is too large
 */
export async function readTrend(sources: readonly string[], setting: TrendSetting): Promise<TrendPoints> {
  const read = new TrendSources({ ...usualLimits, ...setting.limits }, setting.readStdin)
  for (const source of sources) await read.add(source)
  const known = [...read.lines.values()]
  const branches = new Set([...known, ...read.records].map(({ branch }) => branch))
  const orderOf = (await setting.findOrder?.(branches)) ?? unknownOrder
  const { added, notes } = await addRecords(read, known, orderOf)
  return { points: [...known, ...added], added, orderOf, notes: [...read.notes, ...notes] }
}

/** Makes the points of the records, in the order of their branches, because each is compared with the one before. */
async function addRecords(
  read: TrendSources,
  known: readonly Point[],
  orderOf: BranchOrder,
): Promise<Pick<TrendPoints, 'added' | 'notes'>> {
  const maker = pointMaker(known, orderOf)
  const points = new Map(read.lines)
  const added: Point[] = []
  const notes: string[] = []
  for (const [branch, ofBranch] of Map.groupBy(read.records, (record) => record.branch))
    for (const { path } of inBranchOrder(ofBranch, orderOf(branch))) {
      const record = await read.recordAt(path)
      notes.push(...otherImageNotes(record, points).map((note) => `${path} was left out: ${note}`))
      for (const point of maker.add(record)) {
        added.push(point)
        points.set(pointKeyOf(point), point)
      }
    }
  return { added, notes }
}
