/** Finds files in the final file system that applications rarely need. Pure. */
import type { PathTree } from '../layer/path-tree.ts'
import type { Stage } from '../record/footprint.ts'
import { isArchive, mayUnpack, namesFile, ofArchive } from './archives.ts'
import { compiledByPip } from './compiled-python.ts'
import type { StageFiles } from './files.ts'
import type { Groups } from './groups.ts'
import { placesIn, type Found } from './places.ts'
import { isCopy, isRun, type Rule } from './rule.ts'
import { likelyDirectoryRules } from './rules.ts'
import { leftArchiveRule, unpackedArchiveRule } from './rules/archives.ts'
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

/** Limit for the archives that are looked for in instructions. Each search reads the text of all of them. */
const maxArchives = 1_000

/** Adds these files to the groups. */
export function addLikelyFiles(files: StageFiles, groups: Groups, stage: Stage): void {
  const { tree, files: table } = files.fileSystem
  const isCompiled = compiledByPip(files, stage)
  let archives = 0
  const { found, placeOf } = placesIn(
    tree,
    patterns.map(({ directory }) => directory),
    'inner',
  )
  for (let file = 1; file <= files.count; file += 1) {
    // A file with several names may be needed under one of them.
    // One that a later line deletes only counts as what another edit saves too.
    if ((!files.remains(file) && !files.isCounted(file)) || table.isLinked(file) || !files.isEditable(file)) continue
    const layer = files.originOf(file)
    if (!files.isOwnLayer(layer)) continue
    const node = table.nodeOf(file)
    const byEnd = ruleByEnd(tree, node)
    const place = placeOf[node] ?? 0
    // Most files match no rule.
    if (place !== 0 || byEnd !== null)
      for (const [rule, at] of rulesFor(found, place, node, byEnd))
        if (rule.id !== 'compiled-python' || isCompiled(file))
          groups.add(file, rule, layer, {
            place: at,
            together: true,
            listsPlaces: rule.listsPlaces === true,
          })
    if (files.isFree(file) && isArchive(tree, node) && ++archives <= maxArchives) addArchive(files, groups, file, layer)
  }
}

/** Returns the rules for a file, each with the outermost path that it matched. The first one counts the file. */
function rulesFor(found: readonly Found[], place: number, node: number, byEnd: Rule | null): ReadonlyMap<Rule, number> {
  const inner: (readonly [Rule, number])[] = byEnd === null ? [] : [[byEnd, node]]
  for (let match = found[place - 1]; match !== undefined; match = found[match.outer - 1]) {
    const rule = patterns[match.pattern]?.rule
    if (rule !== undefined) inner.push([rule, match.node])
  }
  const rules = new Map<Rule, number>()
  for (const [rule, at] of inner.reverse()) if (!rules.has(rule)) rules.set(rule, at)
  return rules
}

/** Adds an archive that this line copies if a later line unpacks it, or that this line makes if it unpacks it itself. */
function addArchive(files: StageFiles, groups: Groups, file: number, layer: number): void {
  const { tree, files: table } = files.fileSystem
  const node = table.nodeOf(file)
  const name = tree.name(node)
  const unpacks = (text: string): boolean => isRun(text) && mayUnpack(text) && namesFile(text, name)
  if (!isCopy(files.textOf(layer))) {
    if (unpacks(files.textOf(layer))) groups.add(file, leftArchiveRule, layer, ofArchive(node))
    return
  }
  const reader = files.layers.findIndex((_, position) => position > layer && unpacks(files.textOf(position)))
  if (reader !== -1) groups.add(file, unpackedArchiveRule, layer, { laterLayer: reader, ...ofArchive(node) })
}
