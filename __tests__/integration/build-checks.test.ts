/** The findings of BuildKit's checks in the log, in the report and in the outputs of the action. */
import { beforeAll, expect, test } from '@jest/globals'
import { folderWith, requireEngine } from '../support/program.ts'
import { runAction, type Step } from '../support/runner.ts'

beforeAll(() => void requireEngine())

/** This Dockerfile causes three findings, one of which shows the value of an argument. */
const dockerfile = `FROM scratch as build
ARG PW
COPY word /word
WORKDIR $PW
CMD /word
`

async function run(
  inputs: Readonly<Record<string, string>>,
  env: Readonly<Record<string, string>> = {},
): Promise<Step> {
  await using folder = await folderWith({ 'context/docker/Dockerfile': dockerfile, 'context/word': 'word' })
  return await runAction(
    `${folder.path}/context`,
    { context: '.', file: 'docker/Dockerfile', 'build-args': 'PW=hunter2', ...inputs },
    { env: { XDG_CACHE_HOME: `${folder.path}/cache`, ...env } },
  )
}

const warningsOf = (step: Step): readonly string[] =>
  step.stdout.split('\n').filter((line) => line.startsWith('::warning '))

test('annotates lines of the Dockerfile and adds one sentence to the report', async () => {
  const step = await run({})
  expect(step.status).toBe(0)
  expect(
    warningsOf(step)
      .map((line) => /file=([^,]*),line=(\d+)::(\w+): /.exec(line)?.slice(1))
      .toSorted(),
  ).toEqual([
    ['docker/Dockerfile', '1', 'FromAsCasing'],
    ['docker/Dockerfile', '4', 'WorkdirRelativePath'],
    ['docker/Dockerfile', '5', 'JSONArgsRecommended'],
  ])
  expect(warningsOf(step).join('\n')).toContain(
    '%0AMore info: https://docs.docker.com/go/dockerfile/rule/from-as-casing/',
  )
  expect(step.summary).toMatch(/Note: The build gave 3 warnings: .*WorkdirRelativePath &#40;line 4&#41;/)
  // The builder's own log is shown to the user unchanged; our messages contain no values.
  expect([...warningsOf(step), step.summary].join('\n') + Object.values(step.outputs).join('\n')).not.toContain(
    'hunter2',
  )
  const warnings =
    (JSON.parse(step.outputs['metadata'] ?? '') as Record<string, { short: string }[]>)['buildx.build.warnings'] ?? []
  expect(warnings.map(({ short }) => Buffer.from(short, 'base64').toString()).join('\n')).toContain(
    'Relative workdir "***"',
  )
})

test('keeps the findings in the report if annotations are switched off', async () => {
  const step = await run({}, { DOCKER_BUILD_CHECKS_ANNOTATIONS: 'false' })
  expect(warningsOf(step)).toEqual([])
  expect(step.summary).toContain('The build gave 3 warnings')
})

test('says nothing if a build has no findings', async () => {
  await using folder = await folderWith({
    'context/Dockerfile': 'FROM scratch\nCOPY word /word\n',
    'context/word': 'word',
  })
  const step = await runAction(
    `${folder.path}/context`,
    { context: '.' },
    { env: { XDG_CACHE_HOME: `${folder.path}/cache` } },
  )
  expect([step.status, warningsOf(step), step.summary.includes('warning')]).toEqual([0, [], false])
})

test('writes the findings to the output "metadata" if a check fails', async () => {
  const step = await run({ call: 'check' })
  expect([step.status, step.stdout.includes('Check complete, 3 warnings have been found!')]).toEqual([1, true])
  const metadata = JSON.parse(step.outputs['metadata'] ?? '{}') as {
    'result.json'?: { warnings: { ruleName: string }[] }
  }
  expect(metadata['result.json']?.warnings.map(({ ruleName }) => ruleName).toSorted()).toEqual([
    'FromAsCasing',
    'JSONArgsRecommended',
    'WorkdirRelativePath',
  ])
  expect(step.outputs['metadata']).not.toContain('hunter2')
})
