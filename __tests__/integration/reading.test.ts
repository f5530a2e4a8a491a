/**
 * The stages of a build on a builder of the docker-container driver that was made for the job: bases, lines and layers,
 * each held against an export of the stage alone.
 */
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { join } from 'node:path'
import { containerBuilder, type ContainerBuilder } from '../support/container-builder.ts'
import { runsTimeout as timeout } from '../support/hosted.ts'
import { folderWith, succeed } from '../support/program.ts'
import { describeWith, rig } from '../support/rig.ts'
import { exportedLayers, pushedImage } from '../support/stage-truth.ts'
import { busybox, outline, weighImage } from '../support/weigh.ts'

const at = `${rig.registry}/reading-test-${process.pid}`

const baseDockerfile = `FROM scratch
COPY busybox /bin/busybox
RUN ["/bin/busybox", "--install", "/bin"]
WORKDIR /w
`

const dockerfile = `ARG VERSION=latest
FROM ${at}/base AS link
COPY --link f /f
COPY --link f /g
FROM ${at}/base:\${VERSION} AS steps
WORKDIR /w
RUN true
RUN <<END
head -c 1000 /dev/urandom > /a
END
COPY <<one <<two /h/
1
one
2
two
ENV A=1
FROM steps AS alias
FROM alias AS more
RUN head -c 1000 /dev/urandom > /b
FROM ${at}/base AS twin
WORKDIR /w
RUN true
FROM other AS named
COPY f /f
FROM ${at}/trigger AS triggered
FROM ${at}/base
COPY --from=link /g /g
COPY --from=more /a /b /h/
COPY --from=twin /w /w
COPY --from=named /f /f
COPY --from=triggered /t /t
WORKDIR /w
`
const stageNames = ['link', 'steps', 'alias', 'more', 'twin', 'named', 'triggered']

describeWith('buildx', 'registry')('a builder that is made in the job', () => {
  const stack = new AsyncDisposableStack()
  let context: string
  let words: readonly string[]
  let cached: ContainerBuilder
  const cache = `type=registry,ref=${at}/cache`

  beforeAll(async () => {
    const folder = stack.use(await folderWith({ Dockerfile: dockerfile, f: 'f', base: baseDockerfile, trigger: `FROM ${at}/base\nONBUILD RUN echo t > /t\n`, busybox }))
    context = folder.path
    cached = stack.use(await containerBuilder())
    for (const name of ['base', 'trigger'])
      await succeed('docker', ['buildx', 'build', '--progress=quiet', '--provenance=false', '--push', '--tag', `${at}/${name}`, '--file', join(context, name), context], { env: cached.env })
    words = ['--build-context', `other=docker-image://${at}/base`]
    await succeed('docker', ['buildx', 'build', '--progress=quiet', '--push', '--tag', `${at}/app`, ...words, '--cache-to', `${cache},mode=max`, context], { env: cached.env })
  }, timeout)
  afterAll(() => stack.disposeAsync(), timeout)

  test('knows the base, the lines and the layers of every stage, all of which come from a cache', async () => {
    const base = await pushedImage(`${at}/base`)
    const triggers = await pushedImage(`${at}/trigger`)
    await using builder = await containerBuilder()
    await using cacheHome = await folderWith({})
    const env = { ...builder.env, XDG_CACHE_HOME: cacheHome.path }
    const image = await weighImage(['--push', '--tag', `${at}/app`, '--cache-from', cache, ...words, context], { env })
    expect(image.matchesShipped).toBe(true)
    // BuildKit does not say which image a named context came to.
    const digests = new Map([['triggered', triggers.digest], ['named', null]])
    expect(image.stages.map(({ name, base }) => [name, base?.layers, base?.digest])).toEqual(
      [...stageNames, '7'].map((name) => [name, base.layers, digests.has(name) ? digests.get(name) : base.digest]),
    )
    const steps = ['6: WORKDIR /w', '7: RUN true', '8: RUN <<END', '11: COPY <<one <<two /h/']
    const ofBase = ['?', '?', '?']
    expect(outline(image.stages)).toEqual({
      '0 link': [...ofBase, '3: COPY --link f /f', '4: COPY --link f /g'],
      '1 steps': [...ofBase, ...steps],
      '2 alias': [...ofBase, ...steps],
      '3 more': [...ofBase, ...steps, '19: RUN head -c 1000 /dev/urandom > /b'],
      '4 twin': [...ofBase, '21: WORKDIR /w', '22: RUN true'],
      '5 named': [...ofBase, '24: COPY f /f'],
      // By an ONBUILD of the base: no instruction of this Dockerfile made it.
      '6 triggered': [...ofBase, '?'],
      '7 7': [
        ...ofBase,
        '27: COPY --from=link /g /g',
        '28: COPY --from=more /a /b /h/',
        '29: COPY --from=twin /w /w',
        '30: COPY --from=named /f /f',
        '31: COPY --from=triggered /t /t',
        '32: WORKDIR /w',
      ],
    })
    expect(image.stages.find(({ name }) => name === 'steps')?.totals.metadataOnlySteps).toBe(1)
    for (const name of stageNames) {
      const stage = image.stages.find((one) => one.name === name)
      expect([name, stage?.layers.map(({ digest }) => digest)]).toEqual([name, await exportedLayers(name, [...words, '--cache-from', cache, context], { env })])
    }
  }, timeout)
})
