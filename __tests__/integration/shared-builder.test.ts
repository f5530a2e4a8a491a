/**
 * Another build on the same builder runs the steps of the user's build again, while this is weighed. BuildKit then
 * reports these steps to both. They are not taken for steps that weighing has started, and weighing does not join them.
 */
import { randomUUID } from 'node:crypto'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import type { Footprint } from '../../src/record/footprint.ts'
import { parseRecord } from '../../src/record/parse-record.ts'
import { containerBuilder, type ContainerBuilder } from '../support/container-builder.ts'
import { folderWith, footprint, requireEngine, succeed, type Ran } from '../support/program.ts'
import { rig, testWith } from '../support/rig.ts'
import { busybox } from '../support/weigh.ts'

requireEngine()

/**
 * The time that the step takes is a secret, so that it can differ without changing the step.
 *
 * @param id tells its process from others
 */
const dockerfile = (id: string): string => `FROM scratch AS build
COPY busybox /busybox
RUN --mount=type=secret,id=seconds ["/busybox","sh","-c","/busybox sleep $(/busybox cat /run/secrets/seconds); : ${id}"]
COPY in /out/
FROM scratch
COPY --from=build /out /app
`

/** A docker client that starts the other build before our first call that weighs. All such calls wait until its step runs. */
const client = (docker: string, folder: string, id: string): string => `#!/bin/bash
if [[ "$*" == *--progress=rawjson* ]] && mkdir '${folder}/started' 2> /dev/null; then
  setsid '${docker}' buildx build --no-cache --progress=plain --secret id=seconds,src='${folder}/seconds' '${folder}/${id}' \\
    > '${folder}/other.log' 2>&1 &
  echo $! > '${folder}/other.pid'
fi
if [ -e '${folder}/started' ] && [ ! -e '${folder}/runs' ]; then
  until pgrep --full ': ${id}$' > /dev/null; do sleep 0.05; done
  touch '${folder}/runs'
fi
printf '%s\\n' "$*" >> '${folder}/calls'
exec '${docker}' "$@"
`

interface SharedBuilder extends AsyncDisposable {
  /** Weighs a build, during which the other build runs the same steps for some seconds. */
  readonly weigh: (seconds: number, format: 'json' | 'terminal') => Promise<Ran>
  /** Weighs it while no other build runs. */
  readonly weighAlone: () => Promise<Footprint>
  readonly calls: () => Promise<readonly string[]>
  readonly endOther: () => Promise<void>
}

async function sharedBuilder(env: Readonly<Record<string, string>>): Promise<SharedBuilder> {
  const id = randomUUID()
  const text = dockerfile(id)
  const folder = await folderWith({
    'own/Dockerfile': text,
    'own/busybox': busybox,
    'own/in': 'own',
    [`${id}/Dockerfile`]: text,
    [`${id}/busybox`]: busybox,
    [`${id}/in`]: 'other',
    instant: '0',
  })
  const path = (part: string): string => join(folder.path, part)
  const docker = (await succeed('sh', ['-c', 'command -v docker'])).trim()
  await mkdir(path('bin'))
  await writeFile(path('bin/docker'), client(docker, folder.path, id), { mode: 0o755 })
  const build = (format: string, more: Readonly<Record<string, string>>): Promise<Ran> =>
    footprint(['build', '--format', format, '--secret', `id=seconds,src=${path('instant')}`, path('own')], {
      env: { ...env, XDG_CACHE_HOME: path('cache'), NO_COLOR: '1', ...more },
    })
  // The builder ends the steps of a client that is gone a moment later.
  const hasEnded = async (): Promise<boolean> => {
    const told = await succeed('docker', ['buildx', 'history', 'ls', '--no-trunc', '--format', '{{.Name}} {{.Status}}'], { env }) // prettier-ignore
    const states = told.split('\n').filter((line) => line.startsWith(id))
    return states.length > 0 && !states.some((line) => line.endsWith('Running'))
  }
  const endOther = async (): Promise<void> => {
    const pid = (await readFile(path('other.pid'), 'utf8').catch(() => '')).trim()
    if (pid !== '') await succeed('sh', ['-c', `kill ${pid} 2> /dev/null; tail --pid=${pid} -f /dev/null`])
  }
  const waitForOther = async (): Promise<void> => {
    await endOther()
    while (!(await hasEnded())) await setTimeout(100)
  }
  return {
    weigh: async (seconds, format) => {
      await writeFile(path('seconds'), String(seconds))
      return build(format, { PATH: `${path('bin')}:${process.env['PATH'] ?? ''}` })
    },
    weighAlone: async () => parseRecord((await build('json', {})).stdout, 'standard output'),
    calls: async () => (await readFile(path('calls'), 'utf8')).trim().split('\n'),
    endOther: waitForOther,
    [Symbol.asyncDispose]: async () => {
      await endOther()
      await folder[Symbol.asyncDispose]()
    },
  }
}

const weighedStages = ({ images }: Footprint): readonly string[] =>
  images.flatMap(({ stages }) => stages.map(({ name }) => name))

/**
 * Runs a case until the builder has not lost a layer of the steps that two builds share. Some releases of BuildKit may
 * release it too early (moby/buildkit#6808). The report then says so.
 */
async function unlessLost(runCase: () => Promise<Footprint>): Promise<Footprint> {
  const lost = /^Stage build could not be weighed: .*snapshot \S+ does not exist/
  for (let tries = 1; ; tries += 1) {
    const record = await runCase()
    if (tries === 10 || !record.notes?.some((note) => lost.test(note))) return record
  }
}

describe('a builder on which another build runs the same steps', () => {
  let container: ContainerBuilder | null = null
  beforeAll(async () => {
    if (rig.buildx !== '') container = await containerBuilder()
  })
  afterAll(async () => {
    await container?.[Symbol.asyncDispose]()
  })

  const expectAll = (record: Footprint): void =>
    expect([weighedStages(record), record.images[0]?.unbuiltStages]).toEqual([['build', '1'], undefined])

  const waits = async (env: Readonly<Record<string, string>>): Promise<void> =>
    expectAll(
      await unlessLost(async () => {
        await using builder = await sharedBuilder(env)
        const { status, stdout, stderr } = await builder.weigh(3, 'json')
        if (status !== 0) throw new Error(stderr)
        const weighing = (await builder.calls()).filter((call) => call.includes('--progress=rawjson'))
        expect(weighing.length).toBeGreaterThan(1)
        return parseRecord(stdout, 'standard output')
      }),
    )
  const title = 'is waited for, and all stages are weighed'
  test(`${title}: the docker driver`, () => waits({}))
  testWith('buildx', 'registry')(`${title}: a docker-container builder`, () => waits(container?.env ?? {}))
  testWith('overlay2')(`${title}: the docker driver on overlay2`, () => waits({ DOCKER_HOST: rig.overlay2 }))

  test('is not waited for too long, and the report says why a stage was not weighed', async () => {
    const record = await unlessLost(async () => {
      await using builder = await sharedBuilder({})
      const { status, stdout } = await builder.weigh(120, 'terminal')
      expect([status, stdout.replaceAll(/\s+/g, ' ')]).toEqual([
        0,
        expect.stringContaining(
          'Stage build was not weighed, because another build on the same builder was running its steps. Run this again when that build has ended.',
        ),
      ])
      await builder.endOther()
      return await builder.weighAlone()
    })
    expectAll(record)
  })
})
