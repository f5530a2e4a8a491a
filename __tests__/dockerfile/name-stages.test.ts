import { expect, test } from '@jest/globals'
import * as fc from 'fast-check'
import { nameStages, type NamedStages } from '../../src/dockerfile/name-stages.ts'
import { planStages, type StagePlan } from '../../src/dockerfile/plan-stages.ts'

const plan = (dockerfile: string): StagePlan =>
  planStages({ dockerfile, list: null, target: null, buildContexts: new Set(), buildArgs: new Map() })
const named = (dockerfile: string, taken?: string[]): NamedStages =>
  nameStages(dockerfile, plan(dockerfile).stages, taken)

test.each<[string, string, string]>([
  ['changes nothing if all stages have names', 'FROM a AS b\nFROM b AS C\n', 'FROM a AS b\nFROM b AS C\n'],
  ['names unnamed stages', 'FROM a\nRUN b\nFROM c', 'FROM a AS stage-footprint-0\nRUN b\nFROM c AS stage-footprint-1'],
  ['keeps CRLF and spaces at the end', 'FROM a \r\nRUN b\r\n', 'FROM a AS stage-footprint-0 \r\nRUN b\r\n'],
  ['keeps a byte order mark', '\uFEFFfrom a', '\uFEFFfrom a AS stage-footprint-0'],
  ['keeps the platform', 'FROM --platform=$BUILDPLATFORM a', 'FROM --platform=$BUILDPLATFORM a AS stage-footprint-0'],
  [
    'names a stage whose FROM is continued',
    'FROM \\\n# c\n  a\n\nRUN b',
    'FROM \\\n# c\n  a AS stage-footprint-0\n\nRUN b',
  ],
  ['names a stage whose continuation is empty', 'FROM a\\\n\n# c\n', 'FROM a AS stage-footprint-0\\\n\n# c\n'],
  ['respects the escape character', '# escape=`\nFROM `\n a', '# escape=`\nFROM `\n a AS stage-footprint-0'],
  [
    'names a stage whose image is split over two lines',
    'FROM al\\\npine\nRUN b',
    'FROM al\\\npine AS stage-footprint-0\nRUN b',
  ],
  [
    'leaves a FROM in a heredoc alone',
    'FROM a\nRUN <<E\nFROM b\nE\n',
    'FROM a AS stage-footprint-0\nRUN <<E\nFROM b\nE\n',
  ],
  [
    'makes shared names unique',
    'FROM x AS a\nFROM a AS A\nFROM a\nCOPY --from=a b c',
    'FROM x AS stage-footprint-0\nFROM stage-footprint-0 AS A\nFROM a AS stage-footprint-2\nCOPY --from=a b c',
  ],
  [
    'makes shared names unique over several lines',
    'FROM x AS a\\\nb\nFROM a\\\nb AS \\\n ab\nFROM ab AS c',
    'FROM x AS \\\nstage-footprint-0\nFROM \\\nstage-footprint-0 AS \\\n ab\nFROM ab AS c',
  ],
  ['avoids a name that is taken', 'FROM stage-footprint-0\n', 'FROM stage-footprint-0 AS stage-footprint-x1-0\n'],
])('%s', (_, dockerfile, expected) => {
  expect(named(dockerfile).dockerfile).toBe(expected)
})

test('gives targets in lower case, by position', () => {
  expect([...named('FROM x AS Abc\nFROM y').targets]).toEqual([
    [0, 'abc'],
    [1, 'stage-footprint-1'],
  ])
})

test('avoids names of build contexts', () => {
  expect(named('FROM x', ['Stage-Footprint-9']).targets.get(0)).toBe('stage-footprint-x1-0')
})

/** Dockerfiles of a few stages that refer to each other by a few names, so that names repeat. */
const word = fc.constantFrom('a', 'A', 'b', 'stage-footprint-1')
const pad = fc.constantFrom(' ', '  ', ' \\\n', ' \\\n# c\n  ', ' \\  \n\n')
const from = fc
  .tuple(
    fc.constantFrom('FROM', 'from'),
    pad,
    fc.option(fc.constant('--platform=x'), { nil: '' }),
    pad,
    word,
    fc.option(fc.tuple(pad, pad, word)),
  )
  .map(([keyword, s1, platform, s2, base, as]) =>
    [keyword, s1, platform, platform === '' ? '' : s2, base, ...(as === null ? [] : [as[0], 'AS', as[1], as[2]])].join(
      '',
    ),
  )
const step = fc.oneof(
  word.map((name) => `COPY --from=${name} x y`),
  fc.constant('COPY --from=0 x y'),
  word.map((name) => `RUN --mount=from=${name},target=/x ls`),
  fc.constant('RUN <<E\nFROM nothing\nE'),
  fc.constant('# FROM c'),
)
const dockerfiles = fc
  .tuple(
    fc.array(fc.tuple(from, fc.array(step, { maxLength: 3 })), { minLength: 1, maxLength: 6 }),
    fc.constantFrom('\n', '\r\n'),
  )
  .map(([stages, eol]) =>
    stages
      .flatMap(([head, steps]) => [head, ...steps])
      .join('\n')
      .replaceAll('\n', eol),
  )

test('makes names unique, keeps the lines, and keeps the stage that each reference means', () => {
  fc.assert(
    fc.property(dockerfiles, (dockerfile) => {
      const before = plan(dockerfile).stages
      const { dockerfile: copy, targets } = nameStages(dockerfile, before)
      const after = plan(copy).stages
      expect(copy.split('\n')).toHaveLength(dockerfile.split('\n').length)
      expect(copy.split('\r')).toHaveLength(dockerfile.split('\r').length)
      expect(after.map((stage) => stage.name?.toLowerCase())).toEqual(before.map((stage) => targets.get(stage.index)))
      expect(new Set(targets.values()).size).toBe(before.length)
      const shape = before.map(({ index, line, endLine, needed, final, instructions, uses }) => ({
        index,
        line,
        endLine,
        needed,
        final,
        instructions,
        uses: uses.map(({ via, stageIndex, line, endLine }) => ({ via, stageIndex, line, endLine })),
      }))
      expect(after).toMatchObject(shape)
    }),
    { numRuns: 500 },
  )
})
