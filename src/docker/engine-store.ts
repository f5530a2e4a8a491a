/**
 * Uses the image store of the docker driver's own engine if it stores layers unpacked (overlay2), and so cannot export
 * layouts. Stages become untagged images there, and are removed after weighing. That engine is the client's own,
 * because buildx accepts no docker-driver builder other than that of the current docker context.
 *
 * A label of the run makes each stage an image of its own, so that no other image can be removed by mistake. Without
 * the label, a stage would often be the same image that the user has just built, or that another run is building. The
 * label also finds images whose build was interrupted before it reported their ID.
 */
import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import * as v from 'valibot'
import { FootprintError } from '../errors.ts'
import { parseJson } from '../files.ts'
import type { BuildStep } from '../graph/provenance.ts'
import { isDigest, type Digest } from '../oci/digest.ts'
import { platformOf, type Platform } from '../oci/platform.ts'
import { stageOfCall, type ImageLabel, type WeighingCall } from '../plan/weighing-calls.ts'
import { answerTimeout } from './ask-client.ts'
import { runClientQuietly } from './client.ts'
import { parseFailure } from './failure.ts'
import type { BuildOutputs } from './metadata.ts'
import { runWeighing, type WeighingContext } from './stage-export.ts'

/**
 * Returns whether the build stored an image in such a store. Only there, the digest of the config is that of the whole
 * image.
 */
export function isUnpackedStore({ digest, configDigest }: Pick<BuildOutputs, 'digest' | 'configDigest'>): boolean {
  return digest !== '' && digest === configDigest
}

/** Name of the label of all images that weighing makes. */
export const weighingLabel = 'stage-footprint.weighing'

/** Returns a label for the images of one weighing, and of no other. */
export function newWeighingLabel(): ImageLabel {
  return { name: weighingLabel, value: randomUUID() }
}

/** A stage that was stored as an image. */
export interface StoredStage {
  readonly imageId: Digest
  readonly steps: readonly BuildStep[] | null
}

/**
 * Builds a stage into the store.
 *
 * @throws FootprintError if the stage cannot be built
 * @throws Cancelled if the signal stops it
 */
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
      `${stageOfCall(call)} could not be weighed: the builder did not report its image ID`,
    )
  return { imageId: configDigest, steps }
}

/** An image in the store. */
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

/**
 * Returns the platform and the layers of stored images.
 *
 * @throws FootprintError if the engine does not have all of them
 * @throws Cancelled if the signal stops it
 */
export async function inspectStored(
  imageIds: readonly Digest[],
  signal: AbortSignal,
): Promise<ReadonlyMap<Digest, StoredImage>> {
  const args = ['image', 'inspect', ...new Set(imageIds)]
  const { exitCode, stdout, stderr } = await runClientQuietly({
    args,
    task: 'describe the images of the stages',
    timeLimit: answerTimeout,
    signal,
  })
  if (exitCode !== 0) throw inspectError(stderr)
  const images = v.safeParse(ImagesSchema, parseJson(stdout))
  if (!images.success)
    throw new FootprintError(
      'WEIGHING_FAILED',
      'the stages could not be weighed: the engine describes their images in an unknown format',
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
    return new FootprintError(
      'ENGINE_UNREACHABLE',
      `the connection to the engine was lost while stages were weighed: ${said}`,
    )
  return new FootprintError('WEIGHING_FAILED', `the stages could not be weighed: ${said}`)
}

/** Time limit for the removal, in milliseconds. A runner gives a cancelled step ten seconds. */
const patience = 8_000
/** How long to wait before looking again, in milliseconds. An interrupted build may still be storing its image. */
const afterCut = 300

/**
 * Removes the images of a weighing. It has its own time limit, so it also works after the run was stopped.
 *
 * @param made the images that are known to have been made; null if builds may have been interrupted
 * @returns the images that are still there, or null if the engine does not say
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

/** Removes images without `--force`, so an image that is in use stays. */
async function remove(imageIds: readonly Digest[], signal: AbortSignal): Promise<boolean> {
  if (imageIds.length === 0) return true
  const { exitCode } = await runClientQuietly({
    args: ['image', 'rm', ...new Set(imageIds)],
    task: 'remove images',
    timeLimit: patience,
    signal,
  })
  return exitCode === 0
}

async function listStored({ name, value }: ImageLabel, signal: AbortSignal): Promise<readonly Digest[]> {
  const args = ['image', 'ls', '--all', '--no-trunc', '--quiet', '--filter', `label=${name}=${value}`]
  const { exitCode, stdout } = await runClientQuietly({ args, task: 'list images', timeLimit: patience, signal })
  if (exitCode !== 0) throw new FootprintError('ENGINE_UNREACHABLE', 'the engine did not list its images')
  return stdout.split('\n').filter(isDigest)
}
