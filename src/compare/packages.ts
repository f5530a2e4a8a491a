/** Compares the packages of two sets of layers by ecosystem and name, wherever they are installed. */
import { packageKey } from '../packages/package-key.ts'
import type { Stage } from '../record/footprint.ts'

/** A package of a layer, as in the layer's index and in a record. */
interface ComparedPackage {
  readonly ecosystem: string
  readonly name: string
  readonly version: string | null
  readonly fileBytes: number
  readonly files: number
  /** Null if they are not known. */
  readonly parts?: readonly Part[] | null | undefined
  /** The copy of a lower layer at the same place. Absent if there is none. */
  readonly replaces?: ReplacedPackage | undefined
  /** Whether a later layer of the same base image has another copy at its place. */
  readonly isReplaced?: boolean | undefined
  /** Whether a later layer of the same base image deletes it. */
  readonly isDeleted?: boolean
}

/** A copy in a lower layer, whose bytes are still shipped. */
export interface ReplacedPackage {
  /** Null if it is not known. */
  readonly version: string | null
  /** Position of the lower layer in its stage, from 0 for the lowest. */
  readonly addedBy: number
}

interface Part {
  readonly name: string
  readonly version: string | null
}

/** The packages of one layer, as far as a comparison needs them. */
export interface ComparedPackages {
  readonly packages: readonly ComparedPackage[]
  readonly folded: { readonly packages: number }
  readonly complete: boolean
}

/** The packages of one layer. */
export interface PlacedPackages {
  /** Equal for layers of the two sides that are compared with each other, and different for all others. */
  readonly place: string
  /** Null if they are not known. */
  readonly packages: ComparedPackages | null
}

/** A package on one side, with all of its copies in all layers. */
export interface PackageSide {
  /** Distinct versions, sorted as text. Unknown versions are left out, and those of which each copy is replaced. */
  readonly versions: readonly string[]
  /** Set if the base image has only copies that a later layer of it deletes. */
  readonly isDeleted?: true
  /** Other versions, of copies that a later layer of the base image replaces. Absent if there are none. */
  readonly replaced?: readonly string[]
  readonly fileBytes: number
  readonly files: number
  /** The places of the layers that contain it. */
  readonly places: readonly string[]
  /** The lower copy that the first replacing copy hides. Absent if no copy replaces one. */
  readonly replaces?: ReplacedPackage
}

/** A part of a package whose version differs, such as a Go module of a binary. */
export interface PartChange {
  readonly name: string
  /** Versions. Null if the part does not exist on that side or its version is not known. */
  readonly before: string | null
  readonly after: string | null
  readonly kind: 'updated' | 'new' | 'removed'
}

/** The other end of a package's move. */
export interface PackageMove {
  /** The other stage; null if it is the same one. */
  readonly stage: Pick<Stage, 'name' | 'role'> | null
  /** Whether the other end is the base image of the same stage. */
  readonly base: boolean
  /**
   * Line of the layer at the other end, in the head's Dockerfile if the head has that layer. Null if it is not known, or
   * for a base image.
   */
  readonly line: number | null
  /** Whether the head no longer has that layer or base image, or that stage if it is another one. */
  readonly former: boolean
  /** The package as it was, or is, at the other end. */
  readonly side: PackageSide
}

/** How a package differs between the two sides. */
export interface PackageChange {
  /** The type as in package URLs. It is untrusted text, like names and versions. */
  readonly ecosystem: string
  readonly name: string
  /**
   * `updated`: another version. `changed`: the same version with other bytes or other parts. `moved`: the same package
   * in other layers.
   */
  readonly kind: 'updated' | 'changed' | 'new' | 'removed' | 'moved'
  readonly before: PackageSide | null
  readonly after: PackageSide | null
  /** File bytes, after minus before. */
  readonly growth: number
  /** Sorted by name. */
  readonly parts: readonly PartChange[]
  /** If the package is new here and was removed from another layer or the base image, or the reverse: that other one. */
  readonly move?: PackageMove
  /** The lower layer whose copy the head's copy replaces, if there is one. */
  readonly over?: OtherCopy
  /**
   * If the package was removed here and another layer of the head's stage still has a copy: that layer. Null if another
   * layer may have one, because not all of its packages are known. Absent if none has.
   */
  readonly still?: OtherCopy | null
  /**
   * If it is uninstalled, and the layer only has, or of a removed one had, what is left of it: the version that was
   * uninstalled.
   */
  readonly leftOf?: { readonly version: string | null }
}

/** A copy of a package in another layer, which is shipped too. */
export interface OtherCopy {
  /** Null if it is not known. */
  readonly version: string | null
  /** Whether the copy is in the base image. */
  readonly base: boolean
  /** Dockerfile line of its layer. Null if it is not known. */
  readonly line: number | null
}

/** The result of comparing the packages of two sets of layers. */
export interface PackageComparison {
  /** Sorted by growth, the largest first. Packages without a difference are left out. */
  readonly changes: readonly PackageChange[]
  /**
   * Whether all packages of both sides are known. Otherwise a package that only one side has is left out if the other
   * side may have it, too.
   */
  readonly complete: boolean
}

/**
 * Compares the packages of two sets of layers. Sums of file bytes are exact. A package counts as new or removed only if
 * that is certain.
 */
