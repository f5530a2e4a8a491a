/** Makes executables in the ELF format, with sections of given sizes. */

/** Sizes in bytes, and how the file is laid out. */
export interface ProgramParts {
  readonly code: number
  readonly debug: number
  readonly symbols: number
  readonly strings: number
  readonly bits?: 32 | 64
  readonly endian?: 'little' | 'big'
  /** Whether the table of sections comes first. */
  readonly tableFirst?: boolean
  /** Whether the names of sections come before the names of symbols, as lld writes them. */
  readonly namesFirst?: boolean
  /** Kind of the file. Default: 2, a program. */
  readonly type?: number
  /** Whether the sections are wrong: two of them share bytes. */
  readonly overlap?: boolean
  /** Content of a segment of writable data, at a multiple of 16 bytes. Only with 64 bits, least significant byte first. */
  readonly data?: Buffer
}

interface Section {
  readonly name: string
  readonly type: number
  readonly flags: number
  readonly bytes: Buffer
  /** Name of the section that it refers to. */
  readonly link?: string
}

export function programOf(parts: ProgramParts): Buffer {
  const { bits = 64, endian = 'little', tableFirst = false, namesFirst = false, type = 2, overlap = false } = parts
  const { data = Buffer.alloc(0) } = parts
  const some: Section[] = [
    { name: '', type: 0, flags: 0, bytes: Buffer.alloc(0) },
    { name: '.text', type: 1, flags: 6, bytes: Buffer.alloc(parts.code, 1) },
    { name: '.data', type: 1, flags: 3, bytes: data },
    { name: '.comment', type: 1, flags: 0x30, bytes: Buffer.alloc(50, 2) },
    { name: '.debug_info', type: 1, flags: 0, bytes: Buffer.alloc(parts.debug, 3) },
    { name: '.symtab', type: 2, flags: 0, bytes: Buffer.alloc(parts.symbols, 4), link: '.strtab' },
    { name: '.strtab', type: 3, flags: 0, bytes: Buffer.alloc(parts.strings, 5) },
  ].filter(({ name, bytes }) => name === '' || bytes.length > 0)
  const names = Buffer.from([...some.map(({ name }) => name), '.shstrtab', ''].join('\0'))
  const shown: Section = { name: '.shstrtab', type: 3, flags: 0, bytes: names }
  const sections = namesFirst ? [...some.slice(0, -1), shown, ...some.slice(-1)] : [...some, shown]
  const segmentsAt = bits === 64 ? 64 : 52
  const headerBytes = segmentsAt + (data.length > 0 ? 56 : 0)
  const entryBytes = bits === 64 ? 64 : 40
  const tableBytes = entryBytes * sections.length
  let at = headerBytes + (tableFirst ? tableBytes : 0)
  const places = sections.map(({ bytes }) => {
    if (bytes === data) at = Math.ceil(at / 16) * 16
    const place = at
    at += bytes.length
    return place
  })
  const tableAt = tableFirst ? headerBytes : at
  const program = Buffer.alloc(Math.max(at, tableAt + tableBytes))
  const put = (value: number, where: number, size: number): void => {
    if (endian === 'little') program.writeUIntLE(value, where, Math.min(size, 6))
    else program.writeUIntBE(value, where + Math.max(0, size - 6), Math.min(size, 6))
  }
  const word = bits / 8
  program.write('\x7fELF', 0, 'latin1')
  program[4] = bits === 64 ? 2 : 1
  program[5] = endian === 'little' ? 1 : 2
  put(type, 16, 2)
  put(tableAt, bits === 64 ? 40 : 32, word)
  const last = bits === 64 ? 58 : 46
  put(entryBytes, last, 2)
  put(sections.length, last + 2, 2)
  put(sections.indexOf(shown), last + 4, 2)
  if (data.length > 0) {
    put(segmentsAt, 32, 8)
    put(56, 54, 2)
    put(1, 56, 2)
    put(1, segmentsAt, 4)
    put(6, segmentsAt + 4, 4)
    put(places[sections.findIndex(({ bytes }) => bytes === data)]!, segmentsAt + 8, 8)
    put(data.length, segmentsAt + 32, 8)
  }
  for (const [nth, { name, type: kind, flags, bytes, link }] of sections.entries()) {
    const place = places[nth]!
    bytes.copy(program, place)
    const entry = tableAt + nth * entryBytes
    put(name === '' ? 0 : names.indexOf(`\0${name}\0`) + 1, entry, 4)
    put(kind, entry + 4, 4)
    put(flags, entry + 8, word)
    const shift = overlap && name === '.debug_info' ? 1 : 0
    put(place + shift, entry + 8 + 2 * word, word)
    put(bytes.length, entry + 8 + 3 * word, word)
    put(link === undefined ? 0 : sections.findIndex((one) => one.name === link), entry + 8 + 4 * word, 4)
  }
  return program
}

/** Returns a program with the build information of Go. */
export function goProgram(code: number, debug: Pick<ProgramParts, 'debug' | 'symbols' | 'strings'>): Buffer {
  return programOf({ code, ...debug, data: goInfo() })
}

/** Build information as the linker writes it: a header, and two strings after their lengths. */
function goInfo(): Buffer {
  const text = Buffer.concat([
    Buffer.alloc(16),
    Buffer.from('path\texample.org/a\nmod\texample.org/a\tv1.0.0\n'),
    Buffer.alloc(16),
  ])
  const version = Buffer.from('go1.26.1')
  const info = Buffer.alloc(32)
  info.write('\xff Go buildinf:', 0, 'latin1')
  info[14] = 8
  info[15] = 2
  return Buffer.concat([info, Buffer.of(version.length), version, Buffer.of(text.length), text, Buffer.alloc(64)])
}
