/** What is in a layer, as a record tells it: the heaviest files, directories and packages. */
import * as v from 'valibot'
import { bytes, count, shortText, text } from './fields.ts'

/** A regular file of a layer. `fileBytes` as it would be unpacked: its real size if sparse, and 0 for a hard link. */
const FileSchema = v.object({ path: text, fileBytes: bytes })

/** A directory of a layer: the regular files of the layer below it, at any depth. */
const DirectorySchema = v.object({ path: text, fileBytes: bytes, files: count })

/** The heaviest of a layer, heaviest first; what is lighter than the last of each list is left out. */
const ListsSchema = v.object({
  files: v.array(FileSchema),
  directories: v.array(DirectorySchema),
  /** Whether every file and directory with bytes is listed. */
  complete: v.boolean(),
})

/** Most packages of one layer in a record. */
export const mostPackages = 500
/** Most parts of one package, such as the Go modules of a binary. */
export const mostParts = 1_000

const name = shortText(200)
const version = v.nullable(shortText(100))

const PackageSchema = v.object({
  ecosystem: v.pipe(shortText(50), v.description('As package URLs name it, such as pypi, npm, deb or golang.')),
  name,
  /** Null where the layer does not tell it. */
  version,
  path: v.pipe(
    text,
    v.description('What tells it from a namesake: its directory, its only file, or the file that names it.'),
  ),
  replaces: v.optional(
    v.pipe(
      v.object({ version, addedBy: count }),
      v.description(
        'The version that a lower layer has of it at the same place, and the position of that layer in the stage, from 0. The bytes of that one are still shipped. Absent where there is none.',
      ),
    ),
  ),
  fileBytes: v.pipe(bytes, v.description('Sum over its regular files in this layer; no byte belongs to two packages.')),
  files: count,
  /** Such as the Go modules of a binary, with their versions. Absent where there are none, null where they are too many. */
  parts: v.optional(v.nullable(v.pipe(v.array(v.object({ name, version })), v.maxLength(mostParts)))),
})

export const PackagesSchema = v.object({
  packages: v.pipe(
    v.array(PackageSchema),
    v.maxLength(mostPackages),
    v.description('The heaviest by name, heaviest first; copies of one name are all listed or none is.'),
  ),
  /** Lighter ones, which the list has no room for. */
  folded: v.object({ packages: count, fileBytes: bytes, files: count }),
  /** Whether all packages were recognised. Otherwise some may be missing, or lack files, name or version. */
  complete: v.boolean(),
  others: v.pipe(
    v.nullable(ListsSchema),
    v.description(
      'The heaviest files and directories of what belongs to no package; null where that is the whole layer.',
    ),
  ),
})

export const ContentsSchema = v.object({
  ...ListsSchema.entries,
  packages: v.optional(
    v.pipe(
      v.nullable(PackagesSchema),
      v.description('Null or absent where they are not known, as in records of earlier releases.'),
    ),
  ),
})

/** Heaviest files and directories. */
export type ContentLists = Readonly<v.InferOutput<typeof ListsSchema>>
export type RecordedPackages = Readonly<v.InferOutput<typeof PackagesSchema>>
export type RecordedPackage = RecordedPackages['packages'][number]
export type LayerContents = Readonly<v.InferOutput<typeof ContentsSchema>>
