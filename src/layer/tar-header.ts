import { isUtf8 } from 'node:buffer'
import { tarError } from './tar-error.ts'

/** Size of a header in bytes. Payloads are padded to a multiple of it. POSIX pax, "ustar Interchange Format". */
export const blockBytes = 512

/** More than the PATH_MAX of any system. */
const maxNameBytes = 16_384

/** The fields of a header block that are used. Sizes are in bytes. */
export interface TarHeader {
  /** As stored, preceded by the ustar prefix, and not normalised. */
  readonly name: string
  /** One character. NUL is the old regular file. */
  readonly type: string
  /** Size of the payload that follows, if the type has a payload. */
  readonly size: number
  /** The target of a hard link or symbolic link, as stored. Empty for other types. */
  readonly linkName: string
  /** Permission bits, owner and group. -1 for a field that is not a number. Nothing in the archive depends on them. */
  readonly mode: number
  readonly uid: number
  readonly gid: number
  readonly isGnu: boolean
}

const field = {
  name: [0, 100],
  mode: [100, 108],
  uid: [108, 116],
  gid: [116, 124],
  size: [124, 136],
  checksum: [148, 156],
  type: 156,
  linkName: [157, 257],
  magic: 257,
  prefix: [345, 500],
} as const

/** Returns whether all bytes are zero. */
export function isZero(bytes: Buffer): boolean {
  for (let at = 0; at < bytes.length; at += 1) if (bytes[at] !== 0) return false
  return true
}

/**
 * Parses a header block of a v7, ustar, star, GNU or PAX archive.
 *
 * @throws FootprintError LAYER if its checksum is wrong, or its size is negative, not a number, or too large
 */
export function parseHeader(block: Buffer): TarHeader {
  checkChecksum(block)
  const name = textAt(block, ...field.name)
  const prefix = block[field.prefix[0]] !== 0 && hasMagic(block, 'ustar\0') ? prefixOf(block) : ''
  const type = String.fromCharCode(block[field.type] ?? 0)
  return {
    name: prefix === '' ? name : `${prefix}/${name}`,
    type,
    size: numberAt(block, ...field.size, 'size'),
    mode: permissionsOf(attributeAt(block, ...field.mode)),
    uid: attributeAt(block, ...field.uid),
    gid: attributeAt(block, ...field.gid),
    linkName: type === '1' || type === '2' ? textAt(block, ...field.linkName) : '',
    isGnu: hasMagic(block, 'ustar  \0'),
  }
}

function hasMagic(block: Buffer, magic: string): boolean {
  for (let at = 0; at < magic.length; at += 1) if (block[field.magic + at] !== magic.charCodeAt(at)) return false
  return true
}

/** Returns a name up to the first NUL. */
export function textOf(bytes: Buffer): string {
  const end = bytes.indexOf(0)
  return decodeName(end === -1 ? bytes : bytes.subarray(0, end))
}

/** Returns a name in a part of a block. It is faster than `textOf` for ASCII, which nearly every name is. */
function textAt(block: Buffer, start: number, end: number): string {
  let at = start
  while (at < end && block[at] !== 0) {
    if ((block[at] ?? 0) > 0x7f) return textOf(block.subarray(start, end))
    at += 1
  }
  return block.toString('latin1', start, at)
}

/**
 * Decodes a name. A name in another encoding is not an error. Bytes that are not UTF-8 become `\377` and the like, as
 * tar and ls print them, so that different names remain different. In a name that is too long for any system, they
 * become U+FFFD, which is faster.
 */
function decodeName(bytes: Buffer): string {
  const text = bytes.toString('utf8')
  if (!text.includes('\ufffd') || bytes.length > maxNameBytes || isUtf8(bytes)) return text
  let decoded = ''
  for (let at = 0; at < bytes.length;) {
    const length = sequenceLength(bytes, at)
    decoded += length === 0 ? `\\${(bytes[at] ?? 0).toString(8)}` : bytes.toString('utf8', at, at + length)
    at += Math.max(1, length)
  }
  return decoded
}

