/** A run that is cancelled while it removes its own calls from the builder's history. */
import { once } from 'node:events'
import { readFile, writeFile } from 'node:fs/promises'
import { connect, createServer } from 'node:http2'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { expect, test } from '@jest/globals'
import { markOwnSolves } from '../../src/builder/own-solves.ts'
import { folderWith } from '../support/program.ts'

test('a cancelled run opens a new connection to remove its calls from the history', async () => {
  await using folder = await folderWith({ 'bin/x': '' })
  // It only shows that it was started.
  await writeFile(join(folder.path, 'bin/docker'), `#!/bin/sh\necho "$@" > '${folder.path}/dialled'\n`, { mode: 0o755 })
  const env = new Map([['PATH', `${join(folder.path, 'bin')}:${process.env['PATH'] ?? ''}`]])
  const run = new AbortController()
  const server = createServer()
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const session = connect(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)
  session.on('error', () => undefined)
  server.on('stream', (stream) => {
    stream.on('error', () => undefined)
    run.abort()
    session.destroy()
  })
  try {
    const connections = { to: () => Promise.resolve(session), close: () => Promise.resolve() }
    const solves = await markOwnSolves(folder.path, { builder: null, env }, connections, run.signal)
    solves.begin('linux/amd64', 1)
    await solves.forget()
    expect(run.signal.aborted).toBe(true)
    await solves.forget()
    expect(await readFile(join(folder.path, 'dialled'), 'utf8')).toBe(
      'buildx dial-stdio --progress=quiet --platform linux/amd64\n',
    )
  } finally {
    session.destroy()
    server.close()
  }
})
