/** Finds out whether flags of COPY have exactly the effect of a later `chown` or `chmod`. Pure. */
import { none } from '../layer/path-tree.ts'
import type { StageFiles } from './files.ts'
import { wholeChange } from './owner-flags.ts'
import { keywordOf, says } from './rule.ts'

/** Flags of COPY that make a difference for the owner or the mode of what it brings, or of folders above. */
const otherFlags = /\s--(?:chown|chmod|link|parents)\b/
const between: ReadonlySet<string> = new Set(['COPY', 'ADD', 'WORKDIR'])

/**
 * Returns whether the flags give the same image. They apply to everything that the COPY brings, directories too. So the
 * later RUN must change all of that in the same way, and nothing else, and no step between the two may see a difference.
 */
export function coversWholeCopy(files: StageFiles, layer: number, later: number): boolean {
  const text = files.textOf(layer)
  if (keywordOf(text) !== 'COPY' || otherFlags.test(text)) return false
  const { owner, hasOtherMode } = becomesOf(files, layer, later)
  const changes = wholeChange(files.textOf(later), owner)
  if (changes === null) return false
  // `chown` clears some bits of the mode, and the flag of COPY does not.
  const changesMode = says(files.textOf(later), 'chmod')
  if (hasOtherMode && !changesMode) return false
  // GNU's `chmod` keeps the bits of a folder, and the flag does not.
  if (changesMode && files.details.hasSetIdFolder(layer)) return false
  for (let position = layer + 1; position < later; position += 1)
    if (!between.has(keywordOf(files.textOf(position)))) return false
  return changes.every(({ recursive, paths }) => isExactly(files, layer, later, recursive, paths))
}

/** What the later layer does to the files of a layer. */
interface Becomes {
  /** The owner that all of them get. Null if it is not known, or not the same for all. */
  readonly owner: string | null
  /** Whether one of them is known to get another mode. */
  readonly hasOtherMode: boolean
}

function becomesOf(files: StageFiles, layer: number, later: number): Becomes {
  const { files: table } = files.fileSystem
  const owners = new Set<string | null>()
  let hasOtherMode = false
  for (const file of files.filesOf(layer)) {
    if (table.hiderOf(file) !== later || table.successorOf(file) === none) continue
    const one = files.becomes(file)
    owners.add(one?.owner ?? null)
    hasOtherMode ||= one?.hasOtherMode === true
  }
  const [owner = null, ...others] = owners
  return { owner: others.length === 0 ? owner : null, hasOtherMode }
}

/** Returns whether these paths, with all that is in them in the later layer, are what the layer brought. */
function isExactly(
  files: StageFiles,
  layer: number,
  later: number,
  recursive: boolean,
  paths: readonly string[],
): boolean {
  const { tree, files: table } = files.fileSystem
  const [start, end] = [files.fileSystem.firstNodeOf(layer), files.fileSystem.firstNodeOf(layer + 1)]
  const after = files.fileSystem.firstNodeOf(later + 1)
  const covered = new Set<number>()
  const open = paths.map((path) => tree.nodeAt(path))
  for (let node = open.pop(); node !== undefined; node = open.pop()) {
    // What a line adds after the change does not see it.
    if (node >= after || covered.has(node)) continue
    if (node < start || node >= end || (!recursive && tree.firstChild(node) !== none)) return false
    covered.add(node)
    for (let child = tree.firstChild(node); child !== none; child = tree.nextSibling(child)) open.push(child)
  }
  if (covered.size !== end - start) return false
  // The layer may also replace what was there before.
  return files.filesOf(layer).every((file) => covered.has(table.nodeOf(file)))
}
