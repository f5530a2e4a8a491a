import { randomUUID } from 'node:crypto'
import { delimiter } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from '@jest/globals'
import { folderWith, processesLeft, run } from '../support/program.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))

/** Returns the names of the stages in the client's answer, or null. */
async function listedBy(client: string, timeLimit?: number): Promise<unknown> {
  await using folder = await folderWith({ docker: `#!/bin/sh\n${client}\n` })
  const mark = randomUUID()
  const script = `
    import { listTargets } from './src/docker/list-targets.ts'
    const build = { stepArgv: [], file: null, context: '.', env: new Map() }
    const limits = ${JSON.stringify(timeLimit === undefined ? [] : [timeLimit])}
    const list = await listTargets(build, { stdin: null }, new AbortController().signal, ...limits).catch((error) => error)
    console.log(JSON.stringify(list instanceof Error ? [list.code, list.message] : list && list.stages.map(({ name }) => name)))`
  const { status, stdout, stderr } = await run(process.execPath, ['--input-type=module-typescript', '--eval', script], {
    cwd: root,
    env: { PATH: `${folder.path}${delimiter}${process.env['PATH'] ?? ''}`, MARK: mark },
  })
  expect([status, stderr]).toEqual([0, ''])
  expect(await processesLeft('MARK', mark)).toEqual([])
  return JSON.parse(stdout)
}

const answer = `echo '{"targets":[{"name":"a","location":{"ranges":[{"start":{"line":1},"end":{"line":1}}]}}]}'`

test.each<[string, string, unknown]>([
  ['returns the stages', answer, ['a']],
  ['returns the stages whatever else the client says', `head -c 30000000 /dev/zero >&2; ${answer}`, ['a']],
  ['returns null if the client fails', `${answer}; exit 1`, null],
  ['returns null for an answer that is not a list', 'echo not JSON', null],
  ['returns null for an answer that does not end', 'exec yes', null],
])(
  '%s',
  async (_what, client, expected) => {
    expect(await listedBy(client)).toEqual(expected)
  },
  30_000,
)

test('stops a client that does not answer in time, and says what to check', async () => {
  expect(await listedBy('exec sleep 600', 300)).toEqual([
    'ENGINE_UNREACHABLE',
    'the docker client took longer than 0.3 s to list the stages of the Dockerfile: check that its engine or builder answers',
  ])
})
