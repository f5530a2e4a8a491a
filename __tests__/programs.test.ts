/** One place starts all programs: the docker client, Git and credential helpers. */
import { randomUUID } from 'node:crypto'
import { expect, test } from '@jest/globals'
import { Cancelled } from '../src/errors.ts'
import { runProgram, startProgram } from '../src/programs.ts'
import { processesLeft } from './support/program.ts'

const never = new AbortController().signal
const call = { env: process.env, stderr: 'ignore', ownGroup: true, signal: never } as const
const limits = { input: null, maxOutput: 1_000_000 }

test('returns status and standard output, and passes on standard error', async () => {
  const said: Buffer[] = []
  const stderr = (chunk: Buffer): void => void said.push(chunk)
  const ran = await runProgram(
    'sh',
    ['-c', 'cat; echo no >&2; exit 3'],
    { ...call, stderr },
    { ...limits, input: 'in' },
  )
  expect(ran).toEqual({ exitCode: 3, stdout: 'in', tooLong: false })
  expect(Buffer.concat(said).toString()).toBe('no\n')
})

test('accepts a program that ends before it has read its input', async () => {
  const ran = await runProgram('true', [], call, { ...limits, input: Buffer.alloc(10_000_000) })
  expect(ran).toEqual({ exitCode: 0, stdout: '', tooLong: false })
})

test('gives empty standard input by default', async () => {
  expect(await runProgram('cat', [], call, limits)).toMatchObject({ exitCode: 0, stdout: '' })
})

test('stops a program that writes more output than its limit', async () => {
  expect(await runProgram('yes', [], call, limits)).toMatchObject({ exitCode: null, tooLong: true })
})

test('returns the status null if a signal ended the program', async () => {
  expect(await runProgram('sh', ['-c', 'kill -9 $$'], call, limits)).toMatchObject({ exitCode: null, tooLong: false })
})

test('starts nothing after it was cancelled', async () => {
  await expect(runProgram('no-such-program', [], { ...call, signal: AbortSignal.abort() }, limits)).rejects.toThrow(
    Cancelled,
  )
})

test('rejects with the system error if the program does not exist', async () => {
  await expect(runProgram('no-such-program', [], call, limits)).rejects.toMatchObject({ code: 'ENOENT' })
  await expect(startProgram('no-such-program', [], call, { stdin: 'empty', ends: 'exit' }).ended).rejects.toMatchObject(
    { code: 'ENOENT' },
  )
})

test.each([
  ['that waits', 'echo up; sleep 600 & wait'],
  ['that does not heed SIGTERM, and what it started', `trap "" TERM; echo up; sleep 600 & wait; wait`],
  ['that has ended, while what it started holds its output', 'sleep 600 & echo up'],
])(
  'ends a program when cancelled: one %s',
  async (_which, script) => {
    const mark = randomUUID()
    const stop = new AbortController()
    const running = runProgram(
      'sh',
      ['-c', script.replaceAll('echo up', 'echo up >&2')],
      // The program that ends first leaves the other one to be found.
      {
        ...call,
        env: { ...process.env, MARK: mark },
        signal: stop.signal,
        stderr: () => setTimeout(() => stop.abort(), 100),
      },
      limits,
    )
    await expect(running).rejects.toThrow(Cancelled)
    expect(await processesLeft('MARK', mark)).toEqual([])
  },
  30_000,
)
