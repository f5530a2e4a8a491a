/** Finds files in directories that no final image needs: caches, Git's history and login logs. Pure. */
import { contextSources, mayReadFolder } from '../dockerfile/copied-paths.ts'
import { copiedWords, parseInstructions } from '../dockerfile/instructions.ts'
import { none, type PathTree } from '../layer/path-tree.ts'
import type { Instruction, Stage } from '../record/footprint.ts'
import { commandsIn } from './commands.ts'
import type { StageFiles } from './files.ts'
import { fillsAgain, names } from './filled-again.ts'
import type { Groups } from './groups.ts'
import { startsUnknown } from './known-programs.ts'
import { onceEach } from './once-each.ts'
import { placesIn, type Places } from './places.ts'
import { programsIn } from './programs.ts'
import { isCopy, says, sourceOf, type Rule } from './rule.ts'
import { sureDirectoryRules } from './rules.ts'
import { builtPipRule, caches, pipRule } from './rules/caches.ts'
import { gitRule, listsReadRule } from './rules/leftovers.ts'
import { startedBy } from './started-commands.ts'
import { isIgnorable, mayReadGit, mayRunScript, namesGit } from './step-reads.ts'

/** A stage of which only the instructions are needed. */
export interface Instructed {
  readonly instructions?: readonly Readonly<Instruction>[] | undefined
  /** Whether it is FROM the stage whose savings are looked for, also through others. */
  readonly isAbove?: boolean
}

const packageCaches: ReadonlySet<Rule> = new Set(caches)
const patterns = sureDirectoryRules.flatMap((rule) =>
  (rule.directories ?? []).map((directory) => ({ rule, directory })),
)

/**
 * Adds these files to the groups.
 *
 * @param others the other stages of the Dockerfile, also those that the target does not need
 */
export function addSureDirectories(
  files: StageFiles,
  groups: Groups,
  stage: Stage,
  others: readonly Instructed[],
): void {
  const { fileSystem } = files
  const places = placesIn(
    fileSystem.tree,
    patterns.map(({ directory }) => directory),
    'outer',
  )
  if (places.found.length === 0) return
  const insides = new LinksInside(files, places)
  const programs = programsIn(fileSystem, new Set(sureDirectoryRules.flatMap(({ readBy = [] }) => readBy)))
  const keepsAptCache = fileSystem.tree.nodeAt('var/cache/apt/srcpkgcache.bin') !== none
  const gitFolders = countOf(fileSystem.tree, gitName)
  const hasWheels = onceEach((place: number) => {
    const folder = places.found[place - 1]?.node ?? none
    return fileSystem.tree.find(folder, wheels, 0, wheels.length) !== none
  })
  const linked = files.details.links.leadInto(fileSystem.tree, places)
  const withPrograms = placesWithPrograms(files, places)
  const [isOffline, isAptOffline] = [offline, aptOffline].map((pattern) => worksOffline(files, stage, pattern))
  const readerAfter = onceEach((layer: number) => readerOfLists(files, layer))
  const installers = installersIn(files)
  const scripts = files.layers.flatMap((_, position) => (startsUnknown(files.textOf(position)) ? [position] : []))
  // They may fetch the lists of apt again and keep them, or take a package from them.
  const mayFetchBetween = (layer: number, end = Infinity): boolean =>
    [...installers, ...scripts].some((position) => position > layer && position < end)
  const mayInstallAfter = onceEach((layer: number) => mayInstall(files, layer) || mayFetchBetween(layer))
  const isFilledAgain = fillsAgain(files, writersOf(files, places))
  const fillsAgainBy = new Map(
    sureDirectoryRules.map((rule) => [rule, onceEach((layer: number) => isFilledAgain(rule, layer))]),
  )
  const opensCacheAfter = onceEach((layer: number) => opensCache(files, layer))
  const isNamedBy = onceEach((layer: number, place: number) =>
    isCopyOf(files.textOf(layer), fileSystem.tree.path(places.found[place - 1]?.node ?? none)),
  )
  const isReadAfter = onceEach((layer: number) => isGitRead(files, layer))
  const hasPlugAndPlay = countOf(fileSystem.tree, plugAndPlay) > 0
  const above = others.filter(({ isAbove }) => isAbove === true).flatMap(({ instructions = [] }) => instructions)
  const isGitReadAbove = above.some(({ text }) => mayReadGit(text))
  const areListsReadAbove = above.some(({ text }) => needsLists(text))
  const isGitCopied = others.some(({ instructions = [] }) =>
    instructions.some(({ text }) => namesGit(text) && isCopy(text) && sourceOf(text) !== null),
  )
  const isGitNeeded =
    [stage, ...others].some(({ instructions = [] }) => instructions.some(({ text }) => namesGit(text))) ||
    others.some(mayReadGitOfContext) ||
    (stage.instructions ?? []).some(({ text }) => mountsContext.test(text) && mayReadGit(text))
  for (let file = 1; file <= files.count; file += 1) {
    const place = places.placeOf[fileSystem.files.nodeOf(file)] ?? 0
    const matched = patterns[places.found[place - 1]?.pattern ?? none]?.rule
    if (matched === undefined) continue
    const rule = matched.id === pipRule.id && hasWheels(place) ? builtPipRule : matched
    if (!files.isFree(file) || linked.has(place) || (matched.id === 'javascript-cache' && withPrograms.has(place)))
      continue
    const layer = rule === gitRule ? files.originOf(file) : files.deletableIn(file)
    if (layer === null || !files.isOwnLayer(layer) || !insides.hasAll(file, place)) continue
    const isWrittenAgain =
      rule.id === 'apt-archives' && (mayInstallAfter(layer) || readerAfter(layer) !== null || opensCacheAfter(layer))
    const isSure =
      !isWrittenAgain &&
      !((rule.id.startsWith('apt-') ? isAptOffline : isOffline) && packageCaches.has(matched)) &&
      fillsAgainBy.get(matched)?.(layer) !== true &&
      (rule === gitRule || !isNamedBy(layer, place)) &&
      !rule.readBy?.some((program) => programs.has(program)) &&
      !(
        rule === gitRule &&
        (isGitReadAbove ||
          isReadAfter(layer) ||
          // Another stage may hand the history on to the one of the row.
          (isGitCopied && sourceOf(files.textOf(layer)) !== null) ||
          ((isGitNeeded || gitFolders > 1) && isIgnorable(files.textOf(layer))))
      ) &&
      !(rule.id === 'yarn-cache' && hasPlugAndPlay) &&
      !(rule.id === 'apt-lists' && (areListsReadAbove || mayInstallAfter(layer)))
    const reader = rule.id === 'apt-lists' ? readerAfter(layer) : null
    const { listsPlaces = false } = rule
    if (reader === null)
      groups.add(file, rule, layer, {
        ...{ isSure, place: places.found[place - 1]?.node },
        ...{ together: listsPlaces, listsPlaces },
      })
    else
      groups.add(file, listsReadRule, layer, {
        laterLayer: reader,
        isSure: !keepsAptCache && !mayFetchBetween(layer, reader),
      })
  }
}

