/** Reads lines of metadata as bytes, so that a list of a million paths never becomes strings. */

const newline = 0x0a
const carriageReturn = 0x0d
const [comma, bracket, brace] = [0x2c, 0x5b, 0x7b]

/** Calls `onLine` for each line, which is `bytes` from `from` to `to` without the line end. */
export function forEachLine(bytes: Buffer, onLine: (from: number, to: number) => void): void {
  for (let from = 0; from < bytes.length;) {
    const found = bytes.indexOf(newline, from)
    const end = found === -1 ? bytes.length : found
    onLine(from, end > from && bytes[end - 1] === carriageReturn ? end - 1 : end)
    from = end + 1
  }
}

/**
 * Returns the index of the first such byte, or `to` if there is none before it. `Buffer.indexOf` has no upper bound, so
 * it would search the rest of the list for each line that lacks the byte.
 */
export function placeOf(byte: number, bytes: Buffer, from: number, to: number): number {
  for (let at = from; at < to; at += 1) if (bytes[at] === byte) return at
  return to
}

/** Returns whether `bytes` has this ASCII text at `at`, before `to`. */
export function isAt(bytes: Buffer, at: number, to: number, text: string): boolean {
  if (at + text.length > to) return false
  for (let nth = 0; nth < text.length; nth += 1) if (bytes[at + nth] !== text.charCodeAt(nth)) return false
  return true
}

/** Longest value that is read, in bytes. No value that is used is longer. */
const maxValueBytes = 4096

/** Returns the value of a `Name: value` line, or null if the line has another name. */
export function valueOf(bytes: Buffer, from: number, to: number, name: string): string | null {
  if (!isAt(bytes, from, to, name) || bytes[from + name.length] !== 0x3a) return null
  const start = from + name.length + 1
  return bytes.toString('utf8', start, Math.min(to, start + maxValueBytes)).trim()
}

/**
 * Returns the fields with these names from the first paragraph of a control file or mail header, which ends at the
 * first blank line. If a field occurs twice, the first one counts.
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

/**
 * Limit for values, arrays and objects in JSON text. Metadata of a few megabytes has fewer. A few bytes of text can
 * take sixty bytes in memory.
 */
const maxValues = 200_000

/**
 * Parses JSON. Returns null if the text is not valid JSON.
 *
 * @throws Error if it has too many values
 */
export function jsonOf(bytes: Buffer): unknown {
  let values = 0
  for (const byte of bytes) if (byte === comma || byte === bracket || byte === brace) values += 1
  if (values > maxValues) throw new Error('JSON of too many values')
  try {
    return JSON.parse(bytes.toString('utf8')) as unknown
  } catch {
    // Not JSON, or nested too deeply.
    return null
  }
}

/** Returns a property of a JSON object, or undefined if the value is not an object or does not have the property. */
export function propertyOf(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, name)
    ? (value as Record<string, unknown>)[name]
    : undefined
}
