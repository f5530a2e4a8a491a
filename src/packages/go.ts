/**
 * Reads the build information that the linker writes into each Go binary, as `go version -m` does (package
 * `debug/buildinfo`, Go 1.18 and newer).
 */
import { VarintReader } from '../varint.ts'
import type { Finding } from './finding.ts'
import { forEachLine } from './lines.ts'
import type { PackagePart } from './package.ts'
import { baseOf } from './path-bytes.ts'

/** The bytes that build information begins with. */
export const buildInfoMagic = Buffer.from('\xff Go buildinf:', 'latin1')
/** Build information begins at a multiple of this offset in the file. */
export const buildInfoAlign = 16
/** Number of bytes that are needed to decide whether build information begins here. */
export const buildInfoHead = 64
/** Size limit for build information, in bytes. The largest known programs have a tenth of this. */
export const maxBuildInfoBytes = 1024 * 1024
const flagsAt = 15
/** The flag for strings that follow the header. Older releases wrote pointers instead. */
const isInline = 2
const textsAt = 32
/** Number of bytes before and after the text that lists the modules. */
const frameBytes = 16
/** Limit for the bytes of a string's length. */
const maxLengthBytes = 4
const newline = 0x0a

/**
 * Returns whether the `buildInfoHead` bytes at `at` are real build information. The same magic can occur elsewhere in a
 * program.
 */
export function isBuildInfo(bytes: Buffer, at: number): boolean {
  if (((bytes[at + flagsAt] ?? 0) & isInline) === 0) return false
  const version = textAt(bytes, at + textsAt, at + buildInfoHead)
  return version !== null && (version.text.startsWith('go1') || version.text.startsWith('devel '))
}

/**
 * Returns the binary as a package. Its name is the path of its main package, and its version is the version of its main
 * module. The other modules and the standard library are its parts.
 *
 * @param bytes build information, beginning with the magic
 * @param path path of the binary in the layer
 * @returns null if the build information is not complete
 */
export function goFindings(bytes: Buffer, path: string): readonly Finding[] | null {
  const version = textAt(bytes, textsAt, bytes.length)
  if (version === null || !version.isWhole) return null
  const modules = textAt(bytes, version.end, bytes.length)
  if (!modules?.isWhole) return null
  const text = withoutFrame(bytes.subarray(modules.end - modules.length, modules.end))
  const main = { path: '', module: '', version: '' }
  const parts: PackagePart[] = [{ name: 'stdlib', version: version.text, fileBytes: null }]
  forEachLine(text, (from, to) => {
    const [word, name = '', itsVersion = ''] = text.toString('utf8', from, Math.min(to, from + 4096)).split('\t', 4)
    if (word === 'path') main.path = name
    else if (word === 'mod') [main.module, main.version] = [name, itsVersion]
    else if (word === 'dep') parts.push({ name, version: versionOf(itsVersion), fileBytes: null })
    // The line names the replacement of the module in the line before.
    else if (word === '=>')
      parts.push({ ...(parts.pop() ?? { name, fileBytes: null }), version: versionOf(itsVersion) })
  })
  const isNamed = main.path !== '' && main.path !== 'command-line-arguments'
  const name = isNamed ? main.path : main.module || baseOf(path)
  return [{ ecosystem: 'golang', key: path, name, version: versionOf(main.version), file: path, parts }]
}

/** Returns a version. Go writes `(devel)` if the version is unknown. */
const versionOf = (written: string): string | null => (written === '' || written === '(devel)' ? null : written)

interface Text {
  readonly text: string
  readonly length: number
  /** Offset after its last byte. */
  readonly end: number
  readonly isWhole: boolean
}

/**
 * Reads a string that is preceded by its length as a varint. The text is cut after 4,096 bytes, but `length` and `end`
 * are those of the whole string.
 */
function textAt(bytes: Buffer, at: number, to: number): Text | null {
  const head = bytes.subarray(at, at + maxLengthBytes)
  const numbers = new VarintReader(head)
  const length = numbers.next()
  if (numbers.at > head.length) return null
  const start = at + numbers.at
  const end = start + length
  return { text: bytes.toString('utf8', start, Math.min(end, to, start + 4096)), length, end, isWhole: end <= to }
}

/** Removes the 16 bytes before and after the list of modules. Returns an empty buffer if they are missing. */
function withoutFrame(bytes: Buffer): Buffer {
  const isFramed = bytes.length > 2 * frameBytes && bytes[bytes.length - frameBytes - 1] === newline
  return isFramed ? bytes.subarray(frameBytes, bytes.length - frameBytes) : Buffer.alloc(0)
}
