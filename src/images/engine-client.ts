/** Asks the docker client about the images of its engine, and reads the output of `docker save` as it arrives. */
import { answerTimeout } from '../docker/ask-client.ts'
import { runClientQuietly, streamClient, type QuietResult } from '../docker/client.ts'
import { FootprintError } from '../errors.ts'
import { isDigest, type Digest } from '../oci/digest.ts'
import { formatPlatform, normalisedPlatform, type Platform } from '../oci/platform.ts'
import { readArchiveStream, type StreamedBlob } from './archive-stream.ts'
import type { Archive } from './archive.ts'

/**
 * Returns the digest of the engine's image with this name. Returns null if the engine does not report one, for whatever
 * reason.
 *
 * @throws FootprintError ENGINE_UNREACHABLE if it does not answer in time
 */
export async function engineImageId(reference: string, signal: AbortSignal): Promise<Digest | null> {
  const { stdout } = await inspectImage(['--format', '{{.Id}}'], reference, signal)
  const id = stdout.trim()
  return isDigest(id) ? id : null
}

/** Returns whether the engine has a complete image for this platform, or null if the engine does not say. */
export async function engineHasPlatform(
  reference: string,
  platform: Platform,
  signal: AbortSignal,
): Promise<boolean | null> {
  const asked = formatPlatform(platform)
  const args = ['--platform', asked, '--format', '{{.Os}}/{{.Architecture}}/{{.Variant}}']
  const { exitCode, stdout, stderr } = await inspectImage(args, reference, signal)
  if (exitCode === 0) {
    const [os = '', architecture = '', variant] = stdout.trim().split('/')
    return normalisedPlatform({ os, architecture, variant }) === normalisedPlatform(platform)
  }
  return /does not provide the specified platform/.test(stderr) ? false : null
}

function inspectImage(args: readonly string[], reference: string, signal: AbortSignal): Promise<QuietResult> {
  return runClientQuietly({
    args: ['image', 'inspect', ...args, '--', reference],
    task: `describe the image ${reference}`,
    timeLimit: answerTimeout,
    signal,
  })
}

/** Options for reading the archive of an engine. */
export interface DaemonOptions {
  readonly folder: string
  readonly signal: AbortSignal
  readonly weigh: (blob: StreamedBlob) => Promise<void>
}

/**
 * Saves these images as one archive, with all platforms that the engine has. With `--platform`, the engine would leave
 * out the provenance.
 *
 * @throws FootprintError ENGINE_UNREACHABLE if no engine answers
 * @throws FootprintError UNREADABLE_INPUT if the engine has no such image, or the archive is damaged
 */
export async function saveFromDaemon(
  references: readonly string[],
  { folder, signal, weigh }: DaemonOptions,
): Promise<Archive> {
  const reference = references.join(' ')
  const run = streamClient({ args: ['save', '--', ...references], signal })
  const name = `docker-daemon:${reference}`
  const read = readArchiveStream(run.stdout, { name, folder, signal, weigh }).then(
    (archive) => ({ archive }),
    (error: unknown) => {
      // Nobody reads the output any more, so the client must not wait for it to be read.
      run.stop()
      return { error }
    },
  )
  const [done, { exitCode, stderr }] = await Promise.all([read, run.ended])
  // If the client failed, the archive is incomplete. The message of the client says what happened.
  if (exitCode !== 0 && !('error' in done && stderr === '')) throw saveError(reference, stderr)
  if ('error' in done) throw done.error
  return done.archive
}

function saveError(reference: string, stderr: string): FootprintError {
  const said = stderr.trim().split('\n').at(-1) ?? ''
  const context = /context "[^"]*"(?:: context| is) (?:not found|does not exist)/i.exec(said)
  if (context !== null) {
    const why = said.slice(context.index)
    return new FootprintError(
      'ENGINE_UNREACHABLE',
      `there is no such Docker context: ${why} (docker context ls lists the contexts that exist)`,
    )
  }
  if (/no such image|reference does not exist|not found/i.test(said)) {
    return new FootprintError(
      'UNREADABLE_INPUT',
      `the engine has no image ${reference}; write an image in a registry as docker://${reference}`,
    )
  }
  if (
    /cannot connect|connection refused|error during connect|is the docker daemon running|dial unix|deadline exceeded|EOF$/i.test(
      said,
    )
  ) {
    return new FootprintError(
      'ENGINE_UNREACHABLE',
      `no engine answers: start Docker, or check DOCKER_HOST and the Docker context (${said})`,
    )
  }
  return new FootprintError(
    'UNREADABLE_INPUT',
    `docker save ${reference} failed: ${said === '' ? 'it gave no reason' : said}`,
  )
}
