/** Whatever a report contains and however small the limit: the limit is kept, and verdict and totals stay. */
import { expect, test } from '@jest/globals'
import fc from 'fast-check'
import type { BudgetResult } from '../../src/budget/verdict.ts'
import type { Cause, PathGrowth } from '../../src/compare/comparison.ts'
import type { Image, Layer } from '../../src/record/footprint.ts'
import { signs } from '../../src/report/markdown/parts.ts'
import { renderMarkdown } from '../../src/report/markdown/report.ts'
import { tiers } from '../../src/report/markdown/tiers.ts'
import type { Report } from '../../src/report/report.ts'
import { verdictCounts } from '../../src/report/verdict-lines.ts'
import {
  comparisonOf,
  compareStages,
  imageComparison,
  reportWith,
  result,
  rule,
  verdictOf,
} from '../support/comparisons.ts'
import { footprintOf, image, layer, stage } from '../support/footprints.ts'
import { nasty } from '../support/nasty.ts'

/** What the report promises to fit into, in bytes. */
const least = 1_500

const text = fc.oneof(fc.constantFrom(...nasty), fc.string({ unit: 'binary', maxLength: 60 }), fc.constant('a name'))
const bytes = fc.oneof(fc.nat(1_000), fc.nat(2_000_000_000))
const hash = fc.nat(5).map((seed) => `sha256:${String(seed).repeat(64)}`)

const someLayer: fc.Arbitrary<Layer> = fc
  .record({
    text,
    line: fc.integer({ min: 1, max: 300 }),
    compressedSize: fc.option(bytes, { freq: 8 }),
    uncompressedSize: bytes,
    diffId: hash,
    origin: fc.constantFrom('base', 'own', 'inherited'),
    zstd: fc.boolean(),
  })
  .map(({ text, line, zstd, ...some }) =>
    layer({
      ...some,
      instruction: { text, line, endLine: line },
      mediaType: `application/vnd.oci.image.layer.v1.tar+${zstd ? 'zstd' : 'gzip'}`,
    }),
  )

const some = fc.array(someLayer, { maxLength: 12 })
const why = fc.record({
  cause: fc.constantFrom<Cause>('change', 'base-image', 'drift', 'unknown'),
  paths: fc.array(
    fc.record<PathGrowth>({
      kind: fc.constantFrom('file', 'directory'),
      path: text,
      before: fc.option(bytes),
      after: fc.option(bytes),
      package: fc.option(text),
      otherFiles: fc.boolean(),
    }),
    { maxLength: 5 },
  ),
})

interface Pair {
  readonly before: Image
  readonly after: Image
  readonly comparison: ReturnType<typeof imageComparison>
  readonly results: readonly BudgetResult[]
}

const outcome = fc.constantFrom('pass', 'warn', 'fail', 'not-known')

const somePair: fc.Arbitrary<Pair> = fc
  .record({
    name: text,
    reference: text,
    stageName: text,
    layers: fc.tuple(some, some, some, some),
    why,
    outcomes: fc.array(fc.tuple(outcome, fc.boolean(), text), { maxLength: 6 }),
  })
  .map(({ name, reference, stageName, layers, why, outcomes }) => {
    const stages = (builder: readonly Layer[], final: readonly Layer[]) => [
      stage({ name: stageName, index: 0, role: 'builder', layers: [...builder] }),
      stage({ name: '1', layers: [...final], base: { reference, digest: null, layers: 0 } }),
    ]
    const [before, after] = [
      image({ name, stages: stages(layers[0], layers[1]) }),
      image({ name, stages: stages(layers[2], layers[3]) }),
    ]
    const changes = after.stages.map((to, at) => compareStages(before.stages[at]!, to, () => why))
    const results = outcomes.map(([outcome, overridden, text]) =>
      result({
        image: { name, platform: 'linux/amd64', position: 0 },
        outcome,
        overridden: outcome === 'fail' && overridden,
        stage: text,
        role: 'builder',
        reason: text,
        rule: rule({ text, stage: text }),
      }),
    )
    return { before, after, comparison: imageComparison(before, after, changes), results }
  })

