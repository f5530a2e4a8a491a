import type { Digest } from '../oci/digest.ts'
import type { LayerPackages } from '../packages/package.ts'

/** The kind of a tar entry. `whiteout` and `opaque-whiteout` are the two kinds of whiteout in OCI layer.md. */
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
  /** GNU's volume label, or the continuation of a file from another archive. tar lists them but unpacks nothing. */
  | 'other'

/**
 * One tar entry. `fileBytes` is the size of a regular file when unpacked (its real size if it is sparse), and otherwise
 * 0.
 */
export interface LayerEntry {
  readonly path: string
  readonly kind: EntryKind
  readonly fileBytes: number
  /** The target of a hard link (a path in the layer) or symbolic link, as stored. */
  readonly linkTarget?: string
  /** Permission bits, owner and group. -1 if the archive does not say. */
  readonly attributes?: Attributes
}

/** The permission bits, the owner and the group of an entry. */
export interface Attributes {
  readonly mode: number
  readonly uid: number
  readonly gid: number
}

/** The facts about a layer blob that a report needs. They are made once and stored by digest. */
export interface LayerIndex {
  /** Digest of the blob as stored and pulled. */
  readonly digest: Digest
  /** Digest of the uncompressed tar. */
  readonly diffId: Digest
  /** Size of the blob as stored and pulled, in bytes. */
  readonly compressedSize: number
  /** Exact size of the uncompressed tar in bytes, including padding and trailer. */
  readonly uncompressedSize: number
  /** Sum of `fileBytes` over all entries. */
  readonly fileBytes: number
  /** Number of tar entries, including whiteouts. */
  readonly entries: number
  readonly whiteouts: number
  readonly opaqueWhiteouts: number
  /**
   * Digest of everything that the layer unpacks to, except for the times of files (`TimelessDigest`). Null if it was
   * not computed.
   */
  readonly timelessDigest: Digest | null
}

/**
 * The heaviest files and directories of a layer, which show what grew. They are stored beside the index and read only
 * when needed.
 *
 * The lists are limited to 300 items each, or fewer if paths are very long. They are sorted by weight, heaviest first,
 * then by path. Items lighter than the last one of a list are left out. So is any path of more than 4,096 characters,
 * which Linux does not allow.
 */
export interface LayerContents {
  /**
   * Regular files with at least one byte. If a path occurs twice in the tar, it has the size of its last entry.
   * `checksum` is the CRC-32 of the content, absent if it is not known.
   */
  readonly files: readonly { readonly path: string; readonly fileBytes: number; readonly checksum?: number }[]
  /**
   * Directories that contain files with bytes, at any depth. If a path occurs twice, both entries count, as in the
   * layer's `fileBytes`. The root is left out. Directories more than 64 levels deep are left out too (fewer levels in a
   * layer of hundreds of thousands of directories), and their files count for the directories above.
   */
  readonly directories: readonly { readonly path: string; readonly fileBytes: number; readonly files: number }[]
  /** Whether it is certain that nothing with bytes was left out of either list. */
  readonly complete: boolean
  /**
   * Paths of files and directories without bytes; those of directories end with a slash. Absent if the lists are not
   * complete, if there are more than 300, or if the layer has links or devices.
   */
  readonly bare?: readonly string[]
}

/** The packages of a layer, and the rest of its files. */
export interface LayerPackagesAndOthers extends LayerPackages {
  /**
   * Like `LayerContents`, but only for files that belong to no package. Null if the layer has no packages, so that
   * these are all files.
   */
  readonly others: LayerContents | null
  /**
   * The package that each regular file of the layer's entries belongs to, packed (`packages/owner-runs.ts`). Null if it
   * is too large or there are no packages. Absent in files of earlier releases.
   */
  readonly owners?: string | null
}
