/** Finds PHP packages in `vendor/composer/installed.json`, which Composer writes. */
import { maxFindings, wholeFile, type Finding, type Recognised } from './finding.ts'
import { jsonOf, propertyOf } from './lines.ts'
import { parentOf, PathBytes } from './path-bytes.ts'

/** Size limit for `installed.json`, in bytes. The file of a large application is smaller than 1 MB. */
const maxListBytes = 4 * 1024 * 1024

/**
 * Reads a file that may be Composer's list. The caller has checked that the path ends with `/composer/installed.json`.
 */
export function recogniseComposer(path: string, fileBytes: number): Recognised | null {
  return wholeFile(fileBytes, maxListBytes, (bytes) => composerFindings(jsonOf(bytes), parentOf(path)))
}

/**
 * Returns the packages in a parsed `installed.json`, or null if it is not such a list. Composer 1 writes an array of
 * packages. Composer 2 writes an object that contains the array.
 */
function composerFindings(installed: unknown, folder: string): readonly Finding[] | null {
  const packages: unknown = Array.isArray(installed) ? installed : propertyOf(installed, 'packages')
  if (!Array.isArray(packages)) return null
  const path = new PathBytes(folder)
  return packages.slice(0, maxFindings).flatMap((entry: unknown): readonly Finding[] => {
    const [name, version, installPath] = [
      propertyOf(entry, 'name'),
      propertyOf(entry, 'version'),
      propertyOf(entry, 'install-path'),
    ]
    if (typeof name !== 'string' || name === '') return []
    // Composer 1 does not write `install-path`.
    const directory = resolved(path, typeof installPath === 'string' ? installPath : `../${name}`)
    if (directory === null) return []
    return [
      {
        ecosystem: 'composer',
        key: directory,
        name,
        version: typeof version === 'string' ? version : null,
        directories: [directory],
      },
    ]
  })
}

/** Resolves a path relative to the base of `path`. Returns null if it leads out of the root. */
function resolved(path: PathBytes, written: string): string | null {
  const bytes = Buffer.from(written)
  let found: string | null = null
  path.resolve(bytes, 0, bytes.length, (whole, from, to) => {
    if (to > from) found = whole.toString('utf8', from, to)
    return true
  })
  return found
}
