import { expect, test } from '@jest/globals'
import { lacksFigures, withFiguresOf } from '../../src/compare/recorded-stages.ts'
import type { Footprint, Image, Stage, UnbuiltStage } from '../../src/record/footprint.ts'
import { digestOf, image, layer, stage } from '../support/footprints.ts'

const instruction = (text: string, line: number): { text: string; line: number; endLine: number } => ({
  text,
  line,
  endLine: line,
})
const taken = (from: string, content: string): ReturnType<typeof layer> =>
  layer({ instruction: instruction(`COPY --from=${from} /out /out`, 9), diffId: digestOf(content) })

const base = { reference: 'python:3.13-slim', digest: digestOf('base'), layers: 0 }
const build = stage({
  name: 'build',
  index: 1,
  role: 'builder',
  base,
  instructions: [instruction('RUN make', 3)],
  layers: [layer({ compressedSize: 7 })],
})
const deps = stage({
  name: 'deps',
  index: 0,
  role: 'builder',
  base,
  instructions: [instruction('RUN apt', 2)],
  layers: [layer({ compressedSize: 5 })],
})
const buildUses = [{ stage: 'deps', via: 'from', carriedBytes: 1 } as const]
const final = (content: string, from = 'build'): Stage =>
  stage({
    name: '2',
    index: 2,
    layers: [taken(from, content)],
    instructions: [instruction(`COPY --from=${from} /out /out`, 9)],
  })

const revision = { commit: 'a'.repeat(40), branch: 'main', weighedAt: 5, settings: 's', repository: 'r' }
const record = (some: Partial<Image> = {}): Footprint => ({
  schemaVersion: 1,
  revision,
  images: [image({ finalStage: '2', stages: [deps, { ...build, uses: buildUses }, final('same')], ...some })],
})

const unbuilt = (
  { name, index, instructions, globalArguments }: Stage,
  uses: UnbuiltStage['uses'] = [],
): UnbuiltStage => ({
  name,
  index,
  role: 'builder',
  line: 1,
  built: false,
  base: null,
  baseReference: base.reference,
  baseDigest: base.digest,
  totals: null,
  layers: [],
  instructions,
  ...(globalArguments ? { globalArguments } : {}),
  uses,
})
const head = (
  stages: readonly Stage[],
  unbuiltStages: readonly UnbuiltStage[],
  some: Partial<Image> = {},
): Footprint => ({
  schemaVersion: 1,
  images: [image({ finalStage: '2', stages: [...stages], unbuiltStages: [...unbuiltStages], ...some })],
})
const figures = ({ images }: Footprint): readonly (number | null | undefined)[] =>
  (images[0]?.unbuiltStages ?? []).map(({ recorded }) => recorded?.totals.compressedSize)

test('takes figures from a record if the final stage took the same files, also for parents of that stage', () => {
  const without = head([final('same')], [unbuilt(deps), unbuilt(build, buildUses)])
  expect(lacksFigures(without)).toBe(true)
  const filled = withFiguresOf(without, record())
  expect(figures(filled)).toEqual([5, 7])
  expect(filled.images[0]?.unbuiltStages?.[1]?.recorded).toEqual({
    commit: 'a'.repeat(40),
    weighedAt: 5,
    base: build.base,
    totals: build.totals,
  })
  expect(lacksFigures(filled)).toBe(false)
  // Figures that exist stay, whatever an older record contains.
  expect(withFiguresOf(filled, { ...record(), revision: { ...revision, commit: 'b'.repeat(40) } })).toEqual(filled)
})

test('takes no figures for a stage from which only stages copied that were not built', () => {
  const copies = { ...build, instructions: [instruction('COPY --from=deps /d /d', 3)] }
  const uses = [{ stage: 'deps', via: 'copy', carriedBytes: null } as const]
  const known = record({ stages: [deps, { ...copies, uses }, final('same')] })
  expect(figures(withFiguresOf(head([final('same')], [unbuilt(deps), unbuilt(copies, uses)]), known))).toEqual([
    undefined,
    7,
  ])
})

test('takes figures that the record has from an earlier one, and names the commit that weighed them', () => {
  const first = record()
  const second = {
    ...withFiguresOf(head([final('same')], [unbuilt(deps), unbuilt(build, buildUses)]), first),
    revision: { ...revision, commit: 'b'.repeat(40), weighedAt: 6 },
  }
  const third = withFiguresOf(head([final('same')], [unbuilt(deps), unbuilt(build, buildUses)]), second)
  expect(figures(third)).toEqual([5, 7])
  expect(third.images).toEqual(second.images)
  const edited = unbuilt({ ...build, instructions: [instruction('RUN make -j', 3)] }, buildUses)
  expect(figures(withFiguresOf(head([final('same')], [unbuilt(deps), edited]), second))).toEqual([undefined, undefined])
})

