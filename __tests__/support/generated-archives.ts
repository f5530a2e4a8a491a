/** Archives for fast-check: every way in which a writer may store an entry, built by hand from the descriptions of the formats. */
import fc from 'fast-check'
import { base256, header, payload, sealed, trailer } from './tar-bytes.ts'

export interface Archive {
  readonly bytes: Buffer
  /** Describes its content in messages. */
  readonly told: string
}

type Piece = readonly [offset: number, length: number]
type Records = readonly (readonly [key: string, value: Buffer])[]

/**
 * Names have no digits, so that an escaped byte differs from a name, and no "-" and ">", which tar prints between
 * names.
 */
const names = fc
  .array(
    fc
      .oneof(
        {
          weight: 6,
          arbitrary: fc
            .string({
              unit: fc.constantFrom('a', 'b', 'Z', '.', ' ', '_', '"', '*', '\\', '$'),
              minLength: 1,
              maxLength: 9,
            })
            .map((text) => Buffer.from(text)),
        },
        {
          weight: 2,
          arbitrary: fc
            .constantFrom('é', '日本', '😀', '\ufffd', 'a\nb', '\t', '.wh.gone', '.wh..wh..opq', '.wh..wh.plnk')
            .map((text) => Buffer.from(text)),
        },
        {
          weight: 1,
          arbitrary: fc
            .constantFrom([0xff], [0xc3], [0x61, 0xe2, 0x82], [0xed, 0xa0, 0x80], [0xf5, 0x62])
            .map((bytes) => Buffer.from(bytes)),
        },
        {
          weight: 1,
          arbitrary: fc.integer({ min: 80, max: 200 }).map((length) => Buffer.from('long'.repeat(50).slice(0, length))),
        },
      )
      .filter((part) => !['..', '.'].includes(part.toString('latin1'))),
    { minLength: 1, maxLength: 5 },
  )
  .map((parts) => Buffer.concat(parts.flatMap((part, nth) => (nth === 0 ? [part] : [Buffer.from('/'), part]))))

const before = fc.constantFrom('', '', './', '/', './/').map((text) => Buffer.from(text))

const sparse = fc
  .tuple(
    fc.array(fc.tuple(fc.integer({ min: 1, max: 5000 }), fc.integer({ min: 1, max: 700 })), { maxLength: 60 }),
    fc.nat(10_000),
  )
  .map(([steps, tail]) => {
    const pieces: Piece[] = []
    let at = 0
    for (const [hole, length] of steps) {
      pieces.push([at + hole, length])
      at += hole + length
    }
    return { pieces: [...pieces, [at + tail, 0] as const], realSize: at + tail }
  })

const plainTypes = ['0', '0', '0', '0', '\0', '7', '5', '1', '2', '3', '4', '6'] as const

const plain = fc.record({
  before,
  name: names,
  type: fc.constantFrom(...plainTypes),
  size: fc.oneof(fc.constantFrom(0, 1, 511, 512, 513), fc.nat(3000)),
  sizeAs: fc.constantFrom('octal', 'base256', 'spaces', 'pax'),
  nameAs: fc.constantFrom('gnu', 'pax', 'ustar'),
})

const holes = fc.record({ name: names, file: sparse, version: fc.constantFrom('gnu', '0.0', '0.1', '1.0') })

const special = fc.constantFrom('volume', 'rest', 'dump', 'global', 'comment', 'long link')

interface Plain {
  readonly before: Buffer
  readonly name: Buffer
  readonly type: string
  readonly size: number
  readonly sizeAs: string
  readonly nameAs: string
}

const endings: Readonly<Record<string, Buffer>> = {
  whole: trailer,
  none: Buffer.alloc(0),
  long: Buffer.alloc(10_240),
  'with data behind': Buffer.concat([trailer, Buffer.alloc(512, 0x5a)]),
}

