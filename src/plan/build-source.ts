/**
 * Determines where the Dockerfile and the context of a build come from, as `docker buildx build` reads its arguments.
 */
import { stat } from 'node:fs/promises'
import { basename, dirname, join, resolve } from 'node:path'
import { dockerignoreFor } from '../dockerfile/beside-dockerfile.ts'
import { FootprintError } from '../errors.ts'
import {
  exists,
  isFolder,
  isOccupied,
  readLinkedFile,
  reasonOf,
  reasonUnread,
  systemErrorCode,
  type Unread,
} from '../files.ts'
import { isRemoteContext } from '../inputs/git-context.ts'
import type { BuildInputs } from '../inputs/inputs.ts'
import { textBefore } from '../text.ts'
import { whyMissing } from './empty-folder.ts'

/** The context and the Dockerfile of a build. */
export interface BuildSource {
  /** The kind of the context. With `stdin-dockerfile`, standard input is the Dockerfile and there is no context. */
  readonly kind: 'local' | 'remote' | 'stdin-dockerfile' | 'stdin-archive'
  /** As `docker buildx build` takes it. */
  readonly context: string
  /** Path of the Dockerfile on this machine's disk. Null if it is not there. */
  readonly dockerfilePath: string | null
  /** Text of the Dockerfile if this machine has it. The text that the builder reports takes precedence. */
  readonly dockerfile: string | null
  /** What the user piped in. It is passed to every call again. */
  readonly stdin: Buffer | null
}

/**
 * Opens the source of a build.
 *
 * @param readStdin called once, and only if context or file is `-`
 * @throws FootprintError UNREADABLE_INPUT if the folder or the Dockerfile does not exist
 */
export async function openBuildSource(
  { context, file }: { readonly context: string; readonly file: string | null },
  readStdin: () => Promise<Buffer>,
): Promise<BuildSource> {
  if (context === '-' && file === '-')
    throw new FootprintError('USAGE', 'context and Dockerfile cannot both come from standard input')
  if (context === '-') return fromStdin(await readStdin(), context)
  if (file === '-') {
    const stdin = await readStdin()
    if (!isRemoteContext(context)) await requireFolder(context)
    return {
      kind: isRemoteContext(context) ? 'remote' : 'local',
      context,
      dockerfilePath: null,
      dockerfile: stdin.toString('utf8'),
      stdin,
    }
  }
  if (isRemoteContext(context)) return { kind: 'remote', context, dockerfilePath: null, dockerfile: null, stdin: null }
  await requireFolder(context)
  if (file !== null && isRemoteContext(file))
    return { kind: 'local', context, dockerfilePath: null, dockerfile: null, stdin: null }
  const dockerfilePath = await foundDockerfile(file ?? join(context, 'Dockerfile'))
  return {
    kind: 'local',
    context,
    dockerfilePath,
    dockerfile: await readDockerfile(dockerfilePath),
    stdin: null,
  }
}

function fromStdin(stdin: Buffer, context: string): BuildSource {
  const archive = isArchive(stdin)
  return {
    kind: archive ? 'stdin-archive' : 'stdin-dockerfile',
    context,
    dockerfilePath: null,
    dockerfile: archive ? null : stdin.toString('utf8'),
    stdin,
  }
}

/**
 * Returns whether bytes are a tar archive, plain or compressed, by their magic bytes. Anything else is a Dockerfile.
 */
function isArchive(bytes: Buffer): boolean {
  const magics = ['1f8b', '425a68', 'fd377a585a00', '28b52ffd']
  const start = bytes.subarray(0, 6).toString('hex')
  return magics.some((magic) => start.startsWith(magic)) || bytes.subarray(257, 262).toString('latin1') === 'ustar'
}

async function requireFolder(context: string): Promise<void> {
  const found = await stat(context).catch(async (cause: unknown) => {
    const empty = systemErrorCode(cause) === 'ENOENT' ? await whyMissing(context) : null
    const why = empty ?? reasonOf(cause)
    throw new FootprintError('UNREADABLE_INPUT', `the build context ${context} cannot be read: ${why}`, { cause })
  })
  if (!found.isDirectory()) throw new FootprintError('UNREADABLE_INPUT', `the build context ${context} is not a folder`)
}

/**
 * Returns the path that buildx uses. It reads `dockerfile` if there is no `Dockerfile`, and files that belong to the
 * Dockerfile are named after it.
 */
export async function foundDockerfile(path: string): Promise<string> {
  if (basename(path) !== 'Dockerfile' || (await isOccupied(path))) return path
  const lower = join(dirname(path), 'dockerfile')
  return (await isOccupied(lower)) ? lower : path
}

/**
 * Returns the name of the file that says what the context leaves out. This is `.dockerignore`, unless the Dockerfile has a
 * file of its own. That is not known of a Dockerfile that is not on this machine's disk.
 */
export async function ignoreFileOf({ dockerfilePath }: Pick<BuildSource, 'dockerfilePath'>): Promise<string> {
  const own = dockerfilePath === null ? null : dockerignoreFor(dockerfilePath)
  return own !== null && (await exists(own)) ? basename(own) : '.dockerignore'
}

/** Size limit for a Dockerfile, in bytes. BuildKit transfers no larger one. */
const maxDockerfileBytes = 16_000_000

async function readDockerfile(path: string): Promise<string> {
  const read = await readLinkedFile(path, maxDockerfileBytes)
  if (!('why' in read)) return read.toString('utf8')
  const empty = read.why === 'ENOENT' ? await whyMissing(path) : null
  if (empty !== null) throw new FootprintError('UNREADABLE_INPUT', `the Dockerfile ${path} cannot be read: ${empty}`)
  const why = await whyUnread(path, read)
  throw new FootprintError(
    'UNREADABLE_INPUT',
    (option) => `the Dockerfile ${path} cannot be read: ${why}; name another one with ${option('file')}`,
  )
}

async function whyUnread(path: string, unread: Unread): Promise<string> {
  if (unread.why !== 'no-file') return reasonUnread(unread, maxDockerfileBytes)
  return reasonOf({ code: (await isFolder(path)) ? 'EISDIR' : 'ENXIO' })
}

/**
 * Returns the name of the image in the report: the first tag without its version, or otherwise the name of the folder
 * or repository that is built.
 */
export function imageNameOf(
  { tags, context }: Pick<BuildInputs, 'tags' | 'context'>,
  { kind }: Pick<BuildSource, 'kind'>,
): string {
  const [tag] = tags
  if (tag !== undefined) return textBefore(tag, '@sha256:').replace(/:[^/:]+$/, '')
  if (kind === 'local') return basename(resolve(context))
  if (kind === 'remote') return basename(textBefore(context, '#', '?').replace(/\/$/, '')).replace(/\.git$/, '')
  return 'image'
}

/** Returns the name for a copy of the Dockerfile. It is unchanged, because its `.dockerignore` is found by it. */
export function copyName(source: BuildSource): string {
  return basename(source.dockerfilePath ?? 'Dockerfile')
}
