import { fileURLToPath } from 'node:url'
import { expect, test } from '@jest/globals'
import { commandLine, footprint, run } from '../support/program.ts'

const record = fileURLToPath(new URL('../../docs/report.record.json', import.meta.url))

// Standard output is a pipe here, so by default there are no colours.
test.each([
  [{}, false],
  [{ FORCE_COLOR: '1' }, true],
  [{ FORCE_COLOR: '1', NO_COLOR: '1' }, false],
] as const)('with %j, colours in a pipe: %s', async (variables, expected) => {
  const env = { NO_COLOR: '', FORCE_COLOR: '', ...variables }
  const { status, stdout } = await footprint(['render', record], { env })
  expect(status).toBe(0)
  expect(stdout).toContain('To pull')
  expect(stdout.includes('\u001b[')).toBe(expected)
})

test.each([
  ['json', true],
  ['html', true],
  ['markdown', false],
  ['terminal', false],
])('an exceeded budget is also said on standard error if %s does not show it', async (format, isSaid) => {
  const budgets = ['final pull <= 1MB', 'final layers <= 1 warn', 'final unpacked <= 1GB'].flatMap((rule) => [
    '--budget',
    rule,
  ])
  const { status, stderr } = await footprint(['render', record, '--format', format, ...budgets])
  expect([status, stderr]).toEqual([
    1,
    isSaid
      ? expect.stringMatching(
          /^stage-footprint: Budget failed: final stage: .*\nstage-footprint: Budget exceeded: final stage: .*\n$/,
        )
      : '',
  ])
})

test.each([['render', record], ['--help']])('a full disk behind standard output is reported: %s', async (...argv) => {
  const { status, stderr } = await run('sh', ['-c', '"$0" "$@" >/dev/full', process.execPath, commandLine, ...argv])
  expect([status, stderr]).toEqual([
    2,
    'stage-footprint: the output cannot be written: the disk is full [UNREADABLE_INPUT]\n',
  ])
})
