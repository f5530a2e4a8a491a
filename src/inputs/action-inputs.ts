/** From the action's inputs, which are docker/build-push-action's and a few of our own, to what it is to do. */
import { existsSync } from 'node:fs'
import { FootprintError } from '../errors.ts'
import { trimOf } from '../text.ts'
import { parseActionBuild, type ActionBuild, type ActionContext } from './action-build.ts'
import { parseBake, type BakeInputs } from './bake-inputs.ts'
import { booleanInput, type GetInput } from './boolean-input.ts'
import { parseDuration } from './duration.ts'
import { readEventFacts } from './event.ts'
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
import { stageCompressions, uncachedStagesWishes } from './own-flag-table.ts'
import { oneOf } from './own-flags.ts'

/** What both modes read. */
export interface CommonInputs {
  /** What the report calls the image, and whose comment this is; null: what the build calls it. */
  readonly name: string | null
  /** What files of the report are called, without a suffix; safe in any file system. */
  readonly fileName: string
  readonly token: string
  /** One rule a line, or `@FILE`; parsed where they are judged. */
  readonly budgets: readonly string[]
  readonly comment: CommentMode
  /** The label that turns a failed budget into a warning. */
  readonly overrideLabel: string
}

/** What is weighed is compared, whatever it is. */
export interface ComparedInputs extends CommonInputs {
  /** As written: `auto`, `none`, a revision, a SOURCE or a record. */
  readonly baseline: string
  /** Milliseconds. */
  readonly baselineTimeout: number
  readonly failOnReportError: boolean
}

/** `mode: report`: build, weigh, compare, tell. */
export interface ReportInputs extends ComparedInputs, ActionBuild {
  readonly mode: 'report'
  readonly stageCompression: StageCompression
  readonly uncachedStages: UncachedStages
}

/** `mode: bake`, or `files`, `targets`, `set` or `vars`: the same for the targets of bake files. */
export interface BakeReportInputs extends ComparedInputs {
  readonly mode: 'bake'
  readonly bake: BakeInputs
  readonly stageCompression: StageCompression
  readonly uncachedStages: UncachedStages
}

/** `mode: report` with `images`: the same for images that exist, without a build. */
export interface ImagesReportInputs extends ComparedInputs {
  readonly mode: 'images'
  /** Each a SOURCE, as it was written. */
  readonly images: readonly string[]
}

/** `mode: publish`: one comment from the records of other jobs. */
export interface PublishInputs extends CommonInputs {
  readonly mode: 'publish'
  /** Paths and globs. */
  readonly records: readonly string[]
}

export type ActionInputs = ReportInputs | BakeReportInputs | ImagesReportInputs | PublishInputs

/**
 * `parseActionInputs` on a runner: with its files and the event that started the run.
 * @param takesGitQuery whether buildx takes a Git context with a query; matters only where `wantsGitQuery`
 */
export function readActionInputs(get: GetInput, env: Environment, takesGitQuery: boolean): ActionInputs {
  return parseActionInputs(get, env, {
    ...readEventFacts(env),
    asQuery: wantsGitQuery(env) && takesGitQuery,
    fileExists: existsSync,
  })
}

/** @throws FootprintError USAGE that names the input */
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
  }
  const records = lines('records')
  const mode = oneOf('input mode', text('mode') || 'report', ['report', 'bake', 'publish'] as const)
  if (mode === 'publish') return { mode, ...common, records }
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
        'input images weighs what is built already, and mode bake builds: take a step of its own for each',
      )
    return { mode: 'images', ...compared, images }
  }
  const stageCompression = oneOf('input stage-compression', text('stage-compression') || 'auto', stageCompressions)
  const uncachedStages = oneOf('input uncached-stages', text('uncached-stages') || 'skip', uncachedStagesWishes)
  const bake = parseBake(get, env, { ...context, wanted: mode === 'bake' })
  if (bake !== null) return { mode: 'bake', ...compared, bake, stageCompression, uncachedStages }
  return { mode: 'report', ...compared, ...parseActionBuild(get, env, context), stageCompression, uncachedStages }
}

/** Some readers of YAML take `off` for a boolean. */
const commentWord = (text: string): string => (text === 'false' ? 'off' : text || 'changes')

function fileNameOf(name: string | null): string {
  const safe = trimOf((name ?? '').replace(/[^A-Za-z0-9._-]+/g, '-'), '-.')
  return safe === '' ? 'stage-footprint' : `stage-footprint-${safe.slice(0, 100)}`
}
