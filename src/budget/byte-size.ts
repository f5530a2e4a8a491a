/** Sizes as people write them. Pure; exact at any size, since fractions are never made into floating point. */

/** Bytes, or a sentence on what is wrong with the number or with the unit. */
export type ByteSize = { readonly bytes: number } | { readonly part: 'number' | 'unit'; readonly problem: string }

const exponents = ['', 'k', 'm', 'g', 't'] as const

/** In the order of a hint. */
const knownUnits: readonly string[] = ['B', 'kB', 'MB', 'GB', 'TB', 'KiB', 'MiB', 'GiB', 'TiB']

/** `12`, `1_000_000`, `9.5`; no sign, no exponent, no comma. */
const numberShape = /^(\d+(?:_\d+)*)(?:\.(\d+))?$/

/**
 * `kB`, `MB`, `GB`, `TB` (also without the B) are powers of 1000, `KiB`, `MiB`, … (also without the B) of 1024, and
 * no unit is bytes. Case does not matter, except that `Mb` and the like are refused: that spelling means bits. A
 * fraction of a byte is dropped, which changes no verdict, as what is measured is whole.
 */
export function parseByteSize(number: string, unit: string): ByteSize {
  const scale = scaleOf(unit)
  if (typeof scale === 'string') return { part: 'unit', problem: scale }
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

/** How many bytes one of the unit is, or what is wrong with it. */
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

/** The shortest exact way to write it: `80MB`, `1.5GiB`, `1234567`. */
export function formatByteSize(bytes: number): string {
  for (const exponent of [4, 3, 2, 1])
    for (const step of [1000, 1024]) {
      const scale = step ** exponent
      // One digit after the point is exact where a tenth (or, in binary, a half) of the unit divides it.
      if (bytes >= scale && bytes % (scale / (step === 1000 ? 10 : 2)) === 0)
        return `${bytes / scale}${knownUnits[exponent + (step === 1000 ? 0 : 4)] ?? ''}`
    }
  return String(bytes)
}
