/** The pages that users read, and what is in them: links, headings, code blocks and commands. */
import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../..', import.meta.url))
/** Returns the text of a file of this repository. */
export const read = (path: string): string => readFileSync(join(root, path), 'utf8')

const pagesIn = (folder: string): readonly string[] =>
  readdirSync(join(root, folder))
    .filter((name) => name.endsWith('.md'))
    .map((name) => `${folder}/${name}`)
export const decisions = pagesIn('docs/decisions')
export const docs = [...pagesIn('docs'), ...decisions]
export const pages = [
  'README.md',
  'CONTRIBUTING.md',
  'CHANGELOG.md',
  'SECURITY.md',
  'examples/msbdemo/README.md',
  ...docs,
]

/** A fenced block of code. */
export interface CodeBlock {
  readonly language: string
  readonly text: string
}

const fence = /^```(\w*)\n(.*?)^```$/gms

export function codeBlocksIn(text: string): readonly CodeBlock[] {
  return Array.from(text.matchAll(fence), ([, language = '', block = '']) => ({ language, text: block }))
}

/** Returns the code in single backquotes, without fenced blocks. It may be wrapped over several lines. */
export function inlineCodeIn(text: string): readonly string[] {
  return Array.from(text.replace(fence, '').matchAll(/(?<!`)`([^`]+)`(?!`)/g), ([, code = '']) =>
    code.replace(/\s+/g, ' '),
  )
}

/** Returns the targets of all links that are not addresses on the web. */
export function linksIn(text: string): readonly string[] {
  return Array.from(text.replace(fence, '').matchAll(/\]\((?!https?:)([^)\s]+)\)/g), ([, link = '']) => link)
}

/** Returns the anchors of the headings of a page, as GitHub makes them. */
export function anchorsIn(text: string): ReadonlySet<string> {
  const anchors = new Set<string>()
  for (const [, heading = ''] of text.replace(fence, '').matchAll(/^#{1,6} (.*)$/gm)) {
    const anchor = heading
      .replace(/\[([^\]]*)\]\([^)]*\)/g, '$1')
      .toLowerCase()
      .replace(/[^\p{L}\p{M}\p{N}\p{Pc} -]/gu, '')
      .replaceAll(' ', '-')
    let unique = anchor
    for (let nth = 1; anchors.has(unique); nth++) unique = `${anchor}-${nth}`
    anchors.add(unique)
  }
  return anchors
}

/** The names by which the command line is called. */
const programs = [['stage-footprint'], ['docker', 'footprint']]

/**
 * Returns the arguments of each call of the command line in a line of shell code, also within a quoted word, as in
 * `echo 'source <(stage-footprint completion bash)'`.
 */
export function callsIn(line: string): readonly (readonly string[])[] {
  return simpleCommandsIn(line.replace(/^\$ /, '')).flatMap((words) => {
    const program = programs.find((names) => names.every((name, at) => words[at] === name))
    if (program) return [words.slice(program.length)]
    return words.filter((word) => /(?:^|[\s(])stage-footprint /.test(word)).flatMap((word) => callsIn(word))
  })
}

/** Splits shell code into commands and their words. Redirections, comments and substitutions end a command. */
function simpleCommandsIn(line: string): readonly (readonly string[])[] {
  const commands: string[][] = []
  let words: string[] = []
  const tokens = line.matchAll(/(\s+#.*$)|(&&|\|\|?|;|[<>]\(|\))|(>>?|<)\s*\S+|((?:'[^']*'|"[^"]*"|[^\s'"|;&<>()])+)/g)
  for (const [, , operator, , word] of tokens) {
    if (operator !== undefined) {
      commands.push(words)
      words = []
    } else if (word !== undefined) words.push(word.replace(/'([^']*)'|"([^"]*)"/g, '$1$2'))
  }
  return [...commands, words].filter(({ length }) => length > 0)
}
