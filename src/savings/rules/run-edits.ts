/** Edits of a RUN: a command at its end, in the form in which it is written, or a RUN that is added or joined. */
import { hasMountAt } from '../mounts.ts'
import { isCopy, linesOf, says, shellWord, words, type Place, type Words } from '../rule.ts'
import { endOf } from '../run-end.ts'
import { readRun, withRights, type RunScript } from '../run-script.ts'
import { listed, partsOf } from './copy-edits.ts'

/** A RUN to edit. */
type Run = Pick<Place, 'text' | 'hasShell'>

/** Returns an edit that has a RUN end with a command. If the RUN has it already, something after it made the files. */
export function atEnd(place: Run, command: string): Words {
  const run = readRun(place.text)
  const own = run.form === 'fed' ? place.text : run.commands
  if (!has(joined(own), command.replace(/\/\*$/, ''))) return added(place, aroundMounts(place, command))
  const end = endOf(run)
  if (end === 'exit') return words`move ${command} in this RUN right before its ${end}`
  if (end !== 'open' && end !== 'exec') return afterMaker(command, end)
  return [...(end === 'exec' ? withoutExec : []), ...words`move ${command} to the end of this RUN`]
}

/** Nothing of a RUN follows the program that its `exec` starts, which may be the one that makes the files. */
const withoutExec: Words = words`drop ${'exec'} from this RUN, and `

/**
 * Returns an edit that adds a RUN for files that a line copies. A RUN of another user than root may not change them, or
 * make others beside them.
 */
export function addedRun(place: Place, command: string): Words {
  const { user = null } = place
  const run = `RUN ${command}`
  if (user !== null && user.line === null)
    return [
      'add the lines ',
      ...listed(['USER root', run, `USER ${user.name}`]),
      ...words`: a RUN here runs as ${user.name}, who may lack the permission`,
    ]
  return [...words`add ${run}`, ...placeOfRun(place)]
}

/** Returns words such as ` above line 5`, if a RUN that is added elsewhere may lack a permission. */
export function placeOfRun({ user = null }: Place): Words {
  if (user === null) return []
  if (user.line === null) return words` between ${'USER root'} and ${`USER ${user.name}`}`
  return [` above line ${user.line}: below it, commands run as `, { code: user.name }, ', who may lack the permission']
}

/** Returns an edit that adds a command to the end of a RUN, in the form in which it is written. */
export function added({ text, hasShell = true }: Run, unprivileged: string): Words {
  const command = unprivileged
    .split(' && ')
    .map((one) => withRights(text, one))
    .join(' && ')
  const run = readRun(text)
  if (run.form === 'script') return addedToScript(run, command)
  if (run.form === 'foreign') return words`have the script of this RUN run ${command} at its end`
  if (run.form === 'fed') return words`add ${`&& ${command}`} to the end of the line with ${'<<'} in this RUN`
  if (!hasShell)
    return words`move this RUN to a stage that has a shell, run ${command} there, and copy the result with ${'COPY --from'}: this stage has no ${'/bin/sh'}`
  if (run.form === 'exec') return words`write this RUN without brackets, and add ${`&& ${command}`} to it`
  const end = endOf(run)
  if (end === 'exit') return words`run ${command} in this RUN right before its ${end}`
  if (end !== 'open' && end !== 'exec') return afterMaker(command, end)
  const comment = run.hasComment ? ', before its comment' : ''
  return [
    ...(end === 'exec' ? withoutExec : []),
    ...words`add ${/(?:^|[^\\]);$/.test(run.commands.trimEnd()) ? command : `&& ${command}`}`,
    end === 'exec' ? ` to it${comment}` : ` to this RUN${comment}`,
  ]
}

/** Returns an edit of a RUN of which the end is not always reached. */
function afterMaker(command: string, end: 'early-exit' | 'early-exec' | 'trap'): Words {
  const place = words`run ${command} in this RUN right after the command that makes the files: its `
  return end === 'trap'
    ? [...place, ...words`${'trap'} may hide that a later one failed`]
    : [...place, ...words`${end === 'early-exit' ? 'exit' : 'exec'} may come before the end`]
}

