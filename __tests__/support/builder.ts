/** A builder of the remote driver on the test's BuildKit, in a client configuration of its own. */
import { createHash } from 'node:crypto'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { succeed } from './program.ts'

export interface RemoteBuilder extends AsyncDisposable {
  /** For every call that is to reach this builder. */
  readonly env: Readonly<Record<string, string>>
  /** Forgets all that was ever built. Tests that prune run one after the other, in one file. */
  readonly prune: () => Promise<void>
}

export async function remoteBuilder(): Promise<RemoteBuilder> {
  const host = required('STAGE_FOOTPRINT_BUILDKIT_HOST')
  const folder = await mkdtemp(join(tmpdir(), 'sf-buildx-'))
  const name = 'stage-footprint-test'
  const env = { BUILDX_CONFIG: folder, BUILDX_BUILDER: name }
  await succeed('docker', ['buildx', 'create', '--driver', 'remote', '--name', name, host], { env })
  return {
    env,
    prune: async () => {
      await succeed('docker', ['buildx', 'prune', '--all', '--force'], { env })
    },
    [Symbol.asyncDispose]: async () => {
      await succeed('docker', ['buildx', 'rm', name], { env })
      await rm(folder, { recursive: true })
    },
  }
}

/** What script/test sets up; its absence fails a test, so that nobody mistakes a skipped one for a passed one. */
export function required(name: string): string {
  const value = process.env[name]
  if (value === undefined || value === '') throw new Error(`${name} is not set: run the tests with script/test`)
  return value
}

/** Digest of a file. */
export async function digestOf(path: string): Promise<string> {
  return createHash('sha256').update(await readFile(path)).digest('hex')
}

/**
 * A local cache export without what differs from build to build by nature: the moments at which its records were
 * made. Gives the blobs by digest and the records with their layers.
 */
export async function cacheExport(folder: string): Promise<unknown> {
  const read = async (name: string): Promise<unknown> => JSON.parse(await readFile(join(folder, name), 'utf8')) as unknown
  const index = (await read('index.json')) as { manifests: { digest: string }[] }
  const blob = (digest: string): Promise<unknown> => read(`blobs/sha256/${digest.slice('sha256:'.length)}`)
  const manifest = (await blob(index.manifests[0]?.digest ?? '')) as {
    config: { digest: string }
    layers: { digest: string; size: number; mediaType: string }[]
  }
  const config = JSON.stringify(await blob(manifest.config.digest), (key, value: unknown) =>
    key === 'createdAt' || key === 'buildkit/createdat' ? undefined : value,
  )
  return {
    blobs: (await readdir(join(folder, 'blobs/sha256'))).length,
    layers: manifest.layers.map(({ digest, size, mediaType }) => ({ digest, size, mediaType })),
    config: JSON.parse(config) as unknown,
  }
}
