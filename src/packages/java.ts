/**
 * Finds Java archives. Names and versions come from the Maven coordinates in an archive or from its file name. The
 * archives inside it are its parts.
 */
import { inflateRawSync } from 'node:zlib'
import type { Finding, Recognised } from './finding.ts'
import { forEachLine } from './lines.ts'
import type { PackagePart } from './package.ts'
import { baseOf } from './path-bytes.ts'
import { forEachZipEntry, payloadStart, type ZipEntry } from './zip.ts'

/**
 * Number of bytes to read from the end of an archive. The file list of an archive with about ten thousand files fits.
 */
const tailBytes = 1024 * 1024
/** Number of bytes to read from the start of an archive, whose first file is the manifest. */
const startBytes = 16 * 1024
/** Size limit for a `pom.properties` or a manifest, in bytes. */
const maxTextBytes = 64 * 1024
const maxParts = 5_000
const manifestName = 'META-INF/MANIFEST.MF'

/** Recognises `.jar`, `.war` and `.ear` files. Only the start and the end of a large file are read. */
export function recogniseJava(path: string, fileBytes: number): Recognised | null {
  const tailAt = Math.max(0, fileBytes - tailBytes)
  const startTo = Math.min(startBytes, tailAt)
  const ranges =
    startTo === 0
      ? [{ from: 0, to: fileBytes }]
      : [
          { from: 0, to: startTo },
          { from: tailAt, to: fileBytes },
        ]
  return {
    ranges,
    read: (pieces) =>
      javaFindings(
        path,
        pieces.map((bytes, nth) => ({ bytes, at: ranges[nth]?.from ?? 0 })),
      ),
  }
}

/** Part of the archive, and its offset in the archive. */
interface Piece {
  readonly bytes: Buffer
  readonly at: number
}

interface Coordinates {
  readonly group: string
  readonly artifact: string
  readonly entry: ZipEntry
}

function javaFindings(path: string, pieces: readonly Piece[]): readonly Finding[] | null {
  const tail = pieces.at(-1)
  if (tail === undefined) return null
  const base = withoutEnding(baseOf(path))
  const all: Coordinates[] = []
  const parts: PackagePart[] = []
  const manifests: ZipEntry[] = []
  const archiveBytes = tail.at + tail.bytes.length
  const isArchive = forEachZipEntry(tail.bytes, tail.at, (entry) => {
    if (entry.name === manifestName) manifests.push(entry)
    else if (isArchiveName(entry.name)) {
      if (parts.length < maxParts)
        parts.push({ ...nameAndVersion(withoutEnding(baseOf(entry.name))), fileBytes: entry.storedBytes })
    } else {
      const coordinates = coordinatesOf(entry)
      if (coordinates !== null && all.length < maxParts) all.push(coordinates)
    }
  })
  // The list is too long, or this is not an archive. The file name is good enough if it has a version.
  if (!isArchive) {
    const named = nameAndVersion(base)
    return named.version === null ? null : [{ ecosystem: 'maven', key: path, ...named, file: path }]
  }
  // A hostile list may name the same bytes repeatedly, or bytes that are not there.
  const areApart = parts.reduce((sum, part) => sum + (part.fileBytes ?? 0), 0) <= archiveBytes
  // An archive can contain the coordinates of other archives that were merged into it, and sometimes only those.
  const own = ownOf(all, base)
  const named = own === undefined ? nameAndVersion(base) : split(base, own.artifact.length)
  const [manifest] = manifests
  const version =
    named.version ??
    (own === undefined ? null : propertyIn(pieces, own.entry, 'version=')) ??
    (manifest === undefined ? null : propertyIn(pieces, manifest, 'Implementation-Version:'))
  return [
    {
      ecosystem: 'maven',
      key: path,
      name: own ? `${own.group}:${own.artifact}` : named.name,
      version,
      file: path,
      parts: areApart ? parts : parts.map((part) => ({ ...part, fileBytes: null })),
    },
  ]
}

