/**
 * Finds the Debian packages that came only because another package recommends them. apt leaves them out with
 * `--no-install-recommends`.
 */

/** What dpkg's `status` says about an installed package. */
export interface DebianRelations {
  /** The fields `Pre-Depends` and `Depends`, and `Recommends`, as written. */
  readonly depends: string
  readonly recommends: string
  /** The field `Provides`, as written. */
  readonly provides: string
  /** Whether the system needs it in any case, by `Essential` or `Important`. apt removes others that have the priority
   * `required`. */
  readonly isRequired: boolean
}

/**
 * Returns the names of the packages that no required or manually installed package needs, directly or through others, but that one
 * of them recommends. If alternatives are installed (`a | b`), all of them count as needed. Packages that nothing needs
 * or recommends any more are not among them, because `apt-get autoremove` removes those.
 *
 * @param packages all installed packages, by name
 * @param automatic names of the packages that apt installed because of others (`extended_states`)
 */
export function recommendedOnly(
  packages: ReadonlyMap<string, DebianRelations>,
  automatic: ReadonlySet<string>,
): readonly string[] {
  const providers = new Map<string, string[]>()
  for (const [name, { provides }] of packages)
    for (const provided of namesIn(provides)) {
      const some = providers.get(provided)
      if (some === undefined) providers.set(provided, [name])
      else some.push(name)
    }
  const reached = (
    start: Iterable<string>,
    fieldsOf: (relations: DebianRelations) => readonly string[],
  ): Set<string> => {
    const found = new Set(start)
    // Each wanted name is followed once. Hostile packages may all want the same name, and all provide it.
    const followed = new Set<string>()
    // A set may grow while it is iterated over, and then gives the new names too.
    for (const name of found) {
      const relations = packages.get(name)
      if (relations === undefined) continue
      for (const field of fieldsOf(relations))
        for (const wanted of namesIn(field)) {
          if (followed.has(wanted)) continue
          followed.add(wanted)
          for (const one of [wanted, ...(providers.get(wanted) ?? [])]) if (packages.has(one)) found.add(one)
        }
    }
    return found
  }
  const roots = [...packages].filter(([name, one]) => one.isRequired || !automatic.has(name)).map(([name]) => name)
  const needed = reached(roots, ({ depends }) => [depends])
  return [...reached(roots, ({ depends, recommends }) => [depends, recommends])].filter((name) => !needed.has(name))
}

/** Returns the names in a relation field such as `libc6 (>= 2.36), mailx | mailutils, perl:any`. */
function namesIn(field: string): readonly string[] {
  return field.split(/[,|]/).flatMap((part) => {
    const [word = ''] = part.trimStart().split(/[ (:[<]/, 1)
    return word === '' ? [] : [word]
  })
}
