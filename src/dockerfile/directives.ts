import type { Escape } from './logical-line.ts'

/** The parser directives of a Dockerfile. */
export interface Directives {
  readonly escape: Escape
  /** The image reference in `# syntax=`, or null without one. */
  readonly syntax: string | null
}

const known: ReadonlySet<string> = new Set(['escape', 'syntax', 'check'])

/**
 * Reads the parser directives, which are `# name=value` lines at the very top. The first line of another form ends
 * them.
 */
export function readDirectives(lines: readonly string[]): Directives {
  const escape = readBlock(lines, '#').get('escape')
  const afterShebang = lines[0]?.startsWith('#!') === true ? lines.slice(1) : lines
  const syntax = readBlock(afterShebang, '#').get('syntax') ?? readBlock(afterShebang, '//').get('syntax')
  return { escape: escape === '`' ? '`' : '\\', syntax: syntax?.split(' ')[0] ?? null }
}

function readBlock(lines: readonly string[], comment: '#' | '//'): ReadonlyMap<string, string> {
  const found = new Map<string, string>()
  for (const line of lines) {
    const text = line.trimStart()
    if (!text.startsWith(comment)) break
    const [assignment, written] = /^([a-zA-Z][a-zA-Z0-9]*)\s*=/.exec(text.slice(comment.length).trimStart()) ?? []
    const name = written?.toLowerCase()
    if (assignment === undefined || name === undefined || !known.has(name)) break
    const value = text.slice(comment.length).trimStart().slice(assignment.length).trim()
    if (value === '') break
    if (!found.has(name)) found.set(name, value)
  }
  return found
}
