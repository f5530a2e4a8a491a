/**
 * Benchmarks the conditions of a hosted job: a builder with the docker-container driver, which is new in each run if
 * the case says so, and a cache in a registry. Needs what `script/with-engine` sets up with
 * STAGE_FOOTPRINT_WITH_BUILDKIT.
 */
import { execFileSync } from 'node:child_process'
import { mkdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { measure, printComparison, type Contender } from './bench-measure.ts'

const plain = 'docker buildx build'
const ours = 'stage-footprint build'

/** Uses images of several hundred megabytes, as real projects do. */
const twoStages = `FROM python:3.13 AS build
RUN head -c 20000000 /dev/urandom > /artifact && seq 1 3000000 > /text
COPY source /source
RUN cat /source >> /text
FROM python:3.13-slim
COPY --from=build /artifact /text /srv/
`
const stages = 15
const manyStages = [
  ...Array.from(
    { length: stages - 1 },
    (_, nth) => `FROM python:3.13-slim AS s${nth}\nCOPY source /s${nth}\nRUN echo ${nth} > /e${nth}`,
  ),
  'FROM python:3.13-slim',
  ...Array.from({ length: stages - 1 }, (_, nth) => `COPY --from=s${nth} /s${nth} /e${nth} /all/`),
].join('\n')

interface Place {
  readonly folder: string
  readonly command: readonly string[]
  readonly runs: number
}

/** Runs the cases of a hosted job. */
export async function benchHosted(cli: string, folder: string, runs: number): Promise<void> {
  const {
    STAGE_FOOTPRINT_BUILDX: client,
    STAGE_FOOTPRINT_BUILDKIT_CONFIG: config,
    STAGE_FOOTPRINT_REGISTRY: registry,
  } = process.env
  if (client === undefined || config === undefined || registry === undefined)
    throw new Error('the case hosted needs STAGE_FOOTPRINT_WITH_BUILDKIT')
  const name = 'sf-bench'
  const environment = { ...process.env }
  Object.assign(process.env, { DOCKER_CONFIG: client, BUILDX_CONFIG: join(folder, 'buildx'), BUILDX_BUILDER: name })
  const docker = (...args: string[]): void => void execFileSync('docker', args, { stdio: 'ignore' })
  const newBuilder = (): Promise<void> => {
    try {
      docker('buildx', 'rm', '--force', name)
    } catch {
      // In the first run, there is no earlier builder.
    }
    docker(
      'buildx',
      'create',
      '--name',
      name,
      '--bootstrap',
      '--driver',
      'docker-container',
      '--driver-opt',
      'network=host',
      '--buildkitd-config',
      config,
    )
    return Promise.resolve()
  }
  const place: Place = {
    folder,
    command: [process.execPath, cli, 'build', '--progress=plain', '--baseline=none'],
    runs,
  }
  try {
    await newBuilder()
    await warm('Warm, the same builder, two stages', twoStages, place)
    await warm(`Warm, the same builder, ${stages} stages`, manyStages, place)

    const context = await contextWith('hosted', twoStages, place)
    const cacheOf = (mode: string): string => `type=registry,ref=${registry}/bench/cache:${mode}`
    for (const mode of ['max', 'min']) docker('buildx', 'build', '--cache-to', `${cacheOf(mode)},mode=${mode}`, context)
    const known = join(folder, 'known')
    const fresh = async (
      title: string,
      words: readonly string[],
      cache: string,
      before: Contender['before'] = [],
    ): Promise<void> => {
      const contenders = [
        {
          name: plain,
          argv: ['docker', 'buildx', 'build', '--progress=plain', ...words, context],
          before: [newBuilder],
        },
        {
          name: ours,
          argv: [...place.command, ...words, context],
          env: { XDG_CACHE_HOME: cache },
          before: [newBuilder, ...before],
        },
      ]
      if (cache === known) await measure(contenders.slice(1), 1)
      printComparison(title, await measure(contenders, runs), plain)
    }
    const empty = join(folder, 'empty')
    const forget = (): Promise<void> => rm(empty, { recursive: true, force: true })
    await fresh('A new builder, a cache of mode=max, layers known', ['--cache-from', cacheOf('max')], known)
    await fresh('A new builder, a cache of mode=min', ['--cache-from', cacheOf('min')], known)
    await fresh('A new builder, a cache of mode=max, nothing known', ['--cache-from', cacheOf('max')], empty, [forget])
    await fresh('A new builder, no cache, nothing known', [], empty, [forget])
    await pullRequest(cacheOf('max'), newBuilder, place)
  } finally {
    docker('buildx', 'rm', '--force', name)
    // Other cases use the engine's own builder.
    delete process.env['BUILDX_BUILDER']
    Object.assign(process.env, environment)
  }
}

async function contextWith(name: string, dockerfile: string, { folder }: Place): Promise<string> {
  const context = join(folder, name)
  await mkdir(context, { recursive: true })
  await writeFile(join(context, 'Dockerfile'), dockerfile)
  await writeFile(join(context, 'source'), 'one\n')
  return context
}

async function warm(title: string, dockerfile: string, place: Place): Promise<void> {
  const context = await contextWith('warm', dockerfile, place)
  const contenders = [
    { name: plain, argv: ['docker', 'buildx', 'build', '--progress=plain', context] },
    { name: ours, argv: [...place.command, context], env: { XDG_CACHE_HOME: join(place.folder, 'warm-known') } },
  ]
  await measure(contenders, 1)
  printComparison(title, await measure(contenders, place.runs), plain)
}

/** Benchmarks a pull request. The head has a different file than the base, which the same job builds. */
async function pullRequest(cache: string, newBuilder: () => Promise<void>, place: Place): Promise<void> {
  const context = await contextWith('repository', twoStages, place)
  const git = (...args: string[]): void =>
    void execFileSync('git', ['-C', context, '-c', 'user.name=bench', '-c', 'user.email=bench@example.org', ...args], {
      stdio: 'ignore',
    })
  git('init', '--initial-branch=main')
  git('add', '.')
  git('commit', '--message=base')
  git('checkout', '-b', 'topic')
  await writeFile(join(context, 'source'), 'another\n')
  git('commit', '--all', '--message=head')
  const command = [
    ...place.command.filter((word) => !word.startsWith('--baseline')),
    '--baseline=main',
    '--cache-from',
    cache,
    context,
  ]
  const contenders = [
    {
      name: plain,
      argv: ['docker', 'buildx', 'build', '--progress=plain', '--cache-from', cache, context],
      before: [newBuilder],
    },
    {
      name: `${ours}, with its base`,
      argv: command,
      env: { XDG_CACHE_HOME: join(place.folder, 'known') },
      before: [newBuilder],
    },
  ]
  await measure(contenders.slice(1), 1)
  printComparison(
    'A pull request with one changed file, its base built in the job',
    await measure(contenders, place.runs),
    plain,
  )
}
