/**
 * The docker driver on the overlay2 store, which cannot export layouts. Weighing through the engine's own store must
 * give the results of other builders' exports, and must leave the engine as a plain build leaves it.
 */
import { once } from 'node:events'
import { chmod, mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { delimiter, join } from 'node:path'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import type { Image, Layer } from '../../src/record/footprint.ts'
import { parseRecord } from '../../src/record/parse-record.ts'
import { remoteBuilder } from '../support/builder.ts'
import {
  folderWith,
  footprint,
  processesLeft,
  requireEngine,
  succeed,
  type Ran,
  type RunOptions,
} from '../support/program.ts'
import { describeWith, rig, testWith } from '../support/rig.ts'
import { runAction } from '../support/runner.ts'
import { busybox, onceOnly, weigh, weighImage } from '../support/weigh.ts'

const onOverlay2 = { DOCKER_HOST: rig.overlay2 }
const note = expect.stringMatching(
  /^This engine's image store \(overlay2\) holds layers uncompressed, so bytes to pull are not known/,
)

/** Runs a client of the engine on overlay2, whichever engine the test itself uses. */
const docker = (...args: readonly string[]): Promise<string> => succeed('docker', args, { env: onOverlay2 })

describeWith(
  'overlay2',
  'buildKit',
  'registry',
)('on three builders', () => {
  const base = `${rig.registry}/overlay2-test/base:${process.pid}`
  const tag = `overlay2-test:${process.pid}`
  // There are only symbolic links, since overlay2 stores the target of a hard link to a lower file as another entry.
  const parts = {
    'names, a stage FROM a stage, metadata and a WORKDIR that makes no layer': `ARG NOWHERE=/
FROM scratch AS tools
COPY busybox /busybox
RUN ["/busybox", "sh", "-c", "/busybox mkdir /bin && /busybox --install -s /bin"]
ENV A=1
FROM tools AS build
ARG NOWHERE
WORKDIR \${NOWHERE}
WORKDIR /src
RUN seq 1 50000 > /numbers
RUN true
FROM build
COPY --from=tools /busybox /b
USER 1000
`,
    'an external base, unnamed stages, whiteouts, and a stage that is not needed': `ARG BASE
FROM \${BASE}
WORKDIR /src
RUN seq 1 20000 > numbers && rm /bin/true /bin/false
COPY words .
RUN --mount=type=secret,id=token seq 1 30000 > more && rm words
FROM \${BASE} AS unwanted
RUN seq 1 10 > /ten
FROM \${BASE}
LABEL one=1
COPY --from=0 /src/numbers /src/more /
ENTRYPOINT ["/busybox"]
`,
  }
  const context = (dockerfile: string): ReturnType<typeof folderWith> =>
    folderWith({
      'context/Dockerfile': dockerfile,
      'context/busybox': busybox,
      'context/words': 'words '.repeat(1_000),
      'base/Dockerfile':
        'FROM scratch\nCOPY busybox /busybox\nRUN ["/busybox", "sh", "-c", "/busybox mkdir /bin && /busybox --install -s /bin"]\n',
      'base/busybox': busybox,
    })

  let builder: Awaited<ReturnType<typeof remoteBuilder>>
  beforeAll(async () => {
    requireEngine()
    builder = await remoteBuilder()
    await using made = await context('')
    await succeed('docker', [
      'buildx',
      'build',
      '--quiet',
      '--provenance=false',
      '--tag',
      base,
      '--push',
      join(made.path, 'base'),
    ])
  })
  afterAll(async () => {
    await builder[Symbol.asyncDispose]()
  })

  /**
   * Removes what differs between builders. Layers that another builder made, or made at another time, have other time
   * stamps. On overlay2, sizes to pull and digests of blobs are not available.
   */
  const comparable = ({ stages, ...image }: Image): unknown => ({
    ...image,
    stages: stages.map(({ totals, layers, savings, ...stage }) => ({
      ...stage,
      savings: savings && {
        ...savings,
        leastPullBytes: null,
        items: savings.items.map((item) => ({ ...item, leastPullBytes: null })),
      },
      totals: { ...totals, compressedSize: null },
      layers: layers.map(({ diffId, ...layer }) => ({
        ...layer,
        digest: null,
        compressedSize: null,
        mediaType: null,
        timelessDigest: null,
        diffId: layer.origin === 'base' ? diffId : null,
      })),
    })),
  })

  test.each(Object.entries(parts))(
    'has the lines, origins, bytes, entries and contents of other stores: %s',
    async (_, dockerfile) => {
      await using folder = await context(dockerfile)
      const args = ['--build-arg', `BASE=${base}`, '--provenance=false', '-t', tag, join(folder.path, 'context')]
      const overlay2 = await weigh(args, { env: { ...onOverlay2, XDG_CACHE_HOME: join(folder.path, 'cache') } })
      const home = { XDG_CACHE_HOME: join(folder.path, 'cache') }
      const store = await weighImage(args, { env: home })
      const remote = await weighImage(args, { env: { ...builder.env, ...home } })
      await Promise.all([docker('image', 'rm', tag), succeed('docker', ['image', 'rm', tag])])
      const [image] = overlay2.images
      if (!image) throw new Error('no image')
      expect(overlay2.notes).toContainEqual(note)
      const layers = image.stages.flatMap((stage) => stage.layers)
      expect(layers.length).toBeGreaterThan(5)
      expect(layers.filter(({ instruction, origin }) => instruction === null && origin !== 'base')).toEqual([])
      const notKnown = ({ digest, compressedSize }: Layer): boolean => digest === null && compressedSize === null
      expect(layers.every(notKnown)).toBe(true)
      expect(image.stages.map(({ totals }) => totals.compressedSize)).toEqual(image.stages.map(() => null))
      expect(image.matchesShipped).toBe(true)
      // Each builder writes its archives in its own way, so these values differ.
      for (const { stages } of [image, store, remote])
        expect(
          stages
            .flatMap((stage) => stage.layers)
            .filter(({ origin, timelessDigest }) => (origin === 'base') !== (timelessDigest === null)),
        ).toEqual([])
      expect(comparable(image)).toEqual(comparable(store))
      // Nothing was shipped from this builder.
      expect(comparable(image)).toEqual(comparable({ ...remote, matchesShipped: true }))
    },
  )
})

/** Every image made from it has a label, so the test can ignore images that others make in the engine meanwhile. */
const dockerfileWith = (label: string): string => `FROM scratch AS build
LABEL ${label}
COPY busybox /busybox
${onceOnly}
RUN ["/busybox", "sh", "-c", "/busybox seq 1 10000 > /numbers"]
FROM scratch
LABEL ${label}
COPY --from=build /numbers /id /
ENTRYPOINT ["/numbers"]
`

interface Place {
  readonly context: string
  readonly temp: string
  readonly tag: string
  readonly env: Readonly<Record<string, string>>
  /** Returns ID and name of each image that the engine has of the context. */
  readonly images: () => Promise<readonly string[]>
  /** Returns the client calls made for weighing so far. */
  readonly calls: () => Promise<readonly string[]>
}

/**
 * Makes a context, and a `docker` on the PATH that runs `does` for calls that match the shell pattern `when`.
 * Afterwards the engine may hold only images with the given tag.
 */
async function place(
  special: { readonly when: string; readonly does: string } | null,
  look: (place: Place) => Promise<void>,
): Promise<void> {
  const tag = `overlay2-test:${process.pid}-${Date.now()}`
  const label = `org.example.test=${tag}`
  await using folder = await folderWith({ 'context/Dockerfile': dockerfileWith(label), 'context/busybox': busybox })
  const [temp, bin, log] = ['tmp', 'bin', 'log'].map((name) => join(folder.path, name)) as [string, string, string]
  await Promise.all([mkdir(temp), mkdir(bin), writeFile(log, '')])
  const client = (await succeed('sh', ['-c', 'command -v docker'])).trim()
  const script = `#!/bin/sh\necho "$*" >> '${log}'\n${special ? `case "$*" in ${special.when}) ${special.does};; esac\n` : ''}exec '${client}' "$@"\n`
  await writeFile(join(bin, 'docker'), script.replaceAll('$DOCKER', `'${client}'`))
  await chmod(join(bin, 'docker'), 0o755)
  const images = (): Promise<readonly string[]> => imagesWith(label)
  try {
    await look({
      context: join(folder.path, 'context'),
      temp,
      tag,
      images,
      env: {
        ...onOverlay2,
        TMPDIR: temp,
        XDG_CACHE_HOME: join(folder.path, 'cache'),
        PATH: `${bin}${delimiter}${process.env['PATH'] ?? ''}`,
      },
      calls: async () => (await readFile(log, 'utf8')).trim().split('\n'),
    })
    expect(await readdir(temp)).toEqual([])
    expect(await processesLeft('TMPDIR', temp)).toEqual([])
    expect((await images()).filter((line) => !line.includes(tag))).toEqual([])
  } finally {
    if ((await images()).some((line) => line.includes(tag))) await docker('image', 'rm', tag)
  }
}

