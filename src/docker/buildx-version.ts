/** Determines the version of buildx. */
import { askAboutItself } from './ask-client.ts'

/**
 * Returns whether buildx has version 0.`minor` or newer. A build from a bare commit counts as newer. Returns false if
 * the version is unknown.
 *
 * @throws Cancelled if the signal stops it
 */
export async function isBuildxAtLeast(minor: number, signal: AbortSignal): Promise<boolean> {
  return isAtLeast(await askAboutItself(['buildx', 'version'], signal), minor)
}

/**
 * Compares the version in the output of `docker buildx version`.
 *
 * @param answer such as `github.com/docker/buildx v0.29.1 28f6246`; Debian leaves out the `v`
 */
export function isAtLeast(answer: string | null, minor: number): boolean {
  const [, word = ''] = /\bbuildx\sv?([0-9a-f]{7}|[0-9.]{1,30})/.exec(answer ?? '') ?? []
  if (/^[0-9a-f]{7}$/.test(word)) return true
  const [, first = '', second = ''] = /^(\d+)\.(\d+)\.\d+$/.exec(word) ?? []
  return first !== '' && (Number(first) > 0 || Number(second) >= minor)
}
