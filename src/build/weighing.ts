/**
 * Weighing exports: after the user's build, from the builder's cache, each stage is exported as an image
 * layout whose known blobs need not move.
 *
 * The client skips a blob that lies in `blobs/sha256` already, and an empty file is enough
 * (docs/architecture.md, "Placeholders"). All layouts of a run share one blobs folder.
 */
import { createReadStream } from 'node:fs'
import { mkdir, readFile, rename, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { FootprintError } from '../errors.ts'
import { encodedPart, type Digest } from '../oci/digest.ts'
import type { WeighingCall } from '../plan/weighing.ts'
import { runClient } from './client.ts'
import { parseFailure } from './failure.ts'
import { parseProvenance, type BuildStep } from './provenance.ts'
import { diskSpaceError } from './workspace.ts'

export interface StageExport {
  readonly call: WeighingCall
  /** An image layout; its layer blobs may be placeholders. */
  readonly layout: string
  /** Null where the builder gave none. */
  readonly steps: readonly BuildStep[] | null
}

export interface BlobFolder {
  /** `blobs` of every layout of the run. */
  readonly folder: string
  readonly pathOf: (digest: Digest) => string
  readonly open: (blob: { readonly digest: Digest }) => Readable
  /** Frees the blob's bytes and leaves a placeholder, so that no later export moves it again. */
  readonly release: (digest: Digest) => Promise<void>
}

export async function createBlobFolder(workspace: string, known: readonly Digest[]): Promise<BlobFolder> {
  const folder = join(workspace, 'blobs')
  const pathOf = (digest: Digest): string => join(folder, 'sha256', encodedPart(digest))
  await mkdir(join(folder, 'sha256'), { recursive: true })
  await Promise.all(known.map((digest) => writeFile(pathOf(digest), '')))
  return {
    folder,
    pathOf,
    open: ({ digest }) => createReadStream(pathOf(digest), { highWaterMark: 1 << 20 }),
    // Blobs arrive read-only, so that only root could truncate them: another file takes the blob's place.
    release: async (digest) => {
      const placeholder = `${pathOf(digest)}.placeholder`
      await writeFile(placeholder, '')
      await rename(placeholder, pathOf(digest))
    },
  }
}

/** The environment in which buildx puts the whole provenance into its metadata file, attached to nothing. */
const weighingEnv: ReadonlyMap<string, string> = new Map([['BUILDX_METADATA_PROVENANCE', 'max']])

export async function exportStage(
  call: WeighingCall,
  context: {
    readonly workspace: string
    readonly blobs: BlobFolder
    readonly env: ReadonlyMap<string, string>
    readonly stdin: Buffer | null
    readonly signal: AbortSignal
  },
): Promise<StageExport> {
  const layout = join(context.workspace, call.id)
  await mkdir(layout)
  await symlink(context.blobs.folder, join(layout, 'blobs'))
  const metadataFile = join(context.workspace, `${call.id}.metadata.json`)
  const said: Buffer[] = []
  const { exitCode } = await runClient({
    args: call.args({ layout, metadataFile }),
    env: new Map([...context.env, ...weighingEnv]),
    stdin: context.stdin,
    stderr: (chunk) => said.push(chunk),
    signal: context.signal,
  })
  if (exitCode !== 0) throw weighingError(call, Buffer.concat(said).toString('utf8'), context.workspace)
  const metadata: unknown = JSON.parse(await readFile(metadataFile, 'utf8'))
  return { call, layout, steps: parseProvenance(provenanceOf(metadata)) }
}

function provenanceOf(metadata: unknown): unknown {
  if (typeof metadata !== 'object' || metadata === null) return null
  return (metadata as Readonly<Record<string, unknown>>)['buildx.build.provenance'] ?? null
}

function weighingError(call: WeighingCall, stderr: string, workspace: string): FootprintError {
  const failure = parseFailure(stderr)
  const said = failure.message ?? 'the builder gave no reason'
  if (/no space left on device/i.test(stderr)) return diskSpaceError(workspace, null)
  if (/OCI exporter is not supported for the docker driver/i.test(stderr))
    return new FootprintError(
      'NOT_SUPPORTED',
      'weighing is not supported yet on this engine: its overlay2 image store cannot export layers; turn on the containerd image store, or build with a docker-container builder (docker/setup-buildx-action)',
    )
  if (failure.kind === 'unreachable')
    return new FootprintError('ENGINE_UNREACHABLE', `the build engine went away while stages were weighed: ${said}`)
  return new FootprintError('WEIGHING_FAILED', `stage ${call.stageName} could not be weighed: ${said}`)
}
