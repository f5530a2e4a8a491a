/** Finds the flags of COPY that have the effect of a later `chown` or `chmod`. Pure. */
import { attributeCommands, commandFor, commandsOf, runsOnly, type Command } from './commands.ts'
import { keywordOf, says, type Place } from './rule.ts'
import { appliedMode } from './symbolic-mode.ts'

/** What a later instruction does to the owner and the mode of a path. */
export interface OwnerChange {
  /** Such as `1000:1000`. Null if the owner does not change, or the command gives no numeric ids. */
  readonly ids: string | null
  readonly changesOwner: boolean
  /** Octal digits. Null if the mode does not change, or depends on what it was before. */
  readonly mode: string | null
  readonly changesMode: boolean
  /** The mode as written, such as `a+x`. Null if it is not known. Untrusted text. */
  readonly modeText: string | null
  /** Whether all of the commands apply to everything in a directory. */
  readonly isRecursive: boolean
  /** Whether all of the commands name this path itself. */
  readonly isNamed: boolean
  /** Such as `chown` and `chmod`. */
  readonly commands: readonly string[]
}

/**
 * Returns what happens to files below this path.
 *
 * @param instruction the later instruction, which changes owner or mode
 * @param path with a slash at its start
 * @param becomes the owner and mode that the files have in its layer, if they are known and the same for all. A mode that
 * depends on the one before differs for directories, so this must be null if the path is one
 */
export function ownerChange(instruction: string, path: string, becomes: Place['becomes'] = null): OwnerChange {
  const found = (...some: readonly string[]): Command | null => {
    const commands = commandsOf(instruction, ...some)
    return commandFor(commands, path) ?? (commands.length === 1 ? (commands[0] ?? null) : null)
  }
  const [owner, mode] = [found('chown', 'chgrp'), found('chmod')]
  const changesOwner = owner !== null || (mode === null && says(instruction, 'chown', 'chgrp'))
  const changesMode = mode !== null || !changesOwner
  const known = [owner, mode].filter((command) => command !== null)
  const isNamed = known.length > 0 && known.every(({ words }) => words.slice(1).includes(path))
  return {
    ids: changesOwner ? ((owner && idsOf(owner)) ?? becomes?.owner ?? null) : null,
    changesOwner,
    mode: changesMode ? ((mode && modeOf(mode)) ?? (isNamed ? (becomes?.mode ?? null) : null)) : null,
    changesMode,
    modeText: mode?.words[0] ?? null,
    isRecursive: known.every(isRecursive),
    isNamed,
    commands: [...(changesOwner ? [owner?.name ?? 'chown'] : []), ...(changesMode ? ['chmod'] : [])],
  }
}

/** Returns flags such as `--chown=1000:1000 --chmod=755`. */
export function flagsOf({
  ids,
  changesOwner,
  mode,
  changesMode,
}: Pick<OwnerChange, 'ids' | 'changesOwner' | 'mode' | 'changesMode'>): string {
  return [
    ...(changesOwner ? [`--chown=${ids ?? 'UID:GID'}`] : []),
    ...(changesMode ? [`--chmod=${mode ?? 'MODE'}`] : []),
  ].join(' ')
}

/** Returns the owner and the mode that a COPY gives to its files, as written. Null for none. */
export function flagsIn(text: string): { readonly owner: string | null; readonly mode: string | null } {
  return {
    owner: /\s--chown=["']?([\w:.${}-]+)/.exec(text)?.[1] ?? null,
    mode: /\s--chmod=["']?([\w,=+${}-]+)/.exec(text)?.[1] ?? null,
  }
}

/**
 * Returns the change with its mode in numbers, if it depends on the mode before and a flag of the COPY gives that one to
 * everything that it copies.
 */
export function afterFlag(change: OwnerChange, { mode }: ReturnType<typeof flagsIn>): OwnerChange {
  const { modeText, isRecursive } = change
  if (change.mode !== null || modeText === null || mode === null || !isRecursive || !/^0?[0-7]{3}$/.test(mode))
    return change
  return { ...change, mode: appliedMode(modeText, mode) }
}

const isRecursive = ({ options }: Command): boolean =>
  options.some((option) => option === '--recursive' || /^-[a-zA-Z]*R/.test(option))

/**
 * Returns the owner and group if both are numbers. The names of accounts are no substitute: COPY looks them up where it
 * stands, and the account may be made later, or have other ids there.
 */
function idsOf({ name, words: [value = ''] }: Command): string | null {
  if (name !== 'chown') return null
  if (/^\d+:\d+$/.test(value)) return value
  return value === 'root:root' ? '0:0' : null
}

/** Returns whether a command names an owner or a group. */
const isOwner = ({ words: [value = ''] }: Command): boolean => /^[\w.-]*(?::[\w.-]*)?$/.test(value) && value !== ''

/** Returns the mode if it is a number. Others depend on the mode before, and on the kind of file. */
const modeOf = ({ words: [value = ''] }: Command): string | null => (/^0?[0-7]{3}$/.test(value) ? value : null)

/** Commands that change no owners and modes of files that are already there. */
const harmless = ['echo', 'printf', 'true', 'groupadd', 'addgroup', 'useradd', 'adduser']
const safePath = /^\/[\w./@+-]*[\w@+-]\/?$/

/**
 * Returns the paths to which a RUN gives one owner or one mode, with all that is in them, if the flags of COPY can say
 * the same: an owner whose ids are known, a numeric mode, and no other command that may matter. Otherwise returns null.
 *
 * @param ids owner and group of all of these files after the instruction; null if that is not known
 */
export function wholeChange(
  instruction: string,
  ids: string | null = null,
): { readonly recursive: boolean; readonly paths: string[] }[] | null {
  if (keywordOf(instruction) !== 'RUN' || /[`$<'"*?[\]]|\s--(?:mount|network|security)\b/.test(instruction)) return null
  if (!runsOnly(instruction, ...attributeCommands, ...harmless)) return null
  const commands = commandsOf(instruction, ...attributeCommands)
  if (new Set(commands.map(({ name }) => name)).size !== commands.length || commands.length === 0) return null
  const areClear = commands.every(
    (command) =>
      (command.name === 'chmod' ? modeOf(command) : (idsOf(command) ?? (isOwner(command) ? ids : null))) !== null &&
      command.options.every((option) => /^(?:-[Rvcf]+|--recursive)$/.test(option)) &&
      command.words.length > 1 &&
      command.words.slice(1).every((word) => safePath.test(word) && !word.includes('/.') && !word.includes('//')),
  )
  if (!areClear) return null
  return commands.map((command) => ({
    recursive: isRecursive(command),
    paths: command.words.slice(1).map((word) => word.replace(/^\//, '').replace(/\/$/, '')),
  }))
}
