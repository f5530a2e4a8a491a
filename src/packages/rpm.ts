/** Finds RPM packages in rpm's database, in its three formats: SQLite, ndb and Berkeley DB. */
import { maxFindings, wholeFile, type Finding, type OnPath, type Recognised } from './finding.ts'
import { baseOf, parentOf, PathBytes } from './path-bytes.ts'
import { valuesOfBerkeleyDb } from './berkeley-db.ts'
import { blobsOfNdb } from './rpm-ndb.ts'
import { blobsOfSqlite } from './sqlite.ts'

const folders: readonly string[] = ['var/lib/rpm', 'usr/share/rpm', 'usr/lib/sysimage/rpm']
/** The file name of each format, and how the packages in it are read. */
const formats: ReadonlyMap<string, (database: Buffer) => Iterable<Buffer>> = new Map([
  ['rpmdb.sqlite', (database: Buffer) => blobsOfSqlite(database, 'Packages')],
  ['Packages.db', blobsOfNdb],
  ['Packages', valuesOfBerkeleyDb],
])
/** Size limit for the database, in bytes. About 130 packages take 10 MB. */
const maxDatabaseBytes = 64 * 1024 * 1024
/** Tags, with the numbers from `rpmtag.h`. */
const tag = {
  name: 1000,
  version: 1001,
  release: 1002,
  epoch: 1003,
  directoryIndexes: 1116,
  baseNames: 1117,
  directoryNames: 1118,
} as const

/** Recognises rpm's database by its path. */
export function recogniseRpm(path: string, fileBytes: number): Recognised | null {
  const blobs = formats.get(baseOf(path))
  if (blobs === undefined || !folders.includes(parentOf(path))) return null
  return wholeFile(fileBytes, maxDatabaseBytes, (bytes) => rpmFindings(blobs(bytes), path))
}

function* rpmFindings(blobs: Iterable<Buffer>, path: string): Generator<Finding> {
  let nth = 0
  for (const blob of blobs) {
    const header = new RpmHeader(blob)
    const name = header.text(tag.name)
    // rpm stores the keys of signatures as packages too.
    if (name === null || name === 'gpg-pubkey') continue
    const [version, release, epoch] = [header.text(tag.version), header.text(tag.release), header.number(tag.epoch, 0)]
    const fullVersion =
      version === null ? null : `${epoch === null ? '' : `${epoch}:`}${version}${release === null ? '' : `-${release}`}`
    nth += 1
    if (nth > maxFindings) return
    yield { ecosystem: 'rpm', key: `${path} ${nth}`, path, name, version: fullVersion, files: filesOf(header) }
  }
}

/**
 * Limit for the folders of one package, which is more than any real package has. Each folder is kept in memory, and a
 * hostile list needs only one byte for each.
 */
const maxDirectories = 100_000

/**
 * Returns a function that lists the files of a package. A header stores base names, and for each of them the index of
 * its folder in a second list.
 */
function filesOf(header: RpmHeader): (onPath: OnPath) => void {
  return (onPath) => {
    const directories: string[] = []
    for (const bytes of header.texts(tag.directoryNames)) {
      if (directories.length === maxDirectories) throw new Error('a package of rpm has too many folders')
      directories.push(bytes.toString('utf8'))
    }
    const path = new PathBytes()
    let [nth, entered] = [0, -1]
    for (const name of header.texts(tag.baseNames)) {
      const index = header.number(tag.directoryIndexes, nth) ?? -1
      nth += 1
      const directory = directories[index]
      if (directory === undefined || path.isEnough) return
      if (index !== entered)
        path.enter(directory.slice(directory.startsWith('/') ? 1 : 0, directory.endsWith('/') ? -1 : undefined))
      entered = index
      path.resolve(name, 0, name.length, onPath)
    }
  }
}

const wanted = new Set<number>(Object.values(tag))
const entryBytes = 16
const type = { int32: 4, text: 6, texts: 8, translated: 9 } as const

interface Entry {
  readonly type: number
  /** Offset of its values, and their number. */
  readonly at: number
  readonly count: number
}

/** A header as the database stores it: two counts, then entries (tag, type, offset, count), then values. */
class RpmHeader {
  readonly #bytes: Buffer
  readonly #entries = new Map<number, Entry>()

  constructor(bytes: Buffer) {
    this.#bytes = bytes
    if (bytes.length < 8) return
    const count = bytes.readUInt32BE(0)
    const values = 8 + count * entryBytes
    if (values > bytes.length) return
    for (let at = 8; at < values; at += entryBytes) {
      const of = bytes.readUInt32BE(at)
      if (wanted.has(of))
        this.#entries.set(of, {
          type: bytes.readUInt32BE(at + 4),
          at: values + bytes.readUInt32BE(at + 8),
          count: bytes.readUInt32BE(at + 12),
        })
    }
  }

  text(of: number): string | null {
    const [first] = this.texts(of)
    return first?.toString('utf8') ?? null
  }

  number(of: number, nth: number): number | null {
    const entry = this.#entries.get(of)
    if (entry?.type !== type.int32 || nth >= entry.count || entry.at + 4 * nth + 4 > this.#bytes.length) return null
    return this.#bytes.readUInt32BE(entry.at + 4 * nth)
  }

  /** Yields the texts of a tag. Each one ends with a NUL. */
  *texts(of: number): Generator<Buffer> {
    const entry = this.#entries.get(of)
    if (
      entry === undefined ||
      (entry.type !== type.text && entry.type !== type.texts && entry.type !== type.translated)
    )
      return
    let at = entry.at
    for (let nth = 0; nth < entry.count; nth += 1) {
      const end = this.#bytes.indexOf(0, at)
      if (at >= this.#bytes.length || end === -1) return
      yield this.#bytes.subarray(at, end)
      at = end + 1
    }
  }
}