function addedToScript(run: RunScript, command: string): Words {
  const end = endOf(run)
  if (end === 'exit')
    return /^\s*exit\b[^;&|]*$/.test(run.commands.trimEnd().split('\n').at(-1) ?? '')
      ? words`add the line ${command} to the script of this RUN, above its ${end}`
      : words`run ${command} in this RUN right before its ${end}`
  if (end !== 'open' && end !== 'exec') return afterMaker(command, end)
  return [
    ...(end === 'exec' ? withoutExec : []),
    ...words`add the line ${command}`,
    end === 'exec' ? ' at the end of its script' : ' at the end of the script of this RUN',
  ]
}

/** Returns whether a text has the command, and not only one that begins like it. */
function has(text: string, command: string): boolean {
  for (let at = text.indexOf(command); at !== -1; at = text.indexOf(command, at + 1))
    if (
      !/[\w-]/.test(text[at - 1] ?? ' ') &&
      /^(?:\/\*?)?(?:[\s;&|)}]|$)/.test(text.slice(at + command.length, at + command.length + 3))
    )
      return true
  return false
}

const joined = (text: string): string => text.replace(/\\\r?\n/g, ' ').replace(/\s+/g, ' ')

/**
 * Returns a command for the end of a RUN. If it would delete paths in which the RUN has a mount, it deletes their files
 * around the mount, which cannot be deleted.
 */
function aroundMounts({ text }: Pick<Run, 'text'>, command: string): string {
  if (!text.includes('--mount') || !/^rm -rf [^'&|;]+$/.test(command)) return command
  const paths = command.slice('rm -rf '.length).split(' ')
  const whole = paths.map((path) => path.replace(/\/\*$/, ''))
  const hasMount = whole.some((path) => foldersAbove(path).some((workdir) => hasMountAt(text, path, workdir)))
  return hasMount ? `find ${whole.join(' ')} -xdev -type f -exec rm -f {} +` : command
}

/** Returns the folders above a path, from the root. A relative path in the same RUN may begin in each of them. */
function foldersAbove(path: string): readonly string[] {
  const parts = partsOf(path)
  return parts.map((_, at) => `/${parts.slice(0, at).join('/')}`)
}

/** Returns an edit that deletes the path at the end of the RUN that made it. */
export const removed = (place: Place): Words => atEnd(place, `rm -rf ${shellWord(place.path)}`)

/** Returns `line 5`, or `a later line` if its number is not known. */
export const lineOf = (place: Place): string =>
  place.later?.line == null ? 'a later line' : `line ${place.later.line}`

/** Returns an edit that joins the RUN that made the files and the later line, with all steps between them. */
export const joinedWith = (place: Place): Words => [
  ...movedFirst(place),
  ...(place.later?.isNext === false
    ? ['join the RUN instructions from this line to ', lineOf(place)]
    : ['join this RUN and ', lineOf(place)]),
]

const userCommands = ['useradd', 'adduser', 'groupadd', 'addgroup']

/** Returns words such as `move line 4 above this line, and `, because a COPY cannot be in the middle of a RUN. */
function movedFirst({ later, text }: Place): Words {
  const lines = later?.linesToMove ?? []
  if (lines.length === 0) return []
  // A USER or a `COPY --chown` may need what this RUN makes.
  if (says(text, ...userCommands))
    return [
      'first make the users of this RUN in another RUN above it, then move ',
      `${linesOf(lines) ?? 'each COPY and ADD between them'} between these two, and `,
    ]
  return [`move ${linesOf(lines) ?? 'each COPY and ADD between them'} above this line, and `]
}

/**
 * Returns an edit that appends a command to the RUN that made the files. In a builder stage, this is the last RUN that
 * may need them.
 */
export function appendTo(place: Place, command: string): Words {
  if (place.stage === null || place.later === null)
    return isCopy(place.text)
      ? words`add ${`RUN ${command}`} below this line of the stage ${place.stage ?? ''}`
      : atEnd(place, command)
  return inLastRun(place, place.stage, command)
}

/** Returns an edit of a RUN of a builder stage, of which the text is not known here. */
export const inLastRun = (place: Place, stage: string, command: string): Words => [
  ...words`run ${command} at the end of `,
  lineOf(place),
  ...words`, before any ${'exit'} (`,
  lineOf(place),
  ...words` is the last RUN of the stage ${stage} that may need these files)`,
]
