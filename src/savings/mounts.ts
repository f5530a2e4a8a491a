/** Finds mounts that keep a RUN from deleting a path. Pure. */
import { joinLines, parseInstructions } from '../dockerfile/instructions.ts'

/**
 * Returns whether a RUN has a mount at this path, inside of it, or at one of its parents. Deleting the path would then
 * fail, or delete nothing of the layer. The `WORKDIR` is not known here, so a relative target is found by its names. A
 * target with a variable may be anywhere.
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
