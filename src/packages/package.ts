/** The packages of one layer, as the metadata of their ecosystems describes them. */

/** Names of ecosystems, as in package URLs (purl types). */
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

/** The name of a package ecosystem. */
export type Ecosystem = (typeof ecosystems)[number]

/**
 * A component that a package contains in one file and lists in its metadata: a Go module in a binary, or a jar in a
 * jar.
 */
export interface PackagePart {
  readonly name: string
  /** Null if the metadata does not give it. */
  readonly version: string | null
  /** Bytes that it takes in the file that contains it. Null if these cannot be determined, as in a binary. */
  readonly fileBytes: number | null
}

/** A package with at least one byte in the layer. Name and version are untrusted text of limited length. */
export interface LayerPackage {
  readonly ecosystem: Ecosystem
  readonly name: string
  /** Null if the layer does not contain it. */
  readonly version: string | null
  /**
   * Distinguishes packages of the same name: the package's directory, its only file, or the metadata file that
   * described it.
   */
  readonly path: string
  /** Sum of the sizes of its regular files in this layer. No byte belongs to two packages. */
  readonly fileBytes: number
  /** Number of its regular files in this layer, including empty ones. */
  readonly files: number
  readonly parts: readonly PackagePart[]
  /** True if only development needs it, as npm says. Otherwise absent. */
  readonly isForDevelopment?: true
}

/** All packages of a layer. Files that belong to no package are not counted here. */
export interface LayerPackages {
  /** Heaviest first, then by ecosystem, name and path. */
  readonly packages: readonly LayerPackage[]
  /** Totals of the lighter packages, which do not fit into the bounded list. */
  readonly folded: { readonly packages: number; readonly fileBytes: number; readonly files: number }
  /**
   * Whether all metadata was read. If not, some of it was too large or reached a limit. Then packages may be missing,
   * or lack files, a name or a version.
   */
  readonly complete: boolean
  /**
   * Names of all installed Debian packages that came only because others recommend them, those of lower layers
   * included. Null if that is not known. Absent if the layer does not have dpkg's list of installed packages.
   */
  readonly recommended?: readonly string[] | null
  /** Names of those that nothing needs or recommends any more. Absent if `recommended` is null or absent. */
  readonly unwanted?: readonly string[]
  /**
   * Names of Debian packages that the layer installs or updates without a single byte, such as metapackages of slim
   * images. Absent if there are none.
   */
  readonly withoutFiles?: readonly string[]
}

/** The result for a layer without packages. */
export const noPackages: LayerPackages = {
  packages: [],
  folded: { packages: 0, fileBytes: 0, files: 0 },
  complete: true,
}

/** Length limits, in characters. Real names and versions are much shorter. */
const maxNameLength = 200
const maxVersionLength = 100

/**
 * Cuts an untrusted name to the length limit. The result is a copy, because a substring would keep the whole string in
 * memory.
 */
export function boundedName(text: string): string {
  return bounded(text, maxNameLength)
}

/** Cuts an untrusted version to the length limit. Returns null for an empty string and for any other type. */
export function boundedVersion(text: unknown): string | null {
  return typeof text === 'string' && text !== '' ? bounded(text, maxVersionLength) : null
}

function bounded(text: string, maxLength: number): string {
  return Buffer.from(text.slice(0, maxLength)).toString()
}
