/** Names the packages that a line deletes, if these say more than a path. Pure. */
import type { DeletedPackage } from '../record/final-files.ts'
import type { Stage } from '../record/footprint.ts'
import type { Saving } from '../record/savings.ts'

/** Packages as in `Saving.packages`. */
type Packages = NonNullable<Saving['packages']>

/** The share of the deleted bytes that packages must have to stand for them. */
const mainShare = 0.9
const maxNames = 3

/**
 * Returns the packages that a layer deletes. Null if the deleted bytes are not mostly theirs.
 *
 * @param isFrom whether the bytes include those of a layer
 */
export function deletedPackagesOf(
  { deletedPackages }: Stage,
  deletedBy: number,
  isFrom: (layer: number) => boolean,
  fileBytes: number,
): Packages | null {
  const found = (deletedPackages ?? []).filter((one) => one.deletedBy === deletedBy && isFrom(one.addedBy))
  const sum = found.reduce((total, one) => total + one.fileBytes, 0)
  if (found.length === 0 || sum < mainShare * fileBytes) return null
  const names = [...new Set(found.map(({ name }: DeletedPackage) => name))]
  return { names: names.slice(0, maxNames), count: names.length }
}
