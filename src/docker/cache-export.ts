/**
 * Exports the layers of all stages that the builder has with one call: an export of its cache, which runs no steps. It
 * returns the layer chain of every step in reach, and the blobs. Known blobs are not transferred
 * (docs/decisions/weighing-exports.md).
 */
import { mkdtemp, symlink } from 'node:fs/promises'
import { join } from 'node:path'
import { isOccupied } from '../files.ts'
import { ownsItsLines, type BuildStep } from '../graph/provenance.ts'
import type { CacheExport } from '../plan/cache-call.ts'
import type { BlobFolder } from './blob-folder.ts'
import { runWeighing, type WeighingContext } from './stage-export.ts'

/**
 * Exports the cache to the folder of blobs. Returns the steps of the build with their layer chains. Returns null if the
 * builder reports no steps or exports no layers.
 *
 * @throws CallStopped if a step would run, or another build is running one
 * @throws FootprintError if the builder cannot export its cache
 * @throws Cancelled if the signal stops it
 */
export async function exportCache(
  call: CacheExport,
  blobs: BlobFolder,
  context: WeighingContext,
): Promise<readonly BuildStep[] | null> {
  const cache = await mkdtemp(join(context.workspace, `${call.id}-`))
  await symlink(blobs.folder, join(cache, 'blobs'))
  const { steps } = await runWeighing(call, (metadataFile) => call.words({ cache, metadataFile }), context)
  // BuildKit exports nothing, without an error, if it has lost a layer. Then its answer is not about all that it holds.
  if (!(await isOccupied(join(cache, 'index.json')))) return null
  return steps !== null && call.metadata !== null && !ownsItsLines(steps) ? null : steps
}
