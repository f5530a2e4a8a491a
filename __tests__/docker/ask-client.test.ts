/** Questions to the docker client end, whatever the client does. */
import { randomUUID } from 'node:crypto'
import { delimiter } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from '@jest/globals'
import { folderWith, processesLeft, run, type Ran } from '../support/program.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))

/** A process that asks a question, as a step does. It ends by itself once there is nothing left to wait for. */
async function asked(
  client: string,
  {
    milliseconds = 60_000,
    bytes = 16_000_000,
    before = '',
    kill,
  }: { milliseconds?: number; bytes?: number; before?: string; kill?: 'abort' },
): Promise<Ran> {
  await using folder = await folderWith({ docker: `#!/bin/sh\n${client}\n` })
  const mark = randomUUID()
  const script = `
    import { askAboutItself } from './src/docker/ask-client.ts'
    const stop = new AbortController()
    ${kill === 'abort' ? "process.once('SIGUSR1', () => stop.abort())" : ''}
    ${before}
    const answer = await askAboutItself(['--version'], stop.signal, { milliseconds: ${milliseconds}, bytes: ${bytes} }).catch((error) => error.name)
    console.log(JSON.stringify(typeof answer === 'string' && answer.length > 50 ? answer.length : answer))`
  const ran = await run(process.execPath, ['--input-type=module-typescript', '--eval', script], {
    cwd: root,
    env: { PATH: `${folder.path}${delimiter}${process.env['PATH'] ?? ''}`, MARK: mark },
  })
  expect(await processesLeft('MARK', mark)).toEqual([])
  return ran
}

/** There is no answer, and nothing waits for the client, which would take ten minutes. */
const hangs = "trap '' TERM\nexec sleep 600"
const signalsAsker = 'kill -s USR1 $PPID'

test.each<[string, string, Parameters<typeof asked>[1], unknown]>([
  ['returns the answer', 'echo docker 1', {}, 'docker 1\n'],
  ['returns an answer that is split within a character', "printf 'd\\303'; sleep 0.1; printf '\\266'", {}, 'dö'],
  ['ignores standard error', 'echo warning >&2; echo docker 1', {}, 'docker 1\n'],
  ['returns null if the client fails', 'echo docker 1; exit 3', {}, null],
  ['returns null if there is no answer in time', hangs, { milliseconds: 300 }, null],
  ['returns null if the answer does not end', 'exec yes', { bytes: 1_000_000 }, null],
  ['returns null if the answer is one endless line', 'exec tr "\\\\0" x </dev/zero', { bytes: 1_000_000 }, null],
  ['returns null if standard error does not end', 'exec yes >&2', { bytes: 1_000_000 }, null],
  ['returns an answer of the maximum size', 'exec head -c 1000000 /dev/zero', { bytes: 1_000_000 }, 1_000_000],
  ['is cancelled by a signal while the client hangs', `${signalsAsker}\n${hangs}`, { kill: 'abort' }, 'Cancelled'],
  ['is cancelled by a signal before the client starts', hangs, { before: 'stop.abort()' }, 'Cancelled'],
  [
    'is cancelled by a signal while the client starts',
    hangs,
    { before: "import('@actions/exec').then(() => setImmediate(() => stop.abort()))" },
    'Cancelled',
  ],
])(
  '%s',
  async (_what, client, options, expected) => {
    const { status, stdout, stderr } = await asked(client, options)
    expect([status, stderr, JSON.parse(stdout)]).toEqual([0, '', expected])
  },
  30_000,
)
