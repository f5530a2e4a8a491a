/** Python: `*.dist-info` (PyPA, "Recording installed projects"), `*.egg-info` and `*.egg` of older tools. */
import { startOfFile, wholeFile, longestPathList, type Finding, type OnPath, type Recognised } from './finding.ts'
import { forEachLine, headerFields, placeOf } from './lines.ts'
import { baseOf, parentOf, PathBytes } from './path-bytes.ts'

/** The fields come first; a description of any length may follow. Bytes. */
const headBytes = 64 * 1024
const quote = 0x22
const comma = 0x2c

/** `METADATA` and `RECORD`. What a package brings along in a `_vendor` folder is its own. */
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
    return wholeFile(fileBytes, longestPathList, (bytes) => [
      { ecosystem: 'pypi', key: folder, files: recordedFiles(bytes, folder) },
    ])
  }
  if (base === 'PKG-INFO' && folder.endsWith('.egg-info')) {
    return startOfFile(fileBytes, headBytes, (bytes) => findings(folder, bytes, { directories: [folder] }))
  }
  if (base === 'installed-files.txt' && folder.endsWith('.egg-info')) {
    return wholeFile(fileBytes, longestPathList, (bytes) => [
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

/** Where auditwheel puts the libraries that a wheel brings: beside `NAME-VERSION.dist-info`. */
function librariesOf(distInfo: string): string {
  const base = baseOf(distInfo)
  const name = base.slice(0, Math.max(0, base.indexOf('-')))
  return `${distInfo.slice(0, distInfo.length - base.length)}${name}.libs`
}

/** `RECORD`: CSV of path, digest and size; paths are seen from the folder that the `dist-info` is in. */
export function recordedFiles(record: Buffer, distInfo: string): (onPath: OnPath) => void {
  return (onPath) => {
    const path = new PathBytes(parentOf(distInfo))
    forEachLine(record, (from, to) => {
      if (record[from] === quote) {
        const unquoted = Buffer.from(quotedCell(record.toString('utf8', from, Math.min(to, from + 16_384))))
        path.tell(unquoted, 0, unquoted.length, onPath)
        return
      }
      path.tell(record, from, placeOf(comma, record, from, to), onPath)
    })
  }
}

/** The first cell of a line of CSV that begins with a quote; a quote in it is written twice. */
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

/** A path a line, seen from the `egg-info` itself. */
export function installedFiles(list: Buffer, eggInfo: string): (onPath: OnPath) => void {
  return (onPath) => {
    const path = new PathBytes(eggInfo)
    forEachLine(list, (from, to) => path.tell(list, from, to, onPath))
  }
}
