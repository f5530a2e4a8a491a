/** Parses and formats byte sizes. Pure. Exact at any size, because fractions are never converted to floating point. */

/** A number of bytes, or a sentence that says what is wrong with the number or the unit. */
export type ByteSize =
  | { readonly bytes: number }
  | {
      readonly part: 'number' | 'unit'
      readonly problem: string
      /** Whether the unit means bits. Then the sentence contains nothing else of the text. */
      readonly isInBits?: boolean
    }

const exponents = ['', 'k', 'm', 'g', 't'] as const

/** In the order in which a hint lists them. */
const knownUnits: readonly string[] = ['B', 'kB', 'MB', 'GB', 'TB', 'KiB', 'MiB', 'GiB', 'TiB']

/** `12`, `1_000_000` or `9.5`, without a sign, exponent or comma. */
const numberShape = /^(\d+(?:_\d+)*)(?:\.(\d+))?$/

/**
 * Parses a size. `kB`, `MB`, `GB` and `TB` are powers of 1000; `KiB`, `MiB` and so on are powers of 1024. The B is
 * optional, and without a unit the number is bytes. Case does not matter, except that `Mb` and the like are rejected
 * because they mean bits. A fraction of a byte is dropped. That changes no verdict, because measured values are whole
 * numbers.
 */
export function parseByteSize(number: string, unit: string): ByteSize {
  const scale = scaleOf(unit)
  if (typeof scale === 'string') return { part: 'unit', problem: scale, isInBits: scale.includes(' means bits: ') }
  const digits = numberShape.exec(number)
  if (!digits) return { part: 'number', problem: `${number} is not a number: write one such as 12, 9.5 or 1_000_000` }
  const [, whole = '', fraction = ''] = digits
  if (fraction !== '' && scale === 1n)
    return { part: 'number', problem: `${number} has a fraction and no unit: write ${number} MB, or whole bytes` }
  if (number.length > 60) return tooLarge
  const bytes = (BigInt(whole.replaceAll('_', '') + fraction) * scale) / 10n ** BigInt(fraction.length)
  return bytes > BigInt(Number.MAX_SAFE_INTEGER) ? tooLarge : { bytes: Number(bytes) }
}

const tooLarge: ByteSize = {
  part: 'number',
  problem: `sizes go up to ${Number.MAX_SAFE_INTEGER} bytes (9 PB), and this is more`,
}

/** Returns the number of bytes in a unit, or a sentence that says what is wrong with it. */
function scaleOf(unit: string): bigint | string {
  if (unit === '' || /^bytes?$/i.test(unit)) return 1n
  if (/^[kmgt]?i?(?:bits?|bps)$/i.test(unit)) return `${unit} means bits: write bytes, such as 10MB`
  const [, prefix = '', binary = '', byte = ''] = /^([kmgt]?)(i?)(b?)$/i.exec(unit) ?? []
  if (prefix === '' && (binary !== '' || byte === '')) return unknownUnit(unit)
  if (byte === 'b' && prefix !== prefix.toLowerCase())
    return `${unit} means bits: write ${prefix === 'K' && binary === '' ? 'k' : prefix}${binary}B for bytes`
  return (
    (binary === '' ? 1000n : 1024n) ** BigInt(exponents.indexOf(prefix.toLowerCase() as (typeof exponents)[number]))
  )
}

function unknownUnit(unit: string): string {
  if (/^e[+-]?\d+$/i.test(unit)) return 'exponents are not allowed: write 1000000, 1_000_000 or 1MB'
  return `${unit} is not a unit of bytes: use one of ${knownUnits.join(', ')}`
}

/** Returns the shortest exact form of a size, such as `80MB`, `1.5GiB` or `1234567`. */
export function formatByteSize(bytes: number): string {
  for (const exponent of [4, 3, 2, 1])
    for (const step of [1000, 1024]) {
      const scale = step ** exponent
      // One digit after the point is exact if a tenth of the unit (a half for binary units) divides the size.
      if (bytes >= scale && bytes % (scale / (step === 1000 ? 10 : 2)) === 0)
        return `${bytes / scale}${knownUnits[exponent + (step === 1000 ? 0 : 4)] ?? ''}`
    }
  return String(bytes)
}