/** `specials` are entries that only GNU tar understands. */
export function archives(specials: boolean): fc.Arbitrary<Archive> {
  const entry = fc.oneof(
    {
      weight: 6,
      arbitrary: plain.map((of) => ({
        bytes: plainEntry(of),
        told: `${JSON.stringify(of.name.toString('latin1'))} ${of.type} ${of.size} ${of.sizeAs} ${of.nameAs}`,
      })),
    },
    {
      weight: 2,
      arbitrary: holes.map((of) => ({
        bytes: sparseEntry(of.name, of.file, of.version),
        told: `sparse ${of.version}`,
      })),
    },
    ...(specials ? [{ weight: 1, arbitrary: special.map((kind) => ({ bytes: specialEntry(kind), told: kind })) }] : []),
  )
  return fc
    .tuple(fc.array(entry, { minLength: 1, maxLength: 12 }), fc.boolean(), fc.constantFrom(...Object.keys(endings)))
    .map(([entries, twice, ending]) => ({
      [fc.toStringMethod]: () => 'an archive of so many bytes that only its words are shown',
      bytes: Buffer.concat(
        [...entries, ...(twice ? entries.slice(0, 2) : [])]
          .map(({ bytes }) => bytes)
          .concat(endings[ending] ?? trailer),
      ),
      told: `${entries.map(({ told }) => told).join(', ')}${twice ? ', twice' : ''}, end ${ending}`,
    }))
}

function plainEntry({ before, name: stored, type, size, sizeAs, nameAs }: Plain): Buffer {
  const name = Buffer.concat([before, stored, Buffer.from(type === '5' ? '/' : '')])
  const hasBytes = ['0', '\0', '7'].includes(type)
  const bytes = hasBytes ? size : 0
  const sizeField =
    sizeAs === 'base256'
      ? base256(BigInt(bytes))
      : sizeAs === 'spaces'
        ? Buffer.from(`${bytes.toString(8).padStart(10)} \0`)
        : bytes
  const block = header(name.subarray(0, 100), sizeAs === 'pax' ? 0 : sizeField, type)
  if (type === '1' || type === '2') block.write('target', 157)
  if (type === '3' || type === '4') block.write('0000001\x000000003\x00', 329)
  const records: [string, Buffer][] = []
  if (sizeAs === 'pax') records.push(['size', Buffer.from(String(bytes))])
  const helpers: Buffer[] = []
  if (name.length > 100 || nameAs === 'pax') {
    const cut = name.length <= 250 && nameAs === 'ustar' ? splitAt(name) : -1
    if (cut > 0) {
      block.fill(0, 0, 100)
      name.copy(block, 0, cut + 1)
      name.copy(block, 345, 0, cut)
    } else if (nameAs === 'gnu' && records.length === 0) helpers.push(longName(name))
    else records.push(['path', name])
  }
  if (records.length > 0) helpers.push(extended(records))
  return Buffer.concat([...helpers, sealed(block), ...(hasBytes ? [payload(Buffer.alloc(size, 0x61))] : [])])
}

/** Returns the position of a slash with at most 155 bytes before it and 100 after it, or -1. */
function splitAt(name: Buffer): number {
  for (let at = Math.min(154, name.length - 2); at > 0; at -= 1)
    if (name[at] === 0x2f && name.length - at - 1 <= 100) return at
  return -1
}

function longName(name: Buffer): Buffer {
  return Buffer.concat([
    asGnu(header('././@LongLink', name.length + 1, 'L')),
    payload(Buffer.concat([name, Buffer.alloc(1)])),
  ])
}

