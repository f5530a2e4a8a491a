/**
 * The layers of all stages that the builder holds, by one call: an export of its cache, which runs nothing. It gives the
 * chain of every step in reach, and their blobs, of which known ones need not move (docs/decisions/weighing-exports.md).
 */
import { mkdtemp, symlink } from 'node:fs/promises'
import { join } from 'node:path'
import { FootprintError } from '../errors.ts'
import type { BuildStep } from '../graph/provenance.ts'
import type { CacheCall } from '../plan/cache-call.ts'
import { runWeighing, type BlobFolder, type WeighingContext } from './stage-export.ts'

/** An export to the client can hang for good in BuildKit (moby/buildkit 2950, 6209). Milliseconds. */
const longestExport = 5 * 60_000

/** @throws NotBuilt where a step would run; FootprintError where the builder exports no cache; Cancelled */
export async function exportCache(
  call: CacheCall,
  blobs: BlobFolder,
  context: WeighingContext,
): Promise<readonly BuildStep[] | null> {
  const cache = await mkdtemp(join(context.workspace, `${call.id}-`))
  await symlink(blobs.folder, join(cache, 'blobs'))
  const late = AbortSignal.timeout(longestExport)
  const signal = AbortSignal.any([context.signal, late])
  try {
    const { steps } = await runWeighing(call, (metadataFile) => call.words({ cache, metadataFile }), {
      ...context,
      signal,
    })
    return steps
  } catch (error) {
    if (!late.aborted || context.signal.aborted) throw error
    throw new FootprintError('WEIGHING_FAILED', 'the builder did not export its cache in time', { cause: error })
  }
}
