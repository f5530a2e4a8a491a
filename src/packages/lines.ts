/** Lines of metadata as bytes, so that lists of a million paths never become text. */

const newline = 0x0a
const carriageReturn = 0x0d
const [comma, bracket, brace] = [0x2c, 0x5b, 0x7b]

/** Tells of each line without its end. A line is `bytes` from `from` to `to`. */
export function forEachLine(bytes: Buffer, onLine: (from: number, to: number) => void): void {
  for (let from = 0; from < bytes.length;) {
    const found = bytes.indexOf(newline, from)
    const end = found === -1 ? bytes.length : found
    onLine(from, end > from && bytes[end - 1] === carriageReturn ? end - 1 : end)
    from = end + 1
  }
}

/**
 * Where this byte is first, or `to` where it is not before that. By hand: `indexOf` knows no end, so that it would look
 * through the rest of a list for each line that lacks the byte.
 */
export function placeOf(byte: number, bytes: Buffer, from: number, to: number): number {
  for (let at = from; at < to; at += 1) if (bytes[at] === byte) return at
  return to
}

/** Whether this ASCII text stands at that place. */
export function isAt(bytes: Buffer, at: number, to: number, text: string): boolean {
  if (at + text.length > to) return false
  for (let nth = 0; nth < text.length; nth += 1) if (bytes[at + nth] !== text.charCodeAt(nth)) return false
  return true
}

/** Longer values are none that matter. Bytes. */
const longestValue = 4096

/** The value of a `Name: value` line, if it has this name; else null. */
export function valueOf(bytes: Buffer, from: number, to: number, name: string): string | null {
  if (!isAt(bytes, from, to, name) || bytes[from + name.length] !== 0x3a) return null
  const start = from + name.length + 1
  return bytes.toString('utf8', start, Math.min(to, start + longestValue)).trim()
}

/**
 * The fields of these names in the first paragraph of a control file or of a mail header: up to the first blank line.
 * Of a field that occurs twice the first counts.
 */
export function headerFields<Name extends string>(bytes: Buffer, names: readonly Name[]): ReadonlyMap<Name, string> {
  const found = new Map<Name, string>()
  let ended = false
  forEachLine(bytes, (from, to) => {
    ended ||= from === to
    if (ended) return
    for (const name of names) {
      if (found.has(name)) continue
      const value = valueOf(bytes, from, to, name)
      if (value !== null) found.set(name, value)
    }
  })
  return found
}

/** Values, lists and objects in JSON: more than metadata of some megabytes has. A few bytes of text take sixty in memory. */
const mostValues = 200_000

/** The value that JSON text stands for; null where it is none. Throws where it stands for too many values. */
export function jsonOf(bytes: Buffer): unknown {
  let values = 0
  for (const byte of bytes) if (byte === comma || byte === bracket || byte === brace) values += 1
  if (values > mostValues) throw new Error('JSON of too many values')
  try {
    return JSON.parse(bytes.toString('utf8')) as unknown
  } catch {
    // Nested too deep, or no JSON.
    return null
  }
}

/** A property of a JSON object; undefined of anything else. */
export function propertyOf(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, name)
    ? (value as Record<string, unknown>)[name]
    : undefined
}