/** Returns whether a COPY names this directory, or something in it, so that somebody wants it there. */
function isCopyOf(text: string, directory: string): boolean {
  const statement = parseInstructions(text).instructions[0]
  return (
    statement?.keyword === 'COPY' && copiedWords(statement.rest).some((word) => `${word}/`.startsWith(`/${directory}/`))
  )
}

/** A RUN that may read the whole context. */
const mountsContext = /^RUN\s(?:--\S+\s+)*--mount=(?!\S*\bfrom=)\S*type=bind/i

/** What a step says that may install from a cache, as with `npm ci --offline` or `pip install --no-index`. */
const offline = /offline|--no-index|PIP_NO_INDEX|--network=none/i
const aptOffline = /--no-download|Acquire::|--network=none/i

const worksOffline = (files: StageFiles, { instructions = [] }: Stage, pattern: RegExp): boolean =>
  [...instructions.map(({ text }) => text), ...files.layers.map((_, position) => files.textOf(position))].some((text) =>
    pattern.test(text),
  )

/** The file from which programs load their packages out of Yarn's cache, as with Plug'n'Play. */
const plugAndPlay = Buffer.from('.pnp.cjs')
/** The folder of Git, or the file in its place in a submodule. `**\/.git` leaves out all of them. */
const gitName = Buffer.from('.git')

/** Returns how many paths have this name. */
function countOf(tree: PathTree, name: Uint8Array): number {
  let count = 0
  for (let node = 1; node < tree.count; node += 1) if (tree.isNamed(node, name)) count += 1
  return count
}

/** The folder of pip's cache with the packages that it built itself. */
const wheels = Buffer.from('wheels')

/** Returns the layers that add files to the directories of each rule. */
function writersOf(
  { count, fileSystem }: StageFiles,
  { placeOf, found }: Places,
): ReadonlyMap<string, ReadonlySet<number>> {
  const writers = new Map<string, Set<number>>()
  for (let file = 1; file <= count; file += 1) {
    const place = placeOf[fileSystem.files.nodeOf(file)] ?? 0
    const id = patterns[found[place - 1]?.pattern ?? none]?.rule.id
    if (id === undefined) continue
    const some = writers.get(id) ?? new Set()
    writers.set(id, some.add(fileSystem.files.adderOf(file)))
  }
  return writers
}

