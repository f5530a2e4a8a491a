/** Finds mounts that keep a RUN from deleting a path. Pure. */
import { joinLines, parseInstructions } from '../dockerfile/instructions.ts'
import type { Instruction, Stage } from '../record/footprint.ts'
import { keywordOf, says } from './rule.ts'

/**
 * Returns whether a RUN has a mount at this path, inside of it, or at one of its parents. Deleting the path would then
 * fail, or delete nothing of the layer.
 *
 * @param workdir the directory that relative paths begin in; null if it is not known
 */
export function hasMountAt(run: string, path: string, workdir: string | null): boolean {
  if (!run.includes('--mount')) return false
  const flags = parseInstructions(joinLines(run)).instructions[0]?.flags ?? []
  return flags.some(({ name, value }) => {
    const target = name === 'mount' ? targetOf(value ?? '') : null
    return target !== null && mayOverlap(target, path, workdir)
  })
}

/** Returns whether a RUN has a mount at a path that a later one changes, so that it cannot do the same. */
export function hasMountAtAny(
  stage: Stage,
  layer: number,
  later: number,
  pathsIn: (text: string) => readonly string[],
): boolean {
  const [made, changing] = [layer, later].map((position) => stage.layers[position]?.instruction)
  if (!made || !changing) return false
  const [own, workdir] = [made, changing].map((one) => workdirOf(one, stage.instructions ?? []))
  return pathsIn(changing.text).some((path) => {
    const whole = wholePath(path, workdir ?? null)
    return whole === null ? made.text.includes('--mount') : hasMountAt(made.text, whole, own ?? null)
  })
}

const targetKeys: readonly string[] = ['target', 'dst', 'destination']

/** Returns null if the mount has no target of its own. Secrets are then in `/run/secrets`. */
function targetOf(mount: string): string | null {
  const pairs = mount.replaceAll(/["']/g, '').split(',')
  const found = pairs.find((pair) => targetKeys.includes(pair.split('=', 1)[0]?.trim().toLowerCase() ?? ''))
  return found === undefined ? null : found.slice(found.indexOf('=') + 1).trim()
}

/** Returns whether one of two paths may be, or be inside of, the other one. */
export function mayOverlap(one: string, other: string, workdir: string | null): boolean {
  const [a, b] = [one, other].map((path) => partsOf(path, workdir))
  if (!a || !b) return true
  return a.slice(0, b.length).every((part, at) => part === b[at])
}

/** Returns the path from the root. Null if it is relative to a directory that is not known. */
export const wholePath = (path: string, workdir: string | null): string | null =>
  path.startsWith('/') ? path : workdir === null ? null : `${workdir}/${path}`

/** Returns the names in a path, up to the first pattern. Null if it may be anywhere. */
function partsOf(path: string, workdir: string | null): readonly string[] | null {
  const whole = wholePath(path, workdir)
  if (whole === null || /[$~`"'{]|(?:^|\/)\.\.(?:\/|$)/.test(whole)) return null
  const parts = whole.split('/').filter((part) => part !== '' && part !== '.')
  const pattern = parts.findIndex((part) => /[*?[]/.test(part))
  return pattern === -1 ? parts : parts.slice(0, pattern)
}

/**
 * Returns the directory that the relative paths of an instruction begin in. Null if it is not known, such as that of a
 * base image, or if the instruction itself changes it.
 */
export function workdirOf({ text, line }: Instruction, instructions: readonly Instruction[]): string | null {
  if (says(text, 'cd', 'pushd')) return null
  let workdir: string | null = null
  for (const one of instructions) {
    if (line === null || one.line === null || one.line >= line) break
    if (keywordOf(one.text) !== 'WORKDIR') continue
    const path = one.text.trim().slice('WORKDIR'.length).trim()
    if (path.startsWith('/')) workdir = path
    else workdir = workdir === null ? null : `${workdir}/${path}`
  }
  return workdir
}