function sparseEntry(
  name: Buffer,
  { pieces, realSize }: { readonly pieces: readonly Piece[]; readonly realSize: number },
  version: string,
): Buffer {
  const data = Buffer.alloc(
    pieces.reduce((sum, [, length]) => sum + length, 0),
    0x62,
  )
  const short = name.subarray(0, 90)
  const text = (value: string | number): Buffer => Buffer.from(String(value))
  if (version === 'gnu') return oldSparse(short, pieces, realSize, data)
  if (version === '0.0') {
    const map = pieces.flatMap(([offset, length]): Records => [
      ['GNU.sparse.offset', text(offset)],
      ['GNU.sparse.numbytes', text(length)],
    ])
    const records: Records = [
      ['GNU.sparse.size', text(realSize)],
      ['GNU.sparse.numblocks', text(pieces.length)],
      ...map,
      ['path', name],
    ]
    return Buffer.concat([extended(records), header(short, data.length), payload(data)])
  }
  const made = Buffer.from('GNUSparseFile.1/x')
  if (version === '0.1') {
    const records: Records = [
      ['GNU.sparse.size', text(realSize)],
      ['GNU.sparse.numblocks', text(pieces.length)],
      ['GNU.sparse.name', name],
      ['GNU.sparse.map', text(pieces.flat().join(','))],
    ]
    return Buffer.concat([extended(records), header(made, data.length), payload(data)])
  }
  const map = payload(text(`${pieces.length}\n${pieces.flat().join('\n')}\n`))
  const records: Records = [
    ['GNU.sparse.major', text(1)],
    ['GNU.sparse.minor', text(0)],
    ['GNU.sparse.name', name],
    ['GNU.sparse.realsize', text(realSize)],
  ]
  return Buffer.concat([extended(records), header(made, map.length + data.length), map, payload(data)])
}

function oldSparse(name: Buffer, pieces: readonly Piece[], realSize: number, data: Buffer): Buffer {
  const block = header(name, data.length, 'S')
  block.fill(0, 329, 512)
  pieces.slice(0, 4).forEach((piece, nth) => writePiece(block, 386 + 24 * nth, piece))
  block[482] = pieces.length > 4 ? 1 : 0
  block.write(`${realSize.toString(8).padStart(11, '0')}\0`, 483)
  const more: Buffer[] = []
  for (let at = 4; at < pieces.length; at += 21) {
    const extension = Buffer.alloc(512)
    pieces.slice(at, at + 21).forEach((piece, nth) => writePiece(extension, 24 * nth, piece))
    extension[504] = at + 21 < pieces.length ? 1 : 0
    more.push(extension)
  }
  return Buffer.concat([asGnu(block), ...more, payload(data)])
}

function writePiece(block: Buffer, at: number, [offset, length]: Piece): void {
  block.write(`${offset.toString(8).padStart(11, '0')}\0${length.toString(8).padStart(11, '0')}\0`, at)
}

function specialEntry(kind: string): Buffer {
  if (kind === 'volume') return asGnu(header('label', 0, 'V'))
  if (kind === 'rest') return Buffer.concat([asGnu(header('rest', 700, 'M')), payload(Buffer.alloc(700, 0x63))])
  if (kind === 'dump') return Buffer.concat([asGnu(header('dump/', 9, 'D')), payload(Buffer.from('Yfile\0\0\0\0'))])
  if (kind === 'global') return extended([['path', Buffer.from('all')]], 'g')
  if (kind === 'comment') return extended([['comment', Buffer.from('x'.repeat(2000))]], 'g')
  return Buffer.concat([
    asGnu(header('././@LongLink', 200, 'K')),
    payload(Buffer.alloc(200, 0x74)),
    asGnu(header('soft', 0, '2')),
  ])
}

function asGnu(block: Buffer): Buffer {
  block.write('ustar  \0', 257, 'latin1')
  return sealed(block)
}

function extended(records: Records, type = 'x'): Buffer {
  const body = Buffer.concat(records.map(([key, value]) => record(key, value)))
  return Buffer.concat([header('PaxHeaders/x', body.length, type), payload(body)])
}

function record(key: string, value: Buffer): Buffer {
  const rest = Buffer.concat([Buffer.from(` ${key}=`), value, Buffer.from('\n')])
  let length = rest.length + 1
  while (String(length).length + rest.length !== length) length = String(length).length + rest.length
  return Buffer.concat([Buffer.from(String(length)), rest])
}
