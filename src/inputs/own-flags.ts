/** Parses our own flags of the command line into options. */
import { FootprintError } from '../errors.ts'
import { parseDuration } from './duration.ts'
import type { FlagUse } from './flag-scan.ts'
import {
  commentModes,
  type CommentMode,
  type Environment,
  type ReportFormat,
  trendMeasures,
  type StageCompression,
  type TrendMeasure,
  type UncachedStages,
} from './inputs.ts'
import {
  reportFormats,
  stageCompressions,
  trendFormats,
  uncachedStagesValues,
  viewPageFlag,
  type OwnFlag,
} from './own-flag-table.ts'

/** How and where the report is written. The same for every command that makes a report. */
export interface ReportOptions {
  /** Format of the report on standard output. */
  readonly format: ReportFormat
  /** Additional files to write, or null. */
  readonly json: string | null
  readonly markdown: string | null
  readonly html: string | null
  /** As written: a revision (only for `build`), a SOURCE or a record. Null for no baseline. */
  readonly baseline: string | null
  /** Rules, or `@FILE`. */
  readonly budgets: readonly string[]
  /** File or folder with the history of the image. Null for none. */
  readonly trend: string | null
  /** No progress and no messages. Errors are still printed. */
  readonly quiet: boolean
  /** Whether to use colours. Null if that depends on whether standard output is a terminal. */
  readonly color: boolean | null
  /** Whether a report on a terminal has all rows. */
  readonly all: boolean
}

/** Options of `publish`. */
export interface PublishOptions extends ReportOptions {
  /** `OWNER/REPO`, or null for the repository of the workflow. */
  readonly repository: string | null
  readonly pullRequest: number | null
  /** The name that identifies the comment. */
  readonly name: string | null
  readonly comment: CommentMode
}

/** Options of `build`. */
export interface CommandOptions extends ReportOptions {
  readonly stageCompression: StageCompression
  readonly uncachedStages: UncachedStages
  /** Name of the image in the report and in the trend. Null for the default. */
  readonly name: string | null
  /** Time limit for building the base revision, in milliseconds. */
  readonly baselineTimeout: number
  /** Show the plan and build nothing. */
  readonly print: boolean
}

/** How a trend is written. */
export type TrendFormat = (typeof trendFormats)[number]

/** Our options of `trend`. */
export interface TrendOptions {
  /** Format of standard output. */
  readonly format: TrendFormat
  readonly measure: TrendMeasure
  /** Only this branch; null for all. */
  readonly branch: string | null
  /** A size or a count, as written; null for none. */
  readonly creep: string | null
  /** File or folder that gets the points of records; null for none. */
  readonly append: string | null
  readonly badge: string | null
  readonly quiet: boolean
  /** As in `ReportOptions`. */
  readonly color: boolean | null
}

type Uses = readonly FlagUse<OwnFlag>[]

/**
 * Returns the options of a report.
 *
 * @throws FootprintError USAGE that names the flag
 */
export function reportOptionsOf(uses: Uses, env: Environment): ReportOptions {
  return {
    format: oneOf('--format', lastOf(uses, 'format') ?? 'terminal', reportFormats),
    json: fileOf(uses, 'json'),
    markdown: fileOf(uses, 'markdown'),
    html: fileOf(uses, 'html'),
    baseline: baselineOf(uses),
    budgets: uses.filter((use) => use.flag.name === 'budget').map(({ value }) => ruleIn(value)),
    trend: pathOf(uses, 'trend'),
    quiet: isSet(uses, 'quiet'),
    color: colorOf(uses, env),
    all: isSet(uses, 'all'),
  }
}

/**
 * Returns the options of `build`.
 *
 * @throws FootprintError USAGE that names the flag
 */
export function commandOptionsOf(uses: Uses, env: Environment): CommandOptions {
  const name = lastOf(uses, 'name') ?? ''
  return {
    ...reportOptionsOf(uses, env),
    uncachedStages: oneOf('--uncached-stages', lastOf(uses, 'uncached-stages') ?? 'skip', uncachedStagesValues),
    stageCompression: oneOf('--stage-compression', lastOf(uses, 'stage-compression') ?? 'auto', stageCompressions),
    name: name === '' ? null : name,
    baselineTimeout: parseDuration('--baseline-timeout', lastOf(uses, 'baseline-timeout') ?? '10m'),
    print: isSet(uses, 'print'),
  }
}

