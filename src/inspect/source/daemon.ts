/** `docker-daemon:REF`: what `docker save` writes, read as it comes. */
import { streamClient } from '../../build/client.ts'
import { formatPlatform } from '../../oci/platform.ts'
import { readArchiveStream, type StreamedBlob } from './archive-stream.ts'
import type { Archive } from './archive.ts'
import { FootprintError } from '../../errors.ts'
import type { WantedPlatforms } from './platforms.ts'

export interface DaemonOptions {
  readonly folder: string
  readonly signal: AbortSignal
  readonly wanted: WantedPlatforms
  readonly weigh: (blob: StreamedBlob) => Promise<void>
}

/** @throws FootprintError ENGINE_UNREACHABLE where no engine answers, UNREADABLE_INPUT where it has no such image */
export async function saveFromDaemon(reference: string, options: DaemonOptions): Promise<Archive> {
  const { wanted, signal } = options
  const [only] = wanted
  const platform = wanted.length === 1 && only ? ['--platform', formatPlatform(only)] : []
  const first = await attempt(reference, platform, options)
  if ('archive' in first) return first.archive
  // Engines before 28 have no such flag, and one platform of an image.
  if (platform.length === 0 || !/unknown flag|requires API version|not supported/i.test(first.said) || signal.aborted) {
    throw saveError(reference, first.said)
  }
  const second = await attempt(reference, [], options)
  if ('archive' in second) return second.archive
  throw saveError(reference, second.said)
}

async function attempt(
  reference: string,
  platform: readonly string[],
  { folder, signal, weigh }: DaemonOptions,
): Promise<{ readonly archive: Archive } | { readonly said: string }> {
  const run = streamClient({ args: ['save', ...platform, '--', reference], signal })
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
  if (exitCode !== 0 && !('error' in done && stderr === '')) return { said: stderr }
  if ('error' in done) throw done.error
  return done
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