test.each<[string, Footprint, Footprint]>([
  ['the final stage took something else', head([final('other')], [unbuilt(build)]), record()],
  [
    'the stage has other instructions',
    head([final('same')], [unbuilt({ ...build, instructions: [instruction('RUN make -j', 3)] })]),
    record(),
  ],
  [
    'the stage is FROM another image',
    head([final('same')], [{ ...unbuilt(build), baseReference: 'python:3.14-slim' }]),
    record(),
  ],
  [
    'its base image has moved',
    head([final('same')], [{ ...unbuilt(build), baseDigest: digestOf('another') }]),
    record(),
  ],
  [
    'it is not known whether its base image has moved',
    head([final('same')], [{ ...unbuilt(build), baseDigest: undefined }]),
    record(),
  ],
  [
    'an argument before the first FROM has another default',
    head([final('same')], [unbuilt({ ...build, globalArguments: [instruction('ARG N=2', 1)] })]),
    record({ stages: [deps, { ...build, globalArguments: [instruction('ARG N=1', 1)] }, final('same')] }),
  ],
  [
    'its parent was built with other instructions that make no layer',
    head(
      [{ ...deps, instructions: [instruction('RUN apt', 2), instruction('ENV N=2', 3)] }, final('same')],
      [unbuilt(build, buildUses)],
    ),
    record(),
  ],
  [
    'the base image of its parent, which was built, has moved',
    head([{ ...deps, base: { ...base, digest: digestOf('another') } }, final('same')], [unbuilt(build, buildUses)]),
    record(),
  ],
  ['its parent is not known', head([final('same')], [{ ...unbuilt(build), baseReference: undefined }]), record()],
  [
    'its parent has other instructions',
    head(
      [final('same')],
      [unbuilt({ ...deps, instructions: [instruction('RUN apt more', 2)] }), unbuilt(build, buildUses)],
    ),
    record(),
  ],
  [
    'its parent has another base',
    head([final('same')], [{ ...unbuilt(deps), baseReference: 'python:3.14-slim' }, unbuilt(build, buildUses)]),
    record(),
  ],
  [
    'its parent was built and differs',
    head([{ ...deps, layers: [layer({ diffId: digestOf('another') })] }, final('same')], [unbuilt(build, buildUses)]),
    record(),
  ],
  ['its instructions are not known', head([final('same')], [{ ...unbuilt(build), instructions: undefined }]), record()],
  [
    'the record has another platform',
    head([final('same')], [unbuilt(build)], { platform: { os: 'linux', architecture: 'arm64' } }),
    record(),
  ],
  ['the record has another image', head([final('same')], [unbuilt(build)], { name: 'other' }), record()],
  [
    'two images of the record match',
    head([final('same')], [unbuilt(build)]),
    { ...record(), images: [...record().images, ...record().images] },
  ],
  [
    'the record does not name its revision',
    head([final('same')], [unbuilt(build)]),
    { schemaVersion: 1, images: record().images },
  ],
  [
    'the record did not build the stage either',
    head([final('same')], [unbuilt(build)]),
    record({ stages: [final('same')], unbuiltStages: [unbuilt(build)] }),
  ],
  ['no layer shows what was taken', head([stage({ name: '2', index: 2, layers: [] })], [unbuilt(build)]), record()],
  [
    'another stage that takes from it was not built and differs',
    head([final('other')], [unbuilt(deps), unbuilt(build, buildUses)]),
    record(),
  ],
])('takes no figures if %s', (_, without, from) => {
  expect(withFiguresOf(without, from)).toEqual(without)
})

test('takes figures if a parent was built and is the same', () => {
  expect(figures(withFiguresOf(head([deps, final('same')], [unbuilt(build, buildUses)]), record()))).toEqual([7])
})

test('recognises a stage that is named by a mount or a number', () => {
  const by = (text: string): Stage =>
    stage({ name: '2', index: 2, layers: [layer({ instruction: instruction(text, 9), diffId: digestOf('same') })] })
  for (const text of [
    'RUN --mount=type=bind,from=BUILD,target=/b cp /b/x /x',
    'COPY --chown=1 \\\n  --from=1 /out /out',
  ])
    expect(figures(withFiguresOf(head([by(text)], [unbuilt(build)]), record({ stages: [build, by(text)] })))).toEqual([
      7,
    ])
})
