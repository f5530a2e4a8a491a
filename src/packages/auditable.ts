/** Reads the list of crates that `cargo auditable` writes into each Rust program (its section `.dep-v0`). */
import { inflateSync, constants } from 'node:zlib'
import type { Finding } from './finding.ts'
import { jsonOf, propertyOf } from './lines.ts'
import type { PackagePart } from './package.ts'
import { baseOf } from './path-bytes.ts'

/** Limit for the list as JSON, in bytes. That of a program with 400 crates takes 50 kB. */
const maxListBytes = 4 * 1024 * 1024
/** The first byte of zlib data. The first two bytes as a number are a multiple of `headMultiple` (RFC 1950). */
const zlibHead = 0x78
const headMultiple = 31
/** Flag of data that needs a dictionary. */
const needsDictionary = 0x20
/** How the list begins. */
const beginning = Buffer.from('{"packages":[')
/** Number of bytes that are enough to inflate the beginning, and limit for what they inflate to. */
const probeBytes = 256
const probeLimit = 64 * 1024
/** Number of bytes in which the list may begin. There are only a few hundred bytes of `.comment` before it. */
const startBytes = 4096
/** Limit for the places that are tried. In bytes without a pattern, one place in 16 KiB looks like zlib data. */
const maxTries = 8

/**
 * Returns the program as a package, if a list of crates begins in these bytes. Its name and version are those of its
 * root crate. The crates that it was linked with are its parts.
 *
 * @param bytes the part of the program where the list is. It is searched, because only the end of the program says where
 * @param path path of the program in the layer
 * @param fileBytes size of the program, in bytes. A list that would be larger is not inflated
 * @returns null if there is no list, or if it is damaged
 */
export function auditableFindings(bytes: Buffer, path: string, fileBytes: number): readonly Finding[] | null {
  const at = listAt(bytes)
  if (at === null) return null
  const list = inflated(bytes.subarray(at), Math.min(fileBytes, maxListBytes), constants.Z_FINISH)
  return list === null ? null : crateFindings(list, path)
}

/** Returns the offset of zlib data that inflates to a list of crates. */
function listAt(bytes: Buffer): number | null {
  const starts = bytes.subarray(0, startBytes)
  let tries = 0
  for (let at = starts.indexOf(zlibHead); at !== -1; at = starts.indexOf(zlibHead, at + 1)) {
    const flags = bytes[at + 1] ?? 0
    if ((zlibHead * 0x100 + flags) % headMultiple !== 0 || (flags & needsDictionary) !== 0) continue
    if (tries === maxTries) return null
    tries += 1
    const start = inflated(bytes.subarray(at, at + probeBytes), probeLimit, constants.Z_SYNC_FLUSH)
    if (start?.subarray(0, beginning.length).equals(beginning) === true) return at
  }
  return null
}

/** Inflates zlib data, and ignores bytes behind it. Returns null if it is damaged or larger than the limit. */
function inflated(bytes: Buffer, maxOutputLength: number, finishFlush: number): Buffer | null {
  try {
    return inflateSync(bytes, { maxOutputLength, finishFlush })
  } catch {
    return null
  }
}

function crateFindings(list: Buffer, path: string): readonly Finding[] | null {
  const packages = propertyOf(parsed(list), 'packages')
  if (!Array.isArray(packages)) return null
  const parts: PackagePart[] = []
  let root: PackagePart | null = null
  for (const entry of packages as readonly unknown[]) {
    const [name, version] = [propertyOf(entry, 'name'), propertyOf(entry, 'version')]
    if (typeof name !== 'string' || name === '') continue
    const crate = { name, version: typeof version === 'string' ? version : null, fileBytes: null }
    if (propertyOf(entry, 'root') === true) root = crate
    // Crates of build scripts and macros are not in the program.
    else if (propertyOf(entry, 'kind') !== 'build') parts.push(crate)
  }
  if (root === null && parts.length === 0) return null
  return [
    {
      ecosystem: 'cargo',
      key: path,
      name: root?.name ?? baseOf(path),
      version: root?.version ?? null,
      file: path,
      parts,
    },
  ]
}

function parsed(list: Buffer): unknown {
  try {
    return jsonOf(list)
  } catch {
    // Too many values.
    return null
  }
}
