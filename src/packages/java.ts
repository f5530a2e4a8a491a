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
  const named = nameAndVersion(baseOf(path))
  const all: Coordinates[] = []
  const parts: PackagePart[] = []
  const manifests: ZipEntry[] = []
  const archiveBytes = tail.at + tail.bytes.length
  const isArchive = forEachZipEntry(tail.bytes, tail.at, (entry) => {
    if (entry.name === manifestName) manifests.push(entry)
    else if (isArchiveName(entry.name)) {
      if (parts.length < maxParts) parts.push({ ...nameAndVersion(baseOf(entry.name)), fileBytes: entry.storedBytes })
    } else {
      const coordinates = coordinatesOf(entry)
      if (coordinates !== null && all.length < maxParts) all.push(coordinates)
    }
  })
  // The list is too long, or this is not an archive. The file name is good enough if it has a version.
  if (!isArchive) return named.version === null ? null : [{ ecosystem: 'maven', key: path, ...named, file: path }]
  // A hostile list may name the same bytes repeatedly, or bytes that are not there.
  const areApart = parts.reduce((sum, part) => sum + (part.fileBytes ?? 0), 0) <= archiveBytes
  // An archive can contain the coordinates of other archives that were merged into it, and sometimes only those.
  const own = all.find(({ artifact }) => artifact === named.name)
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

/**
 * Splits the file name `NAME-VERSION.jar`. The version begins at the first digit that follows a hyphen. Without one,
 * the version is null.
 */
function nameAndVersion(file: string): { readonly name: string; readonly version: string | null } {
  const base = file.slice(0, file.lastIndexOf('.'))
  for (let at = base.indexOf('-'); at !== -1; at = base.indexOf('-', at + 1)) {
    const next = base.charCodeAt(at + 1)
    if (at > 0 && next >= 0x30 && next <= 0x39) return { name: base.slice(0, at), version: base.slice(at + 1) }
  }
  return { name: base, version: null }
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
