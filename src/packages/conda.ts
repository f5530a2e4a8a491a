/** Finds conda packages in `conda-meta/NAME-VERSION-BUILD.json`, which lists the files of a package. */
import { wholeFile, type Finding, type Recognised } from './finding.ts'
import { jsonOf, propertyOf } from './lines.ts'
import { baseOf, parentOf, textPaths } from './path-bytes.ts'

/**
 * Size limit for one of these files, in bytes. Python's takes one or two megabytes, and most others take a few
 * kilobytes.
 */
const maxRecordBytes = 4 * 1024 * 1024

/** Recognises a package file in `conda-meta`. The paths in it are relative to the folder that contains `conda-meta`. */
export function recogniseConda(path: string, fileBytes: number): Recognised | null {
  const folder = parentOf(path)
  if (baseOf(folder) !== 'conda-meta') return null
  return wholeFile(fileBytes, maxRecordBytes, (bytes) => condaFindings(jsonOf(bytes), parentOf(folder), path))
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
