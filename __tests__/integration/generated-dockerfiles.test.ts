/**
 * Builds generated Dockerfiles on builders that hold none, some or all of the results. Every stage must have the layers
 * and the base of an export of that stage alone.
 */
import { join } from 'node:path'
import { writeFile } from 'node:fs/promises'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { containerBuilder, pushBuild } from '../support/container-builder.ts'
import { folderWith } from '../support/program.ts'
import { describeWith, rig } from '../support/rig.ts'
import { exportedStages, pushedImage } from '../support/stage-truth.ts'
import { busybox, weighImage } from '../support/weigh.ts'

const at = `${rig.registry}/generated-dockerfiles-${process.pid}`
interface GeneratedStage {
  /** The position of the stage that it is FROM, or null for the image. */
  readonly parent: number | null
  readonly instructions: readonly string[]
}

/** Every stage has the file /s, so that other stages can copy it. */
const instruction = (index: number): fc.Arbitrary<string> =>
  fc.oneof(
    fc.constantFrom(
      'RUN true',
      'WORKDIR /w',
      'WORKDIR /',
      'ENV A=1',
      'LABEL b=c',
      'COPY --link f /linked',
      'COPY f g /d/',
      'ADD f /added',
      'RUN echo 1 > /one \\\n  && echo 2 > /two',
      'RUN <<END\necho h > /h\nEND',
      'COPY <<END /here\nx\nEND',
      'EXPOSE 80',
      'SHELL ["/bin/busybox", "sh", "-c"]',
    ),
    fc.nat(5).map((word) => `RUN head -c ${word + 1}000 /dev/urandom > /random${word}`),
    ...(index === 0
      ? []
      : [
          fc.nat(index - 1).map((from) => `COPY --from=s${from} /s /from${from}`),
          fc.nat(index - 1).map((from) => `RUN --mount=type=bind,from=s${from},target=/m cp /m/s /mounted`),
          fc.nat(index - 1).map((from) => `COPY --link --from=s${from} /s /linked${from}`),
        ]),
  )

const stage = (index: number): fc.Arbitrary<GeneratedStage> =>
  fc.record({
    parent: index === 0 ? fc.constant(null) : fc.option(fc.nat(index - 1), { freq: 2 }),
    instructions: fc.array(instruction(index), { maxLength: 4 }),
  })

const dockerfiles = fc
  .integer({ min: 2, max: 5 })
  .chain((count) => fc.tuple(...Array.from({ length: count }, (_, index) => stage(index))))

const textOf = (stages: readonly GeneratedStage[]): string =>
  stages
    .flatMap(({ parent, instructions }, index) => [
      `FROM ${parent === null ? `${at}/base` : `s${parent}`} AS s${index}`,
      // A stage that only renames another one has no steps of its own.
      ...(instructions.length === 0 ? [] : ['COPY g /s', ...instructions]),
      // The last stage needs each of the others.
      ...(index === stages.length - 1
        ? Array.from({ length: index }, (_, from) => `COPY --from=s${from} /s /all/${from}`)
        : []),
    ])
    .join('\n')

describeWith('buildx', 'registry')('a stage of a generated Dockerfile', () => {
  const stack = new AsyncDisposableStack()
  let context: string
  let base: { readonly layers: number }

  beforeAll(async () => {
    const text = `FROM scratch\nCOPY busybox /bin/busybox\nRUN ["/bin/busybox", "--install", "/bin"]\nCOPY g /s\n`
    context = stack.use(await folderWith({ base: text, busybox, f: 'f', g: 'g' })).path
    await using builder = await containerBuilder()
    await pushBuild(builder, context, 'base', `${at}/base`)
    base = await pushedImage(`${at}/base`)
  })
  afterAll(() => stack.disposeAsync())

  test.each([
    [['--output', 'type=oci,dest=/dev/null']],
    [['--no-cache']],
    [['--output', 'type=image', '--build-arg', 'SOURCE_DATE_EPOCH=1700000000']],
  ])('has the layers of an export of that stage alone, built with %j', async (flags) => {
    await using builder = await containerBuilder()
    await using home = await folderWith({})
    const env = { ...builder.env, XDG_CACHE_HOME: home.path }
    await fc.assert(
      fc.asyncProperty(dockerfiles, async (stages) => {
        await writeFile(join(context, 'Dockerfile'), textOf(stages))
        const { stages: weighed } = await weighImage([...flags, context], { env })
        const args = Object.fromEntries(
          flags.filter((word) => word.startsWith('SOURCE')).map((word) => word.split('=') as [string, string]),
        )
        const names = stages.map((_, index) => `s${index}`)
        const exported = await exportedStages(names, { context, args }, { env })
        expect(
          weighed.map(({ name, layers, base: found }) => ({
            name,
            base: found?.layers,
            layers: layers.map(({ digest }) => digest),
          })),
        ).toEqual(names.map((name) => ({ name, base: base.layers, layers: exported.get(name) })))
      }),
      { seed: 20_261_126, numRuns: 5, endOnFailure: true },
    )
  })
})