/** Returns the places with files that can be executed, such as a browser that a package downloads into its cache. */
function placesWithPrograms({ count, details, fileSystem }: StageFiles, { placeOf }: Places): ReadonlySet<number> {
  const found = new Set<number>()
  for (let file = 1; file <= count; file += 1) {
    const place = placeOf[fileSystem.files.nodeOf(file)] ?? 0
    // A mode that is not known is negative.
    const mode = Math.max(0, details.attributesOf(file)?.mode ?? 0)
    if (place !== 0 && (mode & 0o111) !== 0) found.add(place)
  }
  return found
}

/** Counts the names of files, because a file is only removed if all of its names are. */
class LinksInside {
  readonly #files: StageFiles
  /** For each place and each file with several names: how many of the names are in the place. */
  readonly #counts = new Map<string, number>()

  constructor(files: StageFiles, { placeOf }: Places) {
    this.#files = files
    const { fileSystem } = files
    for (let node = 0; node < fileSystem.tree.count; node += 1) {
      const place = placeOf[node] ?? 0
      const file = place === 0 ? none : fileSystem.fileAt(node)
      if (file === none || !fileSystem.files.isLinked(file)) continue
      const key = `${place} ${file}`
      this.#counts.set(key, (this.#counts.get(key) ?? 0) + 1)
    }
  }

  hasAll(file: number, place: number): boolean {
    const { files } = this.#files.fileSystem
    return !files.isLinked(file) || this.#counts.get(`${place} ${file}`) === files.namesOf(file)
  }
}

/** Returns the last later layer that needs the package lists, or that would fetch them again. */
function readerOfLists(files: StageFiles, layer: number): number | null {
  const at = files.layers.findLastIndex((_, position) => position > layer && needsLists(files.textOf(position)))
  return at === -1 ? null : at
}

/** The commands of apt that read its package lists. */
const readers = [
  ...['install', 'upgrade', 'dist-upgrade', 'full-upgrade', 'build-dep', 'satisfy', 'source', 'download'],
  ...['list', 'show', 'search', 'policy', 'depends', 'rdepends', 'madison', 'showsrc', 'changelog'],
]

/** Returns whether a step reads the lists before it fetches them, or fetches them and leaves them there. */
function needsLists(text: string): boolean {
  const first = commandsIn(text).find(
    (command) =>
      says(command, 'apt-cache') ||
      (says(command, 'apt-get', 'apt', 'aptitude') && says(command, 'update', ...readers)),
  )
  return first !== undefined && (!says(first, 'update') || !text.includes('/var/lib/apt/lists'))
}

/** Returns the layers in which something other than apt itself or dpkg, such as a script, installed Debian packages. */
function installersIn(files: StageFiles): readonly number[] {
  const { tree, files: table } = files.fileSystem
  const layers = new Set<number>()
  for (let file = 1; file <= files.count; file += 1)
    if (tree.isNamed(table.nodeOf(file), status) && tree.path(table.nodeOf(file)) === 'var/lib/dpkg/status')
      layers.add(table.adderOf(file))
  return [...layers].filter((layer) => !says(files.textOf(layer), 'apt-get', 'apt', 'aptitude', 'dpkg'))
}

const status = Buffer.from('status')

/** Returns whether a later step has apt open its cache, which it writes if it is not there, or names files of it. */
const opensCache = (files: StageFiles, layer: number): boolean =>
  files.layers.some((_, position) => {
    if (position <= layer) return false
    return (startedBy(files.textOf(position)) ?? []).some(
      (command) => (ofApt.includes(command[0] ?? '') && !command.includes('clean')) || names(command, aptArchives),
    )
  })

const ofApt = ['apt', 'apt-cache', 'apt-get', 'apt-mark', 'aptitude']
const aptArchives: Pick<Rule, 'directories'> = { directories: ['/var/cache/apt'] }

/** Returns whether a step only fetched the lists, and a later one may be a script that installs from them. */
const mayInstall = (files: StageFiles, layer: number): boolean =>
  !says(files.textOf(layer), ...readers) &&
  files.layers.some((_, position) => position > layer && mayRunScript(files.textOf(position)))

/** Returns whether a later step may read the history of Git. */
const isGitRead = (files: StageFiles, layer: number): boolean =>
  files.layers.some((_, position) => position > layer && mayReadGit(files.textOf(position)))

/** Returns whether a stage takes the history from the context, and may read it. */
const mayReadGitOfContext = ({ instructions = [] }: Instructed): boolean =>
  mayReadFolder(contextSources([{ needed: true, instructions }], '\\'), '.git') &&
  instructions.some(({ text }) => mayReadGit(text))
