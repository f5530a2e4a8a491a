/** The content of a layer from its complete list of entries, by package and by path. Pure. */
import { readEntryList } from '../layer/entry-list.ts'
import type { WholeLists } from '../layer/layer-lists.ts'
import { isDigest } from '../oci/digest.ts'
import { ownersOf } from '../packages/owner-runs.ts'
import { packageKey } from '../packages/package-key.ts'
import { addLeaf, childOf, draft, type Draft } from './draft.ts'
import { pairFiles } from './pair-files.ts'

/** A layer of one side: its lists, the digest that they belong to, and the file bytes that they must add up to. */
export interface ListedLayer {
  readonly lists: WholeLists
  readonly digest: string
  readonly fileBytes: number
}

interface Group {
  /** Null for files that belong to no package. */
  readonly ecosystem: string | null
  readonly name: string
  readonly versions: Set<string>
  readonly files: Map<string, number>
}

/**
 * Returns the tree of a pair of layers. Null if the lists of a side are damaged or do not add up to the layer's file
 * bytes.
 */
export function wholeTree(before: ListedLayer | null, after: ListedLayer | null): Draft | null {
  const old = before === null ? new Map<string, Group>() : groupsOf(before)
  const now = after === null ? new Map<string, Group>() : before === after ? old : groupsOf(after)
  if (old === null || now === null) return null
  const root = draft('', 'layer')
  for (const key of new Set([...now.keys(), ...old.keys()])) {
    const [from, to] = [old.get(key), now.get(key)]
    const either = to ?? from
    if (either === undefined) continue
    const place =
      either.ecosystem === null
        ? root
        : childOf(
            childOf(root, either.ecosystem, 'ecosystem'),
            either.name,
            'package',
            versionsNote(from && [...from.versions], to && [...to.versions]),
          )
    for (const leaf of pairFiles(from?.files ?? new Map(), to?.files ?? new Map())) addLeaf(place, leaf)
  }
  return root
}

/** Returns `1.26.5 → 2.6.3`, or one version if both are the same. */
export function versionsNote(before: readonly string[] | undefined, after: readonly string[] | undefined): string {
  const [from, to] = [(before ?? []).toSorted().join(', '), (after ?? []).toSorted().join(', ')]
  return from === to || from === '' ? to : to === '' ? from : `${from} → ${to}`
}

/** Returns the files by package. Empty files are left out, because they have no area. */
function groupsOf({ lists: { entries, packages }, digest, fileBytes }: ListedLayer): Map<string, Group> | null {
  if (!isDigest(digest)) return null
  const groups = new Map<string, Group>()
  const list = packages?.packages ?? []
  const nextOwner = packages?.owners ? ownersOf(packages.owners) : null
  let sum = 0
  const isWhole = readEntryList(entries, digest, ({ kind, path, pathLength, fileBytes: bytes }) => {
    if (kind !== 'file' && kind !== 'whiteout') return
    const owner = kind === 'file' ? list[nextOwner?.() ?? -1] : undefined
    if (bytes === 0) return
    sum += bytes
    const key = owner === undefined ? '' : packageKey(owner)
    let group = groups.get(key)
    if (group === undefined) {
      group = { ecosystem: owner?.ecosystem ?? null, name: owner?.name ?? '', versions: new Set(), files: new Map() }
      groups.set(key, group)
    }
    if (owner?.version) group.versions.add(owner.version)
    const text = path.toString('utf8', 0, pathLength)
    // A path that occurs twice in a layer counts twice, as in the layer's sum.
    group.files.set(text, (group.files.get(text) ?? 0) + bytes)
  })
  return isWhole && sum === fileBytes ? groups : null
}
