/** A docker client that records its arguments before it does its work. */
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { folderWith, succeed } from './program.ts'

export interface RecordingClient extends AsyncDisposable {
  /** The environment that puts it before the other client. */
  readonly env: Readonly<Record<string, string>>
  /** Returns the arguments of each call since the last query. */
  readonly calls: () => Promise<readonly (readonly string[])[]>
}

export async function recordingClient(): Promise<RecordingClient> {
  const docker = (await succeed('sh', ['-c', 'command -v docker'])).trim()
  const folder = await folderWith({ calls: '' })
  const log = join(folder.path, 'calls')
  await succeed('mkdir', [join(folder.path, 'bin')])
  await writeFile(
    join(folder.path, 'bin/docker'),
    `#!${process.execPath}\nconst { appendFileSync } = require('node:fs')\nconst words = process.argv.slice(2)\nappendFileSync(${JSON.stringify(log)}, JSON.stringify(words) + '\\n')\nprocess.exitCode = require('node:child_process').spawnSync(${JSON.stringify(docker)}, words, { stdio: 'inherit' }).status ?? 1\n`,
    { mode: 0o755 },
  )
  return {
    env: { PATH: `${join(folder.path, 'bin')}:${process.env['PATH'] ?? ''}` },
    calls: async () => {
      const lines = (await readFile(log, 'utf8')).split('\n').filter((line) => line !== '')
      await writeFile(log, '')
      return lines.map((line) => JSON.parse(line) as string[])
    },
    [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose](),
  }
}
