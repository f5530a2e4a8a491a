/** PHP: what Composer writes into `vendor/composer/installed.json`. */
import { mostFindings, wholeFile, type Finding, type Recognised } from './finding.ts'
import { jsonOf, propertyOf } from './lines.ts'
import { parentOf, PathBytes } from './path-bytes.ts'

/** Large applications have one of less than a megabyte. */
const longestList = 4 * 1024 * 1024

/** Its path ends with `/composer/installed.json`. */
export function recogniseComposer(path: string, fileBytes: number): Recognised | null {
  return wholeFile(fileBytes, longestList, (bytes) => composerFindings(jsonOf(bytes), parentOf(path)))
}

/** A list of packages, or since Composer 2 an object that holds it. */
export function composerFindings(installed: unknown, folder: string): readonly Finding[] | null {
  const packages: unknown = Array.isArray(installed) ? installed : propertyOf(installed, 'packages')
  if (!Array.isArray(packages)) return null
  const path = new PathBytes(folder)
  return packages.slice(0, mostFindings).flatMap((one: unknown): readonly Finding[] => {
    const [name, version, told] = [propertyOf(one, 'name'), propertyOf(one, 'version'), propertyOf(one, 'install-path')]
    if (typeof name !== 'string' || name === '') return []
    // Composer 1 does not tell it.
    const directory = resolved(path, typeof told === 'string' ? told : `../${name}`)
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

function resolved(path: PathBytes, told: string): string | null {
  const bytes = Buffer.from(told)
  let found: string | null = null
  path.tell(bytes, 0, bytes.length, (whole, from, to) => {
    if (to > from) found = whole.toString('utf8', from, to)
    return true
  })
  return found
}
