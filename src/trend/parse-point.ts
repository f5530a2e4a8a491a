/**
 * Validates points. The checks are written by hand: a schema library makes several objects for each value, which took
 * half of the memory of a trend of 10,000 points.
 */
import { digestPattern } from '../oci/digest.ts'
import { parseJson } from '../files.ts'
import { everyCause } from '../budget/measure.ts'
import {
  maxGrownLength,
  maxLineLength,
  maxNameLength,
  maxSubjectLength,
  maxVersionLength,
  maxGrown,
  type Grown,
  type GrowthParts,
  type Point,
} from './point.ts'

const latestMoment = 253_402_300_799_999
const commitPattern = /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/

/** What is wrong with a line is not reported, so that this needs no message. */
class NoPoint extends Error {}

/** Returns an equal text, the same one for each call, so that a text which many points share is in memory once. */
export type Once = (text: string) => string

/** Returns the point in a line. Null if the line is not a point of a version that this program reads. */
export function parsePoint(line: string, once: Once = (text) => text): Point | null {
  if (line.length > maxLineLength) return null
  try {
    return pointIn(parseJson(line), once)
  } catch (error) {
    if (error instanceof NoPoint) return null
    throw error
  }
}

function pointIn(value: unknown, once: Once): Point {
  const fields = fieldsOf(value)
  if (fields['schemaVersion'] !== 1) throw new NoPoint()
  const { commit, branch, base, growth, committed, subject, grown } = fields
  return {
    schemaVersion: 1,
    time: momentIn(fields['time']),
    ...(committed === undefined ? {} : { committed: committed === null ? null : momentIn(committed) }),
    commit: commit === null ? null : matching(commit, commitPattern),
    branch: branch === null ? null : once(nameIn(branch)),
    name: once(nameIn(fields['name'])),
    platform: once(nameIn(fields['platform'])),
    pull: sizeIn(fields['pull']),
    unpacked: sizeIn(fields['unpacked']),
    added: sizeIn(fields['added']),
    layers: sizeIn(fields['layers']),
    base: base === null ? null : baseIn(base, once),
    growth: growth === null ? null : growthIn(growth),
    ...(subject === undefined ? {} : { subject: textIn(subject, maxSubjectLength) }),
    ...(grown === undefined ? {} : { grown: grownIn(grown, once) }),
  }
}

type Fields = Readonly<Record<string, unknown>>

function fieldsOf(value: unknown): Fields {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new NoPoint()
  return value as Fields
}

function baseIn(value: unknown, once: Once): NonNullable<Point['base']> {
  const { reference, digest } = fieldsOf(value)
  return {
    reference: once(nameIn(reference)),
    digest: digest === null ? null : once(matching(digest, digestPattern)),
  }
}

function growthIn(value: unknown): NonNullable<Point['growth']> {
  const { pull, unpacked, added, layers } = fieldsOf(value)
  return { pull: partsIn(pull), unpacked: partsIn(unpacked), added: partsIn(added), layers: partsIn(layers) }
}

function grownIn(value: unknown, once: Once): readonly Grown[] {
  if (!Array.isArray(value) || value.length > maxGrown) throw new NoPoint()
  return value.map((one: unknown) => {
    const { cause, name, before, after, growth } = fieldsOf(one)
    const bytes = partIn(growth)
    const known = everyCause.find((known) => known === cause)
    if (known === undefined || bytes === null) throw new NoPoint()
    const version = (text: unknown): string | null => (text === null ? null : once(textIn(text, maxVersionLength)))
    return {
      ...{ cause: known, name: once(textIn(name, maxGrownLength)) },
      ...{ before: version(before), after: version(after), growth: bytes },
    }
  })
}

const noGrowth: GrowthParts = [0, 0, 0, 0]

function partsIn(value: unknown): GrowthParts {
  if (!Array.isArray(value) || value.length !== 4) throw new NoPoint()
  const [change, base, drift, unknown] = value as readonly unknown[]
  if (change === 0 && base === 0 && drift === 0 && unknown === 0) return noGrowth
  return [partIn(change), partIn(base), partIn(drift), partIn(unknown)]
}

function partIn(value: unknown): number | null {
  if (value === null || (typeof value === 'number' && Number.isSafeInteger(value))) return value
  throw new NoPoint()
}

function sizeIn(value: unknown): number | null {
  const size = partIn(value)
  if (size !== null && size < 0) throw new NoPoint()
  return size
}

function momentIn(value: unknown): number {
  if (typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= latestMoment) return value
  throw new NoPoint()
}

const nameIn = (value: unknown): string => textIn(value, maxNameLength)

function textIn(value: unknown, maxLength: number): string {
  if (typeof value === 'string' && value.length <= maxLength) return value
  throw new NoPoint()
}

function matching(value: unknown, pattern: RegExp): string {
  if (typeof value === 'string' && pattern.test(value)) return value
  throw new NoPoint()
}
