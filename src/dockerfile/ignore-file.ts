/**
 * What a `.dockerignore` keeps out of the build, by the rules of BuildKit's frontend (moby/patternmatcher, with the
 * results of parent folders): `__tests__/dockerfile/ignore-file-cases.json` holds its own answers.
 */
import { exactly, Glob, inOneLine, type CharacterTest, type GlobPart } from './glob.ts'

export type IgnoreRules = readonly IgnoreRule[]

interface IgnoreRule {
  /** Without the `!` of an exception. */
  readonly pattern: string
  readonly exception: boolean
  readonly matches: PathTest
  /** Whether something below this folder may match. */
  readonly mayMatchBelow: PathTest
}

type PathTest = (path: string) => boolean

export const ignoresNothing: IgnoreRules = []

export function readIgnoreFile(text: string): IgnoreRules {
  return text
    .replace(/^\ufeff/, '')
    .split('\n')
    .map((line) => (line.startsWith('#') ? '' : line.trim()))
    .map(readRule)
    .filter((rule) => rule !== null)
}

/** Null for what is no pattern; BuildKit itself refuses the build for a malformed one. */
function readRule(line: string): IgnoreRule | null {
  const exception = line.startsWith('!')
  const written = exception ? line.slice(1).trim() : line
  if (written === '') return null
  const cleaned = cleanPath(written)
  const pattern = cleaned.length > 1 && cleaned.startsWith('/') ? cleaned.slice(1) : cleaned
  const matches = matcherOf(pattern)
  return matches === null ? null : { pattern, exception, matches, mayMatchBelow: belowTest(pattern) }
}

/** Go's `path/filepath.Clean`. */
export function cleanPath(path: string): string {
  const rooted = path.startsWith('/')
  const parts: string[] = []
  for (const part of path.split('/')) {
    if (part === '' || part === '.') continue
    if (part !== '..') parts.push(part)
    else if (parts.length > 0 && parts.at(-1) !== '..') parts.pop()
    else if (!rooted) parts.push('..')
  }
  return (rooted ? '/' : '') + parts.join('/') || '.'
}

function matcherOf(pattern: string): PathTest | null {
  const special = /[*?[\]\\]/.test(pattern)
  if (!special) return (path) => path === pattern
  if (/^\*\*\/?$/.test(pattern)) return () => true
  const plainSuffix = /^\*\*([^*?[\]\\]+)$/.exec(pattern)?.[1]
  // As BuildKit has it: `**.log` is whatever ends so, at any depth, and `**/a` is `a` too.
  if (plainSuffix !== undefined)
    return (path) => path.endsWith(plainSuffix) || (plainSuffix.startsWith('/') && path === plainSuffix.slice(1))
  const plainPrefix = /^([^*?[\]\\]+)\*\*$/.exec(pattern)?.[1]
  if (plainPrefix !== undefined) return (path) => path.startsWith(plainPrefix)
  return pathPattern(pattern)
}

/** Where the next part of a pattern begins; a class that does not end is none. */
const token = /\*\*\/?|\*|\?|\\[^]|\[(?:\\[^]|[^\]\\])*\]|[^]/uy

/** A part with the source of a regular expression that does the same. */
type Part = GlobPart & { readonly source: string }

/** A pattern with `**`, `*`, `?` and classes of characters; null where it is malformed. `**` ends with a line, as the `.` of Go's expressions does. */
export function pathPattern(pattern: string): PathTest | null {
  const parts: Part[] = []
  token.lastIndex = 0
  for (let text = token.exec(pattern)?.[0]; text !== undefined; text = token.exec(pattern)?.[0]) {
    const part = partOf(text, token.lastIndex === pattern.length)
    if (part === null) return null
    parts.push(part)
  }
  if (needsOneTry(parts)) {
    const expression = new RegExp(`^${parts.map(({ source }) => source).join('')}$`, 'su')
    return (path) => expression.test(path)
  }
  const glob = new Glob(parts)
  return (path) => glob.test(path)
}

