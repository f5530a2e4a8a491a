/** Distinguishes the packages that an instruction names from those that were installed with them. Pure. */
import type { PackageChange } from '../compare/packages.ts'
import { shorten } from './escape.ts'
import type { GrowthRow } from './growth-rows.ts'
import type { Name } from './sentences.ts'
import { formatCount, formatGrowth } from './units.ts'

const maxNames = 3
/** In characters. */
const maxNameLength = 48
/** Smallest number of other packages that is mentioned. Fewer are shown by the list itself. */
const minOthers = 2

/** Packages that an instruction names, with those that came with them. */
export interface AskedPackages {
  readonly words: string
  /** All packages whose bytes are in the total of the words. */
  readonly packages: ReadonlySet<PackageChange>
}

/**
 * Returns words such as `imagemagick and 43 packages that came with it, +41.5 MB together`. Null if there are no such
 * packages.
 */
export function askedPackages({ foreign, packages }: GrowthRow, name: Name): AskedPackages | null {
  const words = new Set(foreign.split(/[\s"'[\],;&|()]+/).map(withoutVersion))
  const grown = packages.filter(({ kind, after }) => after !== null && (kind === 'new' || kind === 'updated'))
  const named = grown.filter((change) => words.has(change.name))
  const others = grown.filter(
    (change) => change.kind === 'new' && !named.includes(change) && named.some((one) => isOfOneKind(one, change)),
  )
  if (named.length === 0 || others.length < minOthers) return null
  const names = named.slice(0, maxNames).map((change) => name(shorten(change.name, maxNameLength)))
  const more = named.length > names.length ? [formatCount(named.length - names.length, 'more package')] : []
  const bytes = [...named, ...others].reduce((sum, { growth }) => sum + growth, 0)
  return {
    words: `${[...names, ...more].join(', ')} and ${others.length} packages that came with ${named.length === 1 ? 'it' : 'them'}, ${formatGrowth(bytes)} together`,
    packages: new Set([...named, ...others]),
  }
}

const isOfOneKind = (one: PackageChange, other: PackageChange): boolean => one.ecosystem === other.ecosystem

/**
 * Returns the name without a version, as in `curl=8.1-2`, `pandas>=2`, `left-pad@1.3.0`, `@scope/name@2` and
 * `boto3[crt]`.
 */
function withoutVersion(word: string): string {
  const name = /^@?[^=<>~!@:]*/.exec(word)?.[0] ?? ''
  return name.toLowerCase()
}
