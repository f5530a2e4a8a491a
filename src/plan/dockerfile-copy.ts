/** Writes a copy of the Dockerfile in which every stage has a name, to a place where the builder can read it. */
import { copyFile, mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { filesBeside } from '../dockerfile/beside-dockerfile.ts'
import { systemErrorCode } from '../files.ts'
import { copyName, type BuildSource } from './build-source.ts'

/**
 * Writes the copy. It keeps the file's name, and files that belong to the Dockerfile by name are copied too.
 *
 * @returns the copy's path; null if no copy is needed
 */
export async function writeDockerfileCopy(
  source: BuildSource,
  dockerfile: string | null,
  workspace: string,
): Promise<string | null> {
  const text = dockerfile ?? (source.stdin && source.kind !== 'stdin-archive' ? source.dockerfile : null)
  if (text === null) return null
  const folder = join(workspace, 'dockerfile')
  await mkdir(folder)
  const path = join(folder, copyName(source))
  await writeFile(path, text)
  const { dockerfilePath } = source
  if (dockerfilePath !== null)
    await Promise.all(filesBeside.map((nameFor) => copyIfThere(nameFor(dockerfilePath), nameFor(path))))
  return path
}

async function copyIfThere(from: string, to: string): Promise<void> {
  await copyFile(from, to).catch((error: unknown) => {
    if (systemErrorCode(error) !== 'ENOENT') throw error
  })
}
