import type { Escape } from './logical-line.ts'

export interface Directives {
  readonly escape: Escape
  /** The image reference of `# syntax=`; null without one. */
  readonly syntax: string | null
}

const known: ReadonlySet<string> = new Set(['escape', 'syntax', 'check'])

/** Parser directives: `# name=value` lines at the very top. The first other line ends them. */
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
    const match = /^([a-zA-Z][a-zA-Z0-9]*)\s*=\s*(.+?)\s*$/.exec(text.slice(comment.length).trimStart())
    const name = match?.[1]?.toLowerCase()
    if (match?.[2] === undefined || name === undefined || !known.has(name)) break
    if (!found.has(name)) found.set(name, match[2])
  }
  return found
}
