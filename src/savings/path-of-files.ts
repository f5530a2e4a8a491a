/** Finds the path that a report names for several files. Pure. */
import { none } from '../layer/path-tree.ts'
import type { Saving } from '../record/savings.ts'
import type { StageFiles } from './files.ts'
import { commonOf } from './places.ts'

/** The share of the bytes that must be below the path. */
const mainShare = 0.9

/** Returns `file` if the only place is a file, because some rules name a file. Otherwise returns `directory`. */
export function kindOf({ fileSystem: { tree } }: StageFiles, places: ReadonlySet<number>): Saving['kind'] {
  const [place, ...others] = places
  return others.length === 0 && place !== undefined && tree.firstChild(place) === none ? 'file' : 'directory'
}

/** Returns the path that contains most of these bytes. */
export function pathOf(
  stageFiles: StageFiles,
  some: readonly number[],
): Pick<Saving, 'path' | 'kind' | 'filesElsewhere'> {
  const { tree, files } = stageFiles.fileSystem
  const sorted = some.toSorted((a, b) => files.sizeOf(b) - files.sizeOf(a))
  const fileBytes = sorted.reduce((sum, file) => sum + files.sizeOf(file), 0)
  let sum = 0
  const enough = sorted.findIndex((file) => (sum += files.sizeOf(file)) >= mainShare * fileBytes)
  const nodes = sorted.slice(0, enough + 1).map((file) => files.nodeOf(file))
  const node = commonOf(tree, nodes)
  const paths = pathsOf(stageFiles, some)
  if (paths.size === 1) return { path: tree.path(node), kind: 'file' }
  const elsewhere = [...paths].filter((one) => commonOf(tree, [node, one]) !== node).length
  return { path: tree.path(node), kind: 'directory', ...(elsewhere === 0 ? {} : { filesElsewhere: elsewhere }) }
}

/** Returns the paths of files, as nodes. A file and its copies for other owners have the same path. */
export const pathsOf = ({ fileSystem: { files } }: StageFiles, some: readonly number[]): Set<number> =>
  new Set(some.map((file) => files.nodeOf(file)))
