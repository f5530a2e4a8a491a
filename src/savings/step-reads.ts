/** Decides which steps may read files that earlier ones made. Pure. */
import { commandsIn } from './commands.ts'
import { isCopy, isRun, says, sourceOf } from './rule.ts'

/** Commands that read no files that an application may need, nor the history of Git, and start nothing that may. */
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

/** Returns whether an instruction names the folder `.git`. It fails if an ignore file leaves that out of the context. */
export const namesGit = (text: string): boolean => /(?:^|[\s/"'[=,])\.git(?=[/"'\s,\]]|$)/.test(text)

/** Returns whether an ignore file would leave the history out of what this line copies. */
export const isIgnorable = (text: string): boolean => isCopy(text) && sourceOf(text) === null && !namesGit(text)

/** Returns whether a step may run a script of unknown content. */
export const mayRunScript = (text: string): boolean => runsAny(text, (name) => name !== 'git' && !harmless.has(name))

/** Returns whether a step may run one of these programs. An account may have the same name, as in `chown node`. */
export const mayRun = (text: string, ...programs: readonly string[]): boolean =>
  says(text, ...programs) &&
  runsAny(text, (name, rest) => !harmless.has(name) && says([name, ...rest].join(' '), ...programs))

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
