/**
 * Exports the layers of all stages that the builder has with one call: an export of its cache, which runs no steps. It
 * returns the layer chain of every step in reach, and the blobs. Known blobs are not transferred
 * (docs/decisions/weighing-exports.md).
 */
import { mkdtemp, symlink } from 'node:fs/promises'
import { join } from 'node:path'
import { FootprintError } from '../errors.ts'
import { ownsItsLines, type BuildStep } from '../graph/provenance.ts'
import type { CacheCall } from '../plan/cache-call.ts'
import type { BlobFolder } from './blob-folder.ts'
import { runWeighing, type WeighingContext } from './stage-export.ts'

/** Time limit, in milliseconds. In BuildKit, an export to the client can hang forever (moby/buildkit 2950, 6209). */
const exportTimeout = 5 * 60_000

/**
 * Exports the cache to the folder of blobs. Returns the steps of the build with their layer chains, or null if the
 * builder reports none.
 *
 * @throws CallStopped if a step would run, or another build is running one
 * @throws FootprintError if the builder cannot export its cache
 * @throws Cancelled if the signal stops it
 */
export async function exportCache(
  call: CacheCall,
  blobs: BlobFolder,
  context: WeighingContext,
): Promise<readonly BuildStep[] | null> {
  const cache = await mkdtemp(join(context.workspace, `${call.id}-`))
  await symlink(blobs.folder, join(cache, 'blobs'))
  const late = AbortSignal.timeout(exportTimeout)
  const signal = AbortSignal.any([context.signal, late])
  try {
    const { steps } = await runWeighing(call, (metadataFile) => call.words({ cache, metadataFile }), {
      ...context,
      signal,
    })
    return steps !== null && call.metadata !== null && !ownsItsLines(steps) ? null : steps
  } catch (error) {
    if (!late.aborted || context.signal.aborted) throw error
    throw new FootprintError('WEIGHING_FAILED', 'the builder did not export its cache in time', { cause: error })
  }
}
