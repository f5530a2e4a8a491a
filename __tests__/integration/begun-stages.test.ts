/**
 * Weighing stops its call as soon as a step starts, but the builder may finish that step. Later runs on the same builder
 * must not take the result for one of the user's build, until a build of the user makes or uses it.
 */
import { randomUUID } from 'node:crypto'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { parseRecord } from '../../src/record/parse-record.ts'
import { containerBuilder, type ContainerBuilder } from '../support/container-builder.ts'
import { folderWith, footprint, succeed } from '../support/program.ts'
import { describeWith, rig } from '../support/rig.ts'
import { busybox } from '../support/weigh.ts'

const at = `${rig.registry}/begun-stages-test-${process.pid}`

const dockerfile = (step: string, from = 'FROM scratch AS build'): string => `${from}
COPY busybox /busybox
RUN ["/busybox","sh","-c","${step}"]
FROM scratch
COPY f /f
COPY --from=build /made /made
`
const short = `echo ${randomUUID()} > /made`

/** A project whose image and its cache of `mode=min` are in the registry, built by another builder. */
interface Project extends AsyncDisposable {
  readonly context: string
  readonly image: string
  /** The environment of a run in which each call that weighs a stage finishes its steps, although it is stopped. */
  readonly finishing: Readonly<Record<string, string>>
  /** The same, but the run is killed when it stops the call. */
  readonly killed: Readonly<Record<string, string>>
  /** Resolves when the calls of a killed run have ended. */
  readonly callsEnded: () => Promise<void>
  /** Removes the images that a killed run has left in an engine. */
  readonly removeLeft: (env: Readonly<Record<string, string | undefined>>) => Promise<void>
}

/** A docker client whose calls for a stage end by themselves, whatever signal comes. */
const lingering = (docker: string, onStop: string): string => `#!/bin/bash
case "$*" in *--target*type=image*|*--target*type=oci*) ;; *) exec '${docker}' "$@" ;; esac
printf '%s\\n' "$*" >> "$0.calls"
setsid '${docker}' "$@" &
child=$!
echo $child >> "$0.pids"
trap '${onStop}' TERM
while kill -0 $child 2> /dev/null; do wait $child; done
`

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

interface ProjectOptions {
  /** How its builder stage begins. */
  readonly from?: string
  /** The platforms of the image in the registry. */
  readonly platforms?: string
}

async function project(
  name: string,
  step: string,
  other: ContainerBuilder,
  { from, platforms }: ProjectOptions = {},
): Promise<Project> {
  const docker = (await succeed('sh', ['-c', 'command -v docker'])).trim()
  const folder = await folderWith({
    'context/Dockerfile': dockerfile(step, from),
    'context/busybox': busybox,
    'context/f': 'f',
  })
  const path = (part: string): string => join(folder.path, part)
  for (const [bin, onStop] of [
    ['finishing', 'true'],
    ['killed', 'kill -KILL $PPID'],
  ] as const) {
    await mkdir(path(bin))
    await writeFile(path(`${bin}/docker`), lingering(docker, onStop), { mode: 0o755 })
  }
  const image = `${at}/${name}`
  const platformFlags = platforms === undefined ? [] : ['--platform', platforms]
  const flags = ['--progress=quiet', '--push', '--tag', image, '--cache-to', 'type=inline', ...platformFlags]
  await succeed('docker', ['buildx', 'build', ...flags, path('context')], { env: other.env })
  const withClient = (bin: string): Readonly<Record<string, string>> => ({
    PATH: `${path(bin)}:${process.env['PATH'] ?? ''}`,
  })
  return {
    context: path('context'),
    image,
    finishing: withClient('finishing'),
    killed: withClient('killed'),
    callsEnded: async () => {
      const pids = (await readFile(path('killed/docker.pids'), 'utf8')).trim().split('\n')
      for (let tries = 600; pids.some((pid) => isRunning(Number(pid))); tries -= 1) {
        if (tries === 0) throw new Error(`calls still run: ${pids.join(', ')}`)
        await setTimeout(100)
      }
    },
    removeLeft: async (env) => {
      const calls = await readFile(path('killed/docker.calls'), 'utf8')
      for (const [label] of calls.matchAll(/stage-footprint\.weighing=[\w-]+/g))
        await succeed('docker', ['image', 'prune', '--force', '--filter', `label=${label}`], { env })
    },
    [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose](),
  }
}

