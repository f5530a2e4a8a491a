/** Rules about files that one line brings and a later line hides. Both layers are pulled. */
import {
  attributeCommands,
  commandFor,
  commandsOf,
  deletingCommands,
  pathsOfFind,
  repeatable,
  runsOnly,
} from '../commands.ts'
import { deletesAnyway } from '../deletions.ts'
import { afterFlag, flagsIn, flagsOf, ownerChange, wholeChange, type OwnerChange } from '../owner-flags.ts'
import {
  isCopy,
  isRun,
  makerOf,
  says,
  shellWord,
  sourceOf,
  unpacks,
  words,
  type Place,
  type Rule,
  type Words,
} from '../rule.ts'
import { countSources, hasPatterns } from '../exclude-flags.ts'
import { listed } from './copy-edits.ts'
import { onlyWhereNeeded } from './edits.ts'
import { added, joinedWith, lineOf } from './run-edits.ts'

/** Files that a later line copies into its own layer, because it changes owner or mode. */
export const ownerRule: Rule = {
  id: 'owner-or-mode',
  name: 'files copied again for another owner or mode',
  likely: 'the edit may give other files another owner or mode, or leave a folder with the old one',
  namesAttributes: true,
  makers: [],
  dependsOnWholeLine: true,
  type: (place) => {
    if (!isCopy(place.text)) return ownerOfRun(place)
    const mode = place.kind === 'file' ? (place.becomes?.mode ?? null) : null
    const change = ownerChange(place.later?.text ?? '', place.path, place.becomes && { ...place.becomes, mode })
    // Records of earlier releases call more of them sure.
    const isWhole = place.claim === 'sure' && wholeChange(place.later?.text ?? '', place.becomes?.owner) !== null
    if (isWhole && canHaveFlags(place.text, change))
      return [
        ...words`add ${flagsOf(change)} to this line, and drop `,
        ...listed(change.commands),
        ' from ',
        lineOf(place),
        ...(change.isRecursive ? [] : ofFolder(place, change.mode)),
      ]
    return ownerOfCopy(place, change)
  },
}

/** The same commands in the RUN that made the files. */
function ownerOfRun(place: Place): Words {
  const commands = repeatable(place.later?.text ?? '', ...attributeCommands)
  if (place.later?.isApart === true)
    return [
      'change owner and mode of ',
      ...itOf(place),
      ' at the end of this RUN, and drop the change from ',
      lineOf(place),
    ]
  return commands !== null && place.claim === 'sure'
    ? [...added(place, commands), ', and drop it from ', lineOf(place)]
    : [...joinedWith(place), ', which changes owner or mode']
}

/** Returns whether a line has none of the flags yet, and they apply to what it brings. */
function canHaveFlags(text: string, { changesOwner, changesMode }: OwnerChange): boolean {
  const { owner, mode } = flagsIn(text)
  return (!changesOwner || owner === null) && (!changesMode || (mode === null && !unpacks(text)))
}

/** Returns words about the folders that a copy of a file makes. BuildKit gives them the mode of the file. */
const ofFolder = ({ kind }: Place, mode: string | null): Words =>
  kind === 'file' && mode !== null && !/^0?7[57][57]$/.test(mode)
    ? ['; a folder that the copy makes gets that mode too, so make it in an earlier line']
    : []

const itOf = ({ kind, path }: Place): Words => (kind === 'file' ? words`${path}` : ['these files'])

