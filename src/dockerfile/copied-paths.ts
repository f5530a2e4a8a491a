/** Finds the paths of the context that the needed stages read: sources of COPY and ADD, and bind mounts. Pure. */
import { belowTest, cleanPath, ignoreMatcher, pathPattern, readIgnoreFile } from './ignore-file.ts'
import { jsonWords, splitStatement, type Statement } from './instructions.ts'
import { readLogicalLine, sourceLines, type Escape } from './logical-line.ts'
import { readShellWords } from './shell-words.ts'
import type { PlannedStage, StageInstruction } from './stage.ts'
import { mountFields } from './stage-references.ts'

/**
 * `all`, or paths and globs relative to the context. If a source cannot be determined, it counts as more than it is,
 * never as less. What an ONBUILD instruction of an external image would copy is not known here.
 */
export type ContextSources = 'all' | readonly ContextSource[]

/** A path in the context, or a glob. */
export interface ContextSource {
  readonly text: string
  readonly glob: boolean
}

/** An instruction as written. */
type Written = Pick<StageInstruction, 'text'>

/**
 * Returns the paths of the context that the needed stages read.
 *
 * @param escape the escape character of the Dockerfile
 */
export function contextSources(
  stages: readonly (Pick<PlannedStage, 'needed'> & { readonly instructions: readonly Written[] })[],
  escape: Escape,
): ContextSources {
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

/** Returns whether a COPY of the whole context leaves out a path, or a folder that contains it, by `--exclude`. */
export function isExcluded({ text }: StageInstruction, path: string, escape: Escape): boolean {
  const statement = splitStatement(readLogicalLine(sourceLines(text), 0, escape).text, escape)
  const patterns = statement.flags.flatMap(({ name, value }) => (name === 'exclude' && value ? [value] : []))
  // Patterns are relative to what is copied.
  const isWhole = copySources(statement, escape).every((source) => source === 'all') && !statement.rest.includes('$')
  // BuildKit matches no path by a pattern that begins with a slash.
  if (patterns.length === 0 || !isWhole || patterns.some((pattern) => /^\/|[!$"'\\]/.test(pattern))) return false
  return ignoreMatcher(readIgnoreFile(patterns.join('\n')))(path)
}

type Source = ContextSource | 'all'

function sourcesOf({ text }: Written, escape: Escape): readonly Source[] {
  const statement = splitStatement(readLogicalLine(sourceLines(text), 0, escape).text, escape)
  const inner = statement.keyword === 'ONBUILD' ? splitStatement(statement.rest, escape) : statement
  if (inner.keyword === 'RUN') return mountSources(inner)
  return inner.keyword === 'COPY' || inner.keyword === 'ADD' ? copySources(inner, escape) : []
}

function copySources({ keyword, flags, rest }: Statement, escape: Escape): readonly Source[] {
  if (keyword === 'COPY' && flags.some((flag) => flag.name === 'from' && flag.value)) return []
  const words = jsonWords(rest)
  // BuildKit splits only at white space here. Quotes do not keep words together.
  const written = (words ?? rest.trim().split(/[\t\v\f\r ]+/)).slice(0, -1)
  return written.flatMap((word): readonly Source[] => {
    if (words === null && /^\d*<</.test(word)) return []
    if (word.includes('$')) return ['all']
    if (keyword === 'ADD' && isRemote(word)) return []
    const plain =
      words === null ? readShellWords(word, { escape, lookUp: () => undefined, keepUnset: true })?.text : word
    return [plain === undefined ? 'all' : globSource(plain)]
  })
}

/** Returns whether ADD fetches this from elsewhere: a URL or a Git repository. */
function isRemote(word: string): boolean {
  return /^["']?(?:https?:\/\/|git:\/\/|ssh:\/\/|git@|[\w.-]+@[\w.-]+:)/.test(word)
}

/** Returns the sources of bind mounts without `from`. `bind` is the default type of a mount. */
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
      return [source.includes('$') ? 'all' : plainSource(source)]
    })
}

/** Returns a source in which wildcards have a meaning, as in COPY. */
function globSource(written: string): Source {
  const source = plainSource(written)
  return source === 'all' ? source : { ...source, glob: /[*?[\\]/.test(source.text) }
}

/** Cleans a path as BuildKit does: relative to the root of the context, and never above it. */
function plainSource(written: string): Source {
  const text = cleanPath(`/${written}`).slice(1)
  return text === '' ? 'all' : { text, glob: false }
}

/** Returns a function that returns whether a path of the context, or a folder that contains it, is read. */
export function sourceMatcher(sources: ContextSources): PathTest {
  if (sources === 'all') return () => true
  const plain = new Set(sources.filter((source) => !source.glob).map((source) => source.text))
  const globs = sources.filter((source) => source.glob).map(globOf)
  return (path) => isAnyAbove(path, (part) => plain.has(part) || globs.some((glob) => glob(part)))
}

/** Returns whether the test is true for a path or for one of the folders that contain it. */
function isAnyAbove(path: string, test: PathTest): boolean {
  for (let end = path.length; end > 0; end = path.lastIndexOf('/', end - 1)) if (test(path.slice(0, end))) return true
  return false
}

type PathTest = (path: string) => boolean

/** Returns whether something below a folder may be read, even if the folder itself is not. */
export function mayReadBelow(sources: ContextSources, folder: string): boolean {
  return sources === 'all' || sources.some(({ text, glob }) => glob || text.startsWith(`${folder}/`))
}

/** Returns whether a folder, or something in it, may be read. */
export function mayReadFolder(sources: ContextSources, folder: string): boolean {
  if (sources === 'all' || sourceMatcher(sources)(folder)) return true
  return sources.some(({ text, glob }) => (glob ? belowTest(text)(folder) : text.startsWith(`${folder}/`)))
}

/**
 * Returns `all` if a source goes through one of these symbolic links, because then it reads files that its path does
 * not name. Otherwise returns the sources unchanged.
 */
export function throughLinks(sources: ContextSources, links: readonly string[]): ContextSources {
  if (sources === 'all') return 'all'
  const linked = new Set(links)
  const isThrough = ({ text, glob }: ContextSource): boolean =>
    glob ? links.some(reachOf(text)) : isAnyAbove(text, (part) => linked.has(part))
  return sources.some(isThrough) ? 'all' : sources
}

/** Returns a test for whether the glob can match a link, or go through it. */
function reachOf(glob: string): PathTest {
  if (glob.includes('**')) return () => true
  const parts = glob.split('/')
  // There may be many links, so the start of the glob is compiled once for each depth.
  const starts = new Map<number, PathTest>()
  return (link) => {
    const depth = link.split('/').length
    const start = starts.get(depth) ?? globOf({ text: parts.slice(0, depth).join('/') })
    starts.set(depth, start)
    return start(link)
  }
}

/** A malformed glob matches everything. The build itself reports the error. */
function globOf({ text }: Pick<ContextSource, 'text'>): PathTest {
  return pathPattern(text) ?? ((): boolean => true)
}