const someReport: fc.Arbitrary<Report> = fc
  .record({
    pairs: fc.oneof(
      fc.array(somePair, { minLength: 1, maxLength: 1 }),
      fc.array(somePair, { minLength: 2, maxLength: 8 }),
    ),
    compared: fc.boolean(),
    judged: fc.boolean(),
    title: fc.option(text),
    notes: fc.array(text, { maxLength: 4 }),
    reportedByFork: fc.boolean(),
    edited: fc.option(fc.array(text, { maxLength: 15 })),
  })
  .map(({ pairs, compared, judged, title, notes, reportedByFork, edited }) =>
    reportWith(
      compared
        ? comparisonOf(
            pairs.map(({ comparison }) => comparison),
            {
              notes: [
                { kind: 'one-sided-images', only: 'head', images: notes.map((name) => ({ name, platform: name })) },
              ],
            },
          )
        : null,
      {
        footprint: footprintOf(
          pairs.map(({ after }) => after),
          notes,
        ),
        baselineNotes: notes,
        title,
        reportedByFork,
        verdict: judged
          ? verdictOf(
              pairs.flatMap(({ results }) => results),
              {
                override: { label: 'x', by: 'y', headSha: '123' },
                edited: edited && {
                  judgedBy: 'base',
                  file: 'f',
                  added: edited,
                  removed: edited,
                  fault: 'x'.repeat(900),
                },
              },
            )
          : null,
      },
    ),
  )

test('keeps to the limit, and always shows verdict and totals', () => {
  fc.assert(
    fc.property(
      someReport,
      fc.oneof(fc.integer({ min: least, max: 6_000 }), fc.integer({ min: least, max: 70_000 })),
      (report, maxBytes) => {
        const shown = renderMarkdown(report, { maxBytes })
        expect(Buffer.byteLength(shown)).toBeLessThanOrEqual(maxBytes)
        expect(shown).toMatch(/To pull: |To pull, \d+ images together: |No layer changed\. To pull: |\| to pull \|/)
        const { results, outcome } = report.verdict ?? { results: [], outcome: 'pass' }
        if (results.length === 0) return
        const first = shown.slice(0, shown.indexOf('\n'))
        expect(first).toMatch(
          /^### Stage Footprint.* · (❌ over budget|⚠️ over budget, (?:only a warning|accepted by a label)|✅ within budget|⚠️ budget not judged)$/u,
        )
        expect(first.includes(signs.fail)).toBe(outcome === 'fail')
        // In the last resort, counts stand for what has no sentence.
        if (shown.includes('nearly everything')) expect(shown.toLowerCase()).toContain(verdictCounts(results))
      },
    ),
    { numRuns: 150 },
  )
})

test('uses each tier in its order before the last resort', () => {
  const noGrowth = { compressedSize: 0, uncompressedSize: 0, fileBytes: 0, layers: 0 }
  const layers = (from: number): Layer[] =>
    Array.from({ length: 40 }, (_, at) =>
      layer({
        instruction: { text: `RUN step-${at} ${'x'.repeat(60)}`, line: at + 1, endLine: at + 1 },
        diffId: `sha256:${String(from + (at % 2)).repeat(64)}`,
        compressedSize: from * 1_000 * (at + 1),
      }),
    )
  const items = Array.from({ length: 9 }, (_, at) => ({
    rule: 'deleted-later',
    path: `deleted/${at}`,
    kind: 'file' as const,
    files: 1,
    fileBytes: 1_000_000,
    leastPullBytes: 1_000,
    claim: 'sure' as const,
    layer: at,
    laterLayer: 39,
  }))
  const before = [stage({ name: 'build', index: 0, role: 'builder', layers: layers(3) }), stage({ layers: layers(1) })]
  const after = [
    stage({ name: 'build', index: 0, role: 'builder', layers: layers(3) }),
    stage({ layers: layers(2), savings: { fileBytes: 9_000_000, likelyFileBytes: 0, items, baseFiles: [] } }),
  ]
  const paths = Array.from({ length: 3 }, (_, at): PathGrowth => ({
    kind: 'file',
    path: `/a/path/${at}`,
    before: 1,
    after: 2,
    package: null,
    otherFiles: false,
  }))
  const changes = after.map((to, at) => {
    const change = compareStages(before[at]!, to, () => ({ paths }))
    // Half of the layers are unchanged.
    return {
      ...change,
      layers: change.layers.map((one, position) =>
        position % 2 === 0 ? { ...one, kind: 'same' as const, cause: null, growth: noGrowth } : one,
      ),
    }
  })
  const comparison = comparisonOf([imageComparison(image({ stages: before }), image({ stages: after }), changes)])
  const report = reportWith(comparison, {
    verdict: verdictOf(Array.from({ length: 20 }, () => result({ outcome: 'fail' }))),
  })
  const seen = new Set<string | undefined>()
  for (let limit = Buffer.byteLength(renderMarkdown(report)); limit >= least; limit -= 50)
    seen.add(
      /_Left out, since the report would be too long here: (.*)\. The record has it all\._/.exec(
        renderMarkdown(report, { maxBytes: limit }),
      )?.[1],
    )
  expect([...seen]).toEqual([
    ...tiers.map(({ left }) => left ?? undefined),
    'nearly everything but the verdict and the totals',
  ])
})
