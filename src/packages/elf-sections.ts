/**
 * Finds out how many bytes of an executable are debug information and symbols, while its bytes stream past. The format
 * of the section table is described in the System V ABI, "Sections".
 */
import { elfMagic, numbersOf } from './elf-numbers.ts'
import { isAt } from './lines.ts'
import { RangesReader, type PayloadReader, type Room } from './payload-reader.ts'

const headBytes = 64
/**
 * Number of bytes that are kept before the section table, because the names of the sections are usually there. lld puts
 * the names of symbols, which may take more, in between.
 */
const bytesBefore = 128 * 1024
/** Limits for a section table and for the names of sections, in bytes. */
const maxTableBytes = 256 * 1024
const maxNamesBytes = 64 * 1024
const type = { symbols: 2, strings: 3 } as const
/** Kinds of files that still work after `strip`: programs and shared libraries. An object file does not. */
const strippable: readonly number[] = [2, 3]
/** The beginnings of the names of sections that `strip` removes, besides the tables of symbols. */
const debugNames = ['.debug_', '.zdebug_', '.stab', '.gdb_index']
/** Flag of sections that are loaded when the program runs. */
const loaded = 2

interface Section {
  readonly name: number
  readonly type: number
  readonly flags: number
  readonly from: number
  readonly bytes: number
  /** For a table of symbols: the section with their names. */
  readonly link: number
}

interface Table {
  readonly at: number
  readonly entryBytes: number
  readonly count: number
  /** Position of the section with the names of sections. */
  readonly names: number
}

/**
 * Reads the header, the section table and the names of the sections. It calls `onBytes` with the bytes that `strip`
 * removes at least: sections with debug information, and the tables of symbols that are not needed to run the program.
 * It is not called for a file that is no executable, or without such sections.
 */
export class SectionReader implements PayloadReader {
  readonly #fileBytes: number
  readonly #onBytes: (bytes: number) => void
  #reader: RangesReader
  readonly #room: Room

  /** @param room memory that no other reader uses until the file ends */
  constructor(fileBytes: number, room: Room, onBytes: (bytes: number) => void) {
    this.#room = room
    this.#fileBytes = fileBytes
    this.#onBytes = onBytes
    this.#reader = new RangesReader([{ from: 0, to: Math.min(headBytes, fileBytes) }], ([head]) => {
      // The buffer is reused before the table arrives.
      if (head !== undefined) this.#useHead(Buffer.from(head))
    })
  }

  get wants(): number {
    return this.#reader.wants
  }

  take(bytes: Buffer, at: number): void {
    // The bytes may have the end of one range and the beginning of the next one.
    for (let reader: RangesReader | null = null; reader !== this.#reader;) {
      reader = this.#reader
      reader.take(bytes, at)
    }
  }

  #useHead(head: Buffer): void {
    if (head.length < headBytes || head.readUInt32BE(0) !== elfMagic) return
    if (!strippable.includes(numbersOf(head).u16(16))) return
    const table = tableOf(head)
    const end = table.at + table.entryBytes * table.count
    if (table.count === 0 || end - table.at > maxTableBytes || end > this.#fileBytes) return
    const from = Math.max(headBytes, table.at - bytesBefore)
    if (table.at < from) return
    this.#reader = new RangesReader(
      [{ from, to: end }],
      ([bytes]) => {
        if (bytes !== undefined) this.#useTable(head, table, bytes, from)
      },
      this.#room,
    )
  }

  /** @param bytes those of the file from `from` to the end of the table */
  #useTable(head: Buffer, table: Table, bytes: Buffer, from: number): void {
    const sections = sectionsOf(head, table, bytes.subarray(table.at - from))
    const names = sections[table.names]
    if (names === undefined || names.bytes > maxNamesBytes) this.#report(sections, null)
    else if (names.from >= from && names.from + names.bytes <= from + bytes.length)
      this.#report(sections, bytes.subarray(names.from - from, names.from - from + names.bytes))
    // Go writes the table first, and the names at the end of the file.
    else if (names.from >= from + bytes.length && names.from + names.bytes <= this.#fileBytes && names.bytes > 0)
      this.#reader = new RangesReader([{ from: names.from, to: names.from + names.bytes }], ([text]) => {
        this.#report(sections, text ?? null)
      })
    else this.#report(sections, null)
  }

  #report(sections: readonly Section[], names: Buffer | null): void {
    const removed = new Set<Section>()
    for (const section of sections) {
      if ((section.flags & loaded) !== 0) continue
      if (section.type === type.symbols) {
        removed.add(section)
        const strings = sections[section.link]
        if (strings?.type === type.strings && (strings.flags & loaded) === 0) removed.add(strings)
      } else if (names !== null && isDebug(names, section.name)) removed.add(section)
    }
    const bytes = bytesOf([...removed], this.#fileBytes)
    if (bytes > 0) this.#onBytes(bytes)
  }
}

function tableOf(head: Buffer): Table {
  const { is64, u16, word } = numbersOf(head)
  return is64
    ? { at: word(40), entryBytes: u16(58), count: u16(60), names: u16(62) }
    : { at: word(32), entryBytes: u16(46), count: u16(48), names: u16(50) }
}

function sectionsOf(head: Buffer, { entryBytes, count }: Table, bytes: Buffer): readonly Section[] {
  const { is64, u32, word } = numbersOf(bytes, head)
  if (entryBytes < (is64 ? 64 : 40)) return []
  return Array.from({ length: count }, (_, nth): Section => {
    const at = nth * entryBytes
    const [flags, from, size] = is64 ? [8, 24, 32] : [8, 16, 20]
    return {
      name: u32(at),
      type: u32(at + 4),
      // All flags that matter are in the lowest 32 bits.
      flags: word(at + flags) % 2 ** 32,
      from: word(at + from),
      bytes: word(at + size),
      link: u32(at + (is64 ? 40 : 24)),
    }
  })
}

const isDebug = (names: Buffer, at: number): boolean => debugNames.some((name) => isAt(names, at, names.length, name))

/** Returns the sum over sections. Returns 0 if they overlap or are not in the file, because then the table is wrong. */
function bytesOf(sections: readonly Section[], fileBytes: number): number {
  let end = 0
  let sum = 0
  for (const { from, bytes } of sections.toSorted((a, b) => a.from - b.from)) {
    if (bytes === 0) continue
    if (from < end || from + bytes > fileBytes) return 0
    end = from + bytes
    sum += bytes
  }
  return sum
}
