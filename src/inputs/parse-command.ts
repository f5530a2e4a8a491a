/** Parses the arguments of the command line into one command. */
import { FootprintError } from '../errors.ts'
import { isPlatformText } from '../oci/platform.ts'
import { buildInputsOf } from './build-inputs.ts'
import { buildxFlags, type BuildxFlag } from './buildx-flags.ts'
import type { Command } from './command.ts'
import { completeCommand, isShell, shells } from './complete.ts'
import { metadataCommand } from './docker-plugin.ts'
import { scanFlags, type FlagUse, type Scan } from './flag-scan.ts'
import type { Environment } from './inputs.ts'
import { commandNames, type CommandName } from './manual.ts'
import { nearest, unknownWordError } from './nearest.ts'
import { commandOptionsOf, isSet, publishOptionsOf, reportOptionsOf, trendOptionsOf } from './own-flags.ts'
import {
  buildFlags,
  helpFlag,
  inspectFlags,
  publishFlags,
  reportFlags,
  trendFlags,
  viewFlags,
  type OwnFlag,
} from './own-flag-table.ts'

type BuildFlag = BuildxFlag | OwnFlag

/** Our own flags come first, so that a buildx flag with the same name never hides them. */
const flagsOfBuild: readonly BuildFlag[] = [...buildFlags, ...buildxFlags]

/**
 * Parses a command.
 *
 * @param argv the arguments after `node` and the script
 * @param learnt flags of the installed buildx that are not in the table
 * @throws UnknownFlag for a flag that is not known
 * @throws FootprintError USAGE for any other mistake
 */
export function parseCommand(argv: readonly string[], env: Environment, learnt: readonly BuildxFlag[] = []): Command {
  const [name, ...rest] = argv
  switch (name) {
    case undefined:
    case '--help':
    case '-h':
      return { kind: 'help', command: null }
    case 'help':
      return { kind: 'help', command: rest[0] === undefined ? null : commandNamed(rest[0]) }
    case '--version':
    case '-v':
      return { kind: 'version' }
    case completeCommand:
      return { kind: 'complete', words: rest }
    case metadataCommand:
      return { kind: 'plugin-metadata' }
  }
  const command = commandNamed(name)
  switch (command) {
    case 'build': {
      const scan = scanFlags(rest, [...flagsOfBuild, ...learnt])
      return askedInstead(command, ownUses(scan)) ?? buildOf(scan, env)
    }
    case 'render': {
      const scan = scanFlags(rest, reportFlags)
      return askedInstead(command, ownUses(scan)) ?? renderOf(scan, env)
    }
    case 'view': {
      const scan = scanFlags(rest, viewFlags)
      return askedInstead(command, ownUses(scan)) ?? viewOf(scan, env)
    }
    case 'inspect': {
      const scan = scanFlags(rest, inspectFlags)
      return askedInstead(command, ownUses(scan)) ?? inspectOf(scan, env)
    }
    case 'compare': {
      const scan = scanFlags(rest, inspectFlags)
      return askedInstead(command, ownUses(scan)) ?? compareOf(scan, env)
    }
    case 'publish': {
      const scan = scanFlags(rest, publishFlags)
      return askedInstead(command, ownUses(scan)) ?? publishOf(scan, env)
    }
    case 'trend': {
      const scan = scanFlags(rest, trendFlags)
      return askedInstead(command, ownUses(scan)) ?? trendCommandOf(scan, env)
    }
    case 'completion': {
      const scan = scanFlags(rest, [helpFlag])
      return askedInstead(command, ownUses(scan)) ?? completionFor(scan)
    }
    case 'install-plugin': {
      const scan = scanFlags(rest, [helpFlag])
      return askedInstead(command, ownUses(scan)) ?? installOf(scan)
    }
  }
}