/** Returns the length of the UTF-8 sequence that begins here, or 0 if there is none. */
function sequenceLength(bytes: Buffer, at: number): number {
  const first = bytes[at] ?? 0
  const length = first < 0x80 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4
  return at + length <= bytes.length && isUtf8(bytes.subarray(at, at + length)) ? length : 0
}

/**
 * Parses a numeric field: octal digits, or base-256 if the top bit is set (GNU tar manual, "Basic Tar Format"). An
 * empty field is 0.
 *
 * @throws FootprintError LAYER for anything else, negative numbers, and numbers above 2^53 - 1
 */
export function parseNumber(bytes: Buffer, what: string): number {
  if (((bytes[0] ?? 0) & 0x80) !== 0) return parseBase256(bytes, what)
  // After the NUL that ends the number, old bytes may remain. Anything else after the digits is damage.
  const match = /^[\0 ]*(?:([0-7]+) *)?(?:\0.*)?$/s.exec(bytes.toString('latin1'))
  if (match === null) throw tarError(`has a header whose ${what} is not a number`)
  const [, digits] = match
  return requireSafe(digits === undefined ? 0 : Number.parseInt(digits, 8), what)
}

/**
 * Parses a numeric field in a part of a block. It is faster than `parseNumber` for digits that end with a NUL, which
 * nearly all fields are.
 */
function numberAt(block: Buffer, start: number, end: number, what: string): number {
  let value = 0
  for (let at = start; at < end; at += 1) {
    const digit = (block[at] ?? 0) - 0x30
    if (digit >= 0 && digit <= 7) value = value * 8 + digit
    else if (at > start && digit === -0x30) return value
    else break
  }
  return parseNumber(block.subarray(start, end), what)
}

/** Some writers store the kind of the file too. */
const permissionsOf = (mode: number): number => (mode < 0 ? mode : mode & 0o7777)

/** Returns a numeric field, or -1 if it is not a number. */
function attributeAt(block: Buffer, start: number, end: number): number {
  let value = 0
  for (let at = start; at < end; at += 1) {
    const digit = (block[at] ?? 0) - 0x30
    if (digit >= 0 && digit <= 7) value = value * 8 + digit
    else if (at > start && digit === -0x30) return value
    else break
  }
  try {
    const number = parseNumber(block.subarray(start, end), 'attribute')
    return number <= maxId ? number : -1
  } catch {
    return -1
  }
}

/** The largest owner or group that Linux knows. */
const maxId = 0xffff_ffff

function parseBase256(bytes: Buffer, what: string): number {
  if (((bytes[0] ?? 0) & 0x40) !== 0) throw tarError(`has a header whose ${what} is negative`)
  let value = (bytes[0] ?? 0) & 0x3f
  for (let at = 1; at < bytes.length; at += 1) value = value * 256 + (bytes[at] ?? 0)
  return requireSafe(value, what)
}

function requireSafe(value: number, what: string): number {
  if (!Number.isSafeInteger(value)) throw tarError(`has a header whose ${what} is too large`)
  return value
}

/** Star stores two times in the last 24 bytes of the prefix, and has a marker at the end of the block. */
function prefixOf(block: Buffer): string {
  const [start, end] = field.prefix
  const isStar = block.toString('latin1', 508, 512) === 'tar\0'
  return textAt(block, start, isStar ? start + 131 : end)
}

/**
 * The checksum is the sum of all bytes, with spaces in place of the checksum field. Some old writers added signed
 * bytes.
 */
function checkChecksum(block: Buffer): void {
  const [start, end] = field.checksum
  const stored = numberAt(block, start, end, 'checksum')
  const unsigned = sumOf(block, 0, start) + 0x20 * (end - start) + sumOf(block, end, blockBytes)
  if (stored === unsigned) return
  const high = highBytes(block, 0, start) + highBytes(block, end, blockBytes)
  if (stored !== unsigned - 256 * high) throw tarError('has a header with a wrong checksum')
}

function sumOf(block: Buffer, start: number, end: number): number {
  let sum = 0
  for (let at = start; at < end; at += 1) sum += block[at] ?? 0
  return sum
}

function highBytes(block: Buffer, start: number, end: number): number {
  let count = 0
  for (let at = start; at < end; at += 1) count += (block[at] ?? 0) >> 7
  return count
}
