/** Sums up the files that one edit saves while they are found. Pure. */
import type { Stage } from '../record/footprint.ts'
import { maxNames, maxPaths, type Saving, type Savings } from '../record/savings.ts'
import { BuilderSteps, laterStep } from './builder-steps.ts'
import type { FileSource } from './copied-files.ts'
import type { StageFiles } from './files.ts'
import { elsewhereOf, ignoredBytes, minElsewhere, type FileBytes } from './elsewhere.ts'
import { joinedBytes } from './joined.ts'
import { madeBy } from './makers.ts'
import { kindOf, pathOf, pathsOf } from './path-of-files.ts'
import { commonOf, commonPath } from './places.ts'
import { removalAt } from './deletions.ts'
import { leastPullBytes, tarBytesOf } from './pull-bound.ts'
import { isCopy, type Rule } from './rule.ts'
import { hasShell, type RunUsers } from './run-places.ts'
import { areApart } from './steps.ts'
import { isWholeLine } from './whole-line.ts'

/** One edit: a rule at a layer, with the later layer that it involves. */
interface Group {
  /** Counted from 1. */
  readonly number: number
  readonly rule: Rule
  readonly layer: number
  readonly laterLayer: number | null
  readonly files: number[]
  /** The files that those are a copy of. */
  readonly others: number[]
  /** Files that the edit would remove too, but that another edit counts, and how many bytes of each. */
  readonly elsewhere: FileBytes[]
  /** Directories that the rule matched, as nodes. */
  readonly places: Set<number>
  readonly packages: Map<string, number>
  /** The step of a builder stage that is to be edited. Null if the stage itself is. */
  readonly source: Pick<FileSource, 'stage' | 'layer'> | null
  /** Where that step made the matched directories, or else the files: the node here, and the path there. */
  readonly sourcePaths: Map<number, Set<string>>
  /** What the later layer gives to the files: owners and modes. Null for other rules. */
  becomes: { readonly owners: Set<string | null>; readonly modes: Set<string | null> } | null
  /** Whether every file of it is sure. */
  isSure: boolean
  readonly listsPlaces: boolean
  fileBytes: number
  /** For each layer that gets smaller, how many bytes its tar archive loses. */
  readonly lost: Map<number, number>
}

interface AddOptions {
  readonly laterLayer?: number | null
  /** Default: as the rule says. */
  readonly isSure?: boolean
  /** The matched directory that contains the file, as a node. */
  readonly place?: number | undefined
  /** Whether one edit removes the files of all matched directories. Otherwise each directory needs its own edit. */
  readonly together?: boolean
  /** Whether that one edit names each of these directories. */
  readonly listsPlaces?: boolean
  /** Bytes that the edit saves of the file. Default: all. */
  readonly bytes?: number
  /** The file that it is a copy of. Copies in one layer need an edit each. */
  readonly other?: number
  /** Name of the package that the file belongs to, if the edit leaves out packages. */
  readonly packageName?: string
}

/** The edits that were found so far. */
export class Groups {
  readonly #files: StageFiles
  readonly #stage: Stage
  readonly #inheritsFromShared: boolean
  readonly #groups = new Map<string, Group>()
  readonly #users: RunUsers
  readonly #steps: BuilderSteps
  readonly #hasShell: boolean
  readonly #others: readonly Stage[]

  /**
   * @param inheritsFromShared whether other stages may need the files of layers that this stage inherits
   * @param others the other stages of the Dockerfile that were weighed
   */
  constructor(
    files: StageFiles,
    stage: Stage,
    users: RunUsers,
    inheritsFromShared: boolean,
    others: readonly Stage[] = [],
  ) {
    this.#files = files
    this.#stage = stage
    this.#inheritsFromShared = inheritsFromShared
    this.#users = users
    this.#others = others
    this.#steps = new BuilderSteps(users)
    this.#hasShell = hasShell(stage, files.fileSystem)
  }

