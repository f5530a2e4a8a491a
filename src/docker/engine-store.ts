/**
 * The image store of the docker driver's own engine, where that holds layers unpacked (overlay2) and so has no exporter
 * for layouts: stages become images there, without a tag, and are removed after they were weighed. That engine is the
 * client's own: buildx takes no builder of the docker driver but that of the current docker context.
 *
 * A label of the run makes each an image of its own, so that no other image can be the one that is removed: without it
 * a stage often is the image that the user has just built, or that another run is building. By the label a run also
 * finds those whose build was cut off before it said their ID.
 */
import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import * as v from 'valibot'
import { FootprintError } from '../errors.ts'
import { parseJson } from '../files.ts'
import type { BuildStep } from '../graph/provenance.ts'
import { isDigest, type Digest } from '../oci/digest.ts'
import { platformOf, type Platform } from '../oci/platform.ts'
import type { ImageLabel, WeighingCall } from '../plan/weighing-calls.ts'
import { runClient } from './client.ts'
import { parseFailure } from './failure.ts'
import type { BuildOutputs } from './metadata.ts'
import { runWeighing, type WeighingContext } from './stage-export.ts'

/** Whether the build left an image in such a store: only there is the config's digest that of the whole image. */
export function isUnpackedStore({ digest, configDigest }: Pick<BuildOutputs, 'digest' | 'configDigest'>): boolean {
  return digest !== '' && digest === configDigest
}

/** Name of the label of all images that weighing makes. */
export const weighingLabel = 'stage-footprint.weighing'

/** For the images of one weighing, and of no other. */
export function newWeighingLabel(): ImageLabel {
  return { name: weighingLabel, value: randomUUID() }
}

export interface StoredStage {
  readonly imageId: Digest
  readonly steps: readonly BuildStep[] | null
}

/** @throws FootprintError where the stage cannot be built; Cancelled */
export async function storeStage(
  call: WeighingCall,
  label: ImageLabel,
  context: WeighingContext,
): Promise<StoredStage> {
  const { configDigest, steps } = await runWeighing(
    call,
    (metadataFile) => call.store({ label, metadataFile }),
    context,
  )
  if (configDigest === null)
    throw new FootprintError(
      'WEIGHING_FAILED',
      `stage ${call.stageName} could not be weighed: the builder does not say which image it is`,
    )
  return { imageId: configDigest, steps }
}

export interface StoredImage {
  readonly platform: Platform
  /** Lowest first. */
  readonly diffIds: readonly Digest[]
}

const ImagesSchema = v.array(
  v.object({
    Id: v.custom<Digest>(isDigest),
    Os: v.string(),
    Architecture: v.string(),
    Variant: v.optional(v.string()),
    OsVersion: v.optional(v.string()),
    RootFS: v.object({ Layers: v.nullish(v.array(v.custom<Digest>(isDigest)), []) }),
  }),
)

/** @throws FootprintError where the engine does not have all of them; Cancelled */
export async function inspectStored(
  imageIds: readonly Digest[],
  signal: AbortSignal,
): Promise<ReadonlyMap<Digest, StoredImage>> {
  const said: Buffer[] = []
  const { exitCode, stdout } = await runClient({
    args: ['image', 'inspect', ...new Set(imageIds)],
    stderr: (chunk) => said.push(chunk),
    signal,
  })
  if (exitCode !== 0) throw inspectError(Buffer.concat(said).toString('utf8'))
  const images = v.safeParse(ImagesSchema, parseJson(stdout))
  if (!images.success)
    throw new FootprintError(
      'WEIGHING_FAILED',
      'the stages could not be weighed: the engine does not describe their images as Docker does',
    )
  return new Map(
    images.output.map(({ Id, Os, Architecture, Variant, OsVersion, RootFS }) => [
      Id,
      {
        platform: platformOf({
          os: Os,
          architecture: Architecture,
          variant: Variant || undefined,
          'os.version': OsVersion || undefined,
        }),
        diffIds: RootFS.Layers,
      },
    ]),
  )
}

function inspectError(stderr: string): FootprintError {
  const { kind, message } = parseFailure(stderr)
  const said = message ?? 'the engine gave no reason'
  if (kind === 'unreachable')
    return new FootprintError('ENGINE_UNREACHABLE', `the engine went away while stages were weighed: ${said}`)
  return new FootprintError('WEIGHING_FAILED', `the stages could not be weighed: ${said}`)
}

/** A runner gives a cancelled step ten seconds. Milliseconds. */
const patience = 5_000
/** A build that was cut off may still be making its image. Milliseconds. */
const afterCut = 300

/**
 * Removes the images of the weighing, with time of its own: also where the run was stopped.
 *
 * @param made what is known to have been made; null where builds may have been cut off
 * @returns those that are still there; null where the engine does not say
 */
export async function removeStored(
  label: ImageLabel,
  made: readonly Digest[] | null,
): Promise<readonly Digest[] | null> {
  const signal = AbortSignal.timeout(patience)
  try {
    if (made !== null && (await remove(made, signal))) return []
    await remove(await listStored(label, signal), signal)
    if (made === null) {
      await sleep(afterCut)
      await remove(await listStored(label, signal), signal)
    }
    return await listStored(label, signal)
  } catch {
    return null
  }
}

/** Without `--force`: an image that somebody runs stays. */
async function remove(imageIds: readonly Digest[], signal: AbortSignal): Promise<boolean> {
  if (imageIds.length === 0) return true
  const { exitCode } = await runClient({ args: ['image', 'rm', ...new Set(imageIds)], stderr: () => undefined, signal })
  return exitCode === 0
}

async function listStored({ name, value }: ImageLabel, signal: AbortSignal): Promise<readonly Digest[]> {
  const { exitCode, stdout } = await runClient({
    args: ['image', 'ls', '--all', '--no-trunc', '--quiet', '--filter', `label=${name}=${value}`],
    stderr: () => undefined,
    signal,
  })
  if (exitCode !== 0) throw new FootprintError('ENGINE_UNREACHABLE', 'the engine does not list its images')
  return stdout.split('\n').filter(isDigest)
}
