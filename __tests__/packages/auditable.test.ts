/** The list of crates in a Rust program: where it is found, what it says, and what is not taken for one. */
import { deflateRawSync, deflateSync } from 'node:zlib'
import { describe, expect, test } from '@jest/globals'
import { lineOf, packagesIn, tarOf } from '../support/packages.ts'

interface Parts {
  /** Content behind all segments. */
  readonly behind: Buffer
  /** Content of a segment of constants. */
  readonly constants?: Buffer
  readonly bits?: 32 | 64
  readonly endian?: 'little' | 'big'
  /** End of the segment, if the header tells a wrong one. */
  readonly end?: number
}

/** Makes a program of one segment, 300 kB of code after the headers. */
function program({ behind, constants = Buffer.alloc(0), bits = 64, endian = 'little', end }: Parts): Buffer {
  const head = Buffer.alloc(4096)
  const put = (value: number, at: number, size: 2 | 4 | 8): void => {
    if (endian === 'little') head.writeUIntLE(value, at, Math.min(size, 6))
    else head.writeUIntBE(value, at + Math.max(0, size - 6), Math.min(size, 6))
  }
  const is64 = bits === 64
  const word = is64 ? 8 : 4
  const start = is64 ? 64 : 52
  const code = Buffer.concat([constants, Buffer.alloc(300_000 - constants.length, 0x90)])
  head.write('\x7fELF', 'latin1')
  head[4] = is64 ? 2 : 1
  head[5] = endian === 'little' ? 1 : 2
  put(start, is64 ? 32 : 28, word)
  put(is64 ? 56 : 32, is64 ? 54 : 42, 2)
  put(1, is64 ? 56 : 44, 2)
  put(1, start, 4)
  put(5, start + (is64 ? 4 : 24), 4)
  put((end ?? head.length + code.length) - 1, start + (is64 ? 32 : 16), word)
  put(1, start + (is64 ? 8 : 4), word)
  return Buffer.concat([head, code, behind])
}

const comment = Buffer.from('GCC: (GNU) 14\0xx\x78\x01\x78\x9c rustc\0', 'latin1')
const after = Buffer.alloc(20_000, 'symbols ')
const behind = (list: Buffer): Buffer => Buffer.concat([comment, list, after])
const list = {
  packages: [
    { name: 'cc', version: '1.2.0', source: 'crates.io', kind: 'build' },
    { name: 'hashbrown', version: '0.14.5', source: 'crates.io' },
    { name: 'hashbrown', version: '0.15.2', source: 'crates.io', kind: 'runtime' },
    { name: 'served', version: '0.4.2', source: 'local', dependencies: [0, 1, 2], root: true },
  ],
}
const deflated = deflateSync(JSON.stringify(list))
const found = async (...programs: readonly Buffer[]): Promise<readonly string[]> => {
  const { packages, complete } = await packagesIn(tarOf(programs.map((bytes, nth) => [`usr/bin/app${nth}`, bytes])))
  expect(complete).toBe(true)
  return packages.map(
    (one) => `${lineOf(one)} ${one.parts.map(({ name, version }) => `${name} ${version ?? '?'}`).join(', ')}`,
  )
}
const crates = 'hashbrown 0.14.5, hashbrown 0.15.2'

test.each<[string, Parts]>([
  ['64 bits', { behind: behind(deflated) }],
  ['32 bits', { behind: behind(deflated), bits: 32 }],
  ['the most significant byte first', { behind: behind(deflated), endian: 'big' }],
  ['no symbols behind it', { behind: Buffer.concat([comment, deflated]) }],
  ['the fastest compression', { behind: behind(deflateSync(JSON.stringify(list), { level: 1 })) }],
  ['no compression', { behind: behind(deflateSync(JSON.stringify(list), { level: 0 })) }],
])('finds the crates of a program with %s, without those for the build', async (_, parts) => {
  const bytes = program(parts)
  const line = `cargo served 0.4.2 ${bytes.length} ${crates}`
  expect(await found(bytes)).toEqual([line])
  const tar = tarOf([['usr/bin/app', bytes]])
  // However the bytes are split.
  for (const chunks of [[511], [1_013, 7, 65_536]])
    expect((await packagesIn(tar, chunks)).packages).toMatchObject([{ name: 'served', path: 'usr/bin/app' }])
})

test('reports each program of a layer with its own crates', async () => {
  const other = deflateSync('{"packages":[{"name":"b","version":"2.0.0"}]}')
  const [one, two] = [program({ behind: behind(deflated) }), program({ behind: behind(other) })]
  expect(await found(one, two, one)).toEqual([
    `cargo served 0.4.2 ${one.length} ${crates}`,
    `cargo served 0.4.2 ${one.length} ${crates}`,
    // It does not say which crate is the program.
    `cargo app1 ? ${two.length} b 2.0.0`,
  ])
})

describe('finds no list of crates in', () => {
  const text = JSON.stringify(list)
  const random = Buffer.from(Array.from({ length: 60_000 }, (_, nth) => (Math.imul(nth, 0x9e3779b1) >>> 13) & 0xff))
  test.each<[string, Parts]>([
    ['a list in the segment', { behind: behind(Buffer.alloc(0)), constants: deflated }],
    ['a list that is cut off', { behind: Buffer.concat([comment, deflated.subarray(0, -20)]) }],
    ['a list with a wrong checksum', { behind: behind(Buffer.concat([deflated.subarray(0, -1), Buffer.alloc(1)])) }],
    ['a list without the header of zlib', { behind: behind(deflateRawSync(text)) }],
    ['a list that needs a dictionary', { behind: behind(deflateSync(text, { dictionary: Buffer.from(text) })) }],
    ['other JSON', { behind: behind(deflateSync('{"name":"served","packages":[]}')) }],
    ['JSON that is damaged', { behind: behind(deflateSync(`${text}]`)) }],
    ['JSON without crates', { behind: behind(deflateSync('{"packages":[null,1,[],{"name":1},{"version":"1"}]}')) }],
    ['JSON in many levels', { behind: behind(deflateSync(`{"packages":[${'['.repeat(100_000)}`)) }],
    // 250,000 values, which take more memory than the program.
    ['JSON of too many values', { behind: behind(deflateSync(`{"packages":[${'1,'.repeat(125_000)}1]}`)) }],
    [
      'a list that is larger than the program',
      { behind: behind(deflateSync(`{"packages":[${' '.repeat(330_000)}]}`)) },
    ],
    ['gigabytes of zeros', { behind: behind(deflateSync(Buffer.alloc(50_000_000))) }],
    ['places that look like zlib data', { behind: Buffer.alloc(60_000, Buffer.of(0x78, 0x9c)) }],
    ['bytes without a pattern', { behind: random }],
    ['a segment that ends after the file', { behind: behind(deflated), end: 2 ** 46 }],
    ['a program that ends with its segment', { behind: Buffer.alloc(0) }],
  ])('%s', async (_, parts) => {
    expect(await found(program(parts))).toEqual([])
  })
})
