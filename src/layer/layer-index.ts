import type { Digest } from '../oci/digest.ts'
import type { LayerPackages } from '../packages/package.ts'

/** What one tar entry of a layer is. `whiteout` and `opaque` are the two kinds of whiteout of OCI layer.md. */
export type EntryKind =
  | 'file'
  | 'hardlink'
  | 'symlink'
  | 'directory'
  | 'character-device'
  | 'block-device'
  | 'fifo'
  | 'whiteout'
  | 'opaque-whiteout'
  /** GNU's volume label, and the rest of a file that began in another archive: tar lists them and unpacks nothing. */
  | 'other'

/** One tar entry. `fileBytes` is the size of a regular file as it would be unpacked (real size if sparse), else 0. */
export interface LayerEntry {
  readonly path: string
  readonly kind: EntryKind
  readonly fileBytes: number
  /** As stored, of hard links (a path of the layer) and symbolic links. */
  readonly linkTarget?: string
}

/** All that a report needs to know of a layer blob; made once, kept by digest. */
export interface LayerIndex {
  /** Digest of the blob as stored and pulled. */
  readonly digest: Digest
  /** Digest of the uncompressed tar. */
  readonly diffId: Digest
  /** Bytes of the blob as stored and pulled. */
  readonly compressedSize: number
  /** Exact bytes of the uncompressed tar, padding and trailer included. */
  readonly uncompressedSize: number
  /** Sum of `fileBytes` over the entries. */
  readonly fileBytes: number
  /** Number of tar entries, whiteouts included. */
  readonly entries: number
  readonly whiteouts: number
  readonly opaqueWhiteouts: number
  /** Of all that it unpacks to but for the times of files (`TimelessDigest`); null where it was not made. */
  readonly timelessDigest: Digest | null
}

/**
 * The heaviest files and directories of a layer, to say what grew; kept beside the index, read only when asked for.
 * Lists are bounded (300 each, less where paths are very long), heaviest first, then by path; what is lighter than the
 * last of a list is left out, and so is a path of over 4,096 characters, which no Linux can have.
 */
export interface LayerContents {
  /** Regular files with at least one byte; a path that occurs twice in the tar has the size of its last entry. */
  readonly files: readonly { readonly path: string; readonly fileBytes: number }[]
  /**
   * Directories above files with bytes; their own and all deeper regular files count, each entry of a path that occurs
   * twice too, as in the layer's `fileBytes`. The root is left out, and so are directories more than 64 deep (fewer in
   * a layer of hundreds of thousands of directories), whose files count for those above.
   */
  readonly directories: readonly { readonly path: string; readonly fileBytes: number; readonly files: number }[]
  /** Whether surely nothing with bytes was left out of either list. */
  readonly complete: boolean
}

/** The packages of a layer, and what else is in it. */
export interface LayerPackagesAndOthers extends LayerPackages {
  /** As `LayerContents`, of the files that belong to no package alone; null where that is all of them. */
  readonly others: LayerContents | null
  /**
   * Whose each regular file of the layer's entries is, packed (`packages/owner-runs.ts`). Null where it takes too much
   * room or there are no packages, absent from what earlier releases kept.
   */
  readonly owners?: string | null
}