/** Flags of COPY apply to everything that the line copies, so they can only replace a command that does too. */
function ownerOfCopy(place: Place, found: OwnerChange): Words {
  const has = flagsIn(place.text)
  const change = afterFlag(found, has)
  const { ids, changesOwner, mode, changesMode, isRecursive, isNamed, commands } = change
  const hasOwner = ids !== null && has.owner === ids
  const hasMode = mode !== null && has.mode?.replace(/^0/, '') === mode.replace(/^0/, '')
  if ((!changesOwner || hasOwner) && (!changesMode || hasMode))
    return [
      'drop ',
      ...listed(commands),
      ' from ',
      lineOf(place),
      ': this line gives these files that owner or mode already',
    ]
  const ofLine = lineOf(place)
  const isFile = place.kind === 'file'
  const it = itOf(place)
  const drop = [', and drop ', ...listed(commands), isFile ? ' for it' : ' for them', ' from ', ofLine]
  const isUnpacked = unpacks(place.text)
  const from = isUnpacked ? ['in the archive that this line unpacks'] : ['where this line copies from']
  // The mode before is not known, nor which of the files have it.
  if (changesMode && (mode === null || isUnpacked || !(isRecursive || (isFile && isNamed))))
    return [
      ...['set the mode of ', ...it, ' ', ...(makerOf(place) ?? sourceOf(place.text) ?? from)],
      ...(has.mode === null ? [] : words`, in place of ${`--chmod=${has.mode}`}`),
      ...(changesOwner ? words`, and the owner with ${flagsOf({ ...change, changesMode: false })}` : []),
      ...drop,
    ]
  const asNow = changesOwner && ids === null ? [' (the numeric ids that ', ofLine, ' gives)'] : []
  const flags = flagsOf({ ...change, changesOwner: changesOwner && !hasOwner, changesMode: changesMode && !hasMode })
  const old = flagsOf({
    ...{ ids: has.owner, changesOwner: changesOwner && !hasOwner && has.owner !== null },
    ...{ mode: has.mode, changesMode: changesMode && !hasMode && has.mode !== null },
  })
  const asFlags = old === '' ? words`add ${flags}` : words`write ${flags}`
  const toLine = old === '' ? [' to this line'] : words` in place of ${old} in this line`
  if (isRecursive)
    return [...[...asFlags, ...asNow, ...toLine], ', and drop ', ...listed(commands), ' for these files from ', ofLine]
  if (isFile && place.isWholeLine)
    return [...asFlags, ...asNow, ...toLine, ...drop, ...ofFolder(place, changesMode && !hasMode ? mode : null)]
  return [
    'copy ',
    ...it,
    ...[isFile ? ' in a line of its own with ' : ' in a line of their own with ', { code: flagsOf(change) }],
    ...asNow,
    ...drop,
  ]
}

const unsure = 'other lines may have to change too'

/** Files that one line adds and a later line deletes. */
export const deletedRule: Rule = {
  id: 'deleted-later',
  name: 'files that a later line deletes',
  likely: null,
  unsure,
  dependsOnWholeLine: true,
  type: deletedEdit,
}

function deletedEdit(place: Place): Words {
  const { text = '', isNext = true } = place.later ?? {}
  if (isCopy(place.text) || isCopy(text))
    return isCopy(text)
      ? replacedEdit(place)
      : unpacks(place.text)
        ? ['leave out of the archive that this line unpacks what ', lineOf(place), ' deletes']
        : leftOutOfCopy(place)
  const commands = repeatableDeletion(text)
  const elsewhere = onlyWhereNeeded(place)
  if (elsewhere !== null)
    return [...elsewhere, `, and drop ${place.kind === 'file' ? 'its' : 'their'} deletion from `, lineOf(place)]
  // Another step may need the files, or another command of that line.
  return commands === null || !isNext
    ? [...joinedWith(place), ', which deletes the files']
    : [...added(place, commands), ', and drop it from ', lineOf(place), ', which deletes too late']
}

/** Returns an edit of a COPY. The deletion may also be of what a line in between makes, so it is kept if that is possible. */
function leftOutOfCopy(place: Place): Words {
  const { text = '', isNext = true } = place.later ?? {}
  const staysThere = !isNext && deletesAnyway(text)
  // Of a sure one, there are none.
  const others = place.claim === 'likely' ? ' (keep it for files that other lines make)' : ''
  const edit = leftOutFor(place, 'deletes')
  // The last word of a move is where it goes.
  const moves = commandsOf(text, 'mv').map((one) => ({ ...one, words: one.words.slice(0, -1) }))
  if (commandFor(moves, place.path) !== null)
    return ['copy these files to where ', lineOf(place), ' moves them, and drop the move from there']
  // A program replaces the file by another one, as `gzip` does.
  if (!mayRemove(text, place.path)) return [...edit, ...readElsewhere(isNext)]
  if (!staysThere) edit.push(`, and drop the deletion from there${others}`)
  const needsNothing = runsOnly(text, ...deletingCommands, ...attributeCommands)
  if (isNext && needsNothing) return edit
  const readers = needsNothing ? 'the lines in between that need them' : 'the lines that need them'
  return [
    ...edit,
    `; mount these files in ${isNext ? 'that line' : readers} with `,
    // Without `rw`, nothing can be written below the mount.
    ...words`${'RUN --mount=type=bind,rw'}`,
  ]
}

