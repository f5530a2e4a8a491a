/** `docker-daemon:REF`: what `docker save` writes, read as it comes. */
import { streamClient } from '../../build/client.ts'
import { FootprintError } from '../../errors.ts'
import { readArchiveStream, type StreamedBlob } from './archive-stream.ts'
import type { Archive } from './archive.ts'

export interface DaemonOptions {
  readonly folder: string
  readonly signal: AbortSignal
  readonly weigh: (blob: StreamedBlob) => Promise<void>
}

/**
 * One archive for all of these images. All platforms that the engine has: with `--platform` it would leave out the
 * provenance.
 *
 * @throws FootprintError ENGINE_UNREACHABLE where no engine answers, UNREADABLE_INPUT where it has no such image
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
      // Nobody reads any more: the client is not to wait for it.
      run.stop()
      return { error }
    },
  )
  const [done, { exitCode, stderr }] = await Promise.all([read, run.ended])
  // Of a client that failed, the archive is a stump: what the client says is what happened.
  if (exitCode !== 0 && !('error' in done && stderr === '')) throw saveError(reference, stderr)
  if ('error' in done) throw done.error
  return done.archive
}

function saveError(reference: string, stderr: string): FootprintError {
  const said = stderr.trim().split('\n').at(-1) ?? ''
  if (/no such image|reference does not exist|not found/i.test(said)) {
    return new FootprintError(
      'UNREADABLE_INPUT',
      `the engine has no image ${reference}; an image in a registry is written docker://${reference}`,
    )
  }
  if (/cannot connect|connection refused|error during connect|is the docker daemon running|dial unix|deadline exceeded|EOF$/i.test(said)) {
    return new FootprintError('ENGINE_UNREACHABLE', `no engine answers: ${said}`)
  }
  return new FootprintError('UNREADABLE_INPUT', `docker save ${reference} failed: ${said === '' ? 'it gave no reason' : said}`)
}
