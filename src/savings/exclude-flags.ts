/** Writes what a copy from a stage leaves out as `--exclude` flags. Pure. */
import { copiedWords, parseInstructions } from '../dockerfile/instructions.ts'

/**
 * Returns the flags of a COPY that leave out these paths. Their patterns are relative to the folders that it copies, and
 * what these contain has the same path below the target. Null if a flag cannot have one of the paths, if a path is the
 * target itself, or if it is not certain which folder is copied or is the target.
 *
 * @param names absolute paths in the stage that has the copy, or patterns that begin with two stars for any folder
 */
export function excludeFlags(copy: string, names: readonly string[]): readonly string[] | null {
  const { sources, target, keepsParents } = placesOf(copy)
  if (hasPatterns(copy)) return null
  // It is not known what a variable or a quoted path begins in.
  const isUnclear = [...sources, target].some((path) => /["']/.test(path)) || sources.some((path) => path.includes('$'))
  if (isUnclear && (partsOf(target).length === 0 || /["'$]/.test(target))) return null
  const patterns = new Set(
    names.flatMap((name) => {
      if (!name.startsWith('**/')) return [below(name, target)]
      return (keepsParents ? [name] : sources.flatMap((source) => inside(name, source, target))).map(
        (pattern) => pattern && withoutScopes(name, pattern),
      )
    }),
  )
  return [...patterns].some((pattern) => pattern === null || /[\s"'\\$]/.test(pattern))
    ? null
    : [...patterns].map((pattern) => `--exclude=${pattern}`)
}

/** Returns whether a COPY names files by a pattern. `--exclude` does not apply to what such a pattern matches. */
export const hasPatterns = (copy: string): boolean => placesOf(copy).sources.some((source) => /[*?[]/.test(source))

/** Returns how many files, folders or patterns a COPY names. */
export const countSources = (copy: string): number => placesOf(copy).sources.length

interface Places {
  readonly sources: readonly string[]
  readonly target: string
  /** Whether patterns are not relative to the sources, because of `--parents`. */
  readonly keepsParents: boolean
}

function placesOf(copy: string): Places {
  const { rest = '', flags = [] } = parseInstructions(copy).instructions[0] ?? {}
  const all = copiedWords(rest)
  return {
    sources: all.slice(0, -1),
    target: all.at(-1) ?? '',
    keepsParents: flags.some(({ name }) => name === 'parents'),
  }
}

/** Returns a pattern in which `*` stands for no scope of npm, so that it does not match a package such as `@a/test`. */
const withoutScopes = (name: string, pattern: string): string =>
  name.startsWith('**/node_modules/')
    ? pattern
        .split('/')
        .map((part) => (part === '*' ? '[^@]*' : part))
        .join('/')
    : pattern

/** Returns the path below the target, which is found by its names if it is relative to the `WORKDIR`. */
function below(path: string, target: string): string | null {
  if (/[*?[\]!]/.test(path)) return null
  const [parts, names] = [partsOf(path), partsOf(target)]
  const starts = (target.startsWith('/') ? [0] : names.length === 0 ? [] : [...parts.keys()]).filter(
    (at) => at + names.length <= parts.length && names.every((name, nth) => parts[at + nth] === name),
  )
  const [start, another] = starts
  if (start === undefined) return anywhere(parts)
  const rest = parts.slice(start + names.length)
  return another !== undefined || rest.length === 0 ? null : rest.join('/')
}

/** Returns a pattern for a folder that means the same wherever it is, such as `.git`. Null for another one. */
function anywhere(parts: readonly string[]): string | null {
  const [last = '', parent] = parts.toReversed()
  // Programs keep data of any kind there.
  if (last === '.cache') return parent === 'node_modules' ? '**/node_modules/.cache' : null
  return /^[._]/.test(last) ? `**/${last}` : null
}

/** Returns the pattern, and what is left of it for a source or a target that it begins in. */
function inside(pattern: string, source: string, target: string): readonly (string | null)[] {
  const [, first = '', ...rest] = pattern.split('/')
  const parts = [source, target].map(partsOf).find((some) => some.includes(first)) ?? []
  const at = parts.lastIndexOf(first)
  const entered = parts.slice(at + 1)
  if (at === -1 || !entered.every((part, nth) => isNamed(part, rest[nth]))) return [pattern]
  const left = rest.slice(entered.length)
  // Packages of Node have folders of packages in them.
  return [left.length === 0 ? null : left.join('/'), ...(first === 'node_modules' ? [pattern] : [])]
}

const isNamed = (part: string, name: string | undefined): boolean =>
  name === '*' ? !part.startsWith('@') : name === '@*' ? part.startsWith('@') : part === name

const partsOf = (path: string): readonly string[] => path.split('/').filter((part) => part !== '' && part !== '.')
