/** Finds the compiled Python that `pip install --no-compile` leaves out. Pure. */
import { commandsIn } from './commands.ts'
import type { Stage } from '../record/footprint.ts'
import type { StageFiles } from './files.ts'
import { keywordOf, says } from './rule.ts'

/** Returns whether a file in a folder `__pycache__` is one that pip compiled, and nothing else would compile. */
export type IsCompiledByPip = (file: number) => boolean

/**
 * Returns a test for the files of a stage. Python also compiles what it imports, so pip only counts as the one who
 * compiled a file if its line and all later ones run nothing that may import the installed packages.
 */
export function compiledByPip(files: StageFiles, stage: Stage): IsCompiledByPip {
  const stages = new Map<Stage, Steps>()
  const stepsIn = (one: Stage): Steps => {
    const known = stages.get(one) ?? stepsOf(one)
    stages.set(one, known)
    return known
  }
  const own = stepsIn(stage)
  if (own.isAskedFor) return () => false
  return (file) => {
    const layer = files.originOf(file)
    if (files.fileSystem.files.adderOf(file) !== layer) return false
    const source = files.sourceOf(file)
    // Python would compile them again in a later line of a stage that copied them.
    if (source?.copying.some((one) => mayImportAfter(stepsIn(one.stage), one.layer)) === true) return false
    const { isAskedFor, runs, lastImport } = source === null ? own : stepsIn(source.stage)
    const position = source === null ? layer : source.layer
    const run = runs[position]
    if (isAskedFor || !run?.installs || position <= lastImport) return false
    const owner = files.details.packageOf(file)
    // Compiled files of the standard library belong to no package. Pip compiles its own files when it runs.
    return owner?.ecosystem === 'pypi' && owner.name !== 'pip' && !(run.makesEnvironment && seeds.has(owner.name))
  }
}

const mayImportAfter = ({ isAskedFor: isAsked, lastImport }: Steps, layer: number): boolean =>
  isAsked || layer < lastImport

/** What the steps of a stage do with Python packages. */
interface Steps {
  readonly isAskedFor: boolean
  /** One for each layer. */
  readonly runs: readonly (Run | null)[]
  /** Position of the last layer whose step may import packages. -1 if there is none. */
  readonly lastImport: number
}

function stepsOf(stage: Stage): Steps {
  const runs = stage.layers.map(({ instruction }) => runOf(instruction?.text ?? ''))
  return { isAskedFor: isAskedFor(stage), runs, lastImport: runs.findLastIndex((run) => run?.mayImport === true) }
}

/** Packages that the module `venv` installs and compiles, besides pip. */
const seeds: ReadonlySet<string> = new Set(['setuptools', 'wheel'])

/** Returns whether the Dockerfile compiles Python on purpose, or already leaves that out. */
function isAskedFor({ instructions = [], layers }: Stage): boolean {
  return [...instructions, ...layers.map(({ instruction }) => instruction)].some(
    (instruction) =>
      instruction !== null &&
      /compileall|--compile\b|--compile-bytecode|COMPILE_BYTECODE|PIP_(?:NO_)?COMPILE/.test(instruction.text),
  )
}

/** What the commands of a RUN do with Python packages. */
interface Run {
  /** Whether pip installs something and compiles it. */
  readonly installs: boolean
  readonly makesEnvironment: boolean
  /** Whether a command may import packages, as far as the commands are known. */
  readonly mayImport: boolean
}

/** Commands that do not start Python, or only with modules of its standard library. */
const harmless: ReadonlySet<string> = new Set(
  (
    ': [ adduser addgroup apk apt apt-get awk cat cd chmod chown cp curl dnf do done dpkg echo else esac export ' +
    'false fi find for git grep groupadd gunzip gzip head id if install ldconfig ln ls microdnf mkdir mktemp mv node npm npx ' +
    'pip pip3 pnpm printf pwd read rm rmdir sed set sleep sudo tail tar tee test then touch tr true ' +
    'unset unzip update-ca-certificates useradd usermod wget which yarn yum'
  ).split(' '),
)
/** What starts a command that is not the first word of its part: substitutions, and arguments of `find` and `awk`. */
const startsOthers = /\$\(|`|<\(| -(?:exec|execdir|ok|okdir)\s|system\s*\(/

/** Returns whether a command cannot import packages. A sourced script may, unless it activates an environment. */
function isHarmless(name: string, words: readonly string[]): boolean {
  if (name === '.' || name === 'source') return words[0]?.endsWith('/bin/activate') === true
  return harmless.has(name) || environments.has(name)
}

const shellWords: ReadonlySet<string> = new Set(['RUN', 'sudo', '{', '}', '(', ')', '!', 'if', 'then', 'else', 'do'])
const python = /^python(?:\d+(?:\.\d+)*)?$/
const pip = /^pip(?:\d+(?:\.\d+)*)?$/
/** Modules of Python that import no installed packages. */
const environments: ReadonlySet<string> = new Set(['venv', 'ensurepip'])

/** Returns what a RUN does. Null for other instructions. */
function runOf(text: string): Run | null {
  if (keywordOf(text) !== 'RUN') return null
  const commands = commandsIn(text).flatMap((part) => commandOf(part) ?? [])
  return {
    installs:
      commands.some(({ name, words }) => name === 'pip' && words.includes('install')) && !says(text, '--no-compile'),
    makesEnvironment: commands.some(({ name }) => environments.has(name)),
    // A build without isolation imports installed packages.
    mayImport:
      commands.some(({ name, words }) => !isHarmless(name, words)) ||
      says(text, '--no-build-isolation') ||
      startsOthers.test(text),
  }
}

interface Command {
  /** For `python -m MODULE`, the module. */
  readonly name: string
  readonly words: readonly string[]
}

/** Returns a command without its path, or null if there is none. */
function commandOf(part: string): Command | null {
  const all = part.split(/\s/).filter((word) => word !== '')
  const start = all.findIndex(
    (word) => !shellWords.has(word) && !word.startsWith('--') && !/^[A-Za-z_]\w*=/.test(word) && !word.startsWith('#'),
  )
  if (start === -1) return null
  const [path = '', ...words] = all.slice(start)
  const name = path.slice(path.lastIndexOf('/') + 1)
  if (pip.test(name)) return { name: 'pip', words }
  if (!python.test(name)) return { name, words }
  const module = words.indexOf('-m')
  return module === -1 ? { name, words } : { name: words[module + 1] ?? '', words: words.slice(module + 2) }
}