/** Returns whether a command of a line may delete a path by its name. A relative path or a variable may be any. */
function mayRemove(text: string, path: string): boolean {
  const commands = commandsOf(text, 'rm', 'rmdir', 'unlink', 'find')
  // Such as those of a list without a shell, or of paths that another command names.
  if (commands.length === 0 || says(text, 'xargs')) return says(text, ...deletingCommands, 'unlink')
  return commands.some(({ name, words: named }) => {
    if (name === 'find' && !named.some((word) => /^(?:-delete|(?:\S*\/)?rm)$/.test(word))) return false
    return (name === 'find' ? pathsOfFind(named) : named).some((word) => {
      const start = word.slice(0, word.search(/[*?[$]|$/))
      if (start !== word) return !word.startsWith('/') || path.startsWith(start) || start.startsWith(path)
      return (
        !word.startsWith('/') || `${path}/`.startsWith(`${word.replace(/\/$/, '')}/`) || word.startsWith(`${path}/`)
      )
    })
  })
}

/** Returns where a RUN that makes other files of these can read them. What it writes into a mount would be lost. */
const readElsewhere = (isNext: boolean): Words => [
  `; if ${isNext ? 'that line needs' : 'other lines need'} these files, mount them there at another path with `,
  ...words`${'RUN --mount=type=bind'}, and write only the result`,
]

/** Returns an edit of a COPY, which has no files then that a later line deletes or replaces. */
function leftOutFor(place: Place, what: 'deletes' | 'replaces'): Words[number][] {
  if (place.isWholeLine) return ['drop this line, since ', lineOf(place), ` ${what} all files that it brings`]
  return ['leave out of this line what ', lineOf(place), ` ${what} (`, ...waysToLeaveOut(place.text), ')']
}

/** Returns how a COPY can leave out some of its files. What it names itself must be there. */
function waysToLeaveOut(text: string): Words {
  if (hasPatterns(text)) return ['by naming the other files']
  if (countSources(text) > 1)
    return words`by not naming it, or by ${'--exclude'} if it is in a folder that this line names`
  // Another stage may copy the files from the context, too.
  return sourceOf(text) === null
    ? words`by ${'--exclude'}, or in ${'.dockerignore'} if no other line needs them`
    : words`by ${'--exclude'}`
}

/** Returns the commands of a RUN that does nothing but delete files, if another RUN can do the same. Otherwise null. */
export const repeatableDeletion = (text: string): string | null => repeatable(text, ...deletingCommands)

/** Files that one line adds and a later line replaces. */
export const replacedRule: Rule = {
  id: 'replaced-later',
  name: 'files that a later line replaces',
  likely: null,
  unsure,
  dependsOnWholeLine: true,
  type: replacedEdit,
}

function replacedEdit(place: Place): Words {
  const { text = '', isNext = true } = place.later ?? {}
  if (isCopy(place.text))
    return [
      ...leftOutFor(place, 'replaces'),
      // A RUN such as `npm ci` may need the files before all others are copied.
      ...(isRun(text)
        ? readElsewhere(isNext)
        : isNext
          ? []
          : words`; mount these files in the lines in between that need them with ${'RUN --mount=type=bind,rw'}`),
    ]
  if (!isCopy(text)) {
    const elsewhere = onlyWhereNeeded(place)
    return elsewhere === null
      ? [...joinedWith(place), ', which replaces the files']
      : [...elsewhere, `: here, ${lineOf(place)} replaces ${place.kind === 'file' ? 'it' : 'them'}`]
  }
  // A COPY cannot be a part of a RUN.
  if (isNext)
    return place.kind === 'file'
      ? [...added(place, `rm -f ${shellWord(place.path)}`), ': ', lineOf(place), ' brings another one']
      : ['delete at the end of this RUN what ', lineOf(place), ' replaces']
  return ['do not make in this RUN what ', lineOf(place), ' replaces']
}

/** Files of the base image that a line copies into its own layer. */
export const baseOwnerRule: Rule = {
  id: 'base-owner-or-mode',
  name: 'files of the base image, copied for another owner or mode',
  likely: 'the change of owner or mode may be needed',
  type: ({ path }) =>
    path === '/'
      ? ['change owner and mode of fewer files: each is copied into this layer']
      : words`change owner and mode of fewer files than ${path}: each is copied into this layer`,
}
