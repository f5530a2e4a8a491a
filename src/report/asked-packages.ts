/** Distinguishes the packages that an instruction names from those that were installed with them. Pure. */
import type { PackageChange } from '../compare/packages.ts'
import { packageKey } from '../packages/package-key.ts'
import { commandsIn } from '../savings/commands.ts'
import { keywordOf } from '../savings/rule.ts'
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
 * Returns words such as `imagemagick and 43 packages that came with it, +41.5 MB together`. If the instruction may
 * also install something else, such as what a file of requirements lists, the words are `imagemagick and 43 other new
 * packages`. Null if there are no such packages.
 */
export function askedPackages({ foreign, packages, before, after }: GrowthRow, name: Name): AskedPackages | null {
  const grown = packages.filter(
    ({ kind, after, leftOf }) => after !== null && !leftOf && (kind === 'new' || kind === 'updated'),
  )
  const ecosystems = [...new Set(grown.map(({ ecosystem }) => ecosystem))]
  const keysOf = (word: string): readonly string[] =>
    ecosystems.map((ecosystem) => packageKey({ ecosystem, name: withoutVersion(word) }))
  const keysIn = (instruction: string): ReadonlySet<string> =>
    new Set(instruction.split(/[\s"'[\],;&|()]+/).flatMap(keysOf))
  const words = keysIn(foreign)
  const named = grown.filter((change) => words.has(packageKey(change)))
  const earlier = keysIn(before?.instruction?.text ?? '')
  const metapackages = metapackagesOf(after)
  // These have no bytes, so the words of the lines tell which of them are new.
  const newlyNamed = metapackages.filter((one) => words.has(packageKey(one)) && !earlier.has(packageKey(one)))
  const asked: readonly Named[] = [...newlyNamed, ...named]
  const others = grown.filter(
    (change) => change.kind === 'new' && !named.includes(change) && asked.some((one) => isOfOneKind(one, change)),
  )
  if (asked.length === 0 || others.length < minOthers) return null
  const names = asked.slice(0, maxNames).map((one) => name(shorten(one.name, maxNameLength)))
  const more = asked.length > names.length ? [formatCount(asked.length - names.length, 'more package')] : []
  const inLayer = after?.contents?.packages?.packages ?? []
  const known = new Set([...inLayer, ...metapackages, ...named].map(packageKey))
  const came = installsOnly(foreign, (word) => keysOf(word).some((key) => known.has(key)))
    ? `packages that came with ${asked.length === 1 ? 'it' : 'them'}`
    : 'other new packages'
  const growth = [...named, ...others].reduce((sum, each) => sum + each.growth, 0)
  return {
    words: `${[...names, ...more].join(', ')} and ${others.length} ${came}, ${formatGrowth(growth)} together`,
    growth,
    packages: new Set([...named, ...others]),
  }
}

const installers: ReadonlySet<string> = new Set('apk apt apt-get dnf gem microdnf npm pip pip3 yum'.split(' '))
const installing: ReadonlySet<string> = new Set(['install', 'add', 'i'])
/** Words after which an installer brings no package. */
const upkeep: ReadonlySet<string> = new Set(['update', 'clean', 'autoclean', 'autoremove', 'cache', 'purge', 'remove'])
/** Commands that install nothing. A number is what is left of `2>&1`. */
const harmless = /^(\d+|:|cd|chmod|chown|echo|export|ln|mkdir|rm|set|touch|true|useradd|adduser|groupadd|addgroup)$/
/** Options with which an installer reads the names from a file, such as `-r` and `-rFILE`. */
const readsFile = /^(-[a-z]*[re]|--requirement|--editable)/i

/**
 * Returns whether an instruction installs these packages and nothing else, as far as it can be read. The value of an
 * option counts as a package, because the two cannot be distinguished.
 */
function installsOnly(instruction: string, isKnown: (word: string) => boolean): boolean {
  if (keywordOf(instruction) !== 'RUN') return false
  return commandsIn(instruction.slice('RUN'.length)).every((command) => {
    const all = command.split(/[\s"']+/).filter((word) => word !== '')
    const start = all.findIndex((word) => !word.startsWith('--') && !/^[A-Za-z_]\w*=/.test(word))
    if (start === -1) return true
    const [path = '', ...words] = all.slice(start)
    const name = path.slice(path.lastIndexOf('/') + 1)
    const isPythons = /^python[\d.]*$/.test(name) && words[0] === '-m' && words[1] === 'pip'
    if (!installers.has(name) && !isPythons) return harmless.test(name)
    const at = words.findIndex((word) => installing.has(word))
    const named = words.slice(at + 1).filter((word) => !/^(-|\d*[<>])/.test(word))
    if (at === -1) return words.some((word) => upkeep.has(word))
    return named.length > 0 && named.every(isKnown) && !words.some((word) => readsFile.test(word))
  })
}

type Named = Pick<PackageChange, 'ecosystem' | 'name'>

/** Returns the packages without files that a layer installs. */
const metapackagesOf = (layer: GrowthRow['after']): readonly Named[] =>
  (layer?.contents?.packages?.withoutFiles ?? []).map((one) => ({ ecosystem: 'deb', name: one }))

const isOfOneKind = (one: Named, other: Named): boolean => one.ecosystem === other.ecosystem

/**
 * Returns the name without a version, as in `curl=8.1-2`, `pandas>=2`, `left-pad@1.3.0`, `@scope/name@2` and
 * `boto3[crt]`.
 */
const withoutVersion = (word: string): string => /^@?[^=<>~!@:[]*/.exec(word)?.[0] ?? ''
