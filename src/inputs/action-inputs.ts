/** Parses the action's inputs: those of docker/build-push-action and a few of our own. */
import { existsSync } from 'node:fs'
import { FootprintError } from '../errors.ts'
import { trimOf } from '../text.ts'
import { parseActionBuild, type ActionBuild, type ActionContext } from './action-build.ts'
import { parseBake, type BakeInputs } from './bake-inputs.ts'
import { booleanInput, type GetInput } from './boolean-input.ts'
import { parseDuration } from './duration.ts'
import { eventFactsOf } from './event.ts'
import { wantsGitQuery } from './git-context.ts'
import { parseImages } from './images.ts'
import { inputList } from './input-list.ts'
import {
  commentModes,
  defaultOverrideLabel,
  type CommentMode,
  type Environment,
  type StageCompression,
  type UncachedStages,
} from './inputs.ts'
import { stageCompressions, uncachedStagesValues } from './own-flag-table.ts'
import { oneOf } from './own-flags.ts'
import { parsePageUrl } from './page-url.ts'

/** Inputs of every mode. */
export interface CommonInputs {
  /**
   * The name of the image in the report, which also identifies the comment. Null means the name that the build gives.
   */
  readonly name: string | null
  /** Base name for files of the report, without an extension. It is safe in any file system. */
  readonly fileName: string
  readonly token: string
  /** One rule per line, or `@FILE`. Parsed where budgets are checked. */
  readonly budgets: readonly string[]
  readonly comment: CommentMode
  /** The label that turns a failed budget into a warning. */
  readonly overrideLabel: string
  /** As written: `auto`, `none`, or a file or folder of points. */
  readonly trend: string
  /** Address at which readers find the page of the report. Null if it is not known. */
  readonly pageUrl: string | null
}

/** Inputs of every mode that compares with a baseline. */
export interface ComparedInputs extends CommonInputs {
  /** As written: `auto`, `none`, a revision, a SOURCE or a record. */
  readonly baseline: string
  /** Time limit for building the base revision, in milliseconds. */
  readonly baselineTimeout: number
  readonly failOnReportError: boolean
}

/** `mode: report`: build, weigh, compare and report. */
export interface ReportInputs extends ComparedInputs, ActionBuild {
  readonly mode: 'report'
  readonly stageCompression: StageCompression
  readonly uncachedStages: UncachedStages
}

/** `mode: bake`, or one of `files`, `targets`, `set` and `vars`: does the same for the targets of bake files. */
export interface BakeReportInputs extends ComparedInputs {
  readonly mode: 'bake'
  readonly bake: BakeInputs
  readonly stageCompression: StageCompression
  readonly uncachedStages: UncachedStages
}

/** `mode: report` with `images`: does the same for existing images, without a build. */
export interface ImagesReportInputs extends ComparedInputs {
  readonly mode: 'images'
  /** SOURCEs, as written. */
  readonly images: readonly string[]
}

/** `mode: publish`: writes one comment from the records of other jobs. */
export interface PublishInputs extends CommonInputs {
  readonly mode: 'publish'
  /** Paths and globs. */
  readonly records: readonly string[]
}

/** The parsed inputs of the action. The mode determines which they are. */
export type ActionInputs = ReportInputs | BakeReportInputs | ImagesReportInputs | PublishInputs

/** What the inputs on a runner depend on, besides its environment and files. */
export interface RunnerFacts {
  /** The payload of the event that started the run, not validated. */
  readonly payload: unknown
  /** Whether buildx supports a Git context with a query. Used only if `wantsGitQuery`. */
  readonly takesGitQuery: boolean
}

/**
 * Parses the inputs on a runner. See `parseActionInputs`.
 *
 * @throws FootprintError USAGE that names the input
 */
export function readActionInputs(
  get: GetInput,
  env: Environment,
  { payload, takesGitQuery }: RunnerFacts,
): ActionInputs {
  return parseActionInputs(get, env, {
    ...eventFactsOf(payload),
    asQuery: wantsGitQuery(env) && takesGitQuery,
    fileExists: existsSync,
  })
}

/**
 * Parses the inputs of the action.
 *
 * @throws FootprintError USAGE that names the input
 */
export function parseActionInputs(get: GetInput, env: Environment, context: ActionContext): ActionInputs {
  const text = (name: string): string => get(name).trim()
  const lines = (name: string): string[] => inputList(name, get(name), { ignoreComma: true, quote: false })
  const name = text('name') || null
  const common = {
    name,
    fileName: fileNameOf(name),
    token: text('github-token'),
    budgets: lines('budgets'),
    comment: oneOf('input comment', commentWord(text('comment')), commentModes),
    overrideLabel: text('override-label') || defaultOverrideLabel,
    trend: text('trend') || 'auto',
    pageUrl: parsePageUrl(text('page-url'), env),
  }
  const records = lines('records')
  const mode = oneOf('input mode', text('mode') || 'report', ['report', 'bake', 'publish'] as const)
  if (mode === 'publish') {
    if (!['', 'auto'].includes(text('baseline')))
      throw new FootprintError(
        'USAGE',
        'input baseline cannot be used with mode publish: remove it. This mode always compares with stored records',
      )
    return { mode, ...common, records }
  }
  const compared = {
    ...common,
    baseline: text('baseline') || 'auto',
    baselineTimeout: parseDuration('input baseline-timeout', text('baseline-timeout') || '10m'),
    failOnReportError: booleanInput(get, 'fail-on-report-error'),
  }
  const images = parseImages(get)
  if (images.length > 0) {
    if (mode === 'bake')
      throw new FootprintError(
        'USAGE',
        'input images weighs existing images, but mode bake builds: use a separate step for each',
      )
    return { mode: 'images', ...compared, images }
  }
  const stageCompression = oneOf('input stage-compression', text('stage-compression') || 'auto', stageCompressions)
  const uncachedStages = oneOf('input uncached-stages', text('uncached-stages') || 'skip', uncachedStagesValues)
  const bake = parseBake(get, env, { ...context, wanted: mode === 'bake' })
  if (bake !== null) return { mode: 'bake', ...compared, bake, stageCompression, uncachedStages }
  return { mode: 'report', ...compared, ...parseActionBuild(get, env, context), stageCompression, uncachedStages }
}

/** Some YAML parsers read `off` as a boolean. */
const commentWord = (text: string): string => (text === 'false' ? 'off' : text || 'changes')

function fileNameOf(name: string | null): string {
  const safe = trimOf((name ?? '').replace(/[^A-Za-z0-9._-]+/g, '-'), '-.')
  return safe === '' ? 'stage-footprint' : `stage-footprint-${safe.slice(0, 100)}`
}
