/** Finds files in directories that no final image needs: caches, Git's history and login logs. Pure. */
import { none } from '../layer/path-tree.ts'
import type { Stage } from '../record/footprint.ts'
import type { StageFiles } from './files.ts'
import type { Groups } from './groups.ts'
import { placesIn, type Places } from './places.ts'
import { isCopy, keywordOf, says } from './rule.ts'
import { buildTools, compilerRules, gitRule, listsReadRule, sureDirectoryRules } from './rules.ts'

const patterns = sureDirectoryRules.flatMap((rule) =>
  (rule.directories ?? []).map((directory) => ({ rule, directory })),
)

/** Adds these files to the groups. */
export function addSureDirectories(files: StageFiles, groups: Groups, stage: Stage): void {
  const { fileSystem } = files
  const places = placesIn(
    fileSystem.tree,
    patterns.map(({ directory }) => directory),
    'outer',
  )
  if (places.found.length === 0) return
  const insides = new LinksInside(files, places)
  const starts = startsBuildTool(stage)
  for (let file = 1; file <= files.count; file += 1) {
    const place = places.placeOf[fileSystem.files.nodeOf(file)] ?? 0
    const rule = patterns[places.found[place - 1]?.pattern ?? none]?.rule
    if (rule === undefined || !files.isFree(file)) continue
    const layer = files.originOf(file)
    if (!files.isOwnLayer(layer) || !insides.hasAll(file, place)) continue
    const isSure = !(compilerRules.has(rule) && starts) && !(rule === gitRule && isGitRead(files, layer))
    const reader = rule.id === 'apt-lists' ? readerOfLists(files, layer) : null
    if (reader === null) groups.add(file, rule, layer, { isSure, place: places.found[place - 1]?.node })
    else groups.add(file, listsReadRule, layer, { laterLayer: reader })
  }
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

/** Returns the first later layer that installs from package lists without fetching them itself. */
function readerOfLists(files: StageFiles, layer: number): number | null {
  const at = files.layers.findIndex((_, position) => {
    const text = position > layer ? files.textOf(position) : ''
    return says(text, 'apt-get', 'apt') && says(text, 'install') && !says(text, 'update')
  })
  return at === -1 ? null : at
}

/** Returns whether a later step may read the copied history. */
function isGitRead(files: StageFiles, layer: number): boolean {
  if (!isCopy(files.textOf(layer))) return false
  return files.layers.some((_, position) => position > layer && mentionsGit(files.textOf(position)))
}

const mentionsGit = (text: string): boolean => keywordOf(text) === 'RUN' && says(text, 'git', 'setuptools_scm', 'go')

/** Returns whether containers start a tool that reads its caches. */
function startsBuildTool({ instructions = [] }: Stage): boolean {
  return instructions.some(({ text }) => ['CMD', 'ENTRYPOINT'].includes(keywordOf(text)) && says(text, ...buildTools))
}
