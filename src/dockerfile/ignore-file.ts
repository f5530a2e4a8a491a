/**
 * Decides what a `.dockerignore` excludes from the build, by the rules of BuildKit's frontend (moby/patternmatcher with
 * results of parent folders). `__tests__/dockerfile/ignore-file-cases.json` contains BuildKit's own answers.
 */
import { exactly, Glob, inOneLine, type CharacterTest, type GlobPart } from './glob.ts'

/** The rules of an ignore file, in order. */
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

/** The rules of an empty ignore file. */
export const ignoresNothing: IgnoreRules = []

/** Parses an ignore file. */
export function readIgnoreFile(text: string): IgnoreRules {
  return text
    .replace(/^\ufeff/, '')
    .split('\n')
    .map((line) => (line.startsWith('#') ? '' : line.trim()))
    .map(readRule)
    .filter((rule) => rule !== null)
}

/**
 * Returns null if the line has no pattern or a malformed one. BuildKit itself rejects a build with a malformed pattern.
 */
function readRule(line: string): IgnoreRule | null {
  const exception = line.startsWith('!')
  const written = exception ? line.slice(1).trim() : line
  if (written === '') return null
  const cleaned = cleanPath(written)
  const pattern = cleaned.length > 1 && cleaned.startsWith('/') ? cleaned.slice(1) : cleaned
  const matches = matcherOf(pattern)
  return matches === null ? null : { pattern, exception, matches, mayMatchBelow: belowTest(pattern) }
}

/** Works like Go's `path/filepath.Clean`. */
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
  // As in BuildKit, `**.log` matches everything that ends with `.log` at any depth, and `**/a` also matches `a`.
  if (plainSuffix !== undefined)
    return (path) => path.endsWith(plainSuffix) || (plainSuffix.startsWith('/') && path === plainSuffix.slice(1))
  const plainPrefix = /^([^*?[\]\\]+)\*\*$/.exec(pattern)?.[1]
  if (plainPrefix !== undefined) return (path) => path.startsWith(plainPrefix)
  return pathPattern(pattern)
}

/** Matches the next token of a pattern. An unclosed class is not a token of its own. */
const token = /\*\*\/?|\*|\?|\\[^]|\[(?:\\[^]|[^\]\\])*\]|[^]/uy

/** A part of a pattern, with the source of an equivalent regular expression. */
type Part = GlobPart & { readonly source: string }

/**
 * Compiles a pattern with `**`, `*`, `?` and character classes. Returns null if it is malformed. `**` does not match a
 * newline, as `.` does not in Go's regular expressions.
 */
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
 * Returns whether a regular expression, which is faster, cannot backtrack over the same characters repeatedly. This
 * holds if it has at most one loop, or one for folders followed by one within a name.
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

/**
 * Compiles a class such as `[a-z]` or `[^a-z]`, or returns null if it is not one. Other characters that are special in
 * a JavaScript class are escaped.
 */
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
 * Returns a function that returns whether a path, relative to the context, is excluded. It caches the results for
 * folders, so one matcher should be used for many paths.
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
  /**
   * Whether each rule matched the path or a folder above it. A rule that could change nothing was not evaluated and
   * counts as false.
   */
  readonly matched: readonly boolean[]
}

function answer(rules: IgnoreRules, path: string, parent: Answer | null): Answer {
  let ignored = false
  const matched = rules.map((rule, nth) => {
    const byParent = parent?.matched[nth] === true
    // A rule that would change nothing is not evaluated, neither here nor for paths below.
    const match = byParent || (rule.exception === ignored && rule.matches(path))
    if (match) ignored = !rule.exception
    return match
  })
  return { ignored, matched }
}

/** Returns whether an exception may include something again below a folder that is excluded. */
export function mayKeepBelow(rules: IgnoreRules, folder: string): boolean {
  return rules.some((rule) => rule.exception && rule.mayMatchBelow(folder))
}

/**
 * Returns a test for whether a pattern may match something below a folder. The pattern of each path segment is compiled
 * on first use.
 */
export function belowTest(pattern: string): PathTest {
  const parts = pattern.split('/')
  const tests: (PathTest | null)[] = []
  return (folder) => {
    const names = folder.split('/')
    for (const [nth, name] of names.entries()) {
      const part = parts[nth]
      if (part === undefined) return false
      // A `**` can span several segments, and an escape or a class may hide a slash from the split.
      if (/\*\*|[\\[]/.test(part)) return true
      if ((tests[nth] ??= pathPattern(part))?.(name) !== true) return false
    }
    return parts.length > names.length
  }
}
