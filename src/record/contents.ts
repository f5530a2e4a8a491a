/** The contents of a layer in a record: its heaviest files, directories and packages. */
import * as v from 'valibot'
import { bytes, count, shortText, text } from './fields.ts'

/**
 * A regular file of a layer. `fileBytes` is its size when unpacked: the real size if it is sparse, and 0 for a hard
 * link.
 */
const FileSchema = v.object({
  path: text,
  fileBytes: bytes,
  checksum: v.exactOptional(
    v.pipe(
      count,
      v.description('CRC-32 of its content. Absent where not all of it was read, and in earlier releases.'),
    ),
  ),
})

/** A directory of a layer. It sums up the regular files of the layer below it, at any depth. */
const DirectorySchema = v.object({ path: text, fileBytes: bytes, files: count })

/** The heaviest items of a layer, heaviest first. Items lighter than the last one of a list are left out. */
const ListsSchema = v.object({
  files: v.array(FileSchema),
  directories: v.array(DirectorySchema),
  /** Whether all files and directories with bytes are listed. */
  complete: v.boolean(),
})

/** How many packages of one layer a record lists at most. */
export const maxPackages = 500
/** How many parts of one package a record lists at most, such as the Go modules of a binary. */
export const maxParts = 1_000

const name = shortText(200)
const version = v.nullable(shortText(100))

const PackageSchema = v.object({
  ecosystem: v.pipe(shortText(50), v.description('As package URLs name it, such as pypi, npm, deb or golang.')),
  name,
  /** Null if the layer does not contain it. */
  version,
  path: v.pipe(
    text,
    v.description(
      'Distinguishes packages of the same name: the directory of the package, its only file, or the file that names it.',
    ),
  ),
  replaces: v.optional(
    v.pipe(
      v.object({ version, addedBy: count }),
      v.description(
        'The copy that a lower layer has at the same place: its version, and the position of that layer in the stage, counted from 0. The bytes of that copy are still shipped. Absent if there is none.',
      ),
    ),
  ),
  fileBytes: v.pipe(
    bytes,
    v.description('Sum of the sizes of its regular files in this layer. No byte belongs to two packages.'),
  ),
  files: count,
  /**
   * For example, the Go modules of a binary, with their versions. Absent if there are none, and null if there are too
   * many.
   */
  parts: v.optional(v.nullable(v.pipe(v.array(v.object({ name, version })), v.maxLength(maxParts)))),
})

const listOf = <Item extends v.GenericSchema>(item: Item) =>
  v.pipe(
    v.array(item),
    v.maxLength(maxPackages),
    v.description('The heaviest names, heaviest first. Either all copies of a name are listed, or none.'),
  )
const rest = {
  /** Totals of the lighter packages, for which the list has no room. */
  folded: v.object({ packages: count, fileBytes: bytes, files: count }),
  /** Whether all packages were recognised. If not, packages may be missing, or lack files, a name or a version. */
  complete: v.boolean(),
}

/** The packages of all layers of a base image. */
export const BasePackagesSchema = v.object({
  packages: listOf(
    v.object({
      ...{ ecosystem: shortText(50), name, version, fileBytes: bytes, files: count },
      isReplaced: v.exactOptional(
        v.pipe(
          v.literal(true),
          v.description(
            'A later layer of the base image has another copy at its place, and these bytes are still shipped.',
          ),
        ),
      ),
    }),
  ),
  ...rest,
  others: v.optional(
    v.pipe(
      v.nullable(ListsSchema),
      v.description(
        'The heaviest files and directories of all layers that belong to no package. Null or absent if they are not known, as in records of earlier releases.',
      ),
    ),
  ),
})

/** The packages of a layer. */
const PackagesSchema = v.object({
  packages: listOf(PackageSchema),
  ...rest,
  others: v.pipe(
    v.nullable(ListsSchema),
    v.description('The heaviest files and directories that belong to no package. Null if that is the whole layer.'),
  ),
  withoutFiles: v.exactOptional(
    v.pipe(
      v.array(name),
      v.maxLength(maxPackages),
      v.description(
        'Names of Debian packages that the layer installs without a single byte, such as metapackages. Absent if there are none, and in earlier releases.',
      ),
    ),
  ),
})

/** The contents of a layer. */
export const ContentsSchema = v.object({
  ...ListsSchema.entries,
  bare: v.exactOptional(
    v.pipe(
      v.array(text),
      v.description(
        'Paths of the files and directories without bytes; those of directories end with a slash. Absent if the lists are not complete, if there are more than 300, if the layer has links or devices, and in earlier releases.',
      ),
    ),
  ),
  packages: v.optional(
    v.pipe(
      v.nullable(PackagesSchema),
      v.description('Null or absent if they are not known, as in records of earlier releases.'),
    ),
  ),
})

/** The heaviest files and directories. */
export type ContentLists = Readonly<v.InferOutput<typeof ListsSchema>>
/** The lists of a layer, with the paths without bytes if they are known. */
export type LayerLists = ContentLists & Pick<v.InferOutput<typeof ContentsSchema>, 'bare'>
/** The packages of a layer in a record. */
export type RecordedPackages = Readonly<v.InferOutput<typeof PackagesSchema>>
/** The packages of all layers of a base image in a record. */
export type BasePackages = Readonly<v.InferOutput<typeof BasePackagesSchema>>
/** A package of a layer in a record. */
export type RecordedPackage = RecordedPackages['packages'][number]
/** What a layer contains, as far as a record lists it. */
export type LayerContents = Readonly<v.InferOutput<typeof ContentsSchema>>
