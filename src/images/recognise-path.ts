/** Determines from its contents what kind of source a path is. */
import { join } from 'node:path'
import { stat } from 'node:fs/promises'
import type { FootprintError } from '../errors.ts'
import { isAbsent } from '../files.ts'
import { intendedSource } from '../inputs/transports.ts'
import { compressionOf } from '../layer/decoder.ts'
import { foreignCompression, headBytes } from '../layer/foreign-compression.ts'
import { isZero } from '../layer/tar-header.ts'
import { openArchiveFile } from './archive.ts'
import { damaged } from './document.ts'
import { fileSize, readPart, unreadable } from './local-file.ts'
import { sourceForms } from './parse-source.ts'
import { parseReference } from './reference.ts'

/** `archive` is a compressed tar, whose kind is only known after reading it. */
export type Recognised = 'oci' | 'oci-archive' | 'docker-archive' | 'archive' | 'record'

/**
 * Determines the kind of source at a path.
 *
 * @throws FootprintError UNREADABLE_INPUT that says what was expected
 */
export async function recognisePath(path: string, signal: AbortSignal): Promise<Recognised> {
  const found = await stat(path).catch((cause: unknown) => {
    if (isAbsent(cause)) throw noSuchPath(path, cause)
    throw unreadable(path, cause)
  })
  if (found.isDirectory()) return recogniseFolder(path)
  if (!found.isFile()) throw damaged(`${path} is neither a file nor a folder; a source is ${sourceForms}`)
  const head = await readPart(path, 0, headBytes)
  if (head.length === 0) throw damaged(`${path} is empty: it is neither an image nor a record`)
  // UTF-16 is no image, and the reader of records says what to do.
  if (/^(?:fffe|feff)/.test(head.toString('hex', 0, 2))) return 'record'
  refuseForeignCompression(path, head)
  if (compressionOf(head) !== 'none') return 'archive'
  if (/^\uFEFF?\s*[{[]/.test(head.toString('utf8')) && head.indexOf(0) < 0) return 'record'
  if (head.length < 512 || isZero(head))
    throw damaged(`${path} is not an image: it is not a tar archive; a source is ${sourceForms}`)
  return recogniseArchive(path, signal)
}

/**
 * Checks the first bytes of a file.
 *
 * @throws FootprintError UNREADABLE_INPUT if they belong to an unsupported compression
 */
export function refuseForeignCompression(path: string, head: Buffer): void {
  const compression = foreignCompression(head)
  if (compression !== null)
    throw damaged(`${path} is compressed with ${compression}, which is not supported: decompress it first`)
}

async function recogniseFolder(path: string): Promise<Recognised> {
  if ((await fileSize(join(path, 'index.json'))) !== null) return 'oci'
  const isDir = (await fileSize(join(path, 'manifest.json'))) !== null
  throw damaged(
    isDir
      ? `${path} is a folder of skopeo's dir: transport, which is not supported; copy it with "skopeo copy dir:${path} oci:DIR"`
      : `${path} is a folder without index.json, so it is not an image layout; a source is ${sourceForms}`,
  )
}

async function recogniseArchive(path: string, signal: AbortSignal): Promise<Recognised> {
  const archive = await openArchiveFile(path, signal)
  if (archive.size('manifest.json') !== null) return 'docker-archive'
  if (archive.size('index.json') !== null) return 'oci-archive'
  throw damaged(
    `${path} is a tar archive without manifest.json or index.json, so it contains no image; a source is ${sourceForms}`,
  )
}

function noSuchPath(path: string, cause: unknown): FootprintError {
  const meant = intendedSource(path)
  if (meant !== null)
    return damaged(`there is no file or folder ${path}; did you mean ${meant}? A source is ${sourceForms}`, cause)
  if (parseReference(path) === null) return damaged(`${path} does not exist; a source is ${sourceForms}`, cause)
  if (/\.(?:json|tar|tgz|tar\.\w+)$/.test(path)) return damaged(`there is no file or folder ${path}`, cause)
  return damaged(
    `there is no file or folder ${path}; write an image of the engine as docker-daemon:${path}, and one in a registry as docker://${path}`,
    cause,
  )
}
