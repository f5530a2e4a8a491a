/** Distinguishes the packages that an instruction names from those that were installed with them. Pure. */
import type { PackageChange } from '../compare/packages.ts'
import { packageKey } from '../packages/package-key.ts'
import { commandsIn } from '../savings/commands.ts'
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
  /** File bytes in the total of the words, after minus before. */
  readonly growth: number
  /** All packages whose bytes are in the total of the words. */
  readonly packages: ReadonlySet<PackageChange>
}

/**
 * Returns words such as `imagemagick and 43 packages that came with it, +41.5 MB together`. If the instruction also
 * installs something that is no package of the layer, such as a metapackage without files, the words are `imagemagick
 * and 43 other new packages`. Null if there are no such packages.
 */
export function askedPackages({ foreign, packages, after }: GrowthRow, name: Name): AskedPackages | null {
  const grown = packages.filter(({ kind, after }) => after !== null && (kind === 'new' || kind === 'updated'))
  const ecosystems = [...new Set(grown.map(({ ecosystem }) => ecosystem))]
  const keysOf = (word: string): readonly string[] =>
    ecosystems.map((ecosystem) => packageKey({ ecosystem, name: withoutVersion(word) }))
  const words = new Set(foreign.split(/[\s"'[\],;&|()]+/).flatMap(keysOf))
  const named = grown.filter((change) => words.has(packageKey(change)))
  const others = grown.filter(
    (change) => change.kind === 'new' && !named.includes(change) && named.some((one) => isOfOneKind(one, change)),
  )
  if (named.length === 0 || others.length < minOthers) return null
  const names = named.slice(0, maxNames).map((change) => name(shorten(change.name, maxNameLength)))
  const more = named.length > names.length ? [formatCount(named.length - names.length, 'more package')] : []
  const inLayer = after?.contents?.packages?.packages ?? []
  const known = new Set([...inLayer, ...named].map(packageKey))
  const came = installsOther(foreign, (word) => keysOf(word).some((key) => known.has(key)))
    ? 'other new packages'
    : `packages that came with ${named.length === 1 ? 'it' : 'them'}`
  const growth = [...named, ...others].reduce((sum, each) => sum + each.growth, 0)
  return {
    words: `${[...names, ...more].join(', ')} and ${others.length} ${came}, ${formatGrowth(growth)} together`,
    growth,
    packages: new Set([...named, ...others]),
  }
}

/** Words of a command after which it names packages. */
const installing: ReadonlySet<string> = new Set(['install', 'add', 'i', 'get'])

/**
 * Returns whether a command that installs packages also names something else, such as a file of requirements. The value
 * of an option counts too, because the two cannot be distinguished.
 */
function installsOther(instruction: string, isKnown: (word: string) => boolean): boolean {
  return commandsIn(instruction).some((command) => {
    const words = command.split(/[\s"']+/).filter((word) => word !== '')
    const start = words.findIndex((word) => installing.has(word))
    const named = start === -1 ? [] : words.slice(start + 1)
    return named.some((word) => !/^(-|\d*[<>])/.test(word) && !isKnown(word))
  })
}

const isOfOneKind = (one: PackageChange, other: PackageChange): boolean => one.ecosystem === other.ecosystem

/**
 * Returns the name without a version, as in `curl=8.1-2`, `pandas>=2`, `left-pad@1.3.0`, `@scope/name@2` and
 * `boto3[crt]`.
 */
const withoutVersion = (word: string): string => /^@?[^=<>~!@:[]*/.exec(word)?.[0] ?? ''
