/** Reads what `compare` and `baseline` accept: a record, or a SOURCE that can be weighed. */
import { FootprintError } from '../errors.ts'
import { parseSource } from '../images/parse-source.ts'
import { matchesAny, parsePlatforms } from '../images/platforms.ts'
import { recognisePath } from '../images/recognise-path.ts'
import { formatPlatform } from '../oci/platform.ts'
import type { Footprint } from '../record/footprint.ts'
import { readRecordFile } from './read-record-file.ts'
import { inspectSource, type InspectOptions } from './weigh-source.ts'

/** Options for reading a record or weighing a SOURCE. */
export interface ReadOptions extends InspectOptions {
  /** Reads standard input to its end, for `-`, up to this number of bytes. */
  readonly readStdin: (maxBytes: number) => Promise<Buffer>
}

/**
 * Returns the footprint of a record or a SOURCE. `-` is a record on standard input, a JSON file is a record, and
 * everything else is a SOURCE. Only the requested platforms are in it.
 *
 * @throws FootprintError as `readRecordFile` and `inspectSource` do; UNREADABLE_INPUT if a record has no image for the
 * requested platforms
 */
export async function readSourceOrRecord(text: string, options: ReadOptions): Promise<Footprint> {
  if (text === '-') return ofPlatforms(await readRecordFile(text, options.readStdin), options, text)
  const source = parseSource(text)
  if (source.kind !== 'path' || (await recognisePath(source.path, options.signal)) !== 'record') {
    return inspectSource(source, options)
  }
  return ofPlatforms(await readRecordFile(source.path, options.readStdin), options, source.path)
}

/** Returns a footprint with the images for the requested platforms only. */
function ofPlatforms(footprint: Footprint, { platform }: ReadOptions, path: string): Footprint {
  const wanted = parsePlatforms(platform)
  const images = footprint.images.filter((image) => matchesAny(image.platform, wanted))
  if (images.length > 0 || footprint.images.length === 0) return { ...footprint, images }
  const known = [...new Set(footprint.images.map((image) => formatPlatform(image.platform)))].join(', ')
  throw new FootprintError(
    'UNREADABLE_INPUT',
    `the record ${path === '-' ? 'on standard input' : path} has no image for ${wanted.map(formatPlatform).join(', ')}: it has ${known}`,
  )
}
