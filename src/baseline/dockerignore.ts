/**
 * What a `.dockerignore` keeps out of the build, by the rules of BuildKit's frontend (moby/patternmatcher, with the
 * results of parent folders): `__tests__/baseline/dockerignore-cases.json` holds its own answers.
 */

export type IgnoreRules = readonly IgnoreRule[]

interface IgnoreRule {
  /** Without the `!` of an exception. */
  readonly pattern: string
  readonly exception: boolean
  readonly matches: (path: string) => boolean
}

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
  return matches === null ? null : { pattern, exception, matches }
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

function matcherOf(pattern: string): ((path: string) => boolean) | null {
  const special = /[*?[\]\\]/.test(pattern)
  if (!special) return (path) => path === pattern
  if (/^\*\*\/?$/.test(pattern)) return () => true
  const plainSuffix = /^\*\*([^*?[\]\\]+)$/.exec(pattern)?.[1]
  // As BuildKit has it: `**.log` is whatever ends so, at any depth, and `**/a` is `a` too.
  if (plainSuffix !== undefined)
    return (path) => path.endsWith(plainSuffix) || (plainSuffix.startsWith('/') && path === plainSuffix.slice(1))
  try {
    const expression = new RegExp(`^${expressionOf(pattern)}$`, 'su')
    return (path) => expression.test(path)
  } catch {
    return null
  }
}

/** A pattern with `**`, as the source of a regular expression. */
export function expressionOf(pattern: string): string {
  let source = ''
  for (let at = 0; at < pattern.length; ) {
    const rest = pattern.slice(at)
    const token = /^(?:\*\*\/?|\*|\?|\\[^]|\[(?:\\[^]|[^\]\\])*\]|[^])/u.exec(rest)?.[0] ?? ''
    at += token.length
    if (token.startsWith('**')) source += at === pattern.length ? '.*' : '(?:.*/)?'
    else if (token === '*') source += '[^/]*'
    else if (token === '?') source += '[^/]'
    else if (token.startsWith('[') && token.length > 1) source += classOf(token)
    else source += literal(token.length > 1 && token.startsWith('\\') ? token.slice(1) : token)
  }
  return source
}

const literal = (text: string): string => text.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&')

/** `[a-z]` and `[^a-z]`; what else is special in such a class of JavaScript is taken as it is. */
function classOf(token: string): string {
  const [, not = '', inner = ''] = /^\[(\^?)([^]*)\]$/.exec(token) ?? []
  return `[${not}${inner.replace(/\\([^])|([[^&|~])/g, (_, escaped?: string, plain?: string) => literalInClass(escaped ?? plain ?? ''))}]`
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
  return rules.some((rule) => rule.exception && mayMatchBelow(rule.pattern, folder.split('/')))
}

function mayMatchBelow(pattern: string, folder: readonly string[]): boolean {
  const parts = pattern.split('/')
  for (const [nth, name] of folder.entries()) {
    const part = parts[nth]
    if (part === undefined) return false
    // An escape or a class may hide a slash from the splitting.
    if (/\*\*|[\\[]/.test(part)) return true
    if (!new RegExp(`^${expressionOf(part)}$`, 'su').test(name)) return false
  }
  return parts.length > folder.length
}