/**
 * Whether a regular expression, which is faster, cannot try one stretch of a path again and again: it has one loop, or
 * one for folders and then one within a name, which ends with the name.
 */
function needsOneTry(parts: readonly Part[]): boolean {
  const loops = parts.filter(({ kind }) => kind !== 'one')
  return loops.length < 2 || (loops.length === 2 && parts[0]?.kind === 'folders' && loops[1]?.source === '[^/]*')
}

function partOf(text: string, last: boolean): Part | null {
  if (text.startsWith('**'))
    return last ? { kind: 'many', matches: inOneLine, source: '[^\\n]*' } : { kind: 'folders', source: '(?:[^\\n]*/)?' }
  if (text === '*') return { kind: 'many', matches: noSlash, source: '[^/]*' }
  if (text === '?') return { kind: 'one', matches: noSlash, source: '[^/]' }
  if (text.startsWith('[')) return classOf(text)
  const plain = text.length > 1 && text.startsWith('\\') ? text.slice(1) : text
  return { kind: 'one', matches: exactly(plain), source: plain.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&') }
}

const noSlash: CharacterTest = (character) => character !== '/'

/** `[a-z]` and `[^a-z]`; what else is special in such a class of JavaScript is taken as it is. Null for what is none. */
function classOf(text: string): Part | null {
  const [, not = '', inner] = /^\[(\^?)([^]*)\]$/.exec(text) ?? []
  if (inner === undefined) return null
  const written = inner.replace(/\\([^])|([[^&|~])/g, (_, escaped?: string, plain?: string) =>
    literalInClass(escaped ?? plain ?? ''),
  )
  const source = `[${not}${written}]`
  try {
    const expression = new RegExp(`^${source}$`, 'su')
    return { kind: 'one', matches: (character) => expression.test(character), source }
  } catch {
    return null
  }
}

const literalInClass = (char: string): string => (/[\\\]^[\-]/.test(char) ? `\\${char}` : char)

/**
 * Whether a path, relative to the context, is kept out. Folders' answers are kept, so ask one matcher for many paths.
 */
export function ignoreMatcher(rules: IgnoreRules): (path: string) => boolean {
  const folders = new Map<string, Answer>()
  const answerFor = (path: string): Answer => {
    const slash = path.lastIndexOf('/')
    return answer(rules, path, slash < 0 ? null : folderAnswer(path.slice(0, slash)))
  }
  const folderAnswer = (path: string): Answer => {
    const known = folders.get(path)
    if (known !== undefined) return known
    const found = answerFor(path)
    folders.set(path, found)
    return found
  }
  return (path) => rules.length > 0 && answerFor(path).ignored
}

interface Answer {
  readonly ignored: boolean
  /** Which rules the path or a folder above it matched, as far as they were looked at. */
  readonly matched: readonly boolean[]
}

function answer(rules: IgnoreRules, path: string, parent: Answer | null): Answer {
  let ignored = false
  const matched = rules.map((rule, nth) => {
    const byParent = parent?.matched[nth] === true
    // A rule that would change nothing is not looked at, for what lies below neither.
    const match = byParent || (rule.exception === ignored && rule.matches(path))
    if (match) ignored = !rule.exception
    return match
  })
  return { ignored, matched }
}

/** Whether an exception may let something in again below a folder that is kept out. */
export function mayKeepBelow(rules: IgnoreRules, folder: string): boolean {
  return rules.some((rule) => rule.exception && rule.mayMatchBelow(folder))
}

/** Patterns of folders are made once they are asked for. */
function belowTest(pattern: string): PathTest {
  const parts = pattern.split('/')
  const tests: (PathTest | null)[] = []
  return (folder) => {
    const names = folder.split('/')
    for (const [nth, name] of names.entries()) {
      const part = parts[nth]
      if (part === undefined) return false
      // An escape or a class may hide a slash from the splitting.
      if (/\*\*|[\\[]/.test(part)) return true
      if ((tests[nth] ??= pathPattern(part))?.(name) !== true) return false
    }
    return parts.length > names.length
  }
}
