/** Rules about other files that no final image needs. */
import { commandsIn } from '../commands.ts'
import { isCopy, isRun, says, shellWord, sourceOf, words, type Place, type Rule, type Words } from '../rule.ts'
import { added, appendTo, atEnd, inRun, joinedWith, lineOf, ofTool } from './edits.ts'

/** Commands that do not read the history of Git, and start nothing that may. */
const harmless: ReadonlySet<string> = new Set(
  (
    'adduser addgroup apk apt apt-get cd chgrp chmod chown curl echo groupadd ln ls mkdir printf rm rmdir sleep touch ' +
    'true useradd usermod wget'
  ).split(' '),
)
/** What starts other commands in any place of a line. */
const startsOthers = /`|\$\(|<\(|<</

/**
 * Returns whether a step may read the history that an earlier one left. Most build tools do, for the version of what
 * they build. A step that clones another repository does not.
 */
export const mayReadGit = (text: string): boolean =>
  runsAny(text, (name, rest) => (name === 'git' ? !isCloneFromElsewhere(rest) : !harmless.has(name)))

/** Returns whether a step may run a script of unknown content. */
export const mayRunScript = (text: string): boolean => runsAny(text, (name) => name !== 'git' && !harmless.has(name))

/** Returns whether a step runs a command like this, or starts others in a way that is not read here. */
function runsAny(text: string, isLike: (name: string, rest: readonly string[]) => boolean): boolean {
  if (!isRun(text)) return false
  if (startsOthers.test(text)) return true
  return commandsIn(text).some((command) => {
    const all = command.split(/\s/).filter((word) => word !== '')
    const start = all.findIndex((word) => word !== 'RUN' && !word.startsWith('--'))
    if (start === -1) return false
    const [name = '', ...rest] = all.slice(start)
    return isLike(name, rest)
  })
}

/** Returns whether `git` with these words clones a repository that is not in the image. */
function isCloneFromElsewhere([verb, ...words]: readonly string[]): boolean {
  if (verb !== 'clone' || words.some((word) => word.startsWith('--reference') || word.startsWith('file:'))) return false
  const paths = words.filter((word) => !word.startsWith('-'))
  // The last one may be the folder to clone into.
  return paths.slice(0, Math.max(1, paths.length - 1)).every((word) => !/^[./~$]/.test(word))
}

/** The folder `.git`, which only Git's own commands need. */
export const gitRule: Rule = {
  ...ofTool('git-folder', 'history of Git', ['.git'], gitEdit),
  mayNeed: mayReadGit,
}

function gitEdit(place: Place): Words {
  const { path, text, stage, later } = place
  const remove = `rm -rf ${shellWord(path)}`
  if (stage !== null && later !== null) return appendTo(place, remove)
  // Another command of the same RUN may read more of the history.
  if (!isCopy(text))
    return says(text, '--depth') || mayReadGit(text)
      ? atEnd(text, remove)
      : [...words`clone with ${'git clone --depth 1'}, and `, ...added(text, remove)]
  return sourceOf(text) === null
    ? words`add ${'**/.git'} to ${'.dockerignore'}`
    : words`leave ${path} out of what this line copies`
}

/** Logs of logins, which `useradd` makes as large as the highest user id asks for. */
export const loginLogsRule: Rule = ofTool(
  'login-logs',
  'logs of logins',
  ['/var/log/lastlog', '/var/log/faillog'],
  inRun(({ text, path }) =>
    says(text, '--no-log-init') || !says(text, 'useradd')
      ? atEnd(text, `rm -f ${shellWord(path)}`)
      : words`write ${'useradd --no-log-init'} in this RUN`,
  ),
)

/** Package lists that a later line reads, so that they cannot simply be removed. */
export const listsReadRule: Rule = {
  id: 'apt-lists-read',
  name: 'apt package lists',
  likely: null,
  type: (place) => {
    const { copies = [], canJoin = true } = place.later ?? {}
    if (copies.length === 0 && canJoin)
      return [...joinedWith(place), ...words`, which installs from these lists, and end it with ${`&& ${removeLists}`}`]
    return [
      ...added(place.text, removeLists),
      '; after it, up to ',
      lineOf(place),
      ...words`, begin each RUN that installs with ${'apt-get update &&'} and end it with ${`&& ${removeLists}`}`,
    ]
  },
}

const removeLists = 'rm -rf /var/lib/apt/lists/*'
