/** Sums up the files that one edit saves while they are found. Pure. */
import { none } from '../layer/path-tree.ts'
import type { Saving, Savings } from '../record/savings.ts'
import type { StageFiles } from './files.ts'
import { commonOf } from './places.ts'
import type { Rule } from './rule.ts'

/** One edit: a rule at a layer, with the later layer that it involves. */
interface Group {
  readonly rule: Rule
  readonly layer: number
  readonly laterLayer: number | null
  readonly claim: Saving['claim']
  readonly files: number[]
  /** Directories that the rule matched, as nodes. */
  readonly places: Set<number>
  fileBytes: number
}

interface AddOptions {
  readonly laterLayer?: number | null
  /** Default: as the rule says. */
  readonly isSure?: boolean
  /** The matched directory that contains the file, as a node. */
  readonly place?: number | undefined
  /** Whether one edit removes the files of all matched directories. Otherwise each directory needs its own edit. */
  readonly together?: boolean
}

/** The share of a group's bytes that must be below its path. */
const most = 0.9

/** The edits that were found so far. */
export class Groups {
  readonly #files: StageFiles
  readonly #groups = new Map<string, Group>()

  constructor(files: StageFiles) {
    this.#files = files
  }

  /** Counts a file that is in no other saving. */
  add(file: number, rule: Rule, layer: number, options: AddOptions = {}): void {
    const { laterLayer = null, isSure = rule.likely === null, place, together = false } = options
    const name = `${rule.id} ${layer} ${laterLayer ?? ''} ${together ? '' : (place ?? '')}`
    let group = this.#groups.get(name)
    if (group === undefined) {
      const claim = isSure ? 'sure' : 'likely'
      group = { rule, layer, laterLayer, claim, files: [], places: new Set(), fileBytes: 0 }
      this.#groups.set(name, group)
    }
    group.files.push(file)
    if (place !== undefined) group.places.add(place)
    group.fileBytes += this.#files.size(file)
    this.#files.setCounted(file)
  }

  /** Returns the savings of at least `floor` bytes. */
  items(floor: number): Saving[] {
    return [...this.#groups.values()].filter(({ fileBytes }) => fileBytes >= floor).map((group) => this.#item(group))
  }

  #item({ rule, layer, laterLayer, claim, files, places, fileBytes }: Group): Saving {
    const { tree } = this.#files.fileSystem
    const found = pathOf(this.#files, files, fileBytes)
    return {
      rule: rule.id,
      ...found,
      ...(places.size === 0 ? {} : { path: tree.path(commonOf(tree, places)), kind: kindOf(this.#files, places) }),
      files: files.length,
      fileBytes,
      pullBytes: pullBytesOf(this.#files, files),
      claim,
      layer,
      laterLayer,
    }
  }
}

/** Returns `file` if the only place is a file, because some rules name a file. Otherwise returns `directory`. */
function kindOf({ fileSystem: { tree } }: StageFiles, places: ReadonlySet<number>): Saving['kind'] {
  const [place, ...others] = places
  return others.length === 0 && place !== undefined && tree.firstChild(place) === none ? 'file' : 'directory'
}

/** Returns the path that contains most of these bytes. */
export function pathOf(
  { fileSystem: { tree, files } }: StageFiles,
  some: readonly number[],
  fileBytes: number,
): Pick<Saving, 'path' | 'kind'> {
  const heaviest = some.toSorted((a, b) => files.sizeOf(b) - files.sizeOf(a))
  let sum = 0
  const enough = heaviest.findIndex((file) => (sum += files.sizeOf(file)) >= most * fileBytes)
  const nodes = heaviest.slice(0, enough + 1).map((file) => files.nodeOf(file))
  const node = commonOf(tree, nodes)
  return { path: tree.path(node), kind: some.length === 1 ? 'file' : 'directory' }
}

function pullBytesOf({ fileSystem: { files }, layers }: StageFiles, some: readonly number[]): number | null {
  const byLayer = new Map<number, number>()
  for (const file of some) {
    const adder = files.adderOf(file)
    byLayer.set(adder, (byLayer.get(adder) ?? 0) + files.sizeOf(file))
  }
  let sum = 0
  for (const [position, fileBytes] of byLayer) {
    const { compressedSize = null, uncompressedSize = null } = layers[position] ?? {}
    if (compressedSize === null || uncompressedSize === null || uncompressedSize === 0) return null
    sum += fileBytes * Math.min(1, compressedSize / uncompressedSize)
  }
  return Math.round(sum)
}

/** Sorts savings by bytes to pull, the largest first. */
export function bySaving(a: Savings['items'][number], b: Savings['items'][number]): number {
  return (
    (b.pullBytes ?? b.fileBytes) - (a.pullBytes ?? a.fileBytes) ||
    b.fileBytes - a.fileBytes ||
    a.layer - b.layer ||
    (a.path < b.path ? -1 : a.path === b.path ? 0 : 1)
  )
}
