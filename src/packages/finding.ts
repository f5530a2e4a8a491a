/** What a metadata file says, and how an ecosystem tells that it wants to read one. */
import type { Ecosystem, PackagePart } from './package.ts'
import type { ByteRange, PayloadReader } from './payload-reader.ts'

/**
 * Is told of a path of the layer, which is good until the call returns, and gives back whether more are wanted. What
 * leads to no path is an empty one: that took `work`, too, which is the bytes that were put together.
 */
export type OnPath = (bytes: Buffer, from: number, to: number, work: number) => boolean

/**
 * A part of what there is to know of one package. What several metadata files say of a package comes together by
 * `ecosystem` and `key`. A package without a name is none.
 */
export interface Finding {
  readonly ecosystem: Ecosystem
  /** The same in all findings of one package, and in no other's of this layer. */
  readonly key: string
  readonly name?: string
  readonly version?: string | null
  /** See `LayerPackage`; the key unless told. */
  readonly path?: string
  /** Tells of the files that are recorded as this package's. */
  readonly files?: (onPath: OnPath) => void
  /** All that is below these belongs to it, unless it is recorded as another's or in a deeper one of these. */
  readonly directories?: readonly string[]
  /** Whether what is below its directories is its own whatever is found there: it brings others along. */
  readonly closed?: boolean
  /** A file that is a package by itself, unless it belongs to another. */
  readonly file?: string
  readonly parts?: readonly PackagePart[]
}

/** A file that is to be read: these ranges of it, in order and apart, each of at most some megabytes. */
export interface MetadataFile {
  readonly ranges: readonly ByteRange[]
  /**
   * What the bytes of the ranges say. It takes time that grows with their length and no faster, and keeps none of them
   * beyond the call and that of `Finding.files`. Throws where they are damaged.
   *
   * @returns null where they are no such metadata
   */
  readonly read: (bytes: readonly Buffer[]) => Iterable<Finding> | null
}

/** A path of the layer that an ecosystem knows; told by the name alone, or by what is in the file. */
export type Recognised =
  | { readonly finding: Finding }
  | MetadataFile
  /** Reads what it wants by itself. */
  | { readonly reader: (onFindings: (findings: readonly Finding[]) => void) => PayloadReader }
  /** It would be read, but is larger than can be. */
  | 'too-large'

/** Looks at the path of a regular file, `fileBytes` long. Null for nearly all. */
export type Recognise = (path: string, fileBytes: number) => Recognised | null

/** The whole of a file of at most so many bytes. */
export function wholeFile(
  fileBytes: number,
  most: number,
  read: (bytes: Buffer) => Iterable<Finding> | null,
): Recognised {
  return fileBytes > most ? 'too-large' : startOfFile(fileBytes, most, read)
}

/** No more than the first bytes of a file. */
export function startOfFile(
  fileBytes: number,
  most: number,
  read: (bytes: Buffer) => Iterable<Finding> | null,
): MetadataFile {
  const to = Math.min(fileBytes, most)
  return { ranges: [{ from: 0, to }], read: ([bytes]) => (bytes === undefined ? null : read(bytes)) }
}

/** Lists of paths: those of the largest packages there are take some megabytes. */
export const longestPathList = 16 * 1024 * 1024

/** Of one file: more than a layer may hold, so that nobody mistakes the first ones for all. */
export const mostFindings = 50_000
