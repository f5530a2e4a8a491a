/** The facts that a metadata file gives about packages, and how an ecosystem asks to read such a file. */
import type { DebianPackage } from './debian-graph.ts'
import type { Ecosystem, PackagePart } from './package.ts'
import type { ByteRange, PayloadReader } from './payload-reader.ts'

/**
 * Receives one path of the layer. The buffer may be reused after the call returns. An entry that does not resolve to a
 * path is passed as an empty path, because it took time as well.
 *
 * @param work how many bytes were put together for this path
 * @returns whether more paths are wanted
 */
export type OnPath = (bytes: Buffer, from: number, to: number, work: number) => boolean

/**
 * Some facts about one package. Findings from several metadata files are merged if they have the same `ecosystem` and
 * `key`. A package whose name never becomes known is dropped.
 */
export interface Finding {
  readonly ecosystem: Ecosystem
  /**
   * Identifies the package: the same in all findings of the package, and unique among the packages of the ecosystem in
   * this layer.
   */
  readonly key: string
  readonly name?: string
  readonly version?: string | null
  /** See `LayerPackage`. The default is the key. */
  readonly path?: string
  /** Lists the files that the metadata records for this package. */
  readonly files?: (onPath: OnPath) => void
  /**
   * Everything below these directories belongs to the package, unless another package records it or it is below a
   * directory of another package that is nested deeper.
   */
  readonly directories?: readonly string[]
  /** Whether packages inside its directories belong to it, because it bundles them. */
  readonly closed?: boolean
  /** A file that is a package by itself, unless another package owns it. */
  readonly file?: string
  readonly parts?: readonly PackagePart[]
  /** True if only development needs it, as npm says. */
  readonly isForDevelopment?: true
  /** For an installed Debian package: what it needs and recommends. */
  readonly debian?: DebianPackage
  /** True for a Debian package that apt installed because of others. */
  readonly isAutomatic?: true
}

/** A file to read. The ranges are in order, do not overlap, and have at most a few megabytes each. */
export interface MetadataFile {
  readonly ranges: readonly ByteRange[]
  /**
   * Reads findings from the bytes of the ranges. It must run in linear time. It must not keep the bytes after the call,
   * except for `Finding.files`, which is called at once.
   *
   * @returns null if the bytes are not the expected metadata
   * @throws Error if the metadata is damaged
   */
  readonly read: (bytes: readonly Buffer[]) => Iterable<Finding> | null
}

/** A path that an ecosystem recognises: the name alone may be enough, or the file has to be read. */
export type Recognised =
  | { readonly finding: Finding }
  | MetadataFile
  /** It decides for itself which bytes to read. */
  | { readonly reader: (onFindings: (findings: readonly Finding[]) => void) => PayloadReader }
  /** The file is larger than the size limit. */
  | 'too-large'

/** Checks the path of a regular file of `fileBytes` bytes. Returns null for nearly every path. */
export type Recognise = (path: string, fileBytes: number) => Recognised | null

/** Reads a whole file. Returns `too-large` if it has more than `maxBytes` bytes. */
export function wholeFile(
  fileBytes: number,
  maxBytes: number,
  read: (bytes: Buffer) => Iterable<Finding> | null,
): Recognised {
  return fileBytes > maxBytes ? 'too-large' : startOfFile(fileBytes, maxBytes, read)
}

/** Reads at most the first `maxBytes` bytes of a file. */
export function startOfFile(
  fileBytes: number,
  maxBytes: number,
  read: (bytes: Buffer) => Iterable<Finding> | null,
): MetadataFile {
  const to = Math.min(fileBytes, maxBytes)
  return { ranges: [{ from: 0, to }], read: ([bytes]) => (bytes === undefined ? null : read(bytes)) }
}

/** Size limit for a list of paths, in bytes. The lists of the largest packages take a few megabytes. */
export const maxPathListBytes = 16 * 1024 * 1024

/**
 * Limit for the packages in one file. It is higher than the limit for a layer, so a list that was cut here is never
 * taken for complete.
 */
export const maxFindings = 50_000