/** Returns the coordinates in the path `META-INF/maven/GROUP/ARTIFACT/pom.properties`, or null for any other path. */
function coordinatesOf(entry: ZipEntry): Coordinates | null {
  if (!entry.name.startsWith('META-INF/maven/') || !entry.name.endsWith('/pom.properties')) return null
  const [, , group, artifact, last] = entry.name.split('/', 6)
  return group && artifact && last === 'pom.properties' ? { group, artifact, entry } : null
}

const isArchiveName = (name: string): boolean => name.endsWith('.jar') || name.endsWith('.war')

/** Returns the coordinates that fit the file name best: those of the artifact with the longest name. */
function ownOf(all: readonly Coordinates[], base: string): Coordinates | undefined {
  return all
    .filter(
      ({ artifact }) => base === artifact || (base.startsWith(`${artifact}-`) && isDigit(base, artifact.length + 1)),
    )
    .reduce<Coordinates | undefined>(
      (best, one) => (best === undefined || one.artifact.length > best.artifact.length ? one : best),
      undefined,
    )
}

const withoutEnding = (file: string): string => file.slice(0, file.lastIndexOf('.'))

interface Named {
  readonly name: string
  readonly version: string | null
}

const split = (base: string, at: number): Named => ({
  name: base.slice(0, at),
  version: at === base.length ? null : base.slice(at + 1),
})

/** A word that ends a version such as `1.0-beta-2.1`. Any other word before a later version belongs to the name. */
const qualifier =
  /^(?:alpha|beta|b|rc|cr|m|milestone|ga|final|release|snapshot|sp|jre|jdk|android|java|incubating)\d*$/i

/**
 * Splits the name `NAME-VERSION`. The version begins at the first digit that follows a hyphen, unless the name goes on
 * as in `log4j-1.2-api-2.17.1`. Without a version, it is null.
 */
function nameAndVersion(base: string): Named {
  for (let at = base.indexOf('-'); at !== -1; at = base.indexOf('-', at + 1))
    if (at > 0 && isDigit(base, at + 1) && !goesOn(base.slice(at + 1, at + 1 + maxVersion))) return split(base, at)
  return { name: base, version: null }
}

/** Limit for the length of a version that is looked at, in characters. */
const maxVersion = 100

/** Returns whether a word that is no qualifier is followed by another version. */
function goesOn(rest: string): boolean {
  const words = rest.split('-')
  const last = words.findLastIndex((word, at) => at > 0 && /^\d+\./.test(word))
  return words.slice(1, Math.max(1, last)).some((word) => /^[a-z]/i.test(word) && !qualifier.test(word))
}

function isDigit(text: string, at: number): boolean {
  const code = text.charCodeAt(at)
  return code >= 0x30 && code <= 0x39
}

/**
 * Returns a value from a text file in the archive. Returns null if the pieces do not contain the file, or the file does
 * not have the value.
 */
function propertyIn(
  pieces: readonly Piece[],
  { headerAt, storedBytes, isDeflated }: ZipEntry,
  beginning: string,
): string | null {
  for (const { bytes, at } of pieces) {
    const start = payloadStart(bytes, headerAt - at)
    if (start === null || start + storedBytes > bytes.length || storedBytes > maxTextBytes) continue
    const text = isDeflated
      ? inflated(bytes.subarray(start, start + storedBytes))
      : bytes.subarray(start, start + storedBytes)
    if (text !== null) return valueIn(text, beginning)
  }
  return null
}

function valueIn(text: Buffer, beginning: string): string | null {
  let value: string | null = null
  forEachLine(text, (from, to) => {
    const line = text.toString('utf8', from, Math.min(to, from + 1024))
    if (value === null && line.startsWith(beginning)) value = line.slice(beginning.length).trim()
  })
  return value
}

function inflated(bytes: Buffer): Buffer | null {
  try {
    return inflateRawSync(bytes, { maxOutputLength: maxTextBytes })
  } catch {
    return null
  }
}
