/** Reads the file that says what a build context leaves out. */
import { join } from 'node:path'
import { dockerignoreFor } from '../dockerfile/beside-dockerfile.ts'
import { ignoresNothing, readIgnoreFile, type IgnoreRules } from '../dockerfile/ignore-file.ts'
import { isAbsent, readLinkedFile } from '../files.ts'

/** Size limit for an ignore file, in bytes. A commit can also make it a link to a device that never ends. */
const maxIgnoreBytes = 1_000_000

/**
 * Reads `<Dockerfile>.dockerignore`, or else the `.dockerignore` of the context. A file that cannot be read excludes
 * nothing, so that more files count than reach the build, and never fewer.
 */
export async function ignoreRulesOf(context: string, dockerfilePath: string | null): Promise<IgnoreRules> {
  const files = [...(dockerfilePath === null ? [] : [dockerignoreFor(dockerfilePath)]), join(context, '.dockerignore')]
  for (const file of files) {
    const read = await readLinkedFile(file, maxIgnoreBytes)
    if (!('why' in read)) return readIgnoreFile(read.toString('utf8'))
    if (!isAbsent({ code: read.why })) return ignoresNothing
  }
  return ignoresNothing
}
