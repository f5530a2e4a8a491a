/** The edits that several rules suggest. */
import { isCopy, shellWord, sourceOf, words, type Place, type Rule, type Words } from '../rule.ts'
import { foldersNamed, leftOut, listed, partsOf } from './copy-edits.ts'
import { appendTo, atEnd, removed } from './run-edits.ts'

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

/** Makes an edit that has the RUN that made the files end with a command. See `atEnd`. */
export const append = (command: string): Rule['type'] => inRun((place) => atEnd(place, command))

/** The same, or an edit that leaves the path out of the copy. */
export const removeIt: Rule['type'] = inRun(removed)

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

/**
 * Returns a command that deletes all files below the path with these endings. The path may be such a file itself. If its
 * name has a hash of its contents, as bundlers give it, the command still finds the next one.
 */
export function deleteFiles(path: string, ...ends: readonly string[]): string {
  const own = ends.find((end) => path.endsWith(end))
  if (own !== undefined) {
    const folder = path.slice(0, path.lastIndexOf('/'))
    const name = path.slice(folder.length + 1, -own.length)
    const hash = name.slice(name.search(/[-.]|$/) + 1)
    const hasHash = hash.length >= 8 && /[0-9A-Z]/.test(hash)
    return hasHash ? `rm -f ${shellWord(folder)}/*${own}` : `rm -f ${shellWord(path)}`
  }
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