function buildOf(scan: Scan<BuildFlag>, env: Environment): Command {
  const options = commandOptionsOf(ownUses(scan), env)
  const [context, ...more] = scan.operands
  if (context === undefined || more.length > 0) {
    throw new FootprintError(
      'USAGE',
      `"stage-footprint build" requires exactly 1 argument, the build context (PATH, URL or -), and got ${counted(scan.operands)}; see "stage-footprint build --help"`,
    )
  }
  const build = buildInputsOf({ context, uses: theirUses(scan), argv: theirArgv(scan), env: new Map() })
  return { kind: 'build', build, options }
}

function renderOf(scan: Scan<OwnFlag>, env: Environment): Command {
  const options = reportOptionsOf(ownUses(scan), env)
  const [record, ...more] = scan.operands
  if (record === undefined || more.length > 0) {
    throw new FootprintError(
      'USAGE',
      `"stage-footprint render" requires exactly 1 argument, a record (FILE or -), and got ${counted(scan.operands)}; see "stage-footprint render --help"`,
    )
  }
  return { kind: 'render', record, options }
}

function viewOf(scan: Scan<OwnFlag>, env: Environment): Command {
  const uses = ownUses(scan)
  const options = reportOptionsOf(uses, env)
  const [shown, ...more] = scan.operands
  if (shown === undefined || more.length > 0) {
    throw new FootprintError(
      'USAGE',
      `"stage-footprint view" requires exactly 1 argument, a record or a source, and got ${counted(scan.operands)}; see "stage-footprint view --help"`,
    )
  }
  return { kind: 'view', shown, platform: platformFlag(uses), options }
}

function inspectOf(scan: Scan<OwnFlag>, env: Environment): Command {
  const uses = ownUses(scan)
  const options = reportOptionsOf(uses, env)
  const [source, ...more] = scan.operands
  if (source === undefined || more.length > 0) {
    throw new FootprintError(
      'USAGE',
      `"stage-footprint inspect" requires exactly 1 argument, a source (oci:DIR, docker-archive:FILE, docker://REF, …), and got ${counted(scan.operands)}; see "stage-footprint inspect --help"`,
    )
  }
  return { kind: 'inspect', source, platform: platformFlag(uses), options }
}

/** Returns the value of `--platform`: one or more of `os[(version)]/architecture[/variant]`, separated by commas. */
function platformFlag(uses: readonly FlagUse<OwnFlag>[]): string | null {
  const given = uses.filter((use) => use.flag.name === 'platform').map((use) => use.value)
  if (given.length === 0) return null
  const platform = given.join(',')
  if (!platform.split(',').every(isPlatformText)) {
    throw new FootprintError(
      'USAGE',
      `--platform must be os/architecture[/variant], such as linux/arm64 or windows(10.0.20348)/amd64, not "${platform}"`,
    )
  }
  return platform
}

function compareOf(scan: Scan<OwnFlag>, env: Environment): Command {
  const uses = ownUses(scan)
  const options = reportOptionsOf(uses, env)
  const [base, head, ...more] = scan.operands
  if (base === undefined || head === undefined || more.length > 0) {
    throw new FootprintError(
      'USAGE',
      `"stage-footprint compare" requires exactly 2 arguments, base and head (records or sources), and got ${counted(scan.operands)}; see "stage-footprint compare --help"`,
    )
  }
  if (options.baseline !== null)
    throw new FootprintError(
      'USAGE',
      'the baseline of "stage-footprint compare" is its first argument; leave --baseline out',
    )
  return { kind: 'compare', base, head, platform: platformFlag(uses), options }
}

function publishOf(scan: Scan<OwnFlag>, env: Environment): Command {
  const options = publishOptionsOf(ownUses(scan), env)
  if (scan.operands.length === 0)
    throw new FootprintError(
      'USAGE',
      '"stage-footprint publish" requires records (FILE…); see "stage-footprint publish --help"',
    )
  return { kind: 'publish', records: scan.operands, options }
}

