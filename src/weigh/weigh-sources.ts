/** Weighs several SOURCEs as one footprint, for the action's input `images`. */
import { formatPlatform } from '../oci/platform.ts'
import type { Footprint, Image } from '../record/footprint.ts'
import { readSourceOrRecord, type ReadOptions } from './read-source-or-record.ts'

/**
 * Weighs one source after the other. A layer that was read before is not read again. An image is named by its
 * repository, or by its source as written if two sources have an image with that name and platform.
 *
 * @throws FootprintError as `readSourceOrRecord` does, for the first source that cannot be weighed
 */
export async function weighImages(sources: readonly string[], options: ReadOptions): Promise<Footprint> {
  const read: { readonly source: string; readonly footprint: Footprint }[] = []
  for (const source of sources) read.push({ source, footprint: await readSourceOrRecord(source, options) })
  const ambiguous = ambiguousNames(read.map(({ footprint }) => footprint.images))
  return {
    schemaVersion: 1,
    notes: notesOf(read),
    images: read.flatMap(({ source, footprint }) =>
      footprint.images.map((image) => (ambiguous.has(image.name) ? { ...image, name: source } : image)),
    ),
  }
}

function ambiguousNames(sources: readonly (readonly Image[])[]): ReadonlySet<string> {
  const found = new Set<string>()
  const ambiguous = new Set<string>()
  for (const { name, platform } of sources.flat()) {
    const key = JSON.stringify([name, formatPlatform(platform)])
    if (found.has(key)) ambiguous.add(name)
    found.add(key)
  }
  return ambiguous
}

/** Returns the notes. A note of all sources is given once; any other note names its source. */
function notesOf(read: readonly { readonly source: string; readonly footprint: Footprint }[]): string[] {
  const all = read.map(({ footprint }) => footprint.notes ?? [])
  const isCommon = (note: string): boolean => all.every((notes) => notes.includes(note))
  return [
    ...new Set(
      read.flatMap(({ source, footprint }) =>
        (footprint.notes ?? []).map((note) => (isCommon(note) ? note : `${source}: ${note}`)),
      ),
    ),
  ]
}
