/** The edits that several rules suggest. */
import { excludeFlags } from '../exclude-flags.ts'
import { isCopy, linesOf, shellWord, sourceOf, unpacks, words, type Place, type Rule, type Words } from '../rule.ts'
import { hasMountAt } from '../mounts.ts'
import { mayLeaveEarly, readRun, withoutComment, withRights, type RunScript } from '../run-script.ts'

/**
 * Returns an edit of the RUN that made the files. Copied files are left out of the copy instead.
 *
 * @param named names what is left out, as paths or patterns. The path of a place may be a directory that also has other
 * files, so a rule that matches files in several directories needs its own names. Default: the path.
 */
export const inRun =
  (type: (place: Place) => Words, named: (place: Place) => readonly string[] = ({ path }) => [path]) =>
  (place: Place): Words =>
    isCopy(place.text) ? leftOut(place, named(place)) : type(place)

/**
 * Returns an edit that leaves paths, or what matches patterns, out of a copy. Ignore files do not apply to what comes
 * from another stage.
 */
export function leftOut(place: Place, names: readonly string[]): Words {
  const isPart = sourceOf(place.text) !== null && place.kind === 'directory' && !place.isWholeLine
  const flags = isPart ? excludeFlags(place.text, names) : null
  // A report shortens long code.
  if (flags !== null)
    return ['add ', ...flags.flatMap((code, at) => (at === 0 ? [{ code }] : [' ', { code }])), ' to this COPY']
  return ['leave ', ...listed(names), ' out of what this line copies']
}

/** Returns an edit that leaves what matches patterns out of the context, or of an archive. */
export const ignored = ({ ignoreFile, text }: Place, ...patterns: readonly string[]): Words =>
  unpacks(text)
    ? ['leave ', ...listed(patterns), ' out of the archive that this line unpacks']
    : ['add ', ...listed(patterns), ' to ', { code: ignoreFile ?? '.dockerignore' }]

/** Returns words such as `a`, `b` and `c`, as code. */
export const listed = (names: readonly string[]): Words =>
  names.flatMap((code, at) => [...(at === 0 ? [] : [at === names.length - 1 ? ' and ' : ', ']), { code }])

/** Returns the path if it is a single file, and otherwise a pattern for all files with this ending. */
export const filesNamed = ({ path, kind }: Place, end: string): readonly string[] => [
  kind === 'file' ? path : `**/*${end}`,
]

/** Returns the path if it is a directory of these or inside of one, and otherwise patterns for all of them. */
export function foldersNamed({ path, paths }: Place, directories: readonly string[]): readonly string[] {
  if (paths.length > 0) return paths
  if (directories.some((directory) => covers(directory, path))) return [path]
  // Such as all patterns that begin with `node_modules` for a path that contains it.
  const inside = directories.filter((one) => partsOf(path).includes(partsOf(one)[0] ?? ''))
  const some = inside.length > 0 && !directories.some((one) => one.startsWith('/')) ? inside : directories
  return some.map((one) => (one.startsWith('/') ? one : `**/${one}`))
}

/** Returns whether a path is a directory that matches, or is inside of one. Each `*` stands for one name. */
function covers(directory: string, path: string): boolean {
  const [names, parts] = [partsOf(directory), partsOf(path)]
  const starts = directory.startsWith('/') ? [0] : parts.keys()
  return [...starts].some((start) => names.every((name, at) => isNamed(parts[start + at], name)))
}

const partsOf = (path: string): readonly string[] => path.split('/').filter((part) => part !== '')

const isNamed = (part: string | undefined, name: string): boolean =>
  part !== undefined && (name === '*' ? !part.startsWith('@') : name === '@*' ? part.startsWith('@') : part === name)

/**
 * Returns an edit that appends a command to the RUN that made the files. If the RUN has the command already, something
 * after it made them.
 */
export const append = (command: string): Rule['type'] => inRun((place) => atEnd(place, command))

/** Returns the edit of `append` for this RUN. */
export function atEnd(place: Run, command: string): Words {
  return has(joined(place.text), command.replace(/\/\*$/, ''))
    ? words`move ${command} to the end of this RUN`
    : added(place, aroundMounts(place, command))
}

/** A RUN to edit. */
type Run = Pick<Place, 'text' | 'hasShell'>

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

/** A command after which the shell of a RUN runs no other one. */
const leavingShell = /(?:^RUN(?: --\S+)*|;|&&) ?(exec(?= )|exit(?=(?: 0)? ?;?$))/i

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
  const last = text.slice(text.lastIndexOf('\n') + 1)
  const comment = withoutComment(last) === last ? '' : ', before its comment'
  const body = joined(withoutComments(text)).trim()
  const leaving = leavingShell.exec(body)?.[1]
  if (leaving !== undefined) return words`run ${command} in this RUN before its ${leaving}`
  if (mayLeaveEarly(run.commands)) return afterMaker(command)
  return [...words`add ${body.endsWith(';') ? command : `&& ${command}`}`, ` to this RUN${comment}`]
}

/** Returns an edit of a RUN of which the end is not always reached. */
const afterMaker = (command: string): Words =>
  words`run ${command} in this RUN right after the command that makes the files: its ${'exit'} may come before the end`

