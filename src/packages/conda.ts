/** conda: `conda-meta/NAME-VERSION-BUILD.json`, which lists the files of a package. */
import { wholeFile, type Finding, type Recognised } from './finding.ts'
import { jsonOf, propertyOf } from './lines.ts'
import { baseOf, parentOf, textPaths } from './path-bytes.ts'

/** The one of Python takes a megabyte or two, most others some kilobytes. */
const longestRecord = 4 * 1024 * 1024

/** Paths are seen from the environment that the folder is in. */
export function recogniseConda(path: string, fileBytes: number): Recognised | null {
  const folder = parentOf(path)
  if (baseOf(folder) !== 'conda-meta') return null
  return wholeFile(fileBytes, longestRecord, (bytes) => condaFindings(jsonOf(bytes), parentOf(folder), path))
}

function condaFindings(record: unknown, environment: string, path: string): readonly Finding[] | null {
  const [name, version, files] = [
    propertyOf(record, 'name'),
    propertyOf(record, 'version'),
    propertyOf(record, 'files'),
  ]
  if (typeof name !== 'string' || !Array.isArray(files)) return null
  return [
    {
      ecosystem: 'conda',
      key: path,
      name,
      version: typeof version === 'string' ? version : null,
      files: textPaths(environment, files),
    },
  ]
}
