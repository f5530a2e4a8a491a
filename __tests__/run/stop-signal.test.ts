/** Signals to a process that is working. */
import { spawn } from 'node:child_process'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from '@jest/globals'
import { folderWith, processesLeft } from '../support/program.ts'

const src = new URL('../../src/', import.meta.url).href

/** Never ends by itself, and after the first signal waits for something that never comes. */
const program = `
import { stopSignal } from '${src}run/stop-signal.ts'
import { createWorkspace } from '${src}workspace.ts'
import { startProgram } from '${src}programs.ts'
const stop = stopSignal()
const workspace = await createWorkspace(process.env.PLACE)
startProgram(
  'sh',
  ['-c', 'trap "" TERM INT; sleep 600 & wait'],
  { env: process.env, stderr: 'ignore', ownGroup: true, signal: new AbortController().signal },
  { stdin: 'empty', ends: 'exit' },
)
stop.signal.addEventListener('abort', () => console.log('stopping'))
setInterval(() => {}, 1_000)
console.log('ready')
`

test.each<[NodeJS.Signals, NodeJS.Signals, number]>([
  ['SIGINT', 'SIGINT', 130],
  ['SIGTERM', 'SIGTERM', 143],
  ['SIGINT', 'SIGTERM', 143],
  ['SIGTERM', 'SIGHUP', 129],
])(
  '%s and then %s ends the process with status %d, stops its programs and removes its folder',
  async (first, second, status) => {
    await using folder = await folderWith({ 'program.mjs': program, 'place/x': '' })
    const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', join(folder.path, 'program.mjs')], {
      env: { ...process.env, PLACE: join(folder.path, 'place') },
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    let said = ''
    child.stdout.on('data', (chunk: Buffer) => {
      said += chunk.toString()
      if (said === 'ready\n') child.kill(first)
      if (said === 'ready\nstopping\n') child.kill(second)
    })
    expect(await new Promise((resolve) => child.on('close', resolve))).toBe(status)
    expect(await processesLeft('PLACE', join(folder.path, 'place'))).toEqual([])
    expect(await readdir(join(folder.path, 'place'))).toEqual(['x'])
  },
)
