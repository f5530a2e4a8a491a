/** Encodes and decodes Protocol Buffers, as far as the messages to and from BuildKit need it. Pure. */
import { maxVarintBytes, writeVarint } from '../varint.ts'

/** A field of a message: its number, and its value by wire type. Fixed-width values are skipped. */
export interface Field {
  readonly number: number
  readonly value: bigint | Buffer
}

const varintType = 0
const fixed64Type = 1
const bytesType = 2
const fixed32Type = 5

/** Encodes a string field. */
export function stringField(number: number, text: string): Buffer {
  const bytes = Buffer.from(text, 'utf8')
  return Buffer.concat([varint((number << 3) | bytesType), varint(bytes.length), bytes])
}

/** Encodes a boolean field. */
export function boolField(number: number, value: boolean): Buffer {
  return Buffer.from([(number << 3) | varintType, value ? 1 : 0])
}

function varint(value: number): Buffer {
  const bytes = Buffer.alloc(maxVarintBytes)
  return bytes.subarray(0, writeVarint(bytes, 0, value))
}

/**
 * Limit for the fields of one message. A build has a field for each of its flags. A hostile message may have millions,
 * each of which takes memory.
 */
const maxFields = 10_000

/**
 * Decodes the fields of a message. Returns null if the bytes are not a message, or it has too many fields. Values share
 * the memory of the message.
 */
export function fieldsOf(message: Buffer): readonly Field[] | null {
  const fields: Field[] = []
  let at = 0
  const readVarint = (): bigint | null => {
    let value = 0n
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const byte = message[at++]
      if (byte === undefined) return null
      value |= BigInt(byte & 127) << shift
      if (byte < 128) return value
    }
    return null
  }
  while (at < message.length) {
    if (fields.length === maxFields) return null
    const key = readVarint()
    if (key === null) return null
    const number = Number(key >> 3n)
    const type = Number(key & 7n)
    if (type === fixed64Type || type === fixed32Type) {
      at += type === fixed64Type ? 8 : 4
      continue
    }
    const value = type === varintType || type === bytesType ? readVarint() : null
    if (value === null) return null
    if (type === varintType) fields.push({ number, value })
    else {
      const end = at + Number(value)
      if (end > message.length) return null
      fields.push({ number, value: message.subarray(at, end) })
      at = end
    }
  }
  return at === message.length ? fields : null
}

/**
 * Returns the last field with this number, as the format requires. Returns null if it is missing, or does not have the
 * type of bytes.
 */
export function bytesOf(fields: readonly Field[], number: number): Buffer | null {
  const found = fields.findLast((field) => field.number === number)?.value
  return Buffer.isBuffer(found) ? found : null
}

/**
 * Returns the last field with this number as a number. Returns null if it is missing, or is not an integer of up to 53
 * bits.
 */
export function numberOf(fields: readonly Field[], number: number): number | null {
  const found = fields.findLast((field) => field.number === number)?.value
  return typeof found === 'bigint' && found <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(found) : null
}
