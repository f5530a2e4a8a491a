/** Finds the packages of layers that the final file system does not have. Pure. */
import type { DeletedPackage } from '../../record/final-files.ts'
import type { Stage } from '../../record/footprint.ts'

type Placed = Pick<DeletedPackage, 'ecosystem' | 'name' | 'path'>

/**
 * Returns the packages that the final file system does not have, by the position of their layer. That includes what is
 * left of them in higher layers, such as a list of settings, which has no version.
 */
export function deletedIn(stage: Stage | null): ReadonlyMap<number, ReadonlySet<string>> {
  const found = new Map<number, Set<string>>()
  const add = (position: number, key: string): void => {
    found.set(position, (found.get(position) ?? new Set<string>()).add(key))
  }
  const deletedBy = new Map<string, number>()
  for (const one of stage?.deletedPackages ?? []) {
    add(one.addedBy, keyOf(one))
    deletedBy.set(keyOf(one), Math.max(one.deletedBy, deletedBy.get(keyOf(one)) ?? 0))
  }
  if (deletedBy.size === 0) return found
  for (const [position, { contents }] of stage?.layers.entries() ?? [])
    for (const one of contents?.packages?.packages ?? [])
      if (one.version === null && (deletedBy.get(keyOf(one)) ?? Infinity) <= position) add(position, keyOf(one))
  return found
}

/** Returns a key for a package at its place. */
export const keyOf = ({ ecosystem, name, path }: Placed): string => JSON.stringify([ecosystem, name, path])
