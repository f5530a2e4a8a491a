/** What a report says about builder stages that only one side of a comparison has figures of. */
import { describe, expect, test } from '@jest/globals'
import type { Image, Stage, UnbuiltStage } from '../../src/record/footprint.ts'
import { judge } from '../../src/budget/judge.ts'
import { parseBudgets } from '../../src/budget/sources.ts'
import { renderPage } from '../../src/page/page.ts'
import { renderMermaid } from '../../src/report/markdown/mermaid.ts'
import { headlineOutputs } from '../../src/report/outputs.ts'
import { renderMarkdown } from '../../src/report/markdown/report.ts'
import { renderTerminal } from '../../src/report/terminal/report.ts'
import { formatBytes } from '../../src/report/units.ts'
import { compare } from '../support/compared.ts'
import { reportWith } from '../support/comparisons.ts'
import { footprintOf, imageOf, stageOf } from '../support/footprints.ts'

const instructions = [{ text: 'RUN make', line: 1, endLine: 1 }]
const build: Stage = { ...stageOf({ name: 'build', index: 0, steps: [['RUN make', 'made']] }), instructions }
const tests = stageOf({ name: 'test', index: 1, steps: [['RUN make test', 'tested']] })
const final = stageOf({ name: 'app', index: 2, steps: [['COPY --from=build /x /x', 'x']] })

const unbuilt = ({ name, index }: Stage, some: Partial<UnbuiltStage> = {}): UnbuiltStage => ({
  name,
  index,
  role: 'builder',
  line: 1,
  built: false,
  base: null,
  baseReference: 'python:3.13-slim',
  totals: null,
  layers: [],
  uses: [],
  instructions,
  ...some,
})

const built = imageOf([build, tests, final])
const without = (...stages: readonly UnbuiltStage[]): Image => {
  const names = stages.map(({ name }) => name)
  return { ...built, stages: built.stages.filter(({ name }) => !names.includes(name)), unbuiltStages: [...stages] }
}

/** All formats, without the marks around names. */
const shown = (before: readonly Image[], after: readonly Image[]): readonly string[] => {
  const footprint = footprintOf(after)
  const report = reportWith(compare(footprintOf(before), footprint), { footprint })
  return [
    renderMarkdown(report),
    renderTerminal(report, { width: 500, color: false }),
    renderPage(report, null, { script: '', style: '' }),
  ]
}

describe('a builder stage that the baseline has no figures of', () => {
  test.each<[string, readonly UnbuiltStage[], string]>([
    [
      'was not built',
      [unbuilt(build)],
      'Stage build is not compared: it was not built for the baseline, and no cache held it.',
    ],
    [
      'was busy',
      [unbuilt(build, { busy: true })],
      'Stage build is not compared: it was not weighed for the baseline, because another build was running its steps.',
    ],
    [
      'could not be read',
      [unbuilt(build, { unread: true })],
      'Stage build is not compared: it could not be read from the builder when the baseline was weighed.',
    ],
    [
      'is one of two',
      [unbuilt(build), unbuilt(tests)],
      'Stages build, test are not compared: they were not built for the baseline, and no cache held them.',
    ],
  ])('and that %s is named with the reason', (_, stages, sentence) => {
    for (const text of shown([without(...stages)], [built])) {
      expect(text).toContain(sentence)
      expect(text).not.toMatch(/build<?[^.]{0,10} is new/)
    }
  })

  test('is named with its image if there are several', () => {
    const arm = { platform: { os: 'linux', architecture: 'arm64' } }
    for (const text of shown([without(unbuilt(build)), { ...built, ...arm }], [built, { ...built, ...arm }]))
      expect(text.replaceAll('&#40;', '(').replaceAll('&#41;', ')')).toContain(
        'Stage build of app (linux/amd64) is not compared: it was not built for the baseline',
      )
  })
})

