/**
 * The content of a layer, as far as a record contains it: the largest packages, files and directories. Only what is
 * known on both sides is shown. Everything else is in the rest of its parent, so that every sum is exact. Pure.
 */
import { packageKey } from '../packages/package-key.ts'
import type { ContentLists, LayerContents, RecordedPackages } from '../record/contents.ts'
import type { Layer } from '../record/footprint.ts'
import { addSizes, childOf, draft, type Draft } from './draft.ts'
import { versionsNote } from './whole-tree.ts'

interface Known {
  readonly fileBytes: number
  readonly files: number
}

/** The known parts of one side. If it is `complete`, parts that are not listed do not exist. */
interface Side {
  readonly fileBytes: number
  readonly complete: boolean
  readonly files: ReadonlyMap<string, Known>
  readonly directories: ReadonlyMap<string, Known>
}

const nothing: Side = { fileBytes: 0, complete: true, files: new Map(), directories: new Map() }

/** Returns the tree of a pair of layers. Null if the file bytes of a side are not known. */
export function recordedTree(before: Layer | null, after: Layer | null): Draft | null {
  const sizes = { before: bytesOf(before), after: bytesOf(after) }
  if ((before && sizes.before === null) || (after && sizes.after === null)) return null
  const root = draft('', 'layer')
  const packages = [packagesOf(before), packagesOf(after)] as const
  const [old, now] = packages
  const byPackage = old !== null && now !== null
  const inPackages = byPackage ? addPackages(root, old, now, before !== null, after !== null) : { before: 0, after: 0 }
  const side = (layer: Layer | null, inThem: number, found: RecordedPackages | null): Side =>
    layer === null
      ? nothing
      : sideOf((layer.fileBytes ?? 0) - inThem, listsOf(layer.contents ?? null, byPackage ? found : null))
  addPaths(root, side(before, inPackages.before, old), side(after, inPackages.after, now), {
    before: before !== null,
    after: after !== null,
  })
  return root
}

const bytesOf = (layer: Layer | null): number | null => layer?.fileBytes ?? null

/** Returns the packages of a side, or null if they are not known. A side that does not exist has none. */
function packagesOf(layer: Layer | null): RecordedPackages | null {
  if (layer !== null) return layer.contents?.packages ?? null
  return { packages: [], folded: { packages: 0, fileBytes: 0, files: 0 }, complete: true, others: null }
}

function listsOf(contents: LayerContents | null, packages: RecordedPackages | null): ContentLists | null {
  return packages?.others ?? contents
}

function sideOf(fileBytes: number, lists: ContentLists | null): Side {
  if (lists === null) return { ...nothing, fileBytes, complete: false }
  return {
    fileBytes,
    complete: lists.complete,
    files: new Map(lists.files.map(({ path, fileBytes }) => [path, { fileBytes, files: 1 }])),
    directories: new Map(lists.directories.map(({ path, fileBytes, files }) => [path, { fileBytes, files }])),
  }
}

interface Sums {
  before: number
  after: number
}

/** What the known parts of a directory do not explain. */
interface Left extends Sums {
  /** Number of files. Null if it is not known. */
  files: number | null
}

/** Adds packages, and returns the bytes in packages on each side, including those that the lists left out. */
function addPackages(
  root: Draft,
  before: RecordedPackages,
  after: RecordedPackages,
  hasBefore: boolean,
  hasAfter: boolean,
): Sums {
  const [old, now] = [byName(before), byName(after)]
  const isWhole = ({ folded, complete }: RecordedPackages): boolean => complete && folded.packages === 0
  const rest = { before: before.folded.fileBytes, after: after.folded.fileBytes }
  const sums: Sums = { ...rest }
  for (const key of new Set([...now.keys(), ...old.keys()])) {
    const [from, to] = [old.get(key), now.get(key)]
    sums.before += from?.fileBytes ?? 0
    sums.after += to?.fileBytes ?? 0
    const either = to ?? from
    if (either === undefined) continue
    if ((from === undefined && !isWhole(before)) || (to === undefined && !isWhole(after))) {
      rest.before += from?.fileBytes ?? 0
      rest.after += to?.fileBytes ?? 0
      continue
    }
    const note = versionsNote(from?.versions, to?.versions)
    const node = childOf(childOf(root, either.ecosystem, 'ecosystem'), either.name, 'package', note)
    addSizes(node, { before: from?.fileBytes ?? null, after: to?.fileBytes ?? null }, either.files)
  }
  if (rest.before > 0 || rest.after > 0)
    addSizes(
      childOf(root, 'other packages', 'rest'),
      { before: hasBefore ? rest.before : null, after: hasAfter ? rest.after : null },
      hasAfter ? after.folded.files : before.folded.files,
    )
  return sums
}