async function imagesWith(label: string): Promise<readonly string[]> {
  const listed = await docker(
    'image',
    'ls',
    '--all',
    '--filter',
    `label=${label}`,
    '--no-trunc',
    '--format',
    '{{.ID}} {{.Repository}}:{{.Tag}}',
  )
  return listed.split('\n').filter((line) => line !== '')
}

const storing = '*stage-footprint.weighing*--output*'
/** Sends one signal, even if two calls do so at the same time: a second signal would end the program at once. */
const terminate = 'mkdir "$0.once" 2> /dev/null && kill -s TERM $PPID'

describeWith('overlay2')('an engine after weighing', () => {
  const build = (place: Place, args: readonly string[] = [], options: RunOptions = {}): Promise<Ran> =>
    footprint(['build', '--format', 'json', ...args, place.context], { ...options, env: place.env })

  test('keeps a tagged image as it was built', async () => {
    await place(null, async (here) => {
      await succeed('docker', ['buildx', 'build', '--quiet', '-t', here.tag, here.context], { env: onOverlay2 })
      const before = await here.images()
      expect(before).toHaveLength(1)
      const { status, stderr } = await build(here, ['-t', here.tag])
      expect([status, stderr.includes('CACHED')]).toEqual([0, true])
      expect(await here.images()).toEqual(before)
    })
  })

  test('keeps an untagged image, and one that somebody made of a builder stage', async () => {
    await place(null, async (here) => {
      await succeed('docker', ['buildx', 'build', '--quiet', '--target', 'build', '-t', here.tag, here.context], {
        env: onOverlay2,
      })
      await using folder = await folderWith({})
      const idFile = join(folder.path, 'id')
      const { status } = await build(here, ['--iidfile', idFile])
      expect(status).toBe(0)
      const id = await readFile(idFile, 'utf8')
      const kept = await here.images()
      expect(kept).toEqual(expect.arrayContaining([`${id} <none>:<none>`, expect.stringContaining(here.tag)]))
      expect(kept).toHaveLength(2)
      await docker('image', 'rm', id)
    })
  })

  test('keeps nothing of a stage that fails to build', async () => {
    const does =
      'case "$*" in *--target\\ build*) sleep 3; echo "ERROR: failed to build: no such thing" >&2; exit 1;; esac'
    await place({ when: storing, does }, async (here) => {
      const { status, stdout } = await build(here, ['-t', here.tag])
      expect([status, JSON.parse(stdout)]).toMatchObject([
        0,
        {
          notes: [expect.anything(), 'Stage build could not be weighed: no such thing.'],
          images: [{ stages: [{ name: 'build', built: false, unread: true }, { role: 'final' }] }],
        },
      ])
      // The image of the final stage existed in between.
      expect((await here.calls()).filter((call) => call.startsWith('image ls')).length).toBeGreaterThan(0)
      expect(await here.images()).toEqual([expect.stringContaining(here.tag)])
    })
  })

  test.each([
    ['save', 'save\\ *', '$DOCKER "$@" | head -c 100000; exit 0', /\[(?:WEIGHING_FAILED|LAYER)\]/],
    [
      'inspect',
      'image\\ inspect\\ sha256:*',
      'echo "Error response from daemon: nothing of that kind" >&2; exit 1',
      /nothing of that kind \[WEIGHING_FAILED\]/,
    ],
    [
      'image is gone before its inspect',
      'image\\ inspect\\ sha256:*',
      'shift 2; $DOCKER image rm "$1" >&2; set -- image inspect "$@"',
      /No such image.* \[WEIGHING_FAILED\]/i,
    ],
  ])('keeps nothing if a weighing image fails: %s', async (_, when, does, said) => {
    await place({ when, does }, async (here) => {
      const { status, stderr } = await build(here, ['-t', here.tag])
      expect([status, stderr]).toEqual([5, expect.stringMatching(said)])
    })
  })

  test.each([
    ['while stages are built, one of them done', storing, `$DOCKER "$@"; ${terminate}; exec sleep 600`],
    ['while stages are built, none of them done', storing, `(sleep 0.1; ${terminate}) & `],
    ['while they are read', 'save\\ *', `${terminate}; exec sleep 600`],
    ['while they are removed', 'image\\ rm\\ *', terminate],
  ])('keeps nothing after SIGTERM %s', async (_, when, does) => {
    await place({ when, does }, async (here) => {
      // The call that it waits for sleeps longer than this test may take.
      const { status } = await build(here, ['-t', here.tag])
      expect(status).toBe(143)
      expect((await here.calls()).some((call) => call.includes('stage-footprint.weighing'))).toBe(true)
    })
  })

  test('saves no known layers in a second run, which reports the same', async () => {
    await place(null, async (here) => {
      const first = await build(here, ['-t', here.tag])
      expect([first.status, (await here.calls()).filter((call) => call.startsWith('save ')).length]).toEqual([0, 1])
      const calls = (await here.calls()).length
      const second = await build(here, ['-t', here.tag])
      const said = (text: string): string => text.replace(/"weighedAt": \d+/, '')
      expect(said(second.stdout)).toBe(said(first.stdout))
      const made = (await here.calls()).slice(calls)
      expect(made.filter((call) => call.startsWith('save '))).toEqual([])
      // The engine lists the layers of all stages in the user's own build now.
      expect(made.map((call) => call.includes('--call=targets')).toSorted()).toEqual([false, true])
    })
  })

  test('stores only the stage that changed in a second run', async () => {
    await place(null, async (here) => {
      expect((await build(here, ['-t', here.tag])).status).toBe(0)
      const [first = ''] = await here.images()
      const calls = (await here.calls()).length
      const text = await readFile(join(here.context, 'Dockerfile'), 'utf8')
      await writeFile(join(here.context, 'Dockerfile'), `${text}COPY busybox /more\n`)
      const { status, stdout } = await build(here, ['-t', here.tag])
      const image = parseRecord(stdout, 'standard output').images[0]
      expect([status, image?.matchesShipped, image?.stages.map(({ totals }) => totals.layers)]).toEqual([
        0,
        true,
        [3, 2],
      ])
      expect((await here.calls()).slice(calls).filter((call) => call.includes('type=image'))).toHaveLength(1)
      // The user's second build took its tag.
      await docker('image', 'rm', first.split(' ')[0] ?? '')
    })
  })

  test.each([
    ['keeps only the cache', 'type=cacheonly'],
    ['writes files', 'type=local,dest=FOLDER'],
  ])('has the figures of an image for a build that %s', async (_, output) => {
    await place(null, async (here) => {
      await using folder = await folderWith({})
      const flags = ['--output', output.replace('FOLDER', folder.path)]
      // Until layers are counted, the engine lists none for any step. That must not be taken for an empty image.
      for (const run of ['first', 'second']) {
        const { status, stdout } = await build(here, flags)
        const image = parseRecord(stdout, 'standard output').images[0]
        expect([run, status, image?.stages.map(({ totals }) => totals.layers)]).toEqual([run, 0, [3, 1]])
        const bytes = image?.stages.map(({ layers }) => layers.map(({ uncompressedSize }) => uncompressedSize))
        expect(bytes).toEqual(
          (await weighImage(['-t', here.tag, here.context], { env: onOverlay2 })).stages.map(({ layers }) =>
            layers.map(({ uncompressedSize }) => uncompressedSize),
          ),
        )
      }
    })
  })

  test('takes lines from the order of the history without provenance, and has the same layers', async () => {
    await place({ when: storing, does: 'unset BUILDX_METADATA_PROVENANCE' }, async (here) => {
      const { status, stdout } = await build(here, ['-t', here.tag])
      expect(status).toBe(0)
      const outline = (JSON.parse(stdout) as { images: Image[] }).images[0]?.stages.map(({ totals, layers }) => [
        totals.metadataOnlySteps,
        layers.map(({ instruction }) => instruction?.line),
      ])
      expect(outline).toEqual([
        [1, [3, 4, 5]],
        [2, [8]],
      ])
    })
  })

  test('weighs what ADD fetches from a server, although the server is asked again', async () => {
    const server = createServer((_, response) => response.end('w'.repeat(1_234))).listen(0, '127.0.0.1')
    await once(server, 'listening')
    try {
      await place(null, async (here) => {
        const { port } = server.address() as AddressInfo
        await writeFile(
          join(here.context, 'Dockerfile'),
          `FROM scratch\nLABEL org.example.test=${here.tag}\nADD http://127.0.0.1:${port}/words /words\nCOPY busybox /busybox\n`,
        )
        const { status, stdout, stderr } = await build(here, ['-t', here.tag])
        if (status !== 0) throw new Error(stderr)
        const [image] = parseRecord(stdout, 'the record').images
        expect([image?.matchesShipped, image?.stages[0]?.layers.map(({ fileBytes }) => fileBytes)]).toEqual([
          true,
          [1_234, busybox.length],
        ])
      })
    } finally {
      server.close()
    }
  })

  test('is found through a docker context, while buildx refuses a builder of another engine', async () => {
    await place(null, async (here) => {
      await using folder = await folderWith({ 'config/config.json': '{}' })
      const env = {
        ...here.env,
        DOCKER_CONFIG: join(folder.path, 'config'),
        BUILDX_CONFIG: join(folder.path, 'buildx'),
        DOCKER_HOST: undefined,
      }
      await succeed('docker', ['context', 'create', 'old', '--docker', `host=${rig.overlay2}`], { env })
      const other = await footprint(['build', '--builder', 'old', here.context], { env })
      expect([other.status, other.stderr]).toEqual([
        3,
        expect.stringContaining('use `docker --context=old buildx` to switch'),
      ])
      const image = await weighImage(['--builder', 'old', '-t', here.tag, here.context], {
        env: { ...env, DOCKER_CONTEXT: 'old' },
      })
      expect(image.stages.map(({ layers }) => layers.length)).toEqual([3, 1])
      expect([image.stages[0]?.totals.compressedSize, image.matchesShipped]).toEqual([null, true])
    })
  })
})

