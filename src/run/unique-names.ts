/**
 * Combines records for one report. Reports, verdicts and comparisons identify an image by its name and platform, so two
 * images that share both would be confused. Pure.
 */
import { isDeepStrictEqual } from 'node:util'
import { normalisedPlatform } from '../oci/platform.ts'
import type { Footprint, Image } from '../record/footprint.ts'
import { lostTargets } from '../record/lost-targets.ts'

/** A record and the file that contains it. */
export interface RecordFile {
  /** Path of the file, with `/`. */
  readonly path: string
  readonly footprint: Footprint
}

/** A record with names for its images that are unique in the report. */
export interface NamedRecord extends RecordFile {
  /** The names of its images in the report, by their names in the record. Empty if these are the same. */
  readonly displayNames: ReadonlyMap<string, string>
}

/**
 * Gives images unique names. Two equal records count once, even if they were measured at different times. If different
 * records have an image with the same name and platform, both are shown, because a budget may fail for either. Each
 * gets the part of its file's path that differs from the other's.
 */
export function withUniqueNames(records: readonly RecordFile[]): readonly NamedRecord[] {
  const once = distinct(records)
  const images = once.flatMap((record) => record.footprint.images.map((image) => ({ record, image })))
  const shared = Map.groupBy(images, ({ image }) => keyOf(image))
  const names = new Map<string, Set<RecordFile>>()
  for (const holders of shared.values()) {
    if (new Set(holders.map(({ record }) => record)).size < 2) continue
    for (const { record, image } of holders) names.set(image.name, (names.get(image.name) ?? new Set()).add(record))
  }
  return once.map((record) => {
    const own = [...names].filter(([, holders]) => holders.has(record))
    return {
      ...record,
      displayNames: new Map(own.map(([name, holders]) => [name, `${name} (${partOf(record, [...holders])})`])),
    }
  })
}

/** Returns the images with their names in the report: one for each of these records that has an image with the name. */
export function withDisplayNames(
  footprint: Footprint,
  records: readonly Pick<NamedRecord, 'displayNames'>[],
): Footprint {
  const images = footprint.images.flatMap((image) => {
    const names = records.flatMap(({ displayNames }) => displayNames.get(image.name) ?? [])
    return names.length === 0 ? [image] : names.map((name) => ({ ...image, name }))
  })
  return { ...footprint, images }
}

/** Returns all images in one footprint, in the order of the records. */
export function joinRecords(records: readonly NamedRecord[]): Footprint {
  const several = records.flatMap(({ displayNames }) => [...displayNames.keys()])
  const notes = [...new Set(several)].map(
    (name) =>
      `Several records are of ${name} on the same platform: the names of their files distinguish them here. Give each a name of its own (input name).`,
  )
  const shown = records.map((record) => withDisplayNames(record.footprint, [record]))
  const weighed = new Set(shown.flatMap(({ images }) => images.map(({ name }) => name)))
  const lost = records.flatMap(({ footprint, path }) =>
    lostTargets(footprint).map((name) => (weighed.has(name) ? `${name} (${path})` : name)),
  )
  return { ...joinFootprints(shown, notes), ...(lost.length === 0 ? {} : { unweighedTargets: [...new Set(lost)] }) }
}

/** Returns the images, notes and lost targets of several footprints as one. Equal ones are given once. */
export function joinFootprints(footprints: readonly Footprint[], notes: readonly string[] = []): Footprint {
  const lost = new Set(footprints.flatMap(lostTargets))
  return {
    schemaVersion: 1,
    notes: [...new Set([...footprints.flatMap((footprint) => footprint.notes ?? []), ...notes])],
    images: footprints.flatMap(({ images }) => images),
    ...(lost.size === 0 ? {} : { unweighedTargets: [...lost] }),
  }
}

/** Returns the first of each set of equal records. A run that was started again measured the same at another time. */
function distinct(records: readonly RecordFile[]): readonly RecordFile[] {
  const kept: RecordFile[] = []
  // Records with equal image names and layers. Only these are compared with each other.
  const alike = new Map<string, unknown[]>()
  for (const record of records) {
    const { images } = record.footprint
    const key = JSON.stringify(
      images.map((image) => [keyOf(image), image.stages.map(({ layers }) => layers.map(({ diffId }) => diffId))]),
    )
    const content = untimed(record.footprint)
    const others = alike.get(key) ?? []
    if (others.some((other) => isDeepStrictEqual(other, content))) continue
    alike.set(key, [...others, content])
    kept.push(record)
  }
  return kept
}

const untimed = ({ revision, ...rest }: Footprint): unknown => ({
  ...rest,
  revision: revision && { ...revision, weighedAt: null },
})

const keyOf = ({ name, platform }: Image): string => JSON.stringify([name, normalisedPlatform(platform)])

/** Returns the part of the path that the others do not have: the artifact's folder or the file's name. */
function partOf({ path }: RecordFile, all: readonly RecordFile[]): string {
  const paths = all.map((record) => record.path.split('/'))
  const shared = (from: (parts: readonly string[], nth: number) => string | undefined): number => {
    const maxCount = Math.min(...paths.map(({ length }) => length)) - 1
    let count = 0
    while (count < maxCount && new Set(paths.map((parts) => from(parts, count))).size === 1) count++
    return count
  }
  const start = shared((parts, nth) => parts[nth])
  const end = shared((parts, nth) => parts[parts.length - 1 - nth])
  const labels = paths.map((parts) =>
    parts
      .slice(start, Math.max(start + 1, parts.length - end))
      .join('/')
      .replace(/(?:\.record)?\.json$/, ''),
  )
  const label = labels[all.findIndex((record) => record.path === path)] ?? ''
  return label !== '' && new Set(labels).size === labels.length ? label : path
}
