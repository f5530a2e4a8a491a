/**
 * Arranges where layers are read from: the builder's own store, the registry that they were pushed to, or an export of
 * the builder's cache. None of them runs a step.
 */
import { contentStoreOf } from '../builder/content-store.ts'
import { exportCache } from '../docker/cache-export.ts'
import { NoLayoutExporter } from '../docker/stage-export.ts'
import type { PlannedStage } from '../dockerfile/stage.ts'
import { Cancelled, FootprintError } from '../errors.ts'
import type { BuildStep } from '../graph/provenance.ts'
import type { Digest } from '../oci/digest.ts'
import type { Descriptor } from '../oci/manifest.ts'
import { formatPlatform } from '../oci/platform.ts'
import type { CacheExport } from '../plan/cache-call.ts'
import { openPushedImage } from './pushed-layers.ts'
import { aboveBase, stageLayersIn, layersBelow, type LayersRequest } from './stage-layers.ts'
import { untimedLayers } from './untimed-layers.ts'
import type { WeighingTools } from './weighing-tools.ts'

/**
 * Forgets layers that were read without a digest that ignores file times, if the builder itself holds them. They are
 * then read from its store.
 */
export async function forgetUntimed(
  pending: readonly PlannedStage[],
  graph: readonly BuildStep[],
  request: LayersRequest,
  { indexes, blobs, connections }: WeighingTools,
): Promise<void> {
  const found = (await Promise.all(pending.map((stage) => stageLayersIn(graph, stage, request)))).map(([one]) => one)
  const untimed = await untimedLayers(
    found.flatMap((stage) => (stage === undefined ? [] : aboveBase(stage))),
    indexes,
  )
  const session = untimed.length === 0 ? null : await connections.to(formatPlatform(request.platform))
  if (session === null) return
  const store = contentStoreOf(session)
  const sizes = new Map(found.flatMap((stage) => stage?.layers ?? []).map(({ digest, size }) => [digest, size]))
  await Promise.all(
    untimed.map(async (digest) => {
      if ((await store.sizeOf(digest)) !== sizes.get(digest)) return
      await blobs.endRedirect(digest)
      await indexes.forget(digest)
    }),
  )
}

/**
 * Arranges that blobs that the builder itself holds are read from its store from now on. Blobs in the builder's
 * registries come with the cache.
 *
 * @param streamed receives these layers; null if the builder is not asked
 * @returns the known layers that are needed and that are not in the store
 */
export async function readFromBuilder(
  pending: readonly PlannedStage[],
  graph: readonly BuildStep[],
  request: LayersRequest,
  tools: WeighingTools,
  streamed: Map<Digest, Promise<unknown>> | null,
): Promise<readonly Descriptor[]> {
  const { reader } = tools
  const all = (await Promise.all(pending.map((stage) => stageLayersIn(graph, stage, request)))).map(([found], nth) => {
    if (found === undefined) return layersBelow(graph, pending[nth], request, reader)
    reader.wantTimeless(aboveBase(found))
    return found.layers
  })
  return readFromStore(all.flat(), request, tools, streamed)
}

/**
 * Arranges that layers that are not known are read from the builder's own store, if it holds them.
 *
 * @param streamed receives these layers; null if the builder is not asked
 * @returns the layers that are neither known nor in the store
 */
export async function readFromStore(
  layers: readonly Descriptor[],
  { platform }: Pick<LayersRequest, 'platform'>,
  { indexes, blobs, reader, connections }: WeighingTools,
  streamed: Map<Digest, Promise<unknown>> | null = new Map(),
): Promise<readonly Descriptor[]> {
  const unknown = new Map<Digest, Descriptor>()
  for (const layer of layers) if ((await indexes.get(layer.digest)) === null) unknown.set(layer.digest, layer)
  const session = streamed === null || unknown.size === 0 ? null : await connections.to(formatPlatform(platform))
  if (streamed === null || session === null) return [...unknown.values()]
  const store = contentStoreOf(session)
  await Promise.all(
    [...unknown.values()].map(async (layer) => {
      if ((await store.sizeOf(layer.digest)) !== layer.size) return
      unknown.delete(layer.digest)
      await blobs.redirect(layer.digest, () => store.open(layer.digest))
      streamed.set(layer.digest, readAhead(layer, reader))
    }),
  )
  return [...unknown.values()]
}

/**
 * Arranges that the shipped layers are read from the registry that they were pushed to.
 *
 * @param streamed receives these layers
 */
export async function readFromRegistry(
  finals: readonly PlannedStage[],
  steps: readonly BuildStep[] | null,
  request: LayersRequest,
  tools: WeighingTools,
  streamed: Map<Digest, Promise<unknown>>,
): Promise<void> {
  const [final] = finals
  const [found] = final === undefined || steps === null ? [] : await stageLayersIn(steps, final, request)
  const { name, digest } = request.shipped?.image ?? { name: null, digest: '' }
  if (found?.asShipped !== true || name === null) return
  const open = await openPushedImage(name, digest, tools.dockerConfigFolder, request.context.signal)
  if (open === null) return
  tools.reader.wantTimeless(aboveBase(found))
  for (const layer of found.layers) {
    if (await tools.blobs.has(layer.digest)) continue
    await tools.blobs.redirect(layer.digest, () => open(layer))
    streamed.set(layer.digest, readAhead(layer, tools.reader))
  }
}

/** Reads a layer while the rest is fetched. Errors are reported to whoever requests the layer. */
async function readAhead(layer: Descriptor, reader: WeighingTools['reader']): Promise<void> {
  await reader.index(layer).catch(() => undefined)
}

/** Interval for checking what an export has written, in milliseconds. */
const pollInterval = 100

/** Reads these layers as soon as an export writes them. Returns a function that stops this. */
function readWhileExporting(layers: readonly Descriptor[], { blobs, reader }: WeighingTools): () => void {
  const awaited = new Map(layers.map((layer) => [layer.digest, layer]))
  let isPolling = false
  const poll = async (): Promise<void> => {
    if (isPolling) return
    isPolling = true
    for (const [digest, layer] of awaited) {
      if (!(await blobs.isComplete(layer))) continue
      awaited.delete(digest)
      void readAhead(layer, reader)
    }
    isPolling = false
  }
  const timer = setInterval(() => void poll(), pollInterval)
  return () => clearInterval(timer)
}

/**
 * Exports the builder's cache. Returns null if the builder cannot do that; its stages are then exported one by one.
 *
 * @param missing layers that the export is known to contain
 */
export async function exportCacheIfPossible(
  { cache, context }: { readonly cache: CacheExport; readonly context: LayersRequest['context'] },
  missing: readonly Descriptor[],
  tools: WeighingTools,
): Promise<readonly BuildStep[] | null> {
  const stop = readWhileExporting(missing, tools)
  try {
    return await exportCache(cache, tools.blobs, { ...context, mayRunSteps: false })
  } catch (error) {
    const lasting = error instanceof FootprintError && ['DISK_SPACE', 'ENGINE_UNREACHABLE'].includes(error.code)
    if (error instanceof Cancelled || context.signal.aborted || lasting || error instanceof NoLayoutExporter)
      throw error
    return null
  } finally {
    stop()
  }
}