  /** Counts a file. If another edit counts it already, this one only notes that it would remove the file too. */
  add(file: number, rule: Rule, layer: number, options: AddOptions = {}): void {
    const { laterLayer = null, isSure = rule.likely === null, place, together = false, listsPlaces = false } = options
    const { other, packageName, bytes = this.#files.size(file) } = options
    const otherLayer = other === undefined ? '' : this.#files.originOf(other)
    const source = this.#steps.editable(rule, this.#files.sourceOf(file))
    const sourceName = source === null ? '' : `${source.stage.index}:${source.layer}`
    const name = `${rule.id} ${layer} ${laterLayer ?? ''} ${otherLayer} ${together ? '' : (place ?? '')} ${sourceName}`
    let group = this.#groups.get(name)
    if (group === undefined) {
      const number = this.#groups.size + 1
      group = { number, rule, layer, laterLayer, listsPlaces, source, isSure: true, becomes: null, ...empty() }
      this.#groups.set(name, group)
    }
    if (this.#files.isCounted(file)) {
      group.elsewhere.push({ file, bytes })
      return
    }
    group.files.push(file)
    if (source !== null) this.#addSourcePath(group, file, place, source.path)
    group.isSure &&= isSure
    if (other !== undefined) group.others.push(other)
    if (rule.namesAttributes === true) addAttributes(group, this.#files.becomes(file))
    if (place !== undefined) group.places.add(place)
    if (packageName !== undefined) group.packages.set(packageName, (group.packages.get(packageName) ?? 0) + bytes)
    group.fileBytes += bytes
    // An edit that gives the owner at once makes the later copy superfluous.
    const loser =
      rule.namesAttributes === true && laterLayer !== null ? laterLayer : this.#files.fileSystem.files.adderOf(file)
    const isWhole = bytes === this.#files.size(file) && other === undefined
    group.lost.set(loser, (group.lost.get(loser) ?? 0) + (isWhole ? tarBytesOf(bytes) : bytes))
    this.#files.setCounted(file, group.number)
  }

  /** Returns the savings of at least `floor` bytes, and what the sure ones save together at least to pull. */
  items(floor: number): { readonly items: readonly Saving[]; readonly leastPullBytes: number | null } {
    const listed = [...this.#groups.values()].filter(({ fileBytes }) => fileBytes >= floor)
    const numbers = new Set(listed.map(({ number }) => number))
    const joined = joinedBytes(this.#files, [...this.#groups.values()], numbers)
    const ignored = ignoredBytes(this.#files, listed)
    const lost = new Map<number, number>()
    const items = listed.map((group) => {
      const item = this.#item(group)
      if (item.claim === 'sure')
        for (const [position, bytes] of group.lost) lost.set(position, (lost.get(position) ?? 0) + bytes)
      // An edit that names these files only leaves alone what else the later line hides.
      const isApart = areApart(this.#files.layers, group.layer, group.laterLayer, item.isShared === true)
      const others = isApart ? 0 : elsewhereOf(this.#files, group, item, numbers) + joined(group, item)
      const bytesElsewhere = others + ignored(group)
      return bytesElsewhere < minElsewhere ? item : { ...item, bytesElsewhere }
    })
    return { items, leastPullBytes: this.#leastPullBytes(lost) }
  }

  /** @param lost how many bytes of its tar archive each layer loses, by its position */
  #leastPullBytes(lost: ReadonlyMap<number, number>): number | null {
    return leastPullBytes([...lost].map(([position, bytes]) => [this.#files.layers[position], bytes]))
  }

  /** Notes where the step made the matched directory. Without one, notes where it made the file. */
  #addSourcePath({ sourcePaths }: Group, file: number, place: number | undefined, path: string): void {
    const { tree, files } = this.#files.fileSystem
    const node = place ?? files.nodeOf(file)
    const inside = tree.path(files.nodeOf(file)).slice(tree.path(node).length)
    const paths = sourcePaths.get(node) ?? new Set()
    sourcePaths.set(node, paths)
    // Empty if the directory has no counterpart.
    if (paths.size < 2) paths.add(path.endsWith(inside) ? path.slice(0, path.length - inside.length) : '')
  }

  /**
   * Returns the path in the builder stage that corresponds to the common directory of what was copied. Null if there is
   * none, so that a command for it would reach other files.
   */
  #commonSource({ sourcePaths, rule }: Group): string | null {
    const { tree } = this.#files.fileSystem
    const all = [...sourcePaths].map(([node, paths]): readonly [string, string] => {
      const [path = '', ...others] = paths
      return [tree.path(node), others.length === 0 ? path : '']
    })
    const here = tree.path(commonOf(tree, sourcePaths.keys()))
    const there = commonPath(all.map(([, path]) => path))
    if (there === '' || all.some(([to, from]) => to.slice(here.length) !== from.slice(there.length))) return null
    const isNamedAlike = (rule.directories ?? []).length === 0 || all.every(([to, from]) => nameOf(to) === nameOf(from))
    return isNamedAlike ? there : null
  }

  #sourceOf(group: Group): Pick<Saving, 'source'> {
    const { source, rule } = group
    if (source === null) return {}
    const path = this.#commonSource(group)
    if (path === null) return {}
    const { stage, layer } = source
    const later = laterStep(rule, stage, layer)
    const { text = '', line = null } = stage.layers[layer]?.instruction ?? {}
    return {
      source: {
        ...{ stage: stage.name, path, text, line },
        later: later && { line: later.line },
      },
    }
  }

  /** Returns what a RUN needs that the edit adds to the stage itself, or to one of its RUNs. */
  #runOf({ rule, layer, source }: Group): Pick<Saving, 'hasShell' | 'user'> {
    if (source !== null) return {}
    const { text = '', line = null } = this.#files.layers[layer]?.instruction ?? {}
    const isUserNeeded = isCopy(text) ? rule.addsRun === true : rule.addsMount === true
    const user = isUserNeeded ? this.#users.below(this.#stage, line) : null
    return { ...(this.#hasShell ? {} : { hasShell: false }), ...(user === null ? {} : { user }) }
  }

  #otherOf(others: readonly number[]): Pick<Saving, 'other'> {
    const [first] = others
    if (first === undefined) return {}
    return { other: { path: pathOf(this.#files, others).path, layer: this.#files.originOf(first) } }
  }

  #item(group: Group): Saving {
    const { rule, layer, laterLayer, isSure, files, others, places, packages, listsPlaces, fileBytes } = group
    const least = this.#leastPullBytes(group.lost)
    const { tree } = this.#files.fileSystem
    const paths = pathsOf(this.#files, files)
    const source = this.#sourceOf(group)
    // An ignore file applies to all stages, and another one may need the files.
    const isForAll = source.source?.later === null && isCopy(source.source.text)
    // Links and empty folders may be deleted with the files.
    const isDeleted = removalAt(this.#stage, rule.id === 'deleted-later' ? laterLayer : null)
    const isShared = this.#inheritsFromShared && this.#files.layers[layer]?.origin === 'inherited'
    return {
      rule: rule.id,
      ...(places.size === 0
        ? pathOf(this.#files, files)
        : { path: tree.path(commonOf(tree, places)), kind: kindOf(this.#files, places) }),
      ...(listsPlaces && places.size > 1 && places.size <= maxPaths
        ? {
            paths: [...places].map((place) => tree.path(place)).sort(),
          }
        : {}),
      ...this.#otherOf(others),
      ...source,
      ...(source.source === undefined ? madeBy(this.#files, this.#stage, this.#others, group) : {}),
      ...becomesOf(group),
      ...(packages.size === 0 ? {} : { packages: { names: heaviest(packages), count: packages.size } }),
      files: paths.size,
      ...(group.lost.size > 1 ? { layers: group.lost.size } : {}),
      ...(rule.dependsOnWholeLine === true
        ? { isWholeLine: isWholeLine(this.#files, layer, places.size === 0 ? paths : places, isDeleted) }
        : {}),
      fileBytes,
      ...(least === null ? {} : { leastPullBytes: least }),
      ...this.#runOf(group),
      claim: isSure && !isForAll && !isShared ? 'sure' : 'likely',
      ...(isShared ? { isShared } : {}),
      layer,
      laterLayer,
    }
  }
}

type Sums = 'files' | 'elsewhere' | 'others' | 'sourcePaths' | 'places' | 'packages' | 'fileBytes' | 'lost'
const empty = (): Pick<Group, Sums> => ({
  files: [],
  elsewhere: [],
  others: [],
  sourcePaths: new Map(),
  places: new Set(),
  packages: new Map(),
  fileBytes: 0,
  lost: new Map(),
})

function addAttributes(group: Group, becomes: ReturnType<StageFiles['becomes']>): void {
  group.becomes ??= { owners: new Set(), modes: new Set() }
  group.becomes.owners.add(becomes?.owner ?? null)
  group.becomes.modes.add(becomes?.mode ?? null)
}

function becomesOf({ becomes }: Group): Pick<Saving, 'becomes'> {
  if (becomes === null) return {}
  const only = (some: ReadonlySet<string | null>): string | null => (some.size === 1 ? ([...some][0] ?? null) : null)
  return { becomes: { owner: only(becomes.owners), mode: only(becomes.modes) } }
}

const nameOf = (path: string): string => path.slice(path.lastIndexOf('/') + 1)

function heaviest(packages: ReadonlyMap<string, number>): string[] {
  return [...packages]
    .sort(([a, aBytes], [b, bBytes]) => bBytes - aBytes || (a < b ? -1 : 1))
    .slice(0, maxNames)
    .map(([name]) => name)
}

/** Sorts savings by bytes, the largest first. */
export function bySaving(a: Savings['items'][number], b: Savings['items'][number]): number {
  return b.fileBytes - a.fileBytes || a.layer - b.layer || (a.path < b.path ? -1 : a.path === b.path ? 0 : 1)
}
