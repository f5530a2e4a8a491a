/** What became of a package, in few words. Pure. */
import type { PackageChange, PackageSide, PartChange } from '../compare/packages.ts'
import { shorten } from './escape.ts'
import type { Name } from './sentences.ts'
import { formatBytes, formatChange } from './units.ts'

/** Characters. */
const longestName = 48
const longestVersion = 24
/** Most versions of the copies of a package, and most parts. */
const mostVersions = 2
const mostParts = 3

/** Such as `urllib3 1.26.5 → 2.6.3: 1.10 MB → 1.97 MB`. */
export function packageWords({ name: packageName, before, after, parts }: PackageChange, name: Name): string {
  const shown = shorten(packageName, longestName)
  const [from, to] = [versionsOf(before), versionsOf(after)]
  if (before === null)
    return `${name(shown)} new, ${to === '' ? '' : `${name(to)}: `}${formatBytes(after?.fileBytes ?? null)}`
  const old = from === '' ? shown : `${shown} ${from}`
  if (after === null) return `${name(old)} gone, was ${formatBytes(before.fileBytes)}`
  return `${name(from === to || to === '' ? old : `${old} → ${to}`)}: ${formatChange(before.fileBytes, after.fileBytes)}${partsWords(parts, name)}`
}

function versionsOf(side: PackageSide | null): string {
  const versions = side?.versions ?? []
  const shown = versions.slice(0, mostVersions).map((version) => shorten(version, longestVersion))
  return `${shown.join(', ')}${versions.length > shown.length ? ` and ${versions.length - shown.length} more` : ''}`
}

/** Such as ` with golang.org/x/net v0.30.0 → v0.47.0 and 4 more`. */
function partsWords(parts: readonly PartChange[], name: Name): string {
  if (parts.length === 0) return ''
  const shown = parts.slice(0, mostParts).map((part) => partWords(part, name))
  return `, with ${shown.join(', ')}${parts.length > shown.length ? ` and ${parts.length - shown.length} more` : ''}`
}

function partWords({ name: partName, before, after, kind }: PartChange, name: Name): string {
  const [shown, from, to] = [
    shorten(partName, longestName),
    shorten(before ?? '?', longestVersion),
    shorten(after ?? '?', longestVersion),
  ]
  switch (kind) {
    case 'updated':
      return name(`${shown} ${from} → ${to}`)
    case 'new':
      return `${name(after === null ? shown : `${shown} ${to}`)} new`
    case 'removed':
      return `${name(before === null ? shown : `${shown} ${from}`)} gone`
  }
}
