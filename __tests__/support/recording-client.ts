/** A docker client that records its arguments before it does its work. */
import { readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
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
  const folder = await folderWith({ 'bin/.keep': '', 'calls/.keep': '' })
  const calls = join(folder.path, 'calls')
  // A file for each call, since calls run at the same time. A shell starts in a tenth of the time that Node takes.
  const script = `#!/bin/sh\nprintf '%s\\0' "$@" >'${calls}'/$$\nexec '${docker}' "$@"\n`
  await writeFile(join(folder.path, 'bin/docker'), script, { mode: 0o755 })
  return {
    env: { PATH: `${join(folder.path, 'bin')}:${process.env['PATH'] ?? ''}` },
    calls: async () => {
      const files = (await readdir(calls)).filter((name) => name !== '.keep').map((name) => join(calls, name))
      const made = await Promise.all(
        files.map(async (file) => {
          const { mtimeNs } = await stat(file, { bigint: true })
          const words = (await readFile(file, 'utf8')).split('\0').slice(0, -1)
          await rm(file)
          return { mtimeNs, words }
        }),
      )
      return made.toSorted((one, other) => Number(one.mtimeNs - other.mtimeNs)).map(({ words }) => words)
    },
    [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose](),
  }
}
