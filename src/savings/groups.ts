/** Files that one edit saves, summed while they are found. Pure. */
import { none } from '../layer/path-tree.ts'
import type { Saving, Savings } from '../record/savings.ts'
import type { StageFiles } from './files.ts'
import { commonOf } from './places.ts'
import type { Rule } from './rule.ts'

/** One edit: a rule at a layer, with the later layer that matters to it. */
interface Group {
  readonly rule: Rule
  readonly layer: number
  readonly laterLayer: number | null
  readonly claim: Saving['claim']
  readonly files: number[]
  /** Directories of the rule, as nodes. */
  readonly places: Set<number>
  fileBytes: number
}

interface AddOptions {
  readonly laterLayer?: number | null
  /** As the rule says, unless told. */
  readonly isSure?: boolean
  /** The directory of the rule that the file is in, as a node. */
  readonly place?: number | undefined
  /** Whether one edit takes the files out of all such directories; each has its own otherwise. */
  readonly together?: boolean
}

/** The path of a group is where this share of its bytes is. */
const most = 0.9

export class Groups {
  readonly #files: StageFiles
  readonly #groups = new Map<string, Group>()

  constructor(files: StageFiles) {
    this.#files = files
  }

  /** Counts a file, which is in no other saving. */
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

  /** Those of at least so many bytes. */
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

/** Some rules name a file. */
function kindOf({ fileSystem: { tree } }: StageFiles, places: ReadonlySet<number>): Saving['kind'] {
  const [place, ...others] = places
  return others.length === 0 && place !== undefined && tree.firstChild(place) === none ? 'file' : 'directory'
}

/** Where most of these bytes are. */
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

/** Those that save most to pull first. */
export function bySaving(a: Savings['items'][number], b: Savings['items'][number]): number {
  return (
    (b.pullBytes ?? b.fileBytes) - (a.pullBytes ?? a.fileBytes) ||
    b.fileBytes - a.fileBytes ||
    a.layer - b.layer ||
    (a.path < b.path ? -1 : a.path === b.path ? 0 : 1)
  )
}