/**
 * Returns the options of `publish`.
 *
 * @throws FootprintError USAGE that names the flag
 */
export function publishOptionsOf(uses: Uses, env: Environment): PublishOptions {
  const pullRequest = lastOf(uses, 'pull-request')
  const repository = lastOf(uses, 'repository') ?? null
  if (pullRequest !== undefined && !/^[1-9]\d{0,14}$/.test(pullRequest))
    throw new FootprintError('USAGE', `--pull-request must be a number, not "${pullRequest}"`)
  if (repository !== null && !/^[^/\s]+\/[^/\s]+$/.test(repository))
    throw new FootprintError('USAGE', `--repository must be OWNER/NAME, not "${repository}"`)
  return {
    ...reportOptionsOf(uses, env),
    repository,
    pullRequest: pullRequest === undefined ? null : Number(pullRequest),
    name: lastOf(uses, 'name') ?? null,
    comment: oneOf('--comment', lastOf(uses, 'comment') ?? 'changes', commentModes),
  }
}

/**
 * Returns the options of `trend`.
 *
 * @throws FootprintError USAGE that names the flag
 */
export function trendOptionsOf(uses: Uses, env: Environment): TrendOptions {
  return {
    format: oneOf('--format', lastOf(uses, 'format') ?? 'terminal', trendFormats),
    measure: oneOf('--measure', lastOf(uses, 'measure') ?? 'pull', trendMeasures),
    branch: lastOf(uses, 'branch') ?? null,
    creep: lastOf(uses, 'creep') ?? null,
    append: pathOf(uses, 'append'),
    badge: pathOf(uses, 'badge'),
    quiet: isSet(uses, 'quiet'),
    color: colorOf(uses, env),
  }
}

/**
 * Returns what the flag, `NO_COLOR` (https://no-color.org) and `FORCE_COLOR` say about colours, in this order. A variable
 * counts if it is set and not empty. As in Node, `FORCE_COLOR=0` and `FORCE_COLOR=false` turn colours off.
 */
function colorOf(uses: Uses, env: Environment): boolean | null {
  if (isSet(uses, 'no-color') || (env['NO_COLOR'] ?? '') !== '') return false
  const force = env['FORCE_COLOR'] ?? ''
  return force === '' ? null : force !== '0' && force !== 'false'
}

// An empty value usually comes from a variable that is not set. It must not turn off a gate or a comparison in silence.
function baselineOf(uses: Uses): string | null {
  const baseline = lastOf(uses, 'baseline') ?? null
  if (baseline?.trim() === '')
    throw new FootprintError('USAGE', '--baseline is empty: name what to compare with, or leave the flag out')
  return baseline
}

function ruleIn(budget: string): string {
  if (budget.trim() !== '') return budget
  throw new FootprintError('USAGE', '--budget is empty: write a rule such as "final pull growth <= 1 MB"')
}

function pathOf(uses: Uses, name: 'append' | 'badge' | 'trend'): string | null {
  const file = lastOf(uses, name)
  if (file === undefined) return null
  if (file === '' || file === '-') throw new FootprintError('USAGE', `--${name} needs a file name`)
  return file
}

/** Returns whether a boolean flag is set to true. */
export const isSet = (uses: Uses, name: string): boolean => lastOf(uses, name) === 'true'

/**
 * Returns the value if it is one of the allowed words.
 *
 * @throws FootprintError USAGE that names the setting, its value and the allowed words
 */
export function oneOf<T extends string>(what: string, value: string, allowed: readonly T[]): T {
  const found = allowed.find((word) => word === value)
  if (found === undefined)
    throw new FootprintError('USAGE', `${what} must be one of ${allowed.join(', ')}, not "${value}"`)
  return found
}

function lastOf(uses: Uses, name: string): string | undefined {
  return uses.findLast((use) => use.flag.name === name)?.value
}

function fileOf(uses: Uses, name: 'json' | 'markdown' | 'html'): string | null {
  const use = uses.findLast(({ flag }) => flag.name === name)
  const file = use?.value
  if (file === undefined) return null
  if (file === '') throw new FootprintError('USAGE', `--${name} needs a file name`)
  if (file === '-') {
    const instead = `${use?.flag === viewPageFlag ? 'the command render with ' : ''}--format ${name}`
    throw new FootprintError('USAGE', `--${name} writes to a file; for standard output use ${instead}`)
  }
  return file
}
