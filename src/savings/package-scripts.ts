/** Finds scripts of `package.json` that a command runs. Pure. */

/** Package managers that run them. */
const managers: ReadonlySet<string> = new Set(['npm', 'pnpm', 'yarn', 'bun'])
/** Their verbs that do not begin the name of a script. */
const verbs: ReadonlySet<string> = new Set(
  (
    'add audit autoclean cache ci clean-install config dedupe fetch fund global i import install link list ls ' +
    'outdated pack pkg plugin prune rebuild remove rm set store uninstall unlink up update upgrade version'
  ).split(' '),
)
/** Options before the verb that take the next word. */
const withValue: ReadonlySet<string> = new Set('--prefix -C --cwd --dir -w --workspace --filter -F'.split(' '))

/** Returns whether a script has a usual name, with which it only builds or tests a project. */
export const isUsualScript = (name: string): boolean =>
  /^(?:build|check|clean|compile|generate|lint|prod|production|start|test)(?::[\w-]+)?$/.test(name)

/**
 * Returns the name of the script or the program that a package manager runs. Null if it does something else, or the
 * command is another one.
 *
 * @param command its words, with the program first
 */
export function scriptIn([program = '', ...rest]: readonly string[]): string | null {
  if (!managers.has(program)) return null
  const [verb, name] = rest.filter((word, at) => !word.startsWith('-') && !withValue.has(rest[at - 1] ?? ''))
  if (verb === 'workspace')
    return name === undefined ? null : scriptIn([program, ...rest.slice(rest.indexOf(name) + 1)])
  if (verb === 'run' || verb === 'run-script') return name ?? null
  return verb === undefined || verbs.has(verb) ? null : verb
}
