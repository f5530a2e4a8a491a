/** Packages of one layer, each told by the metadata that its own ecosystem keeps. */

/** As package URLs name them. */
export const ecosystems = [
  'deb',
  'apk',
  'rpm',
  'conda',
  'pypi',
  'npm',
  'gem',
  'composer',
  'maven',
  'golang',
  'cargo',
] as const

export type Ecosystem = (typeof ecosystems)[number]

/** What a package is made of, where it says so and holds it in one file: Go modules of a binary, jars in a jar. */
export interface PackagePart {
  readonly name: string
  /** Null where it is not told. */
  readonly version: string | null
  /** Bytes that it takes of the file that it is in; null where they cannot be told apart, as in a binary. */
  readonly fileBytes: number | null
}

/** A package with at least one byte in the layer. Names and versions are foreign text of bounded length. */
export interface LayerPackage {
  readonly ecosystem: Ecosystem
  readonly name: string
  /** Null where the layer does not tell it. */
  readonly version: string | null
  /** What tells it from a namesake: its directory, its only file, or else the file that it was told by. */
  readonly path: string
  /** Sum over its regular files in this layer. No byte belongs to two packages. */
  readonly fileBytes: number
  /** Regular files of it in this layer, empty ones too. */
  readonly files: number
  readonly parts: readonly PackagePart[]
}

/** All packages of a layer. The bytes of its files that belong to none of them are not in here. */
export interface LayerPackages {
  /** Heaviest first, then by ecosystem, name and path. */
  readonly packages: readonly LayerPackage[]
  /** Lighter ones that a bounded list has no room for. */
  readonly folded: { readonly packages: number; readonly fileBytes: number; readonly files: number }
  /**
   * Whether all metadata was read. Otherwise some was too large or too much, and packages may be missing, or lack
   * files, name or version.
   */
  readonly complete: boolean
}

export const noPackages: LayerPackages = {
  packages: [],
  folded: { packages: 0, fileBytes: 0, files: 0 },
  complete: true,
}

/** Characters. No real name or version is near these. */
const longestName = 200
const longestVersion = 100

/** A foreign name within bounds, and in memory of its own: a part of a string keeps the whole of it. */
export function boundedName(text: string): string {
  return bounded(text, longestName)
}

/** The same of a version. What is no text, or empty, is null. */
export function boundedVersion(text: unknown): string | null {
  return typeof text === 'string' && text !== '' ? bounded(text, longestVersion) : null
}

function bounded(text: string, most: number): string {
  return Buffer.from(text.slice(0, most)).toString()
}