export function comparePackages(
  before: readonly PlacedPackages[],
  after: readonly PlacedPackages[],
): PackageComparison {
  const [old, now] = [sideOf(before), sideOf(after)]
  const keys = new Set([...now.packages.keys(), ...old.packages.keys()])
  const changes = [...keys].flatMap((key): readonly PackageChange[] => {
    const [from, to] = [old.packages.get(key), now.packages.get(key)]
    if ((from === undefined && !old.complete) || (to === undefined && !now.complete)) return []
    const change = changeOf(from, to, old.complete && now.complete)
    return change === null ? [] : [change]
  })
  return { changes: changes.sort(mostGrowthFirst), complete: old.complete && now.complete }
}

interface Gathered {
  readonly ecosystem: string
  readonly name: string
  readonly versions: Set<string>
  readonly replaced: Set<string>
  isDeleted: boolean
  fileBytes: number
  files: number
  readonly places: Set<string>
  replaces: ReplacedPackage | null
  /** Null if the parts of a copy are not known. */
  parts: Part[] | null
}

function sideOf(layers: readonly PlacedPackages[]): {
  readonly packages: ReadonlyMap<string, Gathered>
  readonly complete: boolean
} {
  const gathered = new Map<string, Gathered>()
  for (const { place, packages } of layers) for (const one of packages?.packages ?? []) gather(gathered, place, one)
  const complete = layers.every(({ packages }) => packages?.complete === true && packages.folded.packages === 0)
  return { packages: gathered, complete }
}

function gather(
  gathered: Map<string, Gathered>,
  place: string,
  {
    ecosystem,
    name,
    version,
    fileBytes,
    files,
    parts = [],
    replaces,
    isReplaced = false,
    isDeleted = false,
  }: ComparedPackage,
): void {
  const key = packageKey({ ecosystem, name })
  const one: Gathered = gathered.get(key) ?? {
    ecosystem,
    name,
    versions: new Set(),
    replaced: new Set(),
    isDeleted: true,
    fileBytes: 0,
    files: 0,
    places: new Set(),
    replaces: null,
    parts: [],
  }
  gathered.set(key, one)
  if (version !== null) (isReplaced || isDeleted ? one.replaced : one.versions).add(version)
  one.isDeleted &&= isDeleted || isReplaced
  one.fileBytes += fileBytes
  one.files += files
  one.places.add(place)
  one.replaces ??= replaces ?? null
  if (parts === null) one.parts = null
  else one.parts?.push(...parts)
}

/** Returns the change of a package, or null if nothing differs. */
function changeOf(from: Gathered | undefined, to: Gathered | undefined, complete: boolean): PackageChange | null {
  const either = to ?? from
  if (either === undefined) return null
  const [before, after] = [from ? toldSide(from) : null, to ? toldSide(to) : null]
  // The parts of a new package are all new, so they are not listed.
  const changed = from?.parts && to?.parts ? partChanges(from.parts, to.parts) : []
  // If not everything was read, a missing part may exist after all.
  const parts = complete ? changed : changed.filter((part) => part.kind === 'updated')
  const kind = kindOf(before, after, parts)
  if (kind === null) return null
  const { ecosystem, name } = either
  return { ecosystem, name, kind, before, after, growth: (after?.fileBytes ?? 0) - (before?.fileBytes ?? 0), parts }
}

function kindOf(
  before: PackageSide | null,
  after: PackageSide | null,
  parts: readonly PartChange[],
): PackageChange['kind'] | null {
  if (before === null) return 'new'
  if (after === null) return 'removed'
  if (!isSame(before.versions, after.versions)) return 'updated'
  if (before.fileBytes !== after.fileBytes || parts.length > 0) return 'changed'
  return isSame(before.places, after.places) ? null : 'moved'
}

function toldSide({ versions, replaced, isDeleted, fileBytes, files, places, replaces }: Gathered): PackageSide {
  // Without the version of the last copy, the others are all that is known.
  const shown = versions.size === 0 ? replaced : versions
  const others = [...replaced].filter((version) => !shown.has(version)).sort(byText)
  return {
    ...{ versions: [...shown].sort(byText), fileBytes, files, places: [...places].sort(byText) },
    ...(others.length === 0 ? {} : { replaced: others }),
    ...(isDeleted ? { isDeleted } : {}),
    ...(replaces === null ? {} : { replaces }),
  }
}

function partChanges(before: readonly Part[], after: readonly Part[]): readonly PartChange[] {
  const [old, now] = [versionsOf(before), versionsOf(after)]
  return [...new Set([...now.keys(), ...old.keys()])].sort(byText).flatMap((name): readonly PartChange[] => {
    const [from, to] = [old.get(name), now.get(name)]
    if (from === to) return []
    const kind = from === undefined ? 'new' : to === undefined ? 'removed' : 'updated'
    return [{ name, before: from ?? null, after: to ?? null, kind }]
  })
}

/** Returns the versions of each part as one text. It is null if none is known. */
function versionsOf(parts: readonly Part[]): ReadonlyMap<string, string | null> {
  const versions = new Map<string, Set<string>>()
  for (const { name, version } of parts) {
    const some = versions.get(name) ?? new Set()
    versions.set(name, some)
    if (version !== null) some.add(version)
  }
  return new Map(
    [...versions].map(([name, some]) => [name, some.size === 0 ? null : [...some].sort(byText).join(', ')]),
  )
}

const isSame = (a: readonly string[], b: readonly string[]): boolean =>
  a.length === b.length && a.every((text, nth) => text === b[nth])

/** Compares by code units, independent of any locale. */
const byText = (a: string, b: string): number => (a < b ? -1 : a === b ? 0 : 1)

function mostGrowthFirst(a: PackageChange, b: PackageChange): number {
  return b.growth - a.growth || byText(a.ecosystem, b.ecosystem) || byText(a.name, b.name)
}
