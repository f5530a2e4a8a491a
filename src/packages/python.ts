/**
 * Finds Python packages: `*.dist-info` (PyPA, "Recording installed projects"), and `*.egg-info` and `*.egg` of older
 * tools.
 */
import { startOfFile, wholeFile, maxPathListBytes, type Finding, type OnPath, type Recognised } from './finding.ts'
import { forEachLine, headerFields, placeOf } from './lines.ts'
import { baseOf, parentOf, PathBytes } from './path-bytes.ts'

/** Number of bytes to read. The fields come first, and a description of any length may follow. */
const headBytes = 64 * 1024
const quote = 0x22
const comma = 0x2c

/**
 * Recognises the metadata files of a Python package. Copies in a `_vendor` folder belong to the package that brings
 * them.
 */
export function recognisePython(path: string, fileBytes: number): Recognised | null {
  const base = baseOf(path)
  if (base.endsWith('.egg-info'))
    return isVendored(path) ? null : startOfFile(fileBytes, headBytes, (bytes) => findings(path, bytes, { file: path }))
  const folder = parentOf(path)
  if (isVendored(folder)) return null
  if (base === 'METADATA' && folder.endsWith('.dist-info')) {
    return startOfFile(fileBytes, headBytes, (bytes) =>
      findings(folder, bytes, { directories: [folder, librariesOf(folder)] }),
    )
  }
  if (base === 'RECORD' && folder.endsWith('.dist-info')) {
    return wholeFile(fileBytes, maxPathListBytes, (bytes) => [
      { ecosystem: 'pypi', key: folder, files: recordedFiles(bytes, folder) },
    ])
  }
  if (base === 'PKG-INFO' && folder.endsWith('.egg-info')) {
    return startOfFile(fileBytes, headBytes, (bytes) => findings(folder, bytes, { directories: [folder] }))
  }
  if (base === 'installed-files.txt' && folder.endsWith('.egg-info')) {
    return wholeFile(fileBytes, maxPathListBytes, (bytes) => [
      { ecosystem: 'pypi', key: folder, files: installedFiles(bytes, folder) },
    ])
  }
  if (base === 'PKG-INFO' && folder.endsWith('.egg/EGG-INFO')) {
    const egg = parentOf(folder)
    return startOfFile(fileBytes, headBytes, (bytes) => findings(egg, bytes, { directories: [egg] }))
  }
  return null
}

function isVendored(path: string): boolean {
  return path.startsWith('_vendor/') || path.includes('/_vendor/')
}

function findings(
  key: string,
  metadata: Buffer,
  more: Pick<Finding, 'file' | 'directories'>,
): readonly Finding[] | null {
  const fields = headerFields(metadata, ['Name', 'Version'])
  const name = fields.get('Name')
  return name ? [{ ecosystem: 'pypi', key, name, version: fields.get('Version') ?? null, ...more }] : null
}

/** Returns the folder `NAME.libs` beside `NAME-VERSION.dist-info`. auditwheel puts the libraries of a wheel there. */
function librariesOf(distInfo: string): string {
  const base = baseOf(distInfo)
  const name = base.slice(0, Math.max(0, base.indexOf('-')))
  return `${distInfo.slice(0, distInfo.length - base.length)}${name}.libs`
}

/**
 * Returns a function that lists the files in a `RECORD`, a CSV file of paths, digests and sizes. The paths are relative
 * to the folder that contains the `dist-info`.
 */
function recordedFiles(record: Buffer, distInfo: string): (onPath: OnPath) => void {
  return (onPath) => {
    const path = new PathBytes(parentOf(distInfo))
    forEachLine(record, (from, to) => {
      if (record[from] === quote) {
        const unquoted = Buffer.from(quotedCell(record.toString('utf8', from, Math.min(to, from + 16_384))))
        path.resolve(unquoted, 0, unquoted.length, onPath)
        return
      }
      path.resolve(record, from, placeOf(comma, record, from, to), onPath)
    })
  }
}

/** Returns the first cell of a CSV line that begins with a quote. A quote inside the cell is doubled. */
function quotedCell(line: string): string {
  let cell = ''
  for (let at = 1; at < line.length;) {
    const end = line.indexOf('"', at)
    if (end === -1) return cell + line.slice(at)
    cell += line.slice(at, end)
    if (line[end + 1] !== '"') return cell
    cell += '"'
    at = end + 2
  }
  return cell
}

/**
 * Returns a function that lists the files in `installed-files.txt`. Each line is a path relative to the `egg-info`
 * folder.
 */
function installedFiles(list: Buffer, eggInfo: string): (onPath: OnPath) => void {
  return (onPath) => {
    const path = new PathBytes(eggInfo)
    forEachLine(list, (from, to) => path.resolve(list, from, to, onPath))
  }
}
