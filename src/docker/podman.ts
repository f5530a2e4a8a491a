/** Detects a `docker` that is Podman under another name. It accepts many of Docker's commands, but has no buildx. */
import { FootprintError } from '../errors.ts'
import { askAboutItself } from './ask-client.ts'

/**
 * Checks for Podman after a call has failed in a way that buildx does not: buildx begins each of its errors with
 * `ERROR:`.
 *
 * @param stderr standard error of the failed call
 * @returns null if the client is Docker's, or does not answer
 * @throws Cancelled if the signal stops it
 */
export async function podmanError(stderr: string, signal: AbortSignal): Promise<FootprintError | null> {
  if (/^ERROR: /m.test(stderr)) return null
  const version = await askAboutItself(['--version'], signal)
  if (version === null || !/^podman /i.test(version)) return null
  return new FootprintError(
    'NOT_DOCKER',
    'the `docker` on the PATH is Podman, which has no buildx: install the Docker client with buildx 0.15 or newer, or build with Podman, run `podman save --format oci-archive -o FILE IMAGE`, and weigh that with `stage-footprint inspect oci-archive:FILE`',
  )
}
