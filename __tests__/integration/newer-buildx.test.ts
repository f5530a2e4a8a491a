/** Flags and files that buildx added since 0.30, on current BuildKit. */
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { buildxFlags } from '../../src/inputs/buildx-flags.ts'
import type { Footprint } from '../../src/record/footprint.ts'
import { parseRecord } from '../../src/record/parse-record.ts'
import { remoteBuilder, type RemoteBuilder } from '../support/builder.ts'
import { folderWith, footprint, requireEngine, succeed } from '../support/program.ts'
import { recordingClient } from '../support/recording-client.ts'
import { describeWith, rig } from '../support/rig.ts'
import { busybox } from '../support/weigh.ts'

describeWith(
  'buildx',
  'buildKit',
  'registry',
)('a newer buildx', () => {
  let builder: RemoteBuilder
  const base = `${rig.registry}/newer-buildx-test/base:${process.pid}`
  const env = (): Readonly<Record<string, string>> => ({ ...builder.env, DOCKER_CONFIG: rig.buildx })

  beforeAll(async () => {
    requireEngine()
    builder = await remoteBuilder()
  })
  afterAll(async () => {
    await builder[Symbol.asyncDispose]()
  })

  /** @param more variables of the environment */
  async function weigh(args: readonly string[], more: Readonly<Record<string, string>> = {}): Promise<Footprint> {
    await using cache = await folderWith({})
    const { status, stdout, stderr } = await footprint(['build', '--format', 'json', ...args], {
      env: { ...env(), XDG_CACHE_HOME: cache.path, ...more },
    })
    if (status !== 0) throw new Error(stderr)
    return parseRecord(stdout, 'the record')
  }

  /** Pushes a base image that contains this word, and returns its digest. */
  async function pushBase(word: string): Promise<string> {
    await using folder = await folderWith({
      'context/Dockerfile': 'FROM scratch\nCOPY word /word\n',
      'context/word': word,
    })
    await succeed(
      'docker',
      [
        'buildx',
        'build',
        '--provenance=false',
        '--output',
        `type=image,name=${base},push=true`,
        join(folder.path, 'context'),
      ],
      { env: env() },
    )
    return (
      await succeed('skopeo', ['inspect', '--tls-verify=false', '--format', '{{.Digest}}', `docker://${base}`])
    ).trim()
  }

  test('knows each flag of buildx that names a file or a folder', async () => {
    const help = await succeed('docker', ['buildx', 'build', '--help'], { env: env() })
    // A description continues in lines without a flag.
    const described = help
      .split(/\n(?= {2,6}(?:-\w, )?--\w)/)
      .slice(1)
      .map((text) => text.replace(/\s+/g, ' '))
    const named = described
      .filter((text) => /path|file|src=|dest=|socket/i.test(text))
      .map((text) => /--([\w-]+)/.exec(text)?.[1])
    expect(named.filter((name) => !buildxFlags.some((flag) => flag.name === name && flag.local))).toEqual([])
    expect(named.toSorted()).toEqual(
      buildxFlags
        .filter(({ local }) => local)
        .map(({ name }) => name)
        .toSorted(),
    )
  })

  test('applies the policy beside a Dockerfile to our copy of it, and weighs the image that the policy pins', async () => {
    const old = await pushBase('old')
    const moved = await pushBase('a newer and longer word')
    const policy = `package docker
default allow := false
allow if input.local
allow if pin_image(input.image, "${old}")
decision := {"allow": allow}
`
    // Unnamed stages are weighed with a copy of the Dockerfile.
    const files = {
      'context/Dockerfile': `FROM ${base}\nCOPY file /f\nFROM ${base}\nCOPY --from=0 /f /g\n`,
      'context/Dockerfile.rego': policy,
      'context/file': 'x',
    }
    await using folder = await folderWith(files)
    const pushed = `${rig.registry}/newer-buildx-test/app:${process.pid}`
    const { images } = await weigh(['--output', `type=image,name=${pushed},push=true`, join(folder.path, 'context')])
    const [image] = images
    expect(image?.matchesShipped).toBe(true)
    expect(image?.stages.map(({ base: of }) => of?.digest)).toEqual([old, old])
    const shipped = JSON.parse(await succeed('skopeo', ['inspect', '--tls-verify=false', `docker://${pushed}`])) as {
      Layers: string[]
    }
    expect(image?.stages.at(-1)?.layers.map(({ digest }) => digest)).toEqual(shipped.Layers)
    expect(old).not.toBe(moved)
  })

  test('applies the policies and limits of the build to weighing', async () => {
    const dockerfile = `FROM scratch AS build
COPY busybox /busybox
RUN ["/busybox", "sh", "-c", "/busybox cat /proc/self/limits > /limits; /busybox date +%N%s > /once"]
FROM scratch
COPY --from=build /once /
`
    await using folder = await folderWith({
      'context/Dockerfile': dockerfile,
      'context/busybox': busybox,
      'context/allow.rego': 'package docker\ndecision := {"allow": true}\n',
    })
    await using client = await recordingClient()
    const words = ['--resource', 'memory=256m', '-m', '256m', '--policy', 'filename=allow.rego']
    const { images } = await weigh(
      [...words, '--output', `type=oci,dest=${join(folder.path, 'out.tar')}`, join(folder.path, 'context')],
      client.env,
    )
    expect(images[0]?.matchesShipped).toBe(true)
    const calls = (await client.calls()).filter(([first, second]) => first === 'buildx' && second === 'build')
    expect(calls.length).toBeGreaterThan(2)
    for (const call of calls) expect(call.join(' ')).toContain(words.join(' '))
  })
})

test('passes a flag that we do not know to the build, and reports that weighing may differ', async () => {
  requireEngine()
  const docker = (await succeed('sh', ['-c', 'command -v docker'])).trim()
  // A future buildx, with one more flag that its help lists and its build accepts.
  const script = `#!/bin/sh
case "$*" in
  *--help*) '${docker}' "$@"; echo '      --frobnicate strings            Frobnicate the image'; exit 0;;
esac
echo "$*" >> "$(dirname "$0")/../calls"
for word; do
  shift
  case "$skip$word" in
    --frobnicate) skip=1;;
    1*) skip=;;
    *) set -- "$@" "$word";;
  esac
done
exec '${docker}' "$@"
`
  await using folder = await folderWith({
    'bin/docker': script,
    'context/Dockerfile': 'FROM scratch\nCOPY Dockerfile /\n',
    calls: '',
  })
  const env = {
    PATH: `${join(folder.path, 'bin')}:${process.env['PATH'] ?? ''}`,
    XDG_CACHE_HOME: join(folder.path, 'cache'),
  }
  await writeFile(join(folder.path, 'calls'), '')
  const { status, stdout, stderr } = await footprint(['build', '--frobnicate', 'very', join(folder.path, 'context')], {
    env,
  })
  expect([status, stderr.includes('unknown flag')]).toEqual([0, false])
  expect(stdout).toContain('Note: This build has flags that are newer than Stage Footprint (--frobnicate).')
  const calls = (await succeed('cat', [join(folder.path, 'calls')])).trim().split('\n')
  expect(calls.filter((call) => call.includes('--frobnicate'))).toEqual([
    expect.stringMatching(/^buildx build --frobnicate very /),
  ])
  expect(calls.length).toBeGreaterThan(2)

  const unknown = await footprint(['build', '--frobnicat', 'very', join(folder.path, 'context')], { env })
  expect([unknown.status, unknown.stderr]).toEqual([
    2,
    'stage-footprint: unknown flag --frobnicat; did you mean --frobnicate? [USAGE]\n',
  ])
})
