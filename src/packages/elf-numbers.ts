/** Reads numbers of an executable in the format that its header gives (System V ABI, "ELF Identification"). */

/** The first four bytes of an executable, as a big-endian number. */
export const elfMagic = 0x7f454c46

/** Reads numbers at an offset. */
export interface ElfNumbers {
  /** Whether addresses and offsets have 64 bits. */
  readonly is64: boolean
  readonly u16: (at: number) => number
  readonly u32: (at: number) => number
  /** Reads an address or an offset. */
  readonly word: (at: number) => number
}

/**
 * Returns functions that read numbers.
 *
 * @param bytes the bytes to read
 * @param head the beginning of the executable. The default is `bytes`
 */
export function numbersOf(bytes: Buffer, head: Buffer = bytes): ElfNumbers {
  const is64 = head[4] === 2
  const isLittle = head[5] === 1
  const u16 = (at: number): number => (isLittle ? bytes.readUInt16LE(at) : bytes.readUInt16BE(at))
  const u32 = (at: number): number => (isLittle ? bytes.readUInt32LE(at) : bytes.readUInt32BE(at))
  const word = (at: number): number => {
    if (!is64) return u32(at)
    return isLittle ? u32(at) + u32(at + 4) * 2 ** 32 : u32(at + 4) + u32(at) * 2 ** 32
  }
  return { is64, u16, u32, word }
}