test('a builder stage that only the baseline has figures of is not called gone, and the report says why', () => {
  for (const text of shown([built], [without(unbuilt(build))])) {
    expect(text.replaceAll(/<\/?code>|[`]/g, '')).toContain('Stage build was not weighed: it was not built in this run')
    expect(text).not.toMatch(/is gone|is not compared|no layer changed/i)
  }
})

describe('a builder stage without figures, beside a final stage that did not change', () => {
  const edited = { ...unbuilt(build), instructions: [{ text: 'RUN edited', line: 1, endLine: 1 }] }
  const totals = { ...build.totals, uncompressedSize: (build.totals.uncompressedSize ?? 0) + 1 }
  const recorded = (some: UnbuiltStage['recorded']): UnbuiltStage => unbuilt(build, { recorded: some })
  const earlier = { commit: 'c'.repeat(40), weighedAt: 0, base: build.base, totals: build.totals }

  test.each<[string, Image, Image, string | null]>([
    ['neither side has figures', without(unbuilt(build)), without(unbuilt(build)), 'The final stage has the same size'],
    ['and its instructions were edited', without(unbuilt(build)), without(edited), null],
    ['only the head has figures', without(unbuilt(build)), built, null],
    ['only the baseline has figures', built, without(unbuilt(build)), null],
    [
      'the figures of an earlier run are the same',
      built,
      without(recorded(earlier)),
      'The final stage has the same size',
    ],
    ['the figures of an earlier run differ', built, without(recorded({ ...earlier, totals })), null],
    ['only the baseline has the stage', without(unbuilt(build)), without(), null],
  ])('%s', (_, before, after, words) => {
    for (const text of shown([before], [after])) {
      if (words === null) expect(text).not.toMatch(/no layer changed|the final stage has the same size/i)
      else expect(text).toContain(words)
    }
  })
})

test('a stage in a cache that cannot be read is not called one that no cache holds', () => {
  for (const text of shown([built], [without(unbuilt(build, { unread: true }))])) {
    expect(text.replaceAll(/<\/?code>|[`]/g, '')).toContain(
      'Stage build was not weighed, perhaps because the builder cannot read a cache or an image that holds it. Check',
    )
    expect(text).not.toMatch(/no cache is known|mode=max/)
  }
})

test('a stage that would run again because of a download names the line of the download', () => {
  const download = { text: 'ADD https://example.com/a /a', line: 7, endLine: 7 }
  for (const text of shown([built], [without(unbuilt(build, { unread: true, instructions: [download] }))]))
    expect(text).toContain(
      'perhaps because the ADD in line 7 downloaded other content, so that steps would have run again. Add --checksum',
    )
})

test('a stage of which only another result can be read is not said to be missing', () => {
  for (const text of shown([built], [without(unbuilt(build, { otherResult: true }))])) {
    expect(text.replaceAll(/<\/?code>|[`]/g, '')).toContain(
      'Stage build was not weighed, because the builder returned no result of its steps that fits this image',
    )
    expect(text).not.toMatch(/no cache is known/)
  }
  const [markdown] = shown([without(unbuilt(build, { otherResult: true }))], [built])
  expect(markdown).toContain(
    'Stage build is not compared: the builder returned no result of its steps that fits the baseline.',
  )
  const { rules } = parseBudgets([{ kind: 'input', name: 'budgets', text: 'stage build unpacked <= 1 MB' }], new Map())
  const [result] = judge(rules, 0, footprintOf([without(unbuilt(build, { otherResult: true }))]), null)
  expect(result).toMatchObject({
    outcome: 'not-known',
    reason: 'the builder returned no result of this stage that fits the image, so it was not weighed',
  })
  const growth = parseBudgets(
    [{ kind: 'input', name: 'budgets', text: 'stage build unpacked growth <= 1 MB' }],
    new Map(),
  )
  const [before, after] = [without(unbuilt(build, { otherResult: true })), built].map((one) => footprintOf([one]))
  expect(judge(growth.rules, 0, after!, compare(before!, after!))).toMatchObject([
    {
      outcome: 'not-known',
      reason: 'the builder returned no result of this stage that fits the baseline',
    },
  ])
})

test.each<[string, Partial<UnbuiltStage>, string, string, string]>([
  [
    'the run itself changed the context',
    { changedContext: ['.cache/stage-footprint', 'out'] },
    'Stage build was not weighed, because this run changed the build context: it writes .cache/stage-footprint, out there. Add these to the ignore file, or use a place outside of the context.',
    'the run that weighed the baseline wrote into the build context that it reads.',
    'this run writes into the build context that this stage reads, so it was not weighed',
  ],
  [
    'the run itself changed a named context',
    { changedContext: ['bc'], changedContextNames: ['nm'] },
    'because this run changed the build context nm: it writes bc there. Add bc to the ignore file of that context, or use a place outside of the context.',
    'the run that weighed the baseline wrote into the build context that it reads.',
    'this run writes into the build context that this stage reads, so it was not weighed',
  ],
  [
    'the output is in the context',
    { changedContext: ['.'] },
    'because this run changed the build context: it writes the output there. Use a place outside of the context.',
    'the run that weighed the baseline wrote into the build context that it reads.',
    'this run writes into the build context that this stage reads, so it was not weighed',
  ],
  [
    'several caches are imported',
    { severalCaches: true },
    'Stage build was not weighed: it was not built in this run, and with several caches the builder did not offer it. List only the cache of mode=max, use mode=max for all of them, or use --uncached-stages=build.',
    'it was not built for the baseline, and with several caches, the builder did not offer it.',
    'this stage was not built in this run, and with several caches, the builder did not offer it',
  ],
])('a stage that is missing because %s is not said to be in no cache', (_, some, sentence, compared, reason) => {
  const missing = without(unbuilt(build, some))
  for (const text of shown([built], [missing])) expect(text).not.toMatch(/no cache is known|Export the cache/)
  expect(shown([built], [missing])[1]).toContain(sentence)
  expect(shown([missing], [built])[1]).toContain(`Stage build is not compared: ${compared}`)
  const { rules } = parseBudgets([{ kind: 'input', name: 'budgets', text: 'stage build unpacked <= 1 MB' }], new Map())
  expect(judge(rules, 0, footprintOf([missing]), null)).toMatchObject([{ outcome: 'not-known', reason }])
})

test('drift and base images are not called the same beside stages that were not compared', () => {
  for (const text of shown([built], [without(unbuilt(build))])) {
    expect(text).toContain('Rebuild drift: none in the final stage.')
    expect(text).toContain('Base images: the same in the stages that were compared.')
  }
})

test('while a builder stage has no figures, none is called the heaviest', () => {
  const outputs = (image: Image): readonly (string | undefined)[] => {
    const found = headlineOutputs(footprintOf([image]))
    return ['fat-stage', 'fat-uncompressed-bytes', 'fat-layers'].map((name) => found.get(name))
  }
  expect(outputs(built)[0]).not.toBe('')
  expect(outputs(without(unbuilt(build)))).toEqual(['', '', ''])
  for (const text of shown([built], [without(unbuilt(build))])) expect(text).not.toMatch(/Fat: |% smaller|is shipped/)
})

test('a report in a terminal names the flag that builds such a stage, and the others name the input', () => {
  const [markdown, terminal, page] = shown([built], [without(unbuilt(build))])
  const remedy = (option: string): string => `Export the cache with mode=max, or use ${option}.`
  expect(terminal).toContain(remedy('--uncached-stages=build'))
  for (const text of [markdown, page]) expect(text).toContain(remedy('uncached-stages: build'))
})

test('where the run writes into a context, no stage is told to be built only to be weighed', () => {
  const perhapsChangedContext = ['bc', '.']
  const written =
    'This run writes into a build context: bc, the output. If the stage reads these, add the paths to the ignore file, or write to a place outside of the context.'
  for (const flags of [{}, { severalCaches: true }] as const) {
    const image = without(unbuilt(build, { ...flags, perhapsChangedContext }))
    const stages = image.stages.map((stage) => ({ ...stage, totals: { ...stage.totals, compressedSize: null } }))
    for (const text of [...shown([], [image]), ...shown([], [{ ...image, stages }])].map((one) =>
      one.replaceAll(/<\/?(?:code|bdi)>|[`]/g, ''),
    )) {
      expect(text).toContain(written)
      expect(text).not.toContain('uncached-stages')
    }
  }
})

