/** Says briefly what happened to a package. Pure. */
import type { OtherCopy, PackageChange, PackageMove, PackageSide, PartChange } from '../compare/packages.ts'
import { shorten, shortenApart } from './escape.ts'
import { listWords } from './list-words.ts'
import { layerPlace } from './path-words.ts'
import type { Name } from './sentences.ts'
import { stageWords } from './stage-words.ts'
import { formatBytes, formatGrown, formatGrowth } from './units.ts'

/** In characters. */
const maxNameLength = 48
const maxVersionLength = 32
/** Limits for the versions of a package's copies, and for its parts. */
const maxVersions = 2
const maxParts = 5

/** Returns words such as `urllib3 1.26.5 → 2.6.3 +870 kB (1.10 MB → 1.97 MB)` or `six 1.16.0 removed, −32.0 kB`. */
export function packageWords(change: PackageChange, name: Name): string {
  const { before, after, move, over, leftOf } = change
  if (leftOf) return leftoverWords(change, leftOf.version, name)
  if (before === null && over) return overWords(change, over, name)
  if (move) return movedWords(change, move, name)
  if (before && after?.isDeleted && !before.isDeleted)
    return `${name(labelOf(change, before))} removed, but still shipped, ${formatGrown(before.fileBytes, after.fileBytes)}`
  if (before && after) {
    const [added, gone] = [without(after, before), without(before, after)]
    // The package got another copy, or lost one, and the others stayed.
    if (gone.length === 0 && added.length > 0 && before.versions.length > 0)
      return `${name(labelOf(change, { versions: added }))} new beside ${name(versionsOf(before, null)[0])}, ${formatGrown(before.fileBytes, after.fileBytes)}`
    if (added.length === 0 && gone.length > 0 && after.versions.length > 0)
      return `${name(labelOf(change, { versions: gone }))} removed beside ${name(versionsOf(after, null)[0])}, ${formatGrown(before.fileBytes, after.fileBytes)}`
  }
  if (after === null) return before ? removedWords(change, before, name) : ''
  if (before === null && after.isDeleted)
    return `${name(labelOf(change, after))} deleted again, but still shipped, ${formatBytes(after.fileBytes)}`
  const still = replacedWords(before, after, name)
  if (before === null)
    return `${name(labelOf(change, after))} new, ${formatBytes(after.fileBytes)}${still === '' ? '' : ' in all'}${still}`
  return `${name(labelOf(change, before, after))} ${formatGrown(before.fileBytes, after.fileBytes)}${partsWords(change, name)}${still}`
}

/** Returns words such as `, and 1.26.5 is still shipped in a layer below` for a copy that is new to the base image. */
function replacedWords(before: PackageSide | null, { replaced = [] }: PackageSide, name: Name): string {
  const fresh = replaced.filter((version) => !before?.replaced?.includes(version))
  if (fresh.length === 0) return ''
  const [versions] = versionsOf({ versions: fresh }, null)
  return `, and ${name(versions)} ${fresh.length === 1 ? 'is' : 'are'} still shipped in a layer below`
}

/** Returns words such as `urllib3 1.26.5 → 2.6.3`, `six 1.16.0 new` and `six 1.16.0 removed`, without bytes. */
export function versionWords(change: PackageChange, name: Name): string {
  const { before, after } = change
  if (before && after) return name(labelOf(change, before, after))
  return `${name(labelOf(change, before ?? after))} ${after === null ? 'removed' : 'new'}`
}

/** Returns words such as `what is left of dbus 1.16.2, +3.15 kB` and `what was left of dbus 1.16.2, −3.15 kB`. */
function leftoverWords(
  { name: own, before, after, growth }: PackageChange,
  version: string | null,
  name: Name,
): string {
  const bytes = before && after ? ` ${formatGrown(before.fileBytes, after.fileBytes)}` : `, ${formatGrowth(growth)}`
  return `what ${after === null ? 'was' : 'is'} left of ${name(packageLabel(own, version))}${bytes}`
}

/** Returns the versions of a side that the other side does not have. */
function without({ versions }: PackageSide, other: PackageSide): readonly string[] {
  return versions.filter((version) => !other.versions.includes(version))
}

/** Returns words such as `urllib3 1.26.5 → 2.6.3 moved here from line 4, +1.97 MB (was 1.10 MB there)`. */
function movedWords(change: PackageChange, move: PackageMove, name: Name): string {
  const { side } = move
  const [label, direction, verb] =
    change.before === null
      ? [labelOf(change, side, change.after), 'moved here from', 'was']
      : [labelOf(change, change.before, side), 'moved to', 'is']
  const other = side.fileBytes === Math.abs(change.growth) ? '' : ` (${verb} ${formatBytes(side.fileBytes)} there)`
  return `${name(label)} ${direction} ${movePlace(move, name)}, ${formatGrowth(change.growth)}${other}`
}

/** Returns the other end of a move, such as `line 4` or `the former stage build`. */
export function movePlace({ stage, base, line, former }: PackageMove, name: Name): string {
  if (base) return `the ${former ? 'former ' : ''}base image`
  return stage === null ? layerPlace(line, former) : stagePlace(stage, former, name)
}

function stagePlace(stage: NonNullable<PackageMove['stage']>, isFormer: boolean, name: Name): string {
  const words = stageWords(stage, name)
  if (isFormer) return `the former ${words}`
  return stage.role === 'final' ? `the ${words}` : words
}

/**
 * Returns words such as `six 1.16.0 removed, −32.0 kB`. If another copy is shipped, the package is not removed from the
 * image, and the words say so. A layer without the metadata that has the version may have any files of the package.
 */
