/** A builder of the docker-container driver, made anew as docker/setup-buildx-action makes it at the start of a job. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { succeed } from './program.ts'
import { rig } from './rig.ts'

export interface ContainerBuilder extends AsyncDisposable {
  /** For every call that is to reach this builder, with the newest buildx. */
  readonly env: Readonly<Record<string, string>>
}

/**
 * An empty builder: it has built nothing, and holds no image. Several may live side by side.
 *
 * @param nodes of its own, each a BuildKit by itself
 */
export async function containerBuilder(nodes = 1): Promise<ContainerBuilder> {
  const folder = await mkdtemp(join(tmpdir(), 'sf-buildx-'))
  const name = `stage-footprint-${folder.slice(-6)}`
  const env = { DOCKER_CONFIG: rig.buildx, BUILDX_CONFIG: folder, BUILDX_BUILDER: name }
  const stack = new AsyncDisposableStack()
  stack.defer(() => rm(folder, { recursive: true }))
  try {
    const driver = ['--driver', 'docker-container', '--driver-opt', 'network=host', '--buildkitd-config', rig.buildKitConfig]
    await succeed('docker', ['buildx', 'create', '--name', name, '--bootstrap', ...driver], { env })
    for (let more = 1; more < nodes; more++) await succeed('docker', ['buildx', 'create', '--append', '--name', name, '--bootstrap', ...driver], { env })
  } catch (error) {
    await stack.disposeAsync()
    throw error
  }
  stack.defer(async () => {
    await succeed('docker', ['buildx', 'rm', '--force', name], { env })
  })
  return { env, [Symbol.asyncDispose]: () => stack.disposeAsync() }
}
