/**
 * Finds the Debian packages that a system does not need: those that came only because another package recommends them,
 * which apt leaves out with `--no-install-recommends`, and those that nothing wants any more.
 */

/** What dpkg's `status` says about an installed package. */
export interface DebianPackage {
  readonly name: string
  /** Such as `amd64`, or `all`. */
  readonly architecture: string
  /** The field `Multi-Arch`, as written: `same`, `foreign`, `allowed`, `no` or empty. */
  readonly multiArch: string
  /** The fields `Pre-Depends` and `Depends`, and `Recommends`, as written. */
  readonly depends: string
  readonly recommends: string
  /** The field `Provides`, as written. */
  readonly provides: string
  /**
   * Whether the system needs it in any case, by `Essential` or `Important`. apt removes others that have the priority
   * `required`.
   */
  readonly isRequired: boolean
}

/** More architectures than any system has. With more, architectures are ignored, so that the time is limited. */
const maxArchitectures = 16

/** Names of packages. A name that is installed for several architectures is only in a list if all these packages are. */
export interface SparePackages {
  /**
   * No required or manually installed package needs them, directly or through others, but one of them recommends them.
   * If alternatives are installed (`a | b`), all of them count as needed.
   */
  readonly recommended: readonly string[]
  /** Nothing needs or recommends them any more. `apt-get autoremove` removes them. */
  readonly unwanted: readonly string[]
}

/**
 * Returns the packages that the system does not need.
 *
 * @param installed all installed packages
 * @param automatic the packages that apt installed because of others (`extended_states`), as `NAME:ARCHITECTURE`, or as
 * `NAME` if the architecture is not known
 */
export function sparePackages(installed: readonly DebianPackage[], automatic: ReadonlySet<string>): SparePackages {
  const areFew = new Set(installed.map(({ architecture }) => architecture)).size <= maxArchitectures
  const packages = areFew ? installed : installed.map((one) => ({ ...one, architecture: '' }))
  const satisfying = resolverOf(packages)
  const reached = (start: Iterable<DebianPackage>, fieldsOf: (one: DebianPackage) => readonly string[]) => {
    const found = new Set(start)
    // Each relation is followed once. Hostile packages may all want the same name, and all provide it. A relation with a
    // qualifier means the same for packages of each architecture.
    const followed = new Set<string>()
    // A set may grow while it is iterated over, and then gives the new packages too.
    for (const one of found)
      for (const field of fieldsOf(one))
        for (const wanted of relationsIn(field)) {
          const key = wanted.includes(':') ? wanted : `${wanted} ${one.architecture}`
          if (followed.has(key)) continue
          followed.add(key)
          for (const other of satisfying(wanted, one)) found.add(other)
        }
    return found
  }
  const automaticNames = new Set([...automatic].map((one) => nameOf(one)))
  const isAutomatic = ({ name, architecture }: DebianPackage): boolean =>
    automatic.has(name) ||
    automatic.has(`${name}:${architecture}`) ||
    // apt lists a package for all architectures under the one of the system.
    ((architecture === 'all' || architecture === '') && automaticNames.has(name))
  const roots = packages.filter((one) => one.isRequired || !isAutomatic(one))
  const needed = reached(roots, ({ depends }) => [depends])
  const wanted = reached(roots, ({ depends, recommends }) => [depends, recommends])
  const namesOf = (isOne: (one: DebianPackage) => boolean): readonly string[] => {
    const others = new Set(packages.filter((one) => !isOne(one)).map(({ name }) => name))
    return [...new Set(packages.filter(isOne).map(({ name }) => name))].filter((name) => !others.has(name))
  }
  return {
    recommended: namesOf((one) => wanted.has(one) && !needed.has(one)),
    unwanted: namesOf((one) => !wanted.has(one)),
  }
}

type Resolver = (wanted: string, by: DebianPackage) => readonly DebianPackage[]

/**
 * Returns a function that finds the installed packages that satisfy a relation such as `perl`, `perl:any` or
 * `libc6:i386` of a package. Without a qualifier, the other package must have the same architecture or be
 * `Multi-Arch: foreign`. With `any`, it must be `Multi-Arch: allowed`.
 */
function resolverOf(packages: readonly DebianPackage[]): Resolver {
  const candidates = new Map<string, DebianPackage[]>()
  for (const one of packages)
    for (const name of new Set([one.name, ...relationsIn(one.provides).map(nameOf)])) {
      const some = candidates.get(name)
      if (some === undefined) candidates.set(name, [one])
      else some.push(one)
    }
  const architectures = new Set(packages.map(({ architecture }) => architecture))
  const native = packages.find(({ name }) => name === 'dpkg')?.architecture ?? ''
  const resolved = (architecture: string): string =>
    architecture === 'all' || architecture === 'native' ? native : architecture
  return (wanted, by) => {
    const some = candidates.get(nameOf(wanted)) ?? []
    const qualifier = wanted.slice(nameOf(wanted).length + 1)
    const architecture = resolved(qualifier === '' ? by.architecture : qualifier)
    if (architecture === '') return some
    if (qualifier === 'any') return some.filter(({ multiArch }) => multiArch === 'allowed')
    // Nothing of another architecture is installed. Hostile packages may name any number of them.
    if (!architectures.has(architecture)) return []
    return some.filter(
      (one) =>
        resolved(one.architecture) === architecture || one.architecture === '' || isForeign(one, qualifier, native),
    )
  }
}

/** Returns whether a package satisfies relations of packages of any architecture. */
const isForeign = ({ multiArch, architecture }: DebianPackage, qualifier: string, native: string): boolean =>
  qualifier === '' && (multiArch === 'foreign' || (architecture === 'all' && native === ''))

const nameOf = (relation: string): string => {
  const at = relation.indexOf(':')
  return at === -1 ? relation : relation.slice(0, at)
}

/**
 * Returns the names, with their qualifiers, in a relation field such as `libc6 (>= 2.36), mailx | mailutils, perl:any`.
 */
function relationsIn(field: string): readonly string[] {
  return field.split(/[,|]/).flatMap((part) => {
    const [word = ''] = part.trimStart().split(/[ ([<]/, 1)
    return nameOf(word) === '' ? [] : [word]
  })
}
