/** Finds out whether a RUN can delete a path, or has something mounted there. Pure. */
import { joinLines, parseInstructions } from '../dockerfile/instructions.ts'

/**
 * Returns whether a RUN has a mount in a directory, at it or around it. Deleting the directory would then fail, or
 * delete nothing of the layer. A relative target is found by its names, since the `WORKDIR` is not known here.
 */
export function hasMountAt(run: string, path: string): boolean {
  if (!run.includes('--mount')) return false
  const flags = parseInstructions(joinLines(run)).instructions[0]?.flags ?? []
  return flags.some(({ name, value }) => name === 'mount' && isAt(targetOf(value ?? ''), path))
}

const targetKeys: readonly string[] = ['target', 'dst', 'destination']

/** Returns null if the mount has no target of its own. Secrets are then in `/run/secrets`. */
function targetOf(mount: string): string | null {
  const pairs = mount.replaceAll(/["']/g, '').split(',')
  const found = pairs.find((pair) => targetKeys.includes(pair.split('=', 1)[0]?.trim().toLowerCase() ?? ''))
  return found === undefined ? null : found.slice(found.indexOf('=') + 1).trim()
}

function isAt(target: string | null, path: string): boolean {
  if (target === null) return false
  if (target.includes('$')) return true
  const [names, parts] = [partsOf(target), partsOf(path)]
  const starts = target.startsWith('/') ? [0] : [...parts.keys()]
  return starts.some((start) => parts.slice(start).every((part, at) => names[at] === undefined || names[at] === part))
}

const partsOf = (path: string): readonly string[] => path.split('/').filter((part) => part !== '' && part !== '.')
