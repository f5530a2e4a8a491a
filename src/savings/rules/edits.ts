/** The edits that several rules suggest. */
import { isCopy, shellWord, sourceOf, words, type Place, type Rule, type Words } from '../rule.ts'

/** Returns an edit of the RUN that made the files. Copied files are left out of the copy instead. */
export const inRun =
  (type: (place: Place) => Words) =>
  (place: Place): Words =>
    isCopy(place.text) ? words`leave ${place.path} out of what this line copies` : type(place)

/**
 * Returns an edit that appends a command to the RUN that made the files. If the RUN has the command already, something
 * after it made them.
 */
export const append = (command: string): Rule['type'] => inRun(({ text }) => atEnd(text, command))

/** Returns the edit of `append` for this RUN. */
export function atEnd(text: string, command: string): Words {
  return has(joined(text), command.replace(/\/\*$/, ''))
    ? words`move ${command} to the end of this RUN`
    : words`add ${`&& ${command}`} to this RUN`
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

/** An edit that deletes the path at the end of the RUN that made it. */
export const removeIt: Rule['type'] = inRun(({ path, text }) => atEnd(text, `rm -rf ${shellWord(path)}`))

/** Returns `line 5`, or `a later line` if its number is not known. */
export const lineOf = (place: Place): string =>
  place.later?.line == null ? 'a later line' : `line ${place.later.line}`

/** Returns an edit that joins the RUN that made the files and the later line, with all steps between them. */
export const joinedWith = (place: Place): Words =>
  place.later?.isNext === false
    ? ['join the RUN instructions from this line to ', lineOf(place)]
    : ['join this RUN and ', lineOf(place)]

/**
 * Returns an edit that appends a command to the RUN that made the files. In a builder stage, this is the last RUN that
 * may need them.
 */
export function appendTo(place: Place, command: string): Words {
  if (place.stage === null || place.later === null)
    return isCopy(place.text)
      ? words`add ${`RUN ${command}`} below this line of the stage ${place.stage ?? ''}`
      : atEnd(place.text, command)
  return [
    ...words`add ${`&& ${command}`} to `,
    lineOf(place),
    ...words`, the last RUN of the stage ${place.stage} that may need them`,
  ]
}

/** Returns an edit that deletes all folders with these names below the path, in the line that installs them. */
export const deleteFolders =
  (...names: readonly string[]) =>
  (place: Place): Words => {
    const { path, text, stage } = place
    if (isCopy(text) && stage === null)
      return sourceOf(text) === null
        ? ['delete them where this line copies from']
        : ['leave them out of what this line copies']
    if (names.some((name) => path.endsWith(`/${name}`))) return appendTo(place, `rm -rf ${shellWord(path)}`)
    const tests = names.map((name) => `-name ${name}`).join(' -o ')
    return appendTo(place, `find ${shellWord(path)} -type d \\( ${tests} \\) -prune -exec rm -rf {} +`)
  }

/** Returns a command that deletes all files below the path with this ending. The path may be such a file itself. */
export const deleteFiles = (path: string, end: string): string =>
  path.endsWith(end) ? `rm -f ${shellWord(path)}` : `find ${shellWord(path)} -xdev -name '*${end}' -exec rm -f {} +`

/** Makes a rule about directories in which a tool keeps files. */
export const ofTool = (id: string, name: string, directories: readonly string[], type: Rule['type']): Rule => ({
  id,
  name,
  likely: null,
  directories,
  type,
})
