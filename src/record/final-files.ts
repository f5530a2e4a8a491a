/** What the final file system of a stage has, and what layers hide or delete. */
import * as v from 'valibot'
import { bytes, count, shortText, text } from './fields.ts'

/** The file system of a stage after all whiteouts, as in `docker export`, but without the files that an engine adds. */
export const FileSystemSchema = v.object({
  /** Number of names of regular files. Each hard link counts. */
  files: count,
  /** Sum of the sizes of its regular files, in bytes. Hard links to one file count once. */
  fileBytes: bytes,
})

/** Index of a layer in `layers` of the stage. Counted from 0, lowest first. */
const layerPosition = count

/** Files that one layer added and another one hides, by deleting or replacing them. */
const WasteItemSchema = v.object({
  /** The file, or a directory that contains all of the files. Empty for the root. */
  path: text,
  kind: v.picklist(['file', 'directory']),
  files: count,
  fileBytes: bytes,
  /** How many of the bytes were replaced by a file of the same size. A change of mode or owner copies a file. */
  sameSizeBytes: bytes,
  addedBy: layerPosition,
  /** The same layer as `addedBy` if a path occurs twice in its tar. */
  hiddenBy: layerPosition,
})

/** The bytes that layers of a stage hide. */
export const WasteSchema = v.object({
  /** Bytes of the files in all layers, minus those of the final file system. */
  fileBytes: bytes,
  /** How many of these bytes are hidden within the base image, by its own layers. Null if the base is unknown. */
  baseFileBytes: v.nullable(bytes),
  /** Items hidden by layers above the base (by any layer, if the base is unknown), heaviest first. */
  items: v.array(WasteItemSchema),
})

/** A cache in the final file system, which a tool keeps in order to be faster the next time. */
export const CacheSchema = v.object({
  /** A description of the cache. */
  name: text,
  /** The directory of the cache. If there are such directories in many places, only their name. */
  path: text,
  files: count,
  fileBytes: bytes,
  addedBy: layerPosition,
})

/** Limit for the deleted packages of a stage. */
export const maxDeletedPackages = 1_000

/** A package of a layer whose files higher layers delete. */
export const DeletedPackageSchema = v.object({
  ecosystem: shortText(50),
  name: shortText(200),
  version: v.nullable(shortText(100)),
  /** As in the layer's list of packages. */
  path: text,
  fileBytes: bytes,
  addedBy: layerPosition,
  /** The layer that deletes the last of its files. */
  deletedBy: layerPosition,
})

/** A package of a layer whose files higher layers delete. */
export type DeletedPackage = Readonly<v.InferOutput<typeof DeletedPackageSchema>>