function trendCommandOf(scan: Scan<OwnFlag>, env: Environment): Command {
  const options = trendOptionsOf(ownUses(scan), env)
  if (scan.operands.length === 0)
    throw new FootprintError(
      'USAGE',
      '"stage-footprint trend" requires records, lines of points, or a folder of them; see "stage-footprint trend --help"',
    )
  return { kind: 'trend', sources: scan.operands, options }
}

function completionFor(scan: Scan<OwnFlag>): Command {
  const [shell, ...more] = scan.operands
  if (shell === undefined || more.length > 0)
    throw new FootprintError(
      'USAGE',
      `"stage-footprint completion" requires exactly 1 argument, a shell (${shells.join(', ')}), and got ${counted(scan.operands)}`,
    )
  if (!isShell(shell)) throw unknownWordError('shell', shell, shells)
  return { kind: 'completion', shell }
}

function installOf(scan: Scan<OwnFlag>): Command {
  if (scan.operands.length > 0)
    throw new FootprintError(
      'USAGE',
      `"stage-footprint install-plugin" takes no arguments, and got ${counted(scan.operands)}`,
    )
  return { kind: 'install-plugin' }
}

/** `--help` and `--version` take precedence over missing or superfluous arguments. */
function askedInstead(command: CommandName, uses: readonly FlagUse<OwnFlag>[]): Command | null {
  if (isSet(uses, 'help')) return { kind: 'help', command }
  return isSet(uses, 'version') ? { kind: 'version' } : null
}

function commandNamed(word: string): CommandName {
  const found = commandNames.find((name) => name === word)
  if (found !== undefined) return found
  throw word.startsWith('-') ? flagBeforeCommand(word) : unknownWordError('command', word, commandNames)
}

/** Returns the error for a flag in place of a command. */
function flagBeforeCommand(word: string): FootprintError {
  const [flag = word] = word.split('=', 1)
  const name = flag.replace(/^-+/, '')
  const isKnown = flagsOfBuild.some((known) => known.name === name || (known.short === name && flag === `-${name}`))
  if (isKnown)
    return new FootprintError('USAGE', `flags come after the command, as in "stage-footprint build ${flag} …"`)
  const near =
    name.length === 1
      ? programFlags.find(({ short }) => short === name.toLowerCase())?.name
      : nearest(
          name,
          programFlags.map((known) => known.name),
        )
  return new FootprintError(
    'USAGE',
    `unknown flag ${flag}; ${near ? `did you mean --${near}?` : 'a command comes first, as in "stage-footprint build ."; "stage-footprint --help" lists the commands'}`,
  )
}

/** The flags that may stand in place of a command. */
const programFlags = [
  { name: 'help', short: 'h' },
  { name: 'version', short: 'v' },
]

const isOwn = (flag: BuildFlag): flag is OwnFlag => 'own' in flag

function ownUses(scan: Scan<BuildFlag>): FlagUse<OwnFlag>[] {
  return scan.groups
    .flatMap((group) => group.uses)
    .flatMap((use) => (isOwn(use.flag) ? [{ ...use, flag: use.flag }] : []))
}

function theirUses(scan: Scan<BuildFlag>): FlagUse<BuildxFlag>[] {
  return scan.groups
    .flatMap((group) => group.uses)
    .flatMap((use) => (isOwn(use.flag) ? [] : [{ ...use, flag: use.flag }]))
}

/**
 * Returns the arguments as the user wrote them, without our own flags. Only a cluster that contains one of ours is
 * split.
 */
function theirArgv(scan: Scan<BuildFlag>): string[] {
  return scan.groups.flatMap(({ words, uses }) =>
    uses.some((use) => isOwn(use.flag)) ? uses.filter((use) => !isOwn(use.flag)).flatMap((use) => use.words) : words,
  )
}

function counted(operands: readonly string[]): string {
  if (operands.length === 0) return 'none'
  return `${operands.length}: ${operands.map((operand) => JSON.stringify(operand)).join(', ')}`
}
