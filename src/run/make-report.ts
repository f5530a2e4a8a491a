/** Makes a report from footprints: compares and judges them. */
import type { BaselineNote } from '../base/baseline-note.ts'
import type { Baseline } from '../base/find-baseline.ts'
import { judge, verdictOf } from '../budget/judge.ts'
import type { AskEarlier } from '../budget/since.ts'
import type { BudgetResult, Override, Verdict } from '../budget/verdict.ts'
import { compareFootprints } from '../compare/compare.ts'
import type { Comparison } from '../compare/comparison.ts'
import { FootprintError, messageOf, optionsOf, type ErrorCode, type Option } from '../errors.ts'
import { textForRecord, type Footprint, type Image } from '../record/footprint.ts'
import { baselineSentence, missingClause } from '../report/baseline-sentences.ts'
import type { Report } from '../report/report.ts'
import type { Trend } from '../trend/trend.ts'
import type { CountingRules } from './budgets.ts'

/** Path from the root of the repository, for all images or by the name of each image. */
export type Dockerfiles = string | ReadonlyMap<string, string>

/** What a report is made from. */
export interface ReportParts {
  readonly footprint: Footprint
  readonly baseline: Baseline
  /** Null if there are none. */
  readonly rules: CountingRules | null
  /** Why rules are invalid, if there are none because of that. By default they are valid. */
  readonly faulty?: FootprintError | null
  readonly title: string | null
  readonly reportedByFork: boolean
  /** Null if the footprint contains it or it is not known. */
  readonly dockerfile: Dockerfiles | null
  /** What the trend says. Left out if there is none. */
  readonly history?: ReportHistory | undefined
  /** Stages about which the run warns by itself, in lower case. Left out if there are none. */
  readonly missingStages?: Pick<ReadonlySet<string>, 'has'> | undefined
  /** How reasons name options. By default as on the command line. */
  readonly option?: Option
}

/** What a report takes from a trend. */
export interface ReportHistory {
  readonly trend: Trend | null
  readonly askEarlier: AskEarlier
}

/** Returns the report. Its footprint names the Dockerfile of each image, so that its record contains it. */
export function makeReport(parts: ReportParts): Report {
  const { baseline, rules, faulty = null, title, reportedByFork, dockerfile, history } = parts
  const { option = optionsOf('command line') } = parts
  const footprint = dockerfile === null ? parts.footprint : withDockerfiles(parts.footprint, dockerfile)
  const { comparison, notes } = compared(footprint, baseline)
  return {
    footprint,
    comparison,
    verdict:
      rules &&
      verdictOf(
        judge(rules.rules, rules.noise, footprint, comparison, {
          askEarlier: history?.askEarlier,
          option,
          whyNoBaseline: missingClause(notes),
        }).map((result) => withoutTold(result, parts.missingStages)),
        null,
        rules.edited,
      ),
    ...(faulty === null
      ? {}
      : { invalidRules: `No budget was judged: ${faulty.wording(option).replaceAll('\n', '; ')}.` }),
    baselineNotes: [...notes.map(baselineSentence), ...(rules?.notes ?? [])],
    title,
    reportedByFork,
    trend: history?.trend ?? null,
  }
}

/** Returns the result with a short reason if a warning before the build has named the stages that exist. */
function withoutTold(result: BudgetResult, missing: Pick<ReadonlySet<string>, 'has'> = new Set()): BudgetResult {
  const { outcome, stage, rule } = result
  const isMissing = outcome === 'not-known' && stage === null && missing.has(rule.stage?.toLowerCase() ?? '')
  return isMissing ? { ...result, reason: 'the Dockerfile has no such stage', isTold: true } : result
}

function withDockerfiles(footprint: Footprint, dockerfiles: Dockerfiles): Footprint {
  return {
    ...footprint,
    images: footprint.images.map((image) => {
      const path = typeof dockerfiles === 'string' ? dockerfiles : dockerfiles.get(image.name)
      return path === undefined ? image : withDockerfile(image, textForRecord(path))
    }),
  }
}

/** Adds the path of the Dockerfile from the root of the repository, also to the file beside it that savings name. */
function withDockerfile(image: Image, dockerfile: string): Image {
  const folder = dockerfile.slice(0, dockerfile.lastIndexOf('/') + 1)
  const stages = image.stages.map((stage) =>
    stage.savings?.ignoreFile === undefined
      ? stage
      : { ...stage, savings: { ...stage.savings, ignoreFile: `${folder}${stage.savings.ignoreFile}` } },
  )
  return { ...image, stages, dockerfile }
}

/** Returns why a baseline that the user named was not used. Null if it was used, or none was named. */
export function unmetBaseline(
  { found, unmet }: Baseline,
  { comparison, baselineNotes }: Report,
): FootprintError | null {
  if (unmet instanceof FootprintError) return unmet
  if (unmet !== null) return notCompared('WEIGHING_FAILED', baselineSentence(unmet))
  if (found?.origin.kind !== 'given') return null
  if (comparison === null) return notCompared('UNREADABLE_INPUT', baselineNotes.join(' '))
  return comparison.images.length === 0 ? notCompared('UNREADABLE_INPUT', noPair) : null
}

const noPair =
  'no image has the same name and platform on both sides; if a side has several images, name one of each, such as docker-archive:FILE:NAME:TAG'

const notCompared = (code: ErrorCode, sentence: string): FootprintError =>
  new FootprintError(code, sentence.replace(/^The /, 'the ').replace(/\.$/, ''))

/** Returns the report with failed budgets accepted. */
export function withOverride(report: Report, override: Override): Report {
  const { verdict } = report
  return { ...report, verdict: verdict && verdictOf(verdict.results, override, verdict.edited) }
}

/** Returns whether a budget failed, accepted or not. */
export function failsBudget(verdict: Verdict | null): boolean {
  return verdict?.results.some(({ outcome }) => outcome === 'fail') === true
}

/** Adds to a note on a target that the base does not have what it is compared with: it may have another name there. */
function withCounterpart(note: BaselineNote, { images }: Comparison): BaselineNote {
  if (note.kind !== 'no-such-target') return note
  const names = images.flatMap(({ before, after }) => (after.name === note.target ? [before.name] : []))
  return names.length === 0 ? note : { ...note, comparedWith: [...new Set(names)] }
}

/** Compares with the baseline. If that is not possible, a note says so and the head's figures are still reported. */
function compared(
  footprint: Footprint,
  { found, notes }: Baseline,
): { readonly comparison: Comparison | null; readonly notes: readonly BaselineNote[] } {
  if (found === null) return { comparison: null, notes }
  try {
    const { sameBuilder } = found
    const comparison = compareFootprints(found.footprint, footprint, found.origin, { sameBuilder })
    return { comparison, notes: notes.map((note) => withCounterpart(note, comparison)) }
  } catch (error) {
    if (!(error instanceof FootprintError)) throw error
    return { comparison: null, notes: [...notes, { kind: 'not-comparable', why: messageOf(error) }] }
  }
}
