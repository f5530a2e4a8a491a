/** Whether layers contain the files of layers that COPY --from made. */
import { expect, test } from '@jest/globals'
import type { TextStore } from '../../src/cache/text-store.ts'
import type { Digest } from '../../src/oci/digest.ts'
import { copiedFilesIn, type Contents } from '../../src/weigh/copied-files.ts'
import { readerOf, type Checksums } from '../support/layer-contents.ts'

const digestOf = (name: string): Digest => `sha256:${Buffer.from(name).toString('hex').padEnd(64, '0')}`

/** Checksums by path. Null for a layer whose entries are not known, and for a file without checksum. */
const layers = new Map<Digest, Checksums | null>([
  [digestOf('base'), { libc: 1 }],
  [digestOf('made'), { 'src/app': 2, 'src/app.o': 3 }],
  [digestOf('made again'), { 'src/app': 22, 'src/app.o': 3 }],
  [digestOf('copied'), { 'opt/app': 2 }],
  [digestOf('folders'), {}],
  [digestOf('unknown'), null],
  [digestOf('without checksum'), { 'src/app': null }],
])

/** Reads these layers and stores results in memory. */
function contents(kept: Map<string, string> | null): Contents & { readonly read: Digest[] } {
  const read: Digest[] = []
  const store = kept && { get: (name: string) => Promise.resolve(kept.get(name) ?? null), put: putInto(kept) }
  const reader = readerOf(layers)
  return {
    ...reader,
    read,
    derivedFrom: () => store,
    facts: (digest) => {
      read.push(digest)
      return reader.facts(digest)
    },
  }
}

const putInto =
  (kept: Map<string, string>): TextStore['put'] =>
  (name, text) => {
    kept.set(name, text)
    return Promise.resolve()
  }

const find = (copied: readonly string[], own: readonly string[], reader: Contents) =>
  copiedFilesIn(copied.map(digestOf), reader)(own.map(digestOf))

test.each([
  ['contained', ['copied'], ['base', 'made']],
  ['missing', ['copied'], ['base', 'made again']],
  ['missing', ['copied'], []],
  ['not-known', [], ['base']],
  ['not-known', ['folders'], ['base']],
  ['not-known', ['copied'], ['unknown', 'base']],
  ['not-known', ['copied'], ['without checksum']],
] as const)('%s: %p in %p', async (result, copied, own) => {
  expect(await find(copied, own, contents(null))).toBe(result)
})

test('a result is reused for the same layers, and reads none of them', async () => {
  const kept = new Map<string, string>()
  for (const [own, result] of [
    ['made', 'contained'],
    ['made again', 'missing'],
  ] as const) {
    // prettier-ignore
    expect(await find(['copied'], [own], contents(kept))).toBe(result)
    const later = contents(kept)
    expect(await find(['copied'], [own], later)).toBe(result)
    expect(later.read).toEqual([])
  }
  expect(kept.size).toBe(2)
})

test('a result that is not known, or whose text is damaged, is determined again', async () => {
  const kept = new Map<string, string>()
  await find(['copied'], ['unknown'], contents(kept))
  expect(kept.size).toBe(0)

  await find(['copied'], ['made'], contents(kept))
  const [name] = kept.keys()
  kept.set(name!, '"cont')
  expect(await find(['copied'], ['made'], contents(kept))).toBe('contained')
  expect(kept.get(name!)).toBe('"contained"')
})
