/** Finds files in the final file system that applications rarely need. Pure. */
import { none, type PathTree } from '../layer/path-tree.ts'
import type { Stage } from '../record/footprint.ts'
import { isArchive, ofArchive } from './archives.ts'
import { compiledByPip } from './compiled-python.ts'
import type { StageFiles } from './files.ts'
import type { Groups } from './groups.ts'
import { placesIn } from './places.ts'
import { isCopy, keywordOf, says, type Rule } from './rule.ts'
import { likelyDirectoryRules } from './rules.ts'
import { unpackedArchiveRule } from './rules/archives.ts'
import { mapEnds, sourceMapRule, staticLibraryRule } from './rules/rarely-needed.ts'

const patterns = likelyDirectoryRules.flatMap((rule) =>
  (rule.directories ?? []).map((directory) => ({ rule, directory })),
)

const byEnd: readonly (readonly [end: Buffer, rule: Rule])[] = [
  ...mapEnds.map((end) => [Buffer.from(end), sourceMapRule] as const),
  [Buffer.from('.a'), staticLibraryRule],
]

/** Grouped by last byte for speed, because nearly all names end differently. */
const byLastByte = Map.groupBy(byEnd, ([end]) => end.at(-1) ?? 0)

function ruleByEnd(tree: PathTree, node: number): Rule | null {
  return byLastByte.get(tree.lastByte(node))?.find(([end]) => tree.endsWith(node, end))?.[1] ?? null
}

/** Limit for the archives that are looked for in later instructions. Each search reads the text of all of them. */
const maxArchives = 1_000

/** Adds these files to the groups. */
export function addLikelyFiles(files: StageFiles, groups: Groups, stage: Stage): void {
  const { tree, files: table } = files.fileSystem
  const isCompiled = compiledByPip(files, stage)
  let archives = 0
  const { found, placeOf } = placesIn(
    tree,
    patterns.map(({ directory }) => directory),
    'outer',
  )
  for (let file = 1; file <= files.count; file += 1) {
    // A file with several names may be needed under one of them.
    if (!files.isSeen(file) || table.isLinked(file) || !files.isFree(file)) continue
    const layer = files.originOf(file)
    if (!files.isOwnLayer(layer)) continue
    const node = table.nodeOf(file)
    const place = found[(placeOf[node] ?? 0) - 1]
    const rule = patterns[place?.pattern ?? none]?.rule ?? ruleByEnd(tree, node)
    if (rule?.id === 'compiled-python' && !isCompiled(file)) continue
    if (rule !== null)
      groups.add(file, rule, layer, {
        place: place?.node ?? node,
        together: true,
        listsPlaces: rule.id === 'documentation' || rule.id === 'headers',
      })
    else if (isCopy(files.textOf(layer)) && isArchive(tree, node) && ++archives <= maxArchives)
      addArchive(files, groups, file, layer)
  }
}

/** Adds an archive that this line copies if a later line unpacks it. */
function addArchive(files: StageFiles, groups: Groups, file: number, layer: number): void {
  const { tree, files: table } = files.fileSystem
  const node = table.nodeOf(file)
  const name = tree.name(node)
  const reader = files.layers.findIndex((_, position) => {
    const text = position > layer ? files.textOf(position) : ''
    return keywordOf(text) === 'RUN' && text.includes(name) && says(text, 'tar', 'unzip', '7z', 'dpkg', 'rpm')
  })
  if (reader !== -1) groups.add(file, unpackedArchiveRule, layer, { laterLayer: reader, ...ofArchive(node) })
}
