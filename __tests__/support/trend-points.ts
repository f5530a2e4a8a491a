/** A history made by hand: records of commits whose growth is known. */
import type { Footprint, Layer } from '../../src/record/footprint.ts'
import { pointMaker } from '../../src/trend/make-points.ts'
import { pointCollector } from '../../src/trend/collect-points.ts'
import type { Point } from '../../src/trend/point.ts'
import { footprintOf, imageOf, stageOf, type Step } from './footprints.ts'

/** Hashes that differ in their first digits, which are the ones that reports show. */
export const hash = (nth: number): string => nth.toString(16).padStart(7, '0').padEnd(40, 'a')

export const day = 24 * 60 * 60 * 1000
export const start = Date.UTC(2026, 0, 1)

export interface CommitOf {
  /** Bytes to pull of what the application copies. If this differs, the commit changed it. */
  readonly app: number
  /** The image that `python:3.13-slim` names on that day, and its bytes to pull. */
  readonly base?: readonly [digest: string, size: number]
  /** Bytes to pull of a step without inputs. If this differs, it is drift. */
  readonly install?: number
  readonly branch?: string | null
  readonly name?: string
  readonly time?: number
  readonly mediaType?: string
}

/** Each layer has ten times as many bytes unpacked as to pull. */
function sized(size: number): Partial<Layer> {
  return { compressedSize: size, uncompressedSize: 10 * size, fileBytes: 10 * size }
}

export function recordAt(nth: number, commit: CommitOf): Footprint {
  const { app, base = ['python-1', 30_000_000], install = 5_000_000 } = commit
  const { branch = 'main', name = 'app', time = start + nth * day, mediaType } = commit
  const steps: readonly Step[] = [
    ['RUN install', `installed ${install}`, sized(install)],
    ['COPY . .', `app ${app}`, { ...sized(app), ...(mediaType === undefined ? {} : { mediaType }) }],
  ]
  const made = stageOf({ name: 'run', base: ['python:3.13-slim', base[0], `layer of ${base[0]}`], steps })
  const layers = made.layers.map((layer) => (layer.origin === 'base' ? { ...layer, ...sized(base[1]) } : layer))
  const sum = (pick: (layer: Layer) => number | null): number => layers.reduce((all, one) => all + (pick(one) ?? 0), 0)
  const totals = {
    ...made.totals,
    compressedSize: sum(({ compressedSize }) => compressedSize),
    uncompressedSize: sum(({ uncompressedSize }) => uncompressedSize),
    fileBytes: sum(({ fileBytes }) => fileBytes),
  }
  return {
    ...footprintOf([imageOf([{ ...made, layers, totals }], { name })]),
    revision: { repository: 'github.com/octo/app', commit: hash(nth), branch, weighedAt: time, settings: '{}' },
  }
}

/** Returns the points of these commits, in order. */
export function pointsOf(commits: readonly CommitOf[]): readonly Point[] {
  const maker = pointMaker([])
  return commits.flatMap((commit, nth) => maker.add(recordAt(nth + 1, commit)))
}

/** Returns the points in a text, and which lines are none. */
export function parsePoints(text: string): {
  readonly points: readonly Point[]
  readonly firstBadLine: number | null
  readonly badLines: number
} {
  const points = new Map<string, Point>()
  const collector = pointCollector(points)
  collector.take(Buffer.from(text))
  const bad = collector.end()
  return { points: [...points.values()], ...bad }
}
