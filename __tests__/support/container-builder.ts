/** A builder of the docker-container driver, created as docker/setup-buildx-action creates it at the start of a job. */
import { mkdtemp, rm, symlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { run, succeed } from './program.ts'
import { rig } from './rig.ts'

export interface ContainerBuilder extends AsyncDisposable {
  /** The environment for every call that uses this builder, with the newest buildx. */
  readonly env: Readonly<Record<string, string>>
}

/**
 * Creates an empty builder, which has built nothing and has no image. Several may exist at the same time.
 *
 * @param nodes the number of its nodes, each with its own BuildKit
 */
export async function containerBuilder(nodes = 1): Promise<ContainerBuilder> {
  const folder = await mkdtemp(join(tmpdir(), 'sf-buildx-'))
  const name = `stage-footprint-${folder.slice(-6)}`
  const env = { DOCKER_CONFIG: rig.buildx, BUILDX_CONFIG: folder, BUILDX_BUILDER: name }
  const stack = new AsyncDisposableStack()
  stack.defer(() => rm(folder, { recursive: true }))
  try {
    const driver = [
      '--driver',
      'docker-container',
      '--driver-opt',
      'network=host',
      '--buildkitd-config',
      rig.buildKitConfig,
    ]
    await succeed('docker', ['buildx', 'create', '--name', name, '--bootstrap', ...driver], { env })
    for (let more = 1; more < nodes; more++) {
      // The same engine under another name, because a builder accepts each endpoint only once.
      const socket = join(folder, `engine-${more}`)
      await symlink((process.env['DOCKER_HOST'] ?? '').replace('unix://', ''), socket)
      await succeed(
        'docker',
        ['buildx', 'create', '--append', '--name', name, '--bootstrap', ...driver, `unix://${socket}`],
        { env },
      )
    }
  } catch (error) {
    await stack.disposeAsync()
    throw error
  }
  stack.defer(async () => {
    // The nodes are removed at the same time, and an engine may refuse the second removal while the first one runs.
    if (nodes > 1) await run('docker', ['buildx', 'rm', '--force', name], { env })
    if (nodes === 1 || (await run('docker', ['buildx', 'inspect', name], { env })).status === 0)
      await succeed('docker', ['buildx', 'rm', '--force', name], { env })
  })
  return { env, [Symbol.asyncDispose]: () => stack.disposeAsync() }
}

/** Builds a Dockerfile in a folder without attestations, and pushes the image with this name. */
export async function pushBuild(
  { env }: Pick<ContainerBuilder, 'env'>,
  folder: string,
  file: string,
  tag: string,
): Promise<void> {
  const flags = ['--progress=quiet', '--provenance=false', '--push', '--tag', tag, '--file', join(folder, file)]
  await succeed('docker', ['buildx', 'build', ...flags, folder], { env })
}
