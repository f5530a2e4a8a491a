/** Damages stored lists of a layer's entries: the stored bytes, and the content inside the compression. */
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { constants, zstdCompressSync, zstdDecompressSync } from 'node:zlib'
import { FootprintError } from '../../src/errors.ts'
import { EntryListWriter, readEntryList } from '../../src/layer/entry-list.ts'
import { TarReader } from '../../src/layer/tar-reader.ts'
import type { Digest } from '../../src/oci/digest.ts'
import { damageBytes, type Random } from './damage.ts'

interface Sample {
  readonly digest: Digest
  readonly list: Buffer
}

export type EntrySamples = readonly Sample[]

/** Returns the lists of these archives, and one list with several pieces. */
export function entrySamples(archives: readonly Buffer[]): EntrySamples {
  const many = new EntryListWriter()
  const folder = (nth: number): string => `${createHash('sha256').update(String(nth)).digest('hex')}/`.repeat(3)
  for (let nth = 0; nth < 3000; nth += 1) many.add({ path: `${folder(nth)}${nth}`, kind: 'file', fileBytes: nth })
  const digest: Digest = `sha256:${'a'.repeat(64)}`
  const samples = [{ digest, list: many.list(digest) }, ...archives.map(sampleOf)]
  return samples.flatMap(({ digest: of, list }) => (list === null ? [] : [{ digest: of, list }]))
}

function sampleOf(archive: Buffer): { readonly digest: Digest; readonly list: Buffer | null } {
  const writer = new EntryListWriter()
  const reader = new TarReader((entry) => {
    writer.add(entry)
    return null
  })
  reader.write(archive)
  reader.end()
  const digest: Digest = `sha256:${createHash('sha256').update(archive).digest('hex')}`
  return { digest, list: writer.list(digest) }
}

export interface EntriesCase {
  readonly parser: 'entries' | 'entries-inside'
  readonly input: Buffer
  readonly read: (input: Buffer) => void
}

/** Returns a random case: a damaged list and the check of what is read from it. */
export function entriesCase(random: Random, samples: EntrySamples): EntriesCase {
  const { digest, list } = random.pick(samples)
  if (random.below(2) === 0) {
    // If a damaged list can be read, the result must be the same as for the undamaged list.
    const read = (input: Buffer): void => assert.deepEqual(entriesOf(input, digest), entriesOf(list, digest))
    return { parser: 'entries', input: random.below(6) === 0 ? list : damageBytes(random, list), read }
  }
  return {
    parser: 'entries-inside',
    input: damagedInside(random, list),
    read: (input) => void entriesOf(input, digest),
  }
}

/**
 * Reads a list.
 *
 * @throws FootprintError if it is not a list; AssertionError if an entry is impossible
 */
function entriesOf(list: Buffer, digest: Digest): readonly string[] {
  const lines: string[] = []
  let before = Buffer.alloc(0)
  const isList = readEntryList(list, digest, ({ kind, path, pathLength, shared, fileBytes, linkTarget }) => {
    assert.ok(Number.isSafeInteger(pathLength) && pathLength >= 0 && pathLength <= path.length)
    assert.ok(Number.isSafeInteger(shared) && shared >= 0 && shared <= Math.min(pathLength, before.length))
    assert.ok(Number.isSafeInteger(fileBytes) && fileBytes >= 0)
    assert.ok(linkTarget === '' || kind === 'hardlink' || kind === 'symlink')
    const whole = Buffer.from(path.subarray(0, pathLength))
    assert.ok(whole.subarray(0, shared).equals(before.subarray(0, shared)))
    before = whole
    lines.push(`${kind} ${whole.toString('latin1')} ${fileBytes} ${linkTarget}`)
  })
  if (!isList) throw new FootprintError('LAYER', 'no list of entries')
  return lines
}

const checksum = { params: { [constants.ZSTD_c_checksumFlag]: 1 } }

/**
 * Damages the pieces and compresses them again, so that the code that reads them is reached. Sometimes changes the
 * count.
 */
function damagedInside(random: Random, list: Buffer): Buffer {
  const parts: Buffer[] = [list.subarray(0, 32)]
  let at = 32
  for (let length = list.readUInt32LE(at); length > 0; length = list.readUInt32LE(at)) {
    const piece = zstdDecompressSync(list.subarray(at + 4, at + 4 + length))
    const damaged = random.below(3) === 0 ? withNumber(random, piece) : damageBytes(random, piece)
    const packed = zstdCompressSync(damaged, checksum)
    const head = Buffer.alloc(4)
    head.writeUInt32LE(packed.length)
    parts.push(head, packed)
    at += 4 + length
  }
  const end = Buffer.from(list.subarray(at))
  if (random.below(4) === 0) end.writeUInt32LE(random.below(3000), 4)
  return Buffer.concat([...parts, end])
}

/** Inserts a number that is too large or does not end. */
function withNumber(random: Random, piece: Buffer): Buffer {
  const at = random.below(piece.length + 1)
  const number = Buffer.concat([
    Buffer.alloc(random.pick([1, 4, 7, 8, 9, 200, 3000]), random.pick([0x80, 0xff])),
    random.pick([Buffer.from([0x7f]), Buffer.alloc(0)]),
  ])
  return Buffer.concat([piece.subarray(0, at), number, piece.subarray(at + random.below(4))])
}
