/** Rules about files in the final file system that an application rarely needs. */
import { isCopy, makerOf, says, shellWord, sourceOf, words, type Place, type Rule, type Words } from '../rule.ts'
import { mayRunScript } from '../step-reads.ts'
import { filesNamed, foldersNamed, ignored, leftOut } from './copy-edits.ts'
import { deleteFiles, deleteFolders, inRun, isInPackages } from './edits.ts'
import { appendTo, atEnd } from './run-edits.ts'

const buildObjects: readonly string[] = [
  'build/Release/obj.target',
  'build/Release/.deps',
  'build/Release/obj',
  'build/Debug',
]
const documentation: readonly string[] = [
  '/usr/share/doc',
  '/usr/share/man',
  '/usr/share/info',
  '/usr/share/locale',
  '/usr/share/help',
  '/usr/share/gtk-doc',
  '/usr/local/share/doc',
  '/usr/local/share/man',
]
const isDocs = /^\/usr\/share\/(?:doc|man|info|gtk-doc)$/
const tests: readonly string[] = [
  'node_modules/*/test',
  'node_modules/*/tests',
  'node_modules/*/__tests__',
  'node_modules/@*/*/test',
  'node_modules/@*/*/tests',
  'node_modules/@*/*/__tests__',
  'site-packages/*/tests',
  'site-packages/*/test',
  'site-packages/*/*/tests',
  'dist-packages/*/tests',
  'dist-packages/*/*/tests',
]
const headers: readonly string[] = ['/usr/include', '/usr/local/include']
/** The parts of GCC. What it compiles needs none of them, since libraries for programs that run are elsewhere. */
const compilers: readonly string[] = ['/usr/libexec/gcc', '/usr/lib/gcc']
const nextCache: readonly string[] = ['.next/cache']
const compiledPython: readonly string[] = ['__pycache__']

/** Rules that match by the names of directories. */
export const guesses: readonly Rule[] = [
  {
    id: 'build-objects',
    name: 'what compilers left of native modules',
    likely: 'a debugger may want them',
    directories: buildObjects,
    mayNeed: mayRunScript,
    needsShell: true,
    type: deleteFolders(buildObjects, 'obj.target', 'obj', '.deps', 'Debug'),
  },
  {
    id: 'next-cache',
    name: 'cache of Next.js',
    likely: 'Next.js may read there what the build fetched',
    directories: nextCache,
    listsPlaces: true,
    type: inRun(
      (place) => {
        const all = place.paths.length === 0 ? [place.path] : place.paths
        return atEnd(place, `rm -rf ${all.map(shellWord).join(' ')}`)
      },
      (place) => foldersNamed(place, nextCache),
    ),
  },
  {
    id: 'documentation',
    name: 'documentation and translations',
    likely: 'somebody may read them',
    directories: documentation,
    listsPlaces: true,
    type: inRun(
      (place) => {
        const { path, paths, text } = place
        const all = paths.length === 0 ? [path] : paths
        // For rpm, translations are no documentation.
        if (says(text, 'dnf', 'microdnf', 'yum') && !says(text, 'nodocs') && all.every((one) => isDocs.test(one)))
          return words`add ${'--setopt=tsflags=nodocs'} to the install`
        return atEnd(place, `rm -rf ${all.map((one) => `${shellWord(one)}/*`).join(' ')}`)
      },
      (place) => foldersNamed(place, documentation),
    ),
  },
  {
    id: 'tests',
    name: 'tests of packages',
    likely: 'a package may import its tests',
    directories: tests,
    mayNeed: mayRunScript,
    needsShell: true,
    type: deleteFolders(tests, 'test', 'tests', '__tests__'),
  },
  {
    id: 'compilers',
    name: 'compilers',
    likely: 'something may be compiled where the image runs',
    directories: compilers,
    listsPlaces: true,
    type: inRun(
      () => words`compile in a builder stage, and install no compilers here, such as ${'build-essential'} or ${'gcc'}`,
      (place) => foldersNamed(place, compilers),
    ),
  },
  {
    id: 'headers',
    name: 'headers for compilers',
    likely: 'something may be compiled where the image runs',
    directories: headers,
    listsPlaces: true,
    type: inRun(
      () => words`compile in a builder stage, and install only libraries here, no ${'-dev'} packages`,
      (place) => foldersNamed(place, headers),
    ),
  },
  {
    id: 'compiled-python',
    name: 'compiled Python',
    likely: 'Python then starts more slowly',
    reachesAll: true,
    directories: compiledPython,
    // Its steps compile them only if nothing needs them (`compiled-python.ts`).
    mayNeed: () => false,
    makers: [],
    // Leaving `__pycache__` out of a copy would also save what pip compiles whenever it runs, which is not counted.
    type: compiledPythonEdit,
  },
]

function compiledPythonEdit(place: Place): Words {
  if (!isCopy(place.text)) return words`add ${'--no-compile'} to ${'pip install'}`
  const line = makerOf(place)
  return line === null
    ? words`install the packages that this line copies with ${'pip install --no-compile'}`
    : [...words`add ${'--no-compile'} to ${'pip install'} `, ...line]
}

/** The ends of the names of source maps. Keyboard maps, for example, end with `.map` too. */
export const mapEnds: readonly string[] = ['.js.map', '.mjs.map', '.cjs.map', '.ts.map', '.css.map']

/** Source maps, by the ends of their names. */
export const sourceMapRule: Rule = {
  id: 'source-maps',
  name: 'source maps',
  likely: 'stack traces may be read with them',
  mayNeed: mayRunScript,
  type: (place) => {
    if (!isCopy(place.text)) return appendTo(place, deleteFiles(place.path, ...mapEnds))
    const patterns = mapEnds.map((end) => `**/*${end}`)
    const edit =
      sourceOf(place.text) === null
        ? ignored(place, ...patterns)
        : leftOut(place, place.kind === 'file' ? [place.path] : patterns)
    // Those of packages come with them.
    return isInPackages(place.path) ? edit : ['build without source maps, or ', ...edit]
  },
}

/** Static libraries, by the ends of their names. */
export const staticLibraryRule: Rule = {
  id: 'static-libraries',
  name: 'static libraries',
  likely: 'something may be linked where the image runs',
  mayNeed: mayRunScript,
  needsShell: true,
  type: (place) => {
    const remove = deleteFiles(place.path, '.a')
    if (place.stage !== null) return appendTo(place, remove)
    // A later line may link with them, or copy them.
    return inRun(
      ({ hasLaterRun }) => ['compile in a builder stage', ...(hasLaterRun ? [] : [', or ', ...atEnd(place, remove)])],
      (one) => filesNamed(one, '.a'),
    )(place)
  },
}
