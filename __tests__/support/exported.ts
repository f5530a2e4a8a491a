/** The contents of a container of an image, exported by `docker export` and listed by GNU tar. */
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { temporary } from './layouts.ts'
import { succeed } from './program.ts'

/**
 * Returns the total size of its regular files, counting hard links once. What engines put over every container's files
 * is empty.
 */
export async function exportedFileBytes(image: string, host: string): Promise<number> {
  await using folder = await temporary()
  const container = (await succeed('docker', ['--host', host, 'create', image, '/none'])).trim()
  const tar = join(folder.path, 'exported.tar')
  await succeed('docker', ['--host', host, 'export', '--output', tar, container])
  await succeed('docker', ['--host', host, 'rm', container])
  const lines = (await succeed('tar', ['--list', '--verbose', '--numeric-owner', '--file', tar])).trim().split('\n')
  await rm(tar)
  return lines.filter((line) => line.startsWith('-')).reduce((sum, line) => sum + Number(line.split(/\s+/)[2]), 0)
}