interface Named {
  readonly ecosystem: string
  readonly name: string
  readonly versions: string[]
  fileBytes: number
  files: number
}

function byName({ packages }: RecordedPackages): ReadonlyMap<string, Named> {
  const found = new Map<string, Named>()
  for (const { ecosystem, name, version, fileBytes, files } of packages) {
    const key = packageKey({ ecosystem, name })
    const one = found.get(key) ?? { ecosystem, name, versions: [], fileBytes: 0, files: 0 }
    found.set(key, one)
    if (version !== null && !one.versions.includes(version)) one.versions.push(version)
    one.fileBytes += fileBytes
    one.files += files
  }
  return found
}

interface There {
  readonly before: boolean
  readonly after: boolean
}

/**
 * Adds paths. The size of a directory includes everything below it. What its known parts do not explain is its rest.
 */
function addPaths(root: Draft, before: Side, after: Side, there: There): void {
  const known = (path: string, pick: (side: Side) => ReadonlyMap<string, Known>): boolean =>
    (pick(before).has(path) || before.complete) && (pick(after).has(path) || after.complete)
  const directories = pathsOf(before.directories, after.directories).filter((path) =>
    known(path, (side) => side.directories),
  )
  const files = pathsOf(before.files, after.files).filter((path) => known(path, (side) => side.files))
  const nodes = new Map<string, Open>([
    ['', { draft: root, left: { before: before.fileBytes, after: after.fileBytes, files: null } }],
  ])
  for (const path of directories.toSorted((a, b) => a.length - b.length)) {
    const parent = nearest(nodes, path)
    const sizes = take(parent.open, before.directories.get(path), after.directories.get(path), there)
    const node = childOf(parent.open.draft, path.slice(parent.path === '' ? 0 : parent.path.length + 1), 'directory')
    nodes.set(path, { draft: node, left: { before: sizes.before ?? 0, after: sizes.after ?? 0, files: sizes.files } })
  }
  for (const path of files) {
    const parent = nearest(nodes, path)
    const sizes = take(parent.open, before.files.get(path), after.files.get(path), there)
    const name = path.slice(parent.path === '' ? 0 : parent.path.length + 1)
    addSizes(childOf(parent.open.draft, name, 'file'), sizes, 1)
  }
  for (const { draft: node, left } of nodes.values())
    if (left.before > 0 || left.after > 0)
      addSizes(
        childOf(node, 'files that the record does not list', 'rest'),
        {
          before: there.before ? Math.max(0, left.before) : null,
          after: there.after ? Math.max(0, left.after) : null,
        },
        Math.max(0, left.files ?? 0),
      )
}

interface Open {
  readonly draft: Draft
  readonly left: Left
}

function take(
  { left }: Open,
  before: Known | undefined,
  after: Known | undefined,
  there: There,
): { readonly before: number | null; readonly after: number | null; readonly files: number } {
  const files = (there.after ? after?.files : before?.files) ?? 0
  if (left.files !== null) left.files -= files
  left.before -= before?.fileBytes ?? 0
  left.after -= after?.fileBytes ?? 0
  return { before: before?.fileBytes ?? null, after: after?.fileBytes ?? null, files }
}

function nearest(nodes: ReadonlyMap<string, Open>, path: string): { readonly path: string; readonly open: Open } {
  for (let end = path.lastIndexOf('/'); end > 0; end = path.lastIndexOf('/', end - 1)) {
    const open = nodes.get(path.slice(0, end))
    if (open !== undefined) return { path: path.slice(0, end), open }
  }
  const open = nodes.get('')
  if (open === undefined) throw new RangeError('there is no root')
  return { path: '', open }
}

const pathsOf = (before: ReadonlyMap<string, Known>, after: ReadonlyMap<string, Known>): readonly string[] => [
  ...new Set([...after.keys(), ...before.keys()]),
]
