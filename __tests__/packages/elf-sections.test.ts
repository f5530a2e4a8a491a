/** Debug information and symbols of programs, as `readelf` lists them, and as `strip` and Go's linker leave them out. */
import { afterAll, describe, expect, test } from '@jest/globals'
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Room } from '../../src/packages/payload-reader.ts'
import { SectionReader } from '../../src/packages/elf-sections.ts'
import { programOf, type ProgramParts } from '../support/elf.ts'
import { succeed } from '../support/program.ts'
import { testWith } from '../support/rig.ts'

const folder = mkdtempSync(join(tmpdir(), 'sections-'))
afterAll(() => rmSync(folder, { recursive: true }))

/** Returns the bytes that the reader tells, if it gets the file in pieces of this size, all in one buffer. */
function debugBytes(program: Buffer, pieceBytes = 64 * 1024): number {
  let told = 0
  const reader = new SectionReader(program.length, new Room(), (bytes) => {
    told += bytes
  })
  const buffer = Buffer.alloc(Math.min(pieceBytes, program.length))
  for (let at = 0; at < program.length; at += pieceBytes) {
    const piece = buffer.subarray(0, program.copy(buffer, 0, at, at + pieceBytes))
    if (reader.wants < at + piece.length) reader.take(piece, at)
  }
  return told
}

/** Returns the sum of the sections that `readelf` lists with these names. */
async function sumOfSections(path: string): Promise<number> {
  const told = await succeed('readelf', ['--section-headers', '--wide', path])
  return [...told.matchAll(/^ *\[ *\d+\] (\.z?debug_\S+|\.symtab|\.strtab) +\S+ +[0-9a-f]+ [0-9a-f]+ ([0-9a-f]+) /gm)]
    .map(([, , size]) => Number.parseInt(size!, 16))
    .reduce((sum, size) => sum + size, 0)
}

testWith('go', 'readelf')(
  'Go: tells the sections that `readelf` lists, and the linker leaves out at least these',
  async () => {
    const source = join(folder, 'main.go')
    writeFileSync(source, 'package main\n\nimport "fmt"\n\nfunc main() { fmt.Println("x") }\n')
    const env = { GO111MODULE: 'off', CGO_ENABLED: '0', GOFLAGS: '' }
    const [whole, lean] = [join(folder, 'whole'), join(folder, 'lean')]
    await succeed('go', ['build', '-o', whole, source], { env })
    await succeed('go', ['build', '-ldflags=-s -w', '-o', lean, source], { env })
    const bytes = debugBytes(readFileSync(whole))
    expect(bytes).toBe(await sumOfSections(whole))
    const saved = statSync(whole).size - statSync(lean).size
    expect(saved - bytes).toBeGreaterThanOrEqual(0)
    expect(saved - bytes).toBeLessThan(64 * 1024)
    expect(debugBytes(readFileSync(lean))).toBe(0)
  },
  120_000,
)

testWith('gcc', 'readelf')(
  'C: tells the sections that `readelf` lists, and `strip` removes at least these',
  async () => {
    const source = join(folder, 'main.c')
    writeFileSync(source, '#include <stdio.h>\nint main(void) { return printf("x"); }\n')
    const [whole, lean] = [join(folder, 'c'), join(folder, 'c-lean')]
    await succeed('gcc', ['-g3', '-static', '-o', whole, source])
    await succeed('strip', ['-o', lean, whole])
    const bytes = debugBytes(readFileSync(whole))
    expect(bytes).toBe(await sumOfSections(whole))
    const saved = statSync(whole).size - statSync(lean).size
    expect(saved - bytes).toBeGreaterThanOrEqual(0)
    expect(saved - bytes).toBeLessThan(4096)
    expect(debugBytes(readFileSync(lean))).toBe(0)
  },
)

const parts: ProgramParts = { code: 300_000, debug: 200_000, symbols: 24_000, strings: 7_001 }
const sum = 200_000 + 24_000 + 7_001

describe('a program', () => {
  test.each<[string, Buffer, number]>([
    ['with the names of sections last', programOf(parts), sum],
    ['with the table of sections first, as Go writes it', programOf({ ...parts, tableFirst: true }), sum],
    ['of 32 bits', programOf({ ...parts, bits: 32 }), sum],
    ['with the most significant byte first', programOf({ ...parts, endian: 'big' }), sum],
    // Then the names of the sections are no longer there when their place is known.
    [
      'with many names of symbols behind the names of sections',
      programOf({ ...parts, strings: 200_000, namesFirst: true }),
      224_000,
    ],
    ['without such sections', programOf({ code: 300_000, debug: 0, symbols: 0, strings: 0 }), 0],
    ['that is an object file', programOf({ ...parts, type: 1 }), 0],
    ['whose sections overlap', programOf({ ...parts, overlap: true }), 0],
    ['that is cut off', programOf(parts).subarray(0, 400_000), 0],
  ])('%s', (_name, program, expected) => {
    for (const piece of [program.length, 65_536, 4_096, 511]) expect(debugBytes(program, piece)).toBe(expected)
  })

  test('that is damaged never reports more debug information than the file has bytes', () => {
    const sound = programOf(parts)
    const places = [...Array(64).keys(), ...Array.from({ length: 128 }, (_, nth) => sound.length - 1_024 + 8 * nth)]
    for (const at of places)
      for (const value of [0, 1, 0x7f, 0xff]) {
        const hurt = Buffer.from(sound)
        hurt[at] = value
        const bytes = debugBytes(hurt)
        expect(bytes).toBeGreaterThanOrEqual(0)
        expect(bytes).toBeLessThanOrEqual(hurt.length)
      }
  })

  test('is read in parts: its start, and the end of a file with the table', () => {
    const reader = new SectionReader(10_000_000, new Room(), () => undefined)
    const large = programOf({ ...parts, code: 10_000_000 })
    expect(reader.wants).toBe(0)
    const whole = new SectionReader(large.length, new Room(), () => undefined)
    whole.take(large.subarray(0, 512), 0)
    expect(large.length - whole.wants).toBeLessThan(200_000)
  })
})