/** Makes two builders for the tests of a group: one that is kept, and another one. */
function twoBuilders(): { readonly kept: () => ContainerBuilder; readonly other: () => ContainerBuilder } {
  const stack = new AsyncDisposableStack()
  const made: ContainerBuilder[] = []
  beforeAll(async () => {
    for (let count = 0; count < 2; count += 1) made.push(stack.use(await containerBuilder()))
  })
  afterAll(() => stack.disposeAsync())
  const nth = (at: number) => (): ContainerBuilder => made[at]!
  return { kept: nth(0), other: nth(1) }
}

const overlay2 = { DOCKER_HOST: rig.overlay2 }

describeWith(
  'overlay2',
  'registry',
  'buildx',
)('a step that only a stopped call of an earlier run finished', () => {
  const { kept, other } = twoBuilders()

  /** The builders that a machine keeps, and the flags with which their stages are exported one by one. */
  const builders: readonly (readonly [string, () => Readonly<Record<string, string>>, readonly string[]])[] = [
    ['the docker driver on overlay2', () => overlay2, []],
    ['a docker-container builder', () => kept().env, ['--stage-compression', 'uncompressed']],
  ]

  /** Returns the names of the stages that were weighed in a run. */
  const weighedStages = async (
    { context, image }: Project,
    env: Readonly<Record<string, string>>,
    flags: readonly string[],
  ): Promise<readonly string[]> => {
    const told = await footprint(
      ['build', '--format', 'json', '--cache-from', `type=registry,ref=${image}`, ...flags, context],
      { env },
    )
    if (told.status !== 0) throw new Error(told.stderr)
    return parseRecord(told.stdout, 'standard output').images.flatMap(({ stages }) => stages.map(({ name }) => name))
  }

  const [all, onlyFinal] = [['build', '1'], ['1']]

  test.each(builders)(
    'counts as not built in later runs, until a build of the user uses it: %s',
    async (name, builder, flags) => {
      await using some = await project(`short-${name.split(' ').at(-1) ?? ''}`, short, other())
      await using home = await folderWith({})
      await using otherHome = await folderWith({})
      const env = { ...builder(), XDG_CACHE_HOME: home.path }
      expect(await weighedStages(some, { ...env, ...some.finishing }, flags)).toEqual(onlyFinal)
      expect(await weighedStages(some, env, flags)).toEqual(onlyFinal)
      expect(await weighedStages(some, env, flags)).toEqual(onlyFinal)
      // A run that does not know of the call shows that the builder has finished the step.
      expect(await weighedStages(some, { ...env, XDG_CACHE_HOME: otherHome.path }, flags)).toEqual(all)
      // Now the final stage is built from it.
      await writeFile(join(some.context, 'f'), 'another f')
      expect(await weighedStages(some, env, flags)).toEqual(all)
      expect(await weighedStages(some, env, flags)).toEqual(all)
    },
  )

  test.each(builders)(
    'is known even if the run was killed when it stopped the call: %s',
    async (name, builder, flags) => {
      // Without the pause, the step may end before the run stops the call, on a busy machine even after some seconds.
      await using some = await project(`killed-${name.split(' ').at(-1) ?? ''}`, `/busybox sleep 8; ${short}`, other())
      await using home = await folderWith({})
      const env = { ...builder(), XDG_CACHE_HOME: home.path }
      await expect(weighedStages(some, { ...env, ...some.killed }, flags)).rejects.toThrow()
      await some.callsEnded()
      expect(await weighedStages(some, env, flags)).toEqual(onlyFinal)
      await using otherHome = await folderWith({})
      expect(await weighedStages(some, { ...env, XDG_CACHE_HOME: otherHome.path }, flags)).toEqual(all)
      await some.removeLeft(builder())
    },
  )

  test.each(builders)(
    'counts as built again as soon as it is the target of a build: %s',
    async (name, builder, flags) => {
      await using some = await project(`target-${name.split(' ').at(-1) ?? ''}`, `echo target; ${short}`, other())
      await using home = await folderWith({})
      const env = { ...builder(), XDG_CACHE_HOME: home.path }
      expect(await weighedStages(some, { ...env, ...some.finishing }, flags)).toEqual(onlyFinal)
      expect(await weighedStages(some, env, [...flags, '--target', 'build'])).toEqual(['build'])
      expect(await weighedStages(some, env, flags)).toEqual(all)
    },
  )

  test.each(builders)(
    'does not exist if the step is long, because the builder stops it: %s',
    async (name, builder, flags) => {
      await using some = await project(`long-${name.split(' ').at(-1) ?? ''}`, `/busybox sleep 20; ${short}`, other())
      await using home = await folderWith({})
      const env = { ...builder(), XDG_CACHE_HOME: home.path }
      expect(await weighedStages(some, env, flags)).toEqual(onlyFinal)
      expect(await weighedStages(some, env, flags)).toEqual(onlyFinal)
      // The user's build runs it now, in a run that remembers that ours began it.
      await writeFile(join(some.context, 'f'), 'another f')
      expect(await weighedStages(some, env, flags)).toEqual(all)
      expect(await weighedStages(some, env, flags)).toEqual(all)
    },
  )
})

