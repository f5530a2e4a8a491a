/** Go: what the linker writes into each binary, as `go version -m` shows it (Go's `debug/buildinfo`; Go 1.18 and newer). */
import type { Finding } from './finding.ts'
import { forEachLine } from './lines.ts'
import type { PackagePart } from './package.ts'
import { baseOf } from './path-bytes.ts'

export const buildInfoMagic = Buffer.from('\xff Go buildinf:', 'latin1')
/** Where it begins in the file, a multiple of this. */
export const buildInfoAlign = 16
/** Bytes that tell whether build information begins here. */
export const buildInfoHead = 64
/** The largest programs there are have a tenth of that. */
export const longestBuildInfo = 1024 * 1024
const flagsAt = 15
/** Both texts follow; older releases had pointers. */
const isInline = 2
const textsAt = 32
/** Before and behind the text of modules. */
const frameBytes = 16
const newline = 0x0a

/** Whether `buildInfoHead` bytes from here are what the linker writes, and not the same words elsewhere in a program. */
export function isBuildInfo(bytes: Buffer, at: number): boolean {
  if (((bytes[at + flagsAt] ?? 0) & isInline) === 0) return false
  const version = textAt(bytes, at + textsAt, at + buildInfoHead)
  return version !== null && (version.text.startsWith('go1') || version.text.startsWith('devel '))
}

/**
 * The binary as a package: it is called by the path of its main package, and has the version of its main module. The
 * other modules, and the standard library, are its parts.
 *
 * @param bytes what begins with the magic
 * @param path the binary's in the layer
 */
export function goFindings(bytes: Buffer, path: string): readonly Finding[] | null {
  const version = textAt(bytes, textsAt, bytes.length)
  if (version === null || !version.isWhole) return null
  const modules = textAt(bytes, version.end, bytes.length)
  if (!modules?.isWhole) return null
  const text = withoutFrame(bytes.subarray(modules.end - modules.length, modules.end))
  const told = { path: '', module: '', version: '' }
  const parts: PackagePart[] = [{ name: 'stdlib', version: version.text, fileBytes: null }]
  forEachLine(text, (from, to) => {
    const [word, name = '', itsVersion = ''] = text.toString('utf8', from, Math.min(to, from + 4096)).split('\t', 4)
    if (word === 'path') told.path = name
    else if (word === 'mod') [told.module, told.version] = [name, itsVersion]
    else if (word === 'dep') parts.push({ name, version: versionOf(itsVersion), fileBytes: null })
    // What is used in the place of the line before.
    else if (word === '=>')
      parts.push({ ...(parts.pop() ?? { name, fileBytes: null }), version: versionOf(itsVersion) })
  })
  const isNamed = told.path !== '' && told.path !== 'command-line-arguments'
  const name = isNamed ? told.path : told.module || baseOf(path)
  return [{ ecosystem: 'golang', key: path, name, version: versionOf(told.version), file: path, parts }]
}

/** `(devel)` says that nothing is known. */
const versionOf = (told: string): string | null => (told === '' || told === '(devel)' ? null : told)

interface Text {
  readonly text: string
  readonly length: number
  /** Behind its last byte. */
  readonly end: number
  readonly isWhole: boolean
}

/** A text after its length, a number of seven bits a byte. The text is cut at 4,096 bytes; `end` is not. */
function textAt(bytes: Buffer, at: number, to: number): Text | null {
  let length = 0
  for (let nth = 0; nth < 4; nth += 1) {
    const byte = bytes[at + nth] ?? 0
    length += (byte & 0x7f) * 0x80 ** nth
    if (byte >= 0x80) continue
    const start = at + nth + 1
    const end = start + length
    return { text: bytes.toString('utf8', start, Math.min(end, to, start + 4096)), length, end, isWhole: end <= to }
  }
  return null
}

function withoutFrame(bytes: Buffer): Buffer {
  const isFramed = bytes.length > 2 * frameBytes && bytes[bytes.length - frameBytes - 1] === newline
  return isFramed ? bytes.subarray(frameBytes, bytes.length - frameBytes) : Buffer.alloc(0)
}
