/** Edits of a COPY or ADD: what it leaves out. */
import { copiedWords, parseInstructions } from '../../dockerfile/instructions.ts'
import { excludeFlags } from '../exclude-flags.ts'
import { sourceOf, unpacks, type Place, type Words } from '../rule.ts'

/**
 * Returns an edit that leaves paths, or what matches patterns, out of a copy. Ignore files do not apply to what comes
 * from another stage.
 */
export function leftOut(place: Place, names: readonly string[]): Words {
  const isPart = sourceOf(place.text) !== null && place.kind === 'directory' && !place.isWholeLine
  const flags = isPart ? excludeFlags(place.text, names) : null
  // A report shortens long code.
  if (flags !== null)
    return [
      'add ',
      ...flags.flatMap((code, at) => (at === 0 ? [{ code }] : [' ', { code }])),
      ' to this COPY (Dockerfile 1.19 or newer)',
    ]
  return ['leave ', ...listed(names), ' out of what this line copies']
}

/**
 * Returns an edit of a COPY that names files of another stage, or something in their directory. That stage cannot delete
 * them, since then there is nothing to copy. Null if the COPY takes a directory around them.
 *
 * @param path the path of all files in that stage. A directory that has other files too is not what is left out
 * @param directories the patterns of the rule
 */
export function droppedFrom(
  text: string,
  { path, kind }: Pick<Place, 'path' | 'kind'>,
  directories: readonly string[] = [],
): Words | null {
  if (kind === 'directory' && !directories.some((directory) => covers(directory, path))) return null
  const statement = parseInstructions(text).instructions[0]
  const sources = statement?.keyword === 'COPY' ? copiedWords(statement.rest).slice(0, -1) : []
  const place = partsOf(path)
  const isInside = (source: string): boolean => place.every((part, at) => partsOf(source)[at] === part)
  if (!sources.some(isInside)) return null
  return sources.every(isInside) ? ['drop this line'] : ['leave ', { code: path }, ' out of this line']
}

/** Returns an edit that leaves what matches patterns out of the context, or of an archive. */
export const ignored = ({ ignoreFile, text }: Place, ...patterns: readonly string[]): Words =>
  unpacks(text)
    ? ['leave ', ...listed(patterns), ' out of the archive that this line unpacks']
    : ['add ', ...listed(patterns), ' to ', { code: ignoreFile ?? '.dockerignore' }]

/** Returns words such as `a`, `b` and `c`, as code. */
export const listed = (names: readonly string[]): Words =>
  names.flatMap((code, at) => [...(at === 0 ? [] : [at === names.length - 1 ? ' and ' : ', ']), { code }])

/** Returns the path if it is a single file, and otherwise a pattern for all files with this ending. */
export const filesNamed = ({ path, kind }: Place, end: string): readonly string[] => [
  kind === 'file' ? path : `**/*${end}`,
]

/** Returns the path if it is a directory of these or inside of one, and otherwise patterns for all of them. */
export function foldersNamed({ path, paths }: Place, directories: readonly string[]): readonly string[] {
  if (paths.length > 0) return paths
  if (directories.some((directory) => covers(directory, path))) return [path]
  // Such as all patterns that begin with `node_modules` for a path that contains it.
  const inside = directories.filter((one) => partsOf(path).includes(partsOf(one)[0] ?? ''))
  const some = inside.length > 0 && !directories.some((one) => one.startsWith('/')) ? inside : directories
  return some.map((one) => (one.startsWith('/') ? one : `**/${one}`))
}

/** Returns whether a path is a directory that matches, or is inside of one. Each `*` stands for one name. */
function covers(directory: string, path: string): boolean {
  const [names, parts] = [partsOf(directory), partsOf(path)]
  const starts = directory.startsWith('/') ? [0] : parts.keys()
  return [...starts].some((start) => names.every((name, at) => isNamed(parts[start + at], name)))
}

/** Returns the names of a path. */
export const partsOf = (path: string): readonly string[] => path.split('/').filter((part) => part !== '')

const isNamed = (part: string | undefined, name: string): boolean =>
  part !== undefined && (name === '*' ? !part.startsWith('@') : name === '@*' ? part.startsWith('@') : part === name)
