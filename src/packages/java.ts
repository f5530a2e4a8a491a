/** Java archives: Maven's coordinates in them or in their names, and the archives that they hold. */
import { inflateRawSync } from 'node:zlib'
import type { Finding, Recognised } from './finding.ts'
import { forEachLine } from './lines.ts'
import type { PackagePart } from './package.ts'
import { baseOf } from './path-bytes.ts'
import { forEachZipEntry, payloadStart, type ZipEntry } from './zip.ts'

/** What the list of an archive takes: some ten thousand files. Bytes. */
const tailBytes = 1024 * 1024
/** The manifest is the first file of an archive. Bytes. */
const startBytes = 16 * 1024
/** Of a `pom.properties` or manifest as it is read. Bytes. */
const longestText = 64 * 1024
const mostParts = 5_000
const manifestName = 'META-INF/MANIFEST.MF'

/** `.jar`, `.war`, `.ear`. Of a large one the start and the end are read. */
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
    read: (pieces) => {
      const tail = pieces.at(-1)
      return tail === undefined
        ? null
        : javaFindings(
            path,
            pieces.map((bytes, nth) => ({ bytes, at: ranges[nth]?.from ?? 0 })),
          )
    },
  }
}

/** Bytes of the archive, and where in it they begin. */
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
      if (parts.length < mostParts) parts.push({ ...nameAndVersion(baseOf(entry.name)), fileBytes: entry.storedBytes })
    } else {
      const told = coordinatesOf(entry)
      if (told !== null && all.length < mostParts) all.push(told)
    }
  })
  // Too long a list, or no archive: the name has to do where it tells a version.
  if (!isArchive) return named.version === null ? null : [{ ecosystem: 'maven', key: path, ...named, file: path }]
  // Lists may tell of the same bytes over and over, or of some that are not there.
  const areApart = parts.reduce((sum, part) => sum + (part.fileBytes ?? 0), 0) <= archiveBytes
  // Archives that were merged into it have coordinates, too, and may be the only ones that do.
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

/** `META-INF/maven/GROUP/ARTIFACT/pom.properties`. */
function coordinatesOf(entry: ZipEntry): Coordinates | null {
  if (!entry.name.startsWith('META-INF/maven/') || !entry.name.endsWith('/pom.properties')) return null
  const [, , group, artifact, last] = entry.name.split('/', 6)
  return group && artifact && last === 'pom.properties' ? { group, artifact, entry } : null
}

const isArchiveName = (name: string): boolean => name.endsWith('.jar') || name.endsWith('.war')

/** `NAME-VERSION.jar`: the version begins with the first digit that follows a hyphen, where a version can be. */
export function nameAndVersion(file: string): { readonly name: string; readonly version: string | null } {
  const base = file.slice(0, file.lastIndexOf('.'))
  for (let at = base.indexOf('-'); at !== -1; at = base.indexOf('-', at + 1)) {
    const next = base.charCodeAt(at + 1)
    if (at > 0 && next >= 0x30 && next <= 0x39) return { name: base.slice(0, at), version: base.slice(at + 1) }
  }
  return { name: base, version: null }
}

/** A value in a text file of the archive; null where that is not in the pieces, or does not tell it. */
function propertyIn(
  pieces: readonly Piece[],
  { headerAt, storedBytes, isDeflated }: ZipEntry,
  beginning: string,
): string | null {
  for (const { bytes, at } of pieces) {
    const start = payloadStart(bytes, headerAt - at)
    if (start === null || start + storedBytes > bytes.length || storedBytes > longestText) continue
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
    return inflateRawSync(bytes, { maxOutputLength: longestText })
  } catch {
    return null
  }
}
