/** The options that our own flags of the command line come to. */
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
import { reportFormats, stageCompressions, uncachedStagesWishes, type OwnFlag } from './own-flag-table.ts'

/** How and where the report is written; the same for every command that makes one. */
export interface ReportOptions {
  /** Of standard output. */
  readonly format: ReportFormat
  /** Files written besides, or null. */
  readonly json: string | null
  readonly markdown: string | null
  /** As written: a revision (of `build` alone), a SOURCE or a record; null for none. */
  readonly baseline: string | null
  /** Rules, or `@FILE`. */
  readonly budgets: readonly string[]
  /** No progress and no messages; errors still come. */
  readonly quiet: boolean
  /** `--no-color` or `NO_COLOR`; otherwise the terminal decides. */
  readonly noColor: boolean
}

/** Our options of `publish`. */
export interface PublishOptions extends ReportOptions {
  /** `OWNER/REPO`; null for the workflow's. */
  readonly repository: string | null
  readonly pullRequest: number | null
  /** Whose comment it is. */
  readonly name: string | null
  readonly comment: CommentMode
}

/** Our options of `build`. */
export interface CommandOptions extends ReportOptions {
  readonly stageCompression: StageCompression
  readonly uncachedStages: UncachedStages
  /** Milliseconds that building the base revision may take. */
  readonly baselineTimeout: number
  /** Show the plan, build nothing. */
  readonly print: boolean
}

/** Our options of `trend`. */
export interface TrendOptions {
  /** Of standard output. */
  readonly format: ReportFormat
  readonly measure: TrendMeasure
  /** A size or a count, as written; null for none. */
  readonly creep: string | null
  /** File or folder that gets the points of records; null for none. */
  readonly append: string | null
  readonly badge: string | null
  readonly quiet: boolean
  readonly noColor: boolean
}

type Uses = readonly FlagUse<OwnFlag>[]

export function reportOptionsOf(uses: Uses, env: Environment): ReportOptions {
  if (lastOf(uses, 'html') !== undefined)
    throw new FootprintError('USAGE', '--html is not available yet: it comes in a later version')
  const format = lastOf(uses, 'format') ?? 'terminal'
  if (format === 'html')
    throw new FootprintError('USAGE', '--format html is not available yet: it comes in a later version')
  return {
    format: oneOf('--format', format, reportFormats),
    json: fileOf(uses, 'json'),
    markdown: fileOf(uses, 'markdown'),
    baseline: lastOf(uses, 'baseline') ?? null,
    budgets: uses.filter((use) => use.flag.name === 'budget').map((use) => use.value),
    quiet: isSet(uses, 'quiet'),
    noColor: isNoColor(uses, env),
  }
}

export function commandOptionsOf(uses: Uses, env: Environment): CommandOptions {
  return {
    ...reportOptionsOf(uses, env),
    uncachedStages: oneOf('--uncached-stages', lastOf(uses, 'uncached-stages') ?? 'skip', uncachedStagesWishes),
    stageCompression: oneOf('--stage-compression', lastOf(uses, 'stage-compression') ?? 'auto', stageCompressions),
    baselineTimeout: parseDuration('--baseline-timeout', lastOf(uses, 'baseline-timeout') ?? '10m'),
    print: isSet(uses, 'print'),
  }
}

export function publishOptionsOf(uses: Uses, env: Environment): PublishOptions {
  const pullRequest = lastOf(uses, 'pull-request')
  const repository = lastOf(uses, 'repository') ?? null
  if (pullRequest !== undefined && !/^[1-9]\d{0,14}$/.test(pullRequest))
    throw new FootprintError('USAGE', `--pull-request is a number; not "${pullRequest}"`)
  if (repository !== null && !/^[^/\s]+\/[^/\s]+$/.test(repository))
    throw new FootprintError('USAGE', `--repository is OWNER/NAME; not "${repository}"`)
  return {
    ...reportOptionsOf(uses, env),
    repository,
    pullRequest: pullRequest === undefined ? null : Number(pullRequest),
    name: lastOf(uses, 'name') ?? null,
    comment: oneOf('--comment', lastOf(uses, 'comment') ?? 'changes', commentModes),
  }
}

export function trendOptionsOf(uses: Uses, env: Environment): TrendOptions {
  return {
    format: oneOf('--format', lastOf(uses, 'format') ?? 'terminal', reportFormats),
    measure: oneOf('--measure', lastOf(uses, 'measure') ?? 'pull', trendMeasures),
    creep: lastOf(uses, 'creep') ?? null,
    append: pathOf(uses, 'append'),
    badge: pathOf(uses, 'badge'),
    quiet: isSet(uses, 'quiet'),
    noColor: isNoColor(uses, env),
  }
}

/** https://no-color.org: set and not empty. */
const isNoColor = (uses: Uses, env: Environment): boolean => isSet(uses, 'no-color') || (env['NO_COLOR'] ?? '') !== ''

function pathOf(uses: Uses, name: 'append' | 'badge'): string | null {
  const file = lastOf(uses, name)
  if (file === undefined) return null
  if (file === '' || file === '-') throw new FootprintError('USAGE', `--${name} needs the name of a file`)
  return file
}

export const isSet = (uses: Uses, name: string): boolean => lastOf(uses, name) === 'true'

/** One of the allowed words, or an error that names what was set, to what, and what is allowed. */
export function oneOf<T extends string>(what: string, value: string, allowed: readonly T[]): T {
  const found = allowed.find((word) => word === value)
  if (found === undefined) throw new FootprintError('USAGE', `${what} is one of ${allowed.join(', ')}; not "${value}"`)
  return found
}

function lastOf(uses: Uses, name: string): string | undefined {
  return uses.findLast((use) => use.flag.name === name)?.value
}

function fileOf(uses: Uses, name: 'json' | 'markdown'): string | null {
  const file = lastOf(uses, name)
  if (file === undefined) return null
  if (file === '') throw new FootprintError('USAGE', `--${name} needs the name of a file`)
  if (file === '-') {
    throw new FootprintError('USAGE', `--${name} writes a file; for standard output say --format ${name}`)
  }
  return file
}
