/** Finds Alpine packages in apk's database of installed packages. The database also covers the layers below. */
import { maxPathListBytes, maxFindings, wholeFile, type Finding, type OnPath, type Recognised } from './finding.ts'
import { forEachLine } from './lines.ts'
import { PathBytes } from './path-bytes.ts'

/** Paths of the database. Alpine 3.23 and newer use the second one. */
const databases = new Set(['lib/apk/db/installed', 'usr/lib/apk/db/installed'])

/** Each line consists of one letter, a colon and a value. A blank line ends a package. */
const letter = { package: 0x50, version: 0x56, folder: 0x46, file: 0x52 } as const
const colon = 0x3a

/** Recognises apk's database by its path. */
export function recogniseApk(path: string, fileBytes: number): Recognised | null {
  return databases.has(path) ? wholeFile(fileBytes, maxPathListBytes, (bytes) => apkFindings(bytes, path)) : null
}

/** Returns one finding for each package in an apk database, with the files that belong to it. */
function apkFindings(database: Buffer, path: string): readonly Finding[] {
  const found: Finding[] = []
  let [name, version, start] = ['', '', 0]
  const end = (to: number): void => {
    const stanza = database.subarray(start, to)
    if (name !== '' && found.length < maxFindings)
      found.push({ ecosystem: 'apk', key: name, name, version: version || null, path, files: filesOf(stanza) })
    ;[name, version] = ['', '']
  }
  forEachLine(database, (from, to) => {
    if (from === to) {
      end(from)
      start = to + 1
    } else if (database[from + 1] !== colon) return
    else if (database[from] === letter.package) name = valueAt(database, from, to)
    else if (database[from] === letter.version) version = valueAt(database, from, to)
  })
  end(database.length)
  return found
}

function valueAt(database: Buffer, from: number, to: number): string {
  return database.toString('utf8', from + 2, Math.min(to, from + 4096))
}

/**
 * Returns a function that lists the files of one package. An `F:` line names a folder, and each `R:` line after it
 * names a file in that folder.
 */
function filesOf(stanza: Buffer): (onPath: OnPath) => void {
  return (onPath) => {
    const path = new PathBytes()
    forEachLine(stanza, (from, to) => {
      if (stanza[from + 1] !== colon) return
      if (stanza[from] === letter.folder) path.enter(stanza.toString('utf8', from + 2, Math.min(to, from + 4096)))
      else if (stanza[from] === letter.file) path.resolve(stanza, from + 2, to, onPath)
    })
  }
}
