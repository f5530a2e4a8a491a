/** Which paths of the context the needed stages read: sources of COPY and ADD, and bind mounts. Pure. */
import { cleanPath, pathPattern } from './ignore-file.ts'
import { jsonWords, splitStatement, type Statement } from './instructions.ts'
import { readLogicalLine, sourceLines, type Escape } from './logical-line.ts'
import { readShellWords } from './shell-words.ts'
import type { PlannedStage, StageInstruction } from './stage.ts'
import { mountFields } from './takes.ts'

/**
 * `all`, or paths and globs relative to the context. Where it cannot be told, a source counts as more than it is,
 * never as less. What an ONBUILD of an image from elsewhere would copy is not known here.
 */
export type ContextSources = 'all' | readonly ContextSource[]

export interface ContextSource {
  readonly text: string
  readonly glob: boolean
}

/** @param dockerfile its text, for its escape character */
export function contextSources(stages: readonly PlannedStage[], escape: Escape): ContextSources {
  const found = new Map<string, ContextSource>()
  for (const stage of stages) {
    if (!stage.needed) continue
    for (const instruction of stage.instructions) {
      for (const source of sourcesOf(instruction, escape)) {
        if (source === 'all') return 'all'
        found.set(source.text, source)
      }
    }
  }
  return [...found.values()]
}

type Source = ContextSource | 'all'

function sourcesOf({ text }: StageInstruction, escape: Escape): readonly Source[] {
  const statement = splitStatement(readLogicalLine(sourceLines(text), 0, escape).text, escape)
  const inner = statement.keyword === 'ONBUILD' ? splitStatement(statement.rest, escape) : statement
  if (inner.keyword === 'RUN') return mountSources(inner)
  return inner.keyword === 'COPY' || inner.keyword === 'ADD' ? copySources(inner, escape) : []
}

function copySources({ keyword, flags, rest }: Statement, escape: Escape): readonly Source[] {
  if (keyword === 'COPY' && flags.some((flag) => flag.name === 'from' && flag.value)) return []
  const words = jsonWords(rest)
  // BuildKit splits at white space alone: quotes keep nothing together here.
  const written = (words ?? rest.trim().split(/[\t\v\f\r ]+/)).slice(0, -1)
  return written.flatMap((word): readonly Source[] => {
    if (words === null && /^\d*<</.test(word)) return []
    if (word.includes('$')) return ['all']
    if (keyword === 'ADD' && isRemote(word)) return []
    const plain =
      words === null ? readShellWords(word, { escape, lookUp: () => undefined, keepUnset: true })?.text : word
    return [plain === undefined ? 'all' : sourceOf(plain)]
  })
}

/** What ADD fetches from elsewhere: URLs and Git repositories. */
function isRemote(word: string): boolean {
  return /^["']?(?:https?:\/\/|git:\/\/|ssh:\/\/|git@|[\w.-]+@[\w.-]+:)/.test(word)
}

/** Bind mounts without `from`, which is the default type. */
function mountSources({ flags }: Statement): readonly Source[] {
  return flags
    .filter((flag) => flag.name === 'mount')
    .flatMap((flag): readonly Source[] => {
      if (flag.value?.includes('"') === true) return ['all']
      const fields = mountFields(flag.value ?? '')
      const type = fields.get('type') ?? 'bind'
      if (type.includes('$')) return ['all']
      if (type.toLowerCase() !== 'bind' || fields.get('from')) return []
      const source = fields.get('source') ?? fields.get('src') ?? '/'
      return [source.includes('$') ? 'all' : sourceOf(source, false)]
    })
}

/** A path as COPY takes it: relative to the context's root, and never above it. */
function sourceOf(written: string, globs = true): Source {
  const text = cleanPath(`/${written}`).slice(1)
  if (text === '') return 'all'
  return { text, glob: globs && /[*?[\\]/.test(text) }
}

/** Whether a path of the context, or what lies below that folder, is read. */
export function sourceMatcher(sources: ContextSources): (path: string) => boolean {
  if (sources === 'all') return () => true
  const plain = new Set(sources.filter((source) => !source.glob).map((source) => source.text))
  const globs = sources.filter((source) => source.glob).map(globOf)
  return (path) => {
    for (let end = path.length; end > 0; end = path.lastIndexOf('/', end - 1)) {
      const part = path.slice(0, end)
      if (plain.has(part) || globs.some((glob) => glob(part))) return true
    }
    return false
  }
}

/** Whether something below a folder may be read though the folder itself is not. */
export function mayReadBelow(sources: ContextSources, folder: string): boolean {
  return sources === 'all' || sources.some(({ text, glob }) => glob || text.startsWith(`${folder}/`))
}

/** A source that goes through one of these symbolic links reads what no path of it tells: then it is `all`. */
export function throughLinks(sources: ContextSources, links: readonly string[]): ContextSources {
  if (sources === 'all') return 'all'
  const through = (link: string): boolean =>
    sources.some((source) => (source.glob ? globReaches(source.text, link) : `${source.text}/`.startsWith(`${link}/`)))
  return links.some(through) ? 'all' : sources
}

/** Whether a link is what the glob matches, or a folder on the way to it. */
function globReaches(glob: string, link: string): boolean {
  if (glob.includes('**')) return true
  const start = glob.split('/').slice(0, link.split('/').length).join('/')
  return globOf({ text: start, glob: true })(link)
}

/** A glob that is not well-formed matches everything: the build says so by itself. */
function globOf({ text }: ContextSource): (path: string) => boolean {
  return pathPattern(text) ?? ((): boolean => true)
}
