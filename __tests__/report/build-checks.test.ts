import { expect, test } from '@jest/globals'
import type { BuildWarning } from '../../src/docker/build-warnings.ts'
import { buildCheckAnnotations, wantsCheckAnnotations } from '../../src/publish/check-annotations.ts'
import { buildChecksNote } from '../../src/report/build-checks.ts'

const warning = (rule: string | null, line: number | null): BuildWarning => ({
  rule,
  message: `${rule ?? 'Something'}: it is so`,
  about: 'It should not be so',
  url: 'https://docs.docker.com/go/dockerfile/rule/it/',
  file: 'Dockerfile',
  line,
  source: null,
})
const many = (count: number): BuildWarning[] =>
  Array.from({ length: count }, (_, nth) => warning(`Rule${String.fromCharCode(65 + nth)}`, nth + 1))

test.each<[readonly BuildWarning[], string | null]>([
  [[], null],
  [[warning('FromAsCasing', 1)], 'The build gave 1 warning: FromAsCasing (line 1).'],
  [
    [warning('UndefinedVar', 9), warning('FromAsCasing', 1), warning('UndefinedVar', 2), warning('UndefinedVar', 9)],
    'The build gave 4 warnings: FromAsCasing (line 1) and UndefinedVar (lines 2, 9).',
  ],
  [[warning('FromAsCasing', null)], 'The build gave 1 warning: FromAsCasing.'],
  [[warning(null, 1)], 'The build gave 1 warning: see the log of the build.'],
  [
    [warning('FromAsCasing', 1), warning(null, 1)],
    'The build gave 2 warnings: FromAsCasing (line 1) and 1 more warning.',
  ],
  [
    many(9),
    'The build gave 9 warnings: RuleA (line 1), RuleB (line 2), RuleC (line 3), RuleD (line 4), RuleE (line 5), RuleF (line 6) and 3 more warnings.',
  ],
  [
    Array.from({ length: 20 }, (_, nth) => warning('UndefinedVar', nth + 1)),
    'The build gave 20 warnings: UndefinedVar (lines 1, 2, 3, 4, 5, …).',
  ],
])('sums up the warnings of a build in one sentence (%#)', (warnings, expected) => {
  expect(buildChecksNote(warnings)).toBe(expected)
})

test('writes the annotations of docker/build-push-action, at the line of the Dockerfile', () => {
  expect(buildCheckAnnotations([warning('FromAsCasing', 3)], 'docker/Dockerfile')).toEqual([
    {
      level: 'warning',
      title: 'It should not be so',
      message: 'FromAsCasing: it is so\nMore info: https://docs.docker.com/go/dockerfile/rule/it/',
      file: 'docker/Dockerfile',
      line: 3,
    },
  ])
})

test('writes no annotations for another Dockerfile, or for one outside of the repository', () => {
  expect(buildCheckAnnotations([warning('FromAsCasing', 3)], null)).toEqual([])
  expect(buildCheckAnnotations([warning('FromAsCasing', 3)], 'docker/app.Dockerfile')).toEqual([])
})

test.each<[string | undefined, boolean]>([
  [undefined, true],
  ['', true],
  ['true', true],
  ['what', true],
  ['false', false],
  ['0', false],
])('reads DOCKER_BUILD_CHECKS_ANNOTATIONS=%s', (value, expected) => {
  expect(wantsCheckAnnotations({ DOCKER_BUILD_CHECKS_ANNOTATIONS: value })).toBe(expected)
})