describeWith('registry', 'buildx')('a stage of which weighing one platform began a step', () => {
  const { kept, other } = twoBuilders()

  // BuildKit runs the same program on both platforms, because it has no emulator.
  const weighed = async (
    { context, image }: Project,
    env: Readonly<Record<string, string>>,
    ...flags: readonly string[]
  ): Promise<Readonly<Record<string, readonly string[]>>> => {
    const cache = ['--cache-from', `type=registry,ref=${image}`, '--stage-compression', 'uncompressed']
    const told = await footprint(
      ['build', '--format', 'json', '--platform', 'linux/arm64,linux/amd64', ...cache, ...flags, context],
      { env },
    )
    if (told.status !== 0) throw new Error(told.stderr)
    const { images } = parseRecord(told.stdout, 'standard output')
    return Object.fromEntries(
      images.map(({ platform, stages }) => [platform.architecture, stages.map(({ name }) => name)]),
    )
  }

  test.each([
    ['of the target', 'FROM scratch AS build'],
    [
      'of the builder, with an argument of the target',
      'FROM --platform=$BUILDPLATFORM scratch AS build\nARG TARGETARCH',
    ],
  ])('counts as built on another platform, for which the build of the user has made it: %s', async (kind, from) => {
    const platforms = 'linux/arm64'
    const name = `one-platform-${kind.length}`
    await using some = await project(name, `echo ${name}; ${short}`, other(), { platforms, from })
    await using home = await folderWith({})
    const env = { ...kept().env, XDG_CACHE_HOME: home.path }
    const expected = { arm64: ['1'], amd64: ['build', '1'] }
    expect(await weighed(some, { ...env, ...some.finishing })).toEqual(expected)
    expect(await weighed(some, env)).toEqual(expected)
  })

  test('counts as not built on all platforms if it is the same on all', async () => {
    const options = { platforms: 'linux/arm64,linux/amd64', from: 'FROM --platform=$BUILDPLATFORM scratch AS build' }
    await using some = await project('all-platforms', `echo all; ${short}`, other(), options)
    await using home = await folderWith({})
    const env = { ...kept().env, XDG_CACHE_HOME: home.path }
    const expected = { arm64: ['1'], amd64: ['1'] }
    expect(await weighed(some, { ...env, ...some.finishing })).toEqual(expected)
    expect(await weighed(some, env)).toEqual(expected)
    await using otherHome = await folderWith({})
    const all = ['build', '1']
    expect(await weighed(some, { ...env, XDG_CACHE_HOME: otherHome.path })).toEqual({ arm64: all, amd64: all })
  })
})
