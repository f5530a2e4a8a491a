/** Finds the flags of COPY that have the effect of a later `chown` or `chmod`. Pure. */
import { commandFor, commandsOf, type Command } from './commands.ts'
import { says } from './rule.ts'

/** The flags for a path, and the commands that they replace. */
export interface OwnerFlags {
  /** Such as `--chown=app:app --chmod=755`. A flag has no value if the value is not clear. */
  readonly flags: string
  /** Such as `chown and chmod`. */
  readonly commands: string
  /** The commands as written, joined by `&&`. Null if they are not clear. */
  readonly text: string | null
}

/**
 * Returns the flags for files below this path.
 *
 * @param instruction the later instruction, which changes owner or mode
 * @param path with a slash at its start
 */
export function ownerFlags(instruction: string, path: string): OwnerFlags {
  const found = (...names: readonly string[]): Command | null => {
    const commands = commandsOf(instruction, ...names)
    return commandFor(commands, path) ?? (commands.length === 1 ? (commands[0] ?? null) : null)
  }
  const [owner, mode] = [found('chown', 'chgrp'), found('chmod')]
  const hasOwner = owner !== null || (mode === null && says(instruction, 'chown', 'chgrp'))
  const hasMode = mode !== null || !hasOwner
  const known = [owner, mode].filter((command) => command !== null)
  return {
    flags: [
      ...(hasOwner ? [flag('--chown', owner && ownerOf(owner))] : []),
      ...(hasMode ? [flag('--chmod', mode && modeOf(mode))] : []),
    ].join(' '),
    commands: [...(hasOwner ? [owner?.name ?? 'chown'] : []), ...(hasMode ? ['chmod'] : [])].join(' and '),
    text: known.length === 0 ? null : known.map(({ text }) => text).join(' && '),
  }
}

const flag = (name: string, value: string | null): string => (value === null ? name : `${name}=${value}`)

/**
 * Returns the value of `--chown`. With only a user, `--chown` also changes the group, and `chown` does not. Copied files
 * belong to root at first.
 */
function ownerOf({ name, words: [value = ''] }: Command): string | null {
  if (!/^[\w.${}:-]+$/.test(value)) return null
  if (name === 'chgrp') return `0:${value}`
  const [user = '', group] = value.split(':', 2)
  if (group === undefined) return `${user}:0`
  return `${user === '' ? '0' : user}:${group === '' ? user : group}`
}

/** Returns the value of `--chmod`. */
function modeOf({ words: [value = ''] }: Command): string | null {
  if (/^[ua]?\+x$/.test(value)) return '755'
  return /^[0-7]{3,4}$|^[ugoarwxXst,=+-]+$/.test(value) ? value : null
}
