/** Which buildx the docker client has. */
import { askAboutItself } from './ask-client.ts'

/** Whether buildx is of this version 0.x or newer, a build of a bare commit included; false where it does not say. @throws Cancelled */
export async function isBuildxAtLeast(minor: number, signal: AbortSignal): Promise<boolean> {
  return isAtLeast(await askAboutItself(['buildx', 'version'], signal), minor)
}

/** @param answer such as `github.com/docker/buildx v0.29.1 28f6246`; Debian leaves out the `v` */
export function isAtLeast(answer: string | null, minor: number): boolean {
  const [, word = ''] = /\bbuildx\sv?([0-9a-f]{7}|[0-9.]{1,30})/.exec(answer ?? '') ?? []
  if (/^[0-9a-f]{7}$/.test(word)) return true
  const [, first = '', second = ''] = /^(\d+)\.(\d+)\.\d+$/.exec(word) ?? []
  return first !== '' && (Number(first) > 0 || Number(second) >= minor)
}
