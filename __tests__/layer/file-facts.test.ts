/** What is found out about the bytes of files while a layer is read. */
import { expect, test } from '@jest/globals'
import { crc32 } from 'node:zlib'
import { fileFactsOf, FileFactsWriter } from '../../src/layer/file-facts.ts'
import { readLayer } from '../../src/layer/read-layer.ts'
import { programOf } from '../support/elf.ts'
import { header, payload, sha256, streamOf, trailer } from '../support/tar-bytes.ts'

const program = programOf({ code: 300_000, debug: 200_000, symbols: 24_000, strings: 7_001 })

test.each([1_000_000, 65_536, 1_000, 7])('gives each regular file its facts, in pieces of %i bytes', async (piece) => {
  const texts = ['a', 'x'.repeat(5_000), ''].map((text) => Buffer.from(text))
  const tar = Buffer.concat([
    ...texts.flatMap((text, nth) => [header(`d/f${nth}`, text.length), payload(text)]),
    header('d/link', 0, '2'),
    header('bin/program', program.length),
    payload(program),
    header('d/.wh.gone', 0),
    header('d/last', 1),
    payload(Buffer.from('z')),
    trailer,
  ])
  const { facts } = await readLayer(streamOf(tar, [piece]), { digest: sha256(tar), size: tar.length })
  const next = fileFactsOf(facts)
  expect([next(), next(), next(), next(), next(), next()]).toEqual([
    { checksum: crc32('a'), debugBytes: 0 },
    { checksum: crc32('x'.repeat(5_000)), debugBytes: 0 },
    // An empty file has no bytes that could be saved.
    { checksum: null, debugBytes: 0 },
    { checksum: crc32(program), debugBytes: 231_001 },
    { checksum: crc32('z'), debugBytes: 0 },
    { checksum: null, debugBytes: 0 },
  ])
})

test('reads damaged facts without an error', () => {
  const writer = new FileFactsWriter()
  for (const checksum of [1, 2 ** 32 - 1]) {
    writer.begin()
    writer.setChecksum(checksum)
    writer.setDebugBytes(2 ** 40)
  }
  const packed = writer.packed()
  for (let end = 0; end <= packed.length; end += 1) {
    const next = fileFactsOf(packed.slice(0, end))
    for (let nth = 0; nth < 4; nth += 1) next()
  }
  const next = fileFactsOf(packed)
  expect([next(), next()]).toEqual([
    { checksum: 1, debugBytes: 2 ** 40 },
    { checksum: 2 ** 32 - 1, debugBytes: 2 ** 40 },
  ])
})

test('keeps the facts of a limited number of files', () => {
  const writer = new FileFactsWriter()
  for (let nth = 0; nth < 250_010; nth += 1) {
    writer.begin()
    writer.setChecksum(nth)
  }
  expect(writer.hasRoom).toBe(false)
  const next = fileFactsOf(writer.packed())
  for (let nth = 0; nth < 250_000; nth += 1) if (next().checksum !== nth) throw new Error(`file ${nth}`)
  expect(next()).toEqual({ checksum: null, debugBytes: 0 })
})
