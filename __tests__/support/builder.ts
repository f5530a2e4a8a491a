/** A builder of the remote driver on the BuildKit of the tests, with its own client configuration. */
import { mkdtemp, readFile, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { succeed } from './program.ts'
import { rig } from './rig.ts'

export interface RemoteBuilder extends AsyncDisposable {
  /** The environment for every call that uses this builder. */
  readonly env: Readonly<Record<string, string>>
  /** Deletes everything that was ever built there. */
  readonly prune: () => Promise<void>
}

/**
 * Test files share one BuildKit. A file that prunes deletes the results of all others, so it uses `rig.prunedBuildKit`.
 */
export async function remoteBuilder(address = rig.buildKit): Promise<RemoteBuilder> {
  const stack = new AsyncDisposableStack()
  const folder = await mkdtemp(join(tmpdir(), 'sf-buildx-'))
  stack.defer(() => rm(folder, { recursive: true }))
  const name = 'stage-footprint-test'
  const env = { BUILDX_CONFIG: folder, BUILDX_BUILDER: name }
  try {
    await succeed('docker', ['buildx', 'create', '--driver', 'remote', '--name', name, address], { env })
  } catch (error) {
    await stack.disposeAsync()
    throw error
  }
  stack.defer(async () => {
    await succeed('docker', ['buildx', 'rm', name], { env })
  })
  return {
    env,
    prune: async () => {
      await succeed('docker', ['buildx', 'prune', '--all', '--force'], { env })
    },
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  }
}

/** Returns the contents of an image layout: the index, and every blob by its digest. */
export async function layoutContent(folder: string): Promise<unknown> {
  return {
    index: JSON.parse(await readFile(join(folder, 'index.json'), 'utf8')) as unknown,
    blobs: (await readdir(join(folder, 'blobs/sha256'))).toSorted(),
  }
}

export interface CacheExport {
  readonly blobs: number
  readonly layers: readonly { readonly digest: string; readonly size: number; readonly mediaType: string }[]
  readonly config: unknown
}

/**
 * Returns the blobs of a local cache export by digest, and its records with their layers, without what differs in every
 * build: the times when the records were made.
 */
export async function cacheExport(folder: string): Promise<CacheExport> {
  const read = async (name: string): Promise<unknown> =>
    JSON.parse(await readFile(join(folder, name), 'utf8')) as unknown
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