function addedToScript({ commands }: RunScript, command: string): Words {
  const lines = commands.trimEnd().split('\n')
  const last = lines.at(-1) ?? ''
  const leaving = /^\s*(exit|exec)\b/.exec(last)?.[1]
  if (mayLeaveEarly(lines.slice(0, leaving === undefined ? lines.length : -1).join('\n'))) return afterMaker(command)
  return leaving === undefined
    ? words`add the line ${command} at the end of the script of this RUN`
    : words`add the line ${command} to the script of this RUN, above its ${leaving}`
}

/** Returns a text without the lines that are comments, and without one at the end of the last line. */
function withoutComments(text: string): string {
  const lines = text.split('\n').filter((line) => !/^\s*#/.test(line))
  return [...lines.slice(0, -1), withoutComment(lines.at(-1) ?? '')].join('\n')
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
export function aroundMounts({ text }: Pick<Run, 'text'>, command: string): string {
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

/** The same, or an edit that leaves the path out of the copy. */
export const removeIt: Rule['type'] = inRun(removed)

/** Returns `line 5`, or `a later line` if its number is not known. */
export const lineOf = (place: Place): string =>
  place.later?.line == null ? 'a later line' : `line ${place.later.line}`

/** Returns an edit that joins the RUN that made the files and the later line, with all steps between them. */
export const joinedWith = (place: Place): Words => [
  ...copiesFirst(place),
  ...(place.later?.isNext === false
    ? ['join the RUN instructions from this line to ', lineOf(place)]
    : ['join this RUN and ', lineOf(place)]),
]

/**
 * Returns an edit for files of a stage that other stages are FROM, if one of those hides them, and cannot do so in the
 * same RUN. Null otherwise.
 */
export function onlyWhereNeeded({ path, kind, later }: Place): Words | null {
  if (later?.isApart !== true) return null
  return kind === 'file'
    ? words`make ${path} only in the stages that need it`
    : ['make these files only in the stages that need them']
}

/** Returns words such as `move line 4 above this line, and `, because a COPY cannot be in the middle of a RUN. */
function copiesFirst({ later }: Place): Words {
  const copies = later?.copies ?? []
  if (copies.length === 0) return []
  return [`move ${linesOf(copies) ?? 'each COPY and ADD between them'} above this line, and `]
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
  ...words`run ${command} after everything else in `,
  lineOf(place),
  ...words`, the last RUN of the stage ${stage} that may need them`,
]

/** Folders in which every package has a folder of its own. */
const packageFolders: readonly string[] = ['node_modules', 'site-packages', 'dist-packages']

/** Returns whether a path is such a folder, or inside of one. */
export const isInPackages = (path: string): boolean => partsOf(path).some((part) => packageFolders.includes(part))

/**
 * Returns an edit that deletes all folders with these names below the path, in the line that installs them. Outside of
 * the folders of packages, others may have such names too, so it has no command.
 *
 * @param directories the patterns of the rule
 */
export const deleteFolders =
  (directories: readonly string[], ...names: readonly string[]) =>
  (place: Place): Words => {
    const { path, text, stage } = place
    if (isCopy(text) && stage === null)
      return sourceOf(text) === null
        ? ['delete them where this line copies from']
        : leftOut(place, foldersNamed(place, directories))
    if (names.some((name) => path.endsWith(`/${name}`))) return appendTo(place, `rm -rf ${shellWord(path)}`)
    if (!isInPackages(path))
      return ['delete the folders ', ...listed(names), ' of the packages at the end of the RUN that installs them']
    return appendTo(place, `find ${shellWord(path)} -type d ${matching(path, directories)} -prune -exec rm -rf {} +`)
  }

/** Returns tests of `find` for directories that match, in the syntax that GNU's and BusyBox's understand alike. */
function matching(path: string, directories: readonly string[]): string {
  const inside = directories.filter((one) => partsOf(path).includes(partsOf(one)[0] ?? ''))
  const patterns = (inside.length === 0 ? directories : inside).map((one) => partsOf(one).map(regexOf))
  const byParent = Map.groupBy(patterns, (parts) => parts.slice(0, -1).join('/'))
  const tests = [...byParent].map(([parent, some]) => {
    const names = some.map((parts) => parts.at(-1)).join('\\|')
    return `-regex '.*/${parent === '' ? '' : `${parent}/`}\\(${names}\\)'`
  })
  return tests.length === 1 ? tests.join() : `\\( ${tests.join(' -o ')} \\)`
}

const regexOf = (name: string): string =>
  name === '*' ? '[^@/][^/]*' : name === '@*' ? '@[^/]*' : name.replaceAll('.', '\\.')

/** Returns a command that deletes all files below the path with these endings. The path may be such a file itself. */
export function deleteFiles(path: string, ...ends: readonly string[]): string {
  if (ends.some((end) => path.endsWith(end))) return `rm -f ${shellWord(path)}`
  const tests = ends.map((end) => `-name '*${end}'`).join(' -o ')
  return `find ${shellWord(path)} -xdev ${ends.length === 1 ? tests : `\\( ${tests} \\)`} -exec rm -f {} +`
}

/** Makes a rule about directories in which a tool keeps files. */
export const ofTool = (id: string, name: string, directories: readonly string[], type: Rule['type']): Rule => ({
  id,
  name,
  likely: null,
  directories,
  type,
})
