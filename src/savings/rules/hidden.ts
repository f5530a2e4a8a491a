/** Rules about files that one line brings and a later line hides. Both layers are pulled. */
import { commandFor, commandsOf, runsOnly } from '../commands.ts'
import { ownerFlags } from '../owner-flags.ts'
import { isCopy, says, words, type Place, type Rule, type Words } from '../rule.ts'
import { joinedWith, lineOf } from './edits.ts'

export const archiveRule: Rule = {
  id: 'archive',
  name: 'archive that is unpacked and deleted',
  likely: null,
  type: (place) => [
    ...words`drop this line and have the RUN in `,
    lineOf(place),
    ...words` read the archive by ${'RUN --mount=type=bind'}, or unpack it with ${'ADD'}`,
  ],
}

export const ownerRule: Rule = {
  id: 'owner-or-mode',
  name: 'files copied again for another owner or mode',
  likely: 'their contents were not compared',
  type: (place) => {
    const later = place.later?.text ?? ''
    const { flags, commands, text } = ownerFlags(later, place.path)
    if (!isCopy(place.text))
      return text === null
        ? [...words`run ${commands} in this RUN, not in `, lineOf(place)]
        : [...words`add ${`&& ${text}`} to this RUN, and drop it from `, lineOf(place)]
    // The user does not exist before that line.
    if (says(later, 'useradd', 'adduser'))
      return [
        'move this line below ',
        lineOf(place),
        ...words`, add ${flags} to it, and drop ${commands} from that line`,
      ]
    return [...words`add ${flags} to this line, and drop ${commands} from `, lineOf(place)]
  },
}

const deleting = ['rm', 'rmdir', 'find']

export const deletedRule: Rule = {
  id: 'deleted-later',
  name: 'files that a later line deletes',
  likely: null,
  type: deletedEdit,
}

function deletedEdit(place: Place): Words {
  const { text = '', isNext = true } = place.later ?? {}
  if (isCopy(place.text))
    return [
      'leave out of this line what ',
      lineOf(place),
      ` deletes, or have ${isNext ? 'that line read it' : 'the lines that need it read it'} by `,
      ...words`${'RUN --mount=type=bind'}`,
    ]
  const command = commandFor(commandsOf(text, ...deleting), place.path)
  // Another step may need the files, or another command of that line.
  return command === null || !isNext || !runsOnly(text, ...deleting)
    ? [...joinedWith(place), ', which deletes the files']
    : [...words`add ${`&& ${command.text}`} to this RUN: `, lineOf(place), ' deletes too late']
}

export const replacedRule: Rule = {
  id: 'replaced-later',
  name: 'files that a later line replaces',
  likely: null,
  type: (place) =>
    isCopy(place.text)
      ? ['leave out of this line what ', lineOf(place), ' replaces']
      : [...joinedWith(place), ', which replaces the files'],
}

/** Files of the base image that a line copies into its own layer. */
export const baseOwnerRule: Rule = {
  id: 'base-owner-or-mode',
  name: 'files of the base image, copied for another owner or mode',
  likely: 'the change of owner or mode may be needed',
  type: ({ path }) => words`change owner and mode of fewer files than ${path}: each is copied into this layer`,
}
