import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { Readable } from 'node:stream'
import type { LayerContents, LayerEntry, LayerIndex } from '../../src/layer/layer-index.ts'
import { bombLimits, readLayer, unpackLayer, type ExpectedBlob, type ReadLayer } from '../../src/layer/read-layer.ts'
import { Unpacker } from '../../src/layer/unpacker.ts'
import type { Digest } from '../../src/oci/digest.ts'

export { remove, temporaryFolder } from './folders.ts'

export function sha256(bytes: Buffer): Digest {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`
}

export function tar(...args: string[]): Buffer {
  return execFileSync('tar', args, { maxBuffer: 1 << 28, stdio: ['ignore', 'pipe', 'ignore'] })
}

/** Splits after each of the sizes in turn, repeatedly. */
export function cut(bytes: Buffer, sizes: readonly number[] = [65_536]): Buffer[] {
  const chunks: Buffer[] = []
  for (let at = 0, nth = 0; at < bytes.length; nth += 1) {
    const size = sizes[nth % sizes.length] ?? 1
    chunks.push(bytes.subarray(at, at + size))
    at += size
  }
  return chunks
}

export function streamOf(bytes: Buffer, sizes?: readonly number[]): Readable {
  return Readable.from(cut(bytes, sizes))
}

/** Reads a blob whose digest matches, whatever its content. */
export async function read(bytes: Buffer, sizes?: readonly number[]): Promise<LayerIndex> {
  return (await readLayer(streamOf(bytes, sizes), { digest: sha256(bytes), size: bytes.length })).index
}

export async function contentsOf(bytes: Buffer): Promise<LayerContents> {
  return (await readLayer(streamOf(bytes), { digest: sha256(bytes), size: bytes.length })).contents
}

export async function entriesOf(bytes: Buffer): Promise<Omit<LayerEntry, 'attributes'>[]> {
  // eslint-disable-next-line @typescript-eslint/no-unused-vars -- leaves them out
  return (await entriesWithAttributes(bytes)).map(({ attributes, ...entry }) => entry)
}

/** Reads a layer, and returns its entries with their owners and modes. */
export async function entriesWithAttributes(bytes: Buffer): Promise<LayerEntry[]> {
  const entries: LayerEntry[] = []
  await listLayer(streamOf(bytes), { digest: sha256(bytes), size: null }, (entry) => entries.push(entry))
  return entries
}

/** Calls `readLayer`, with a callback for each entry. */
export function listLayer(
  source: Readable,
  expected: ExpectedBlob,
  onEntry: (entry: LayerEntry) => void,
): Promise<ReadLayer> {
  return unpackLayer(
    source,
    expected,
    new Unpacker(expected.digest, bombLimits, { tarAlgorithm: 'sha256', timeless: false }, onEntry),
  )
}

/** Returns the entry that is read from a tar with this path. */
export async function entryNamed(path: string): Promise<LayerEntry | undefined> {
  return (await entriesOf(Buffer.concat([pax({ path }), header('a', 0)])))[0]
}

/** Makes a ustar header block. `size` is the bytes of the field, or a number to write in octal. */
export function header(name: string | Buffer, size: number | Buffer, type = '0'): Buffer {
  const block = Buffer.alloc(512)
  Buffer.from(name).copy(block, 0)
  block.write('0000644\0', 100)
  if (typeof size === 'number') block.write(`${size.toString(8).padStart(11, '0')}\0`, 124)
  else size.copy(block, 124)
  block.write(type, 156, 'latin1')
  block.write('ustar\x0000', 257, 'latin1')
  return sealed(block)
}

/** Adds the correct checksum. */
export function sealed(block: Buffer): Buffer {
  block.fill(0x20, 148, 156)
  const sum = block.reduce((total, byte) => total + byte, 0)
  block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148)
  return block
}

/** Makes the header of a link: `1` for a hard link, `2` for a symbolic one. */
export function linkHeader(name: string, target: string, type: '1' | '2'): Buffer {
  const block = header(name, 0, type)
  block.write(target, 157)
  return sealed(block)
}

export function base256(value: bigint): Buffer {
  const bytes = Buffer.alloc(12)
  let left = BigInt.asUintN(96, value)
  for (let at = 11; at >= 0; at -= 1) {
    bytes[at] = Number(left & 0xffn)
    left >>= 8n
  }
  bytes[0] = (bytes[0] ?? 0) | 0x80
  return bytes
}

export function payload(bytes: Buffer): Buffer {
  return Buffer.concat([bytes, Buffer.alloc((512 - (bytes.length % 512)) % 512)])
}

/** Makes an extended header with these records. */
export function pax(records: Readonly<Record<string, string>>, type = 'x'): Buffer {
  const body = Buffer.concat(Object.entries(records).map(([key, value]) => paxRecord(key, value)))
  return Buffer.concat([header('PaxHeaders/x', body.length, type), payload(body)])
}

function paxRecord(key: string, value: string): Buffer {
  const rest = Buffer.from(` ${key}=${value}\n`)
  let length = rest.length + 1
  while (String(length).length + rest.length !== length) length = String(length).length + rest.length
  return Buffer.concat([Buffer.from(String(length)), rest])
}

export const trailer = Buffer.alloc(1024)