describeWith('overlay2')('a RUN that writes the same files at another time', () => {
  test('is no drift below an edited line, which had it run again', async () => {
    const dockerfile =
      'FROM scratch\nCOPY busybox /busybox\nCOPY app /app\nRUN ["/busybox", "sh", "-c", "/busybox seq 1 9999 > /n"]\n'
    await using folder = await folderWith({ 'in/Dockerfile': dockerfile, 'in/busybox': busybox, 'in/app': 'a' })
    const [context, record] = [join(folder.path, 'in'), join(folder.path, 'base.json')]
    await succeedBuild('--json', record, context)
    await writeFile(join(context, 'app'), 'b'.repeat(50_000))
    const { stdout } = await succeedBuild('--baseline', record, context)
    const text = stdout.replace(/\s+/g, ' ')
    expect(text).toMatch(/\(\+[^)]*\), all of it from this change\./)
    expect(text).toContain('Same contents, different file times: 1 layer')
    expect(text).toContain('Rebuild drift: none.')
  })

  async function succeedBuild(...args: readonly string[]): Promise<Ran> {
    const ran = await footprint(['build', '--quiet', ...args], { env: onOverlay2 })
    expect([ran.status, ran.stderr]).toEqual([0, ''])
    return ran
  }
})

describeWith('overlay2')('the action with default inputs on a store without attestations', () => {
  test('says what is not known, and leaves those outputs empty', async () => {
    await place(null, async (here) => {
      const step = await runAction(here.context, { context: '.', tags: here.tag }, { env: here.env })
      expect([step.status, step.stdout.includes('::warning::')]).toEqual([0, false])
      expect(step.outputs).toMatchObject({ 'final-layers': '1', 'fat-layers': '3', 'final-compressed-bytes': '' })
      expect(step.summary).toContain("This engine's image store &#40;overlay2&#41; holds layers uncompressed")
    })
  })

  test('builds for a private repository', async () => {
    await place(null, async (here) => {
      await writeFile(join(here.temp, '../event.json'), '{"repository":{"private":true}}')
      const step = await runAction(
        here.context,
        { context: '.', tags: here.tag },
        { env: { ...here.env, GITHUB_EVENT_PATH: join(here.temp, '../event.json') } },
      )
      expect([step.status, step.outputs['imageid']]).toEqual([
        0,
        (await docker('image', 'inspect', '--format', '{{.Id}}', here.tag)).trim(),
      ])
    })
  })

  testWith('registry')('pushes an image without attestations', async () => {
    await place(null, async (here) => {
      const name = `${rig.registry}/${here.tag}`
      const step = await runAction(
        here.context,
        { context: '.', tags: name, push: 'true', 'build-args': 'PW=hunter2' },
        { env: here.env },
      )
      expect([step.status, step.outputs['final-layers']]).toEqual([0, '1'])
      const manifest = await succeed('skopeo', ['inspect', '--raw', '--tls-verify=false', `docker://${name}`])
      expect((JSON.parse(manifest) as { layers: unknown[] }).layers.length).toBe(1)
      await docker('image', 'rm', name)
    })
  })
})

describeWith('overlay2')('a base image with an ONBUILD that copies from a stage', () => {
  test('makes that stage a part of the build, although no instruction of the Dockerfile does', async () => {
    const base = `overlay2-onbuild:${process.pid}`
    await using folder = await folderWith({
      'base/Dockerfile': 'FROM scratch\nCOPY words /words\nONBUILD COPY --from=source /made /taken\n',
      'base/words': 'words',
      Dockerfile: `FROM scratch AS source\nCOPY made /made\nFROM scratch AS other\nCOPY made /made\nFROM ${base}\n`,
      made: 'made',
    })
    await docker('build', '--quiet', '--tag', base, join(folder.path, 'base'))
    try {
      const image = await weighImage([folder.path], { env: onOverlay2 })
      expect(image.stages.map(({ name, totals }) => [name, totals.layers, totals.fileBytes])).toEqual([
        ['source', 1, 4],
        ['2', 2, 9],
      ])
      expect(image.stagesNotBuilt?.map(({ name }) => name)).toEqual(['other'])
    } finally {
      await docker('image', 'rm', base)
    }
  })
})