function removedWords(change: PackageChange, before: PackageSide, name: Name): string {
  const label = name(labelOf(change, before))
  const bytes = formatGrowth(-before.fileBytes)
  const [copy, second] = before.versions.length === 0 ? ['files', 'files'] : ['a copy', 'a second copy']
  if (change.still) return `${copy} of ${label} removed, ${bytes}, and ${copyWords(change.still, before, name)}`
  if (change.still === null) return `${label} removed from this layer, ${bytes}`
  // A lower layer of the baseline has another copy. It may still be shipped.
  return `${before.replaces === undefined ? '' : `${second} of `}${label} removed, ${bytes}`
}

/**
 * Returns words such as `pip 24.0 → 25.3 +7.10 MB, and 24.0 is still shipped in the base image`, or `six 1.16.0 written
 * again, +32.0 kB, also in line 4` for a copy of the same version.
 */
function overWords(change: PackageChange, over: OtherCopy, name: Name): string {
  if (over.version !== null && change.after?.versions.includes(over.version))
    return `${name(labelOf(change, change.after))} written again, ${formatGrowth(change.growth)}, also in ${placeOf(over)}`
  // A layer without the metadata that has the version may have any files of the package.
  if (change.after?.versions.length === 0)
    return `files of ${name(packageLabel(change.name, null))}, ${formatGrowth(change.growth)}, and ${copyWords(over, null, name)}`
  const from = { versions: over.version === null ? [] : [over.version] }
  return `${name(labelOf(change, from, change.after))} ${formatGrowth(change.growth)}, and ${copyWords(over, change.after, name)}`
}

/** Returns words such as `24.0 is still shipped in line 4`. */
function copyWords(other: OtherCopy, side: PackageSide | null, name: Name): string {
  const { version } = other
  const copy =
    version === null
      ? 'another copy'
      : side?.versions.includes(version)
        ? 'a copy of the same version'
        : name(shorten(version, maxVersionLength))
  return `${copy} is still shipped in ${placeOf(other)}`
}

const placeOf = ({ base, line }: OtherCopy): string =>
  base ? 'the base image' : line === null ? 'another layer' : `line ${line}`

/** The versions of one side. They are shown once if both sides have the same, or those of one side are not known. */
type Versions = Pick<PackageSide, 'versions'> | null

/** Returns the name and the version of a package. */
export function packageLabel(name: string, version: string | null): string {
  return labelOf({ name }, { versions: version === null ? [] : [version] })
}

/** Limits for a label as a whole, and those for its parts that are tried, in characters. */
const maxLabelLength = 100
const labelParts: readonly (readonly [name: number, version: number])[] = [
  [maxNameLength, maxVersionLength],
  [30, 31],
  [24, 16],
  [16, 8],
]

/** Returns a label such as `urllib3 1.26.5 → 2.6.3`. If it is too long, its parts are cut, so that it keeps both ends. */
function labelOf({ name }: Pick<PackageChange, 'name'>, before: Versions, after: Versions = before): string {
  const labels = labelParts.map(([nameLength, versionLength]) => {
    const [from, to] = versionsOf(before, after, versionLength)
    const shown = shorten(name, nameLength)
    const old = from === '' ? shown : `${shown} ${from}`
    return from === to || to === '' ? old : from === '' ? `${shown} ${to}` : `${old} → ${to}`
  })
  return labels.find((label) => Array.from(label).length <= maxLabelLength) ?? labels.at(-1) ?? ''
}

/** Returns the versions of both sides. Different ones look different, even if they are cut. */
function versionsOf(before: Versions, after: Versions, maxLength = maxVersionLength): readonly [string, string] {
  const [old, now] = [before?.versions ?? [], after?.versions ?? []]
  const [from, to] = [mostTelling(old, now), mostTelling(now, old)]
  const shown = shortenApart([...from, ...to], maxLength)
  const wordsOf = (some: readonly string[], all: number): string => listWords(some, all - some.length, 'version')
  return [wordsOf(shown.slice(0, from.length), old.length), wordsOf(shown.slice(from.length), now.length)]
}

/** Returns the versions to show: if they are many, first those that the other side does not have. */
function mostTelling(versions: readonly string[], others: readonly string[]): readonly string[] {
  if (versions.length <= maxVersions) return versions
  return versions.toSorted((a, b) => Number(others.includes(a)) - Number(others.includes(b))).slice(0, maxVersions)
}

/** What the parts of a package are called. */
const partNouns: ReadonlyMap<string, string> = new Map([
  ['golang', 'module'],
  ['cargo', 'crate'],
])

/** Returns words such as `, with golang.org/x/net v0.30.0 → v0.47.0 and 4 more modules`. */
function partsWords({ ecosystem, parts }: PackageChange, name: Name): string {
  if (parts.length === 0) return ''
  const noun = partNouns.get(ecosystem) ?? 'part'
  const shown = parts.slice(0, maxParts).map((part) => partWords(part, name))
  return `, with ${listWords(shown, parts.length - shown.length, noun)}`
}

/** Returns the parts that the words of a package leave out, such as `golang.org/x/net v0.30.0 → v0.47.0`. */
export function restOfParts({ parts }: PackageChange, name: Name): readonly string[] {
  return parts.slice(maxParts).map((part) => partWords(part, name))
}

function partWords({ name: partName, before, after, kind }: PartChange, name: Name): string {
  const sideOf = (version: string | null): Versions => ({ versions: version === null ? [] : [version] })
  switch (kind) {
    case 'updated':
      return name(labelOf({ name: partName }, sideOf(before ?? '?'), sideOf(after ?? '?')))
    case 'new':
      return `${name(labelOf({ name: partName }, sideOf(after)))} new`
    case 'removed':
      return `${name(labelOf({ name: partName }, sideOf(before)))} removed`
  }
}
