/** Writes what a copy from a stage leaves out as `--exclude` flags. Pure. */
import { jsonWords, parseInstructions } from '../dockerfile/instructions.ts'

/**
 * Returns the flags of a COPY that leave out these paths. Their patterns are relative to the folders that it copies, and
 * what these contain has the same path below the target. Null if a flag cannot have one of the paths, if a path is the
 * target itself, or if it is not certain which folder is the target.
 *
 * @param names absolute paths in the stage that has the copy, or patterns that begin with two stars for any folder
 */
export function excludeFlags(copy: string, names: readonly string[]): readonly string[] | null {
  const target = targetOf(copy)
  const patterns = names.flatMap((name) => (name.startsWith('**/') ? inside(name, target) : [below(name, target)]))
  return patterns.some((pattern) => pattern === null || /[\s"'\\$]/.test(pattern))
    ? null
    : patterns.map((pattern) => `--exclude=${pattern}`)
}

function targetOf(copy: string): string {
  const rest = parseInstructions(copy).instructions[0]?.rest ?? ''
  return (jsonWords(rest) ?? rest.trim().split(/\s+/)).at(-1) ?? ''
}

/** Returns the path below the target, which is found by its names if it is relative to the `WORKDIR`. */
function below(path: string, target: string): string | null {
  const [parts, names] = [partsOf(path), partsOf(target)]
  const starts = (target.startsWith('/') ? [0] : names.length === 0 ? [] : [...parts.keys()]).filter(
    (at) => at + names.length <= parts.length && names.every((name, nth) => parts[at + nth] === name),
  )
  const [start, another] = starts
  if (start === undefined) return `**/${parts.at(-1) ?? ''}`
  const rest = parts.slice(start + names.length)
  return another !== undefined || rest.length === 0 ? null : rest.join('/')
}

/** Returns the pattern, and how it begins if the target itself has the name of its first folder. */
function inside(pattern: string, target: string): readonly (string | null)[] {
  const [, folder, ...rest] = pattern.split('/')
  if (folder === undefined || partsOf(target).at(-1) !== folder) return [pattern]
  // Packages of Node have folders of packages in them.
  return [rest.length === 0 ? null : rest.join('/'), ...(folder === 'node_modules' ? [pattern] : [])]
}

const partsOf = (path: string): readonly string[] => path.split('/').filter((part) => part !== '' && part !== '.')