test('an engine that stores layers unpacked is not told to export a cache that it cannot export', () => {
  const image = without(unbuilt(build))
  const stages = image.stages.map((stage) => ({ ...stage, totals: { ...stage.totals, compressedSize: null } }))
  for (const text of shown([], [{ ...image, stages }]))
    expect(text).toMatch(/\. Use -*uncached-stages\W{1,2}build\. An engine can export a cache with mode=max only with/)
})

test.each([
  ['both sides have', built, built],
  ['neither side has', without(unbuilt(build)), without(unbuilt(build))],
])('nothing is said of a stage that %s', (_, before, after) => {
  for (const text of shown([before], [after])) expect(text).not.toContain('is not compared')
})

describe('a stage with the figures of an earlier run', () => {
  const recorded = { commit: 'c'.repeat(40), weighedAt: 0, base: null, totals: build.totals }
  const size = formatBytes(build.totals.uncompressedSize)
  const image = without(unbuilt(build, { recorded }))

  test('is listed beside the stages that were built, with where its figures come from', () => {
    const [markdown] = shown([image], [image])
    expect(markdown!.replaceAll(/<\/?code>|[`]/g, '')).toContain(
      `**Stage build** was not built in this run: ${size} unpacked in 3 layers, as weighed at ccccccc.`,
    )
  })

  test('has its base and these figures in both graphs', () => {
    expect(renderMermaid(image)).toContain('(["python:3.13-slim"])')
    expect(renderMermaid(image)).toMatch(/ b\d -->\|FROM\| s0\n/)
    expect(renderMermaid(image)).toContain(`<br>${size} unpacked, as weighed at ccccccc"]`)
    const page = shown([image], [image])[2]!
    expect(page).toContain(`>${size}, as weighed at ccccccc</text>`)
  })

  test('is not judged by them', () => {
    const { rules } = parseBudgets(
      [{ kind: 'input', name: 'budgets', text: 'stage build unpacked <= 1 MB' }],
      new Map(),
    )
    const [result] = judge(rules, 0, footprintOf([image]), null)
    expect(result).toMatchObject({
      outcome: 'not-known',
      reason: 'this stage was not built in this run, and budgets do not use the figures of earlier runs',
    })
  })
})

test('a stage without figures is listed beside the stages that were built', () => {
  const [markdown] = shown([without(unbuilt(build))], [without(unbuilt(build))])
  expect(markdown!.replaceAll(/<\/?code>|[`]/g, '')).toContain(
    '**Stage build** was not built in this run: its figures are not known.',
  )
})
