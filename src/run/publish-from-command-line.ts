/** `stage-footprint publish`: updates the comment of a pull request that the user or the workflow's event names. */
import type { Baseline } from '../base/find-baseline.ts'
import { ExitStatus, FootprintError } from '../errors.ts'
import { readRunEvent } from '../git/run-event.ts'
import { defaultOverrideLabel, type Environment } from '../inputs/inputs.ts'
import type { PublishOptions } from '../inputs/own-flags.ts'
import type { Places } from '../inputs/places.ts'
import { faultReason, type FaultKind } from '../publish/faults.ts'
import { isToken, openGitHub } from '../publish/open-github.ts'
import { pullRequestByNumber } from '../publish/pull-request.ts'
import { firstName } from '../record/lost-targets.ts'
import { escapeTerminal } from '../report/escape.ts'
import { readRecordFile } from '../weigh/read-record-file.ts'
import type { CountingRules } from './budgets.ts'
import { givenHistory } from './given-history.ts'
import { githubRunOf, type GitHubRun } from './github-run.ts'
import { makeReport } from './make-report.ts'
import { withDisplayNames, joinRecords, withUniqueNames, type NamedRecord } from './unique-names.ts'
import { findTarget, publishReport, type Target } from './publish-report.ts'
import { writeReport } from './write-report.ts'

/** The command `publish`, parsed, with what it needs of this machine. */
export interface PublishCommand {
  readonly records: readonly string[]
  readonly options: PublishOptions
  readonly baseline: Baseline
  readonly rules: CountingRules | null
  readonly env: Environment
  readonly places: Places
  readonly signal: AbortSignal
  readonly readStdin: (maxBytes: number) => Promise<Buffer>
  readonly printLine: (text: string) => void
}

/**
 * Publishes the report of records.
 *
 * @throws FootprintError USAGE if no pull request or token is given, UNREADABLE_INPUT if a file is not a record or the
 * pull request cannot be read, GITHUB_UNREACHABLE if GitHub does not answer
 */
export async function publishFromCommandLine({
  records,
  options,
  baseline,
  rules,
  env,
  places,
  signal,
  readStdin,
  printLine,
}: PublishCommand): Promise<ExitStatus> {
  const namedRecords = withUniqueNames(
    await Promise.all(records.map(async (path) => ({ path, footprint: await readRecordFile(path, readStdin) }))),
  )
  const run = githubRunOf(env, await readRunEvent(env, null), places)
  const token = (env['GITHUB_TOKEN'] ?? '').trim()
  if (token === '') throw new FootprintError('USAGE', 'publish needs a token in the environment variable GITHUB_TOKEN')
  if (!isToken(token))
    throw new FootprintError('USAGE', 'GITHUB_TOKEN has a space, a line break or another character that no token has')
  const target = await targetOf(run, options, token)
  const footprint = joinRecords(namedRecords)
  const compared = baselineFor(baseline, namedRecords)
  const made = makeReport({
    footprint,
    baseline: compared,
    rules,
    history: await givenHistory(options.trend, footprint, compared, rules, signal),
    title: options.name,
    reportedByFork: false,
    dockerfile: null,
  })
  const name = options.name ?? (namedRecords[0] && firstName(namedRecords[0].footprint)) ?? 'all'
  const { report, comment, sentences } = await publishReport(
    made,
    run,
    { ...options, name, overrideLabel: defaultOverrideLabel, token, isUnmet: false },
    target,
  )
  await writeReport(report, options, null)
  for (const sentence of sentences) printLine(escapeTerminal(sentence))
  if (report.verdict?.outcome === 'fail') return ExitStatus.budgetFailed
  return comment?.status === 'failed' ? ExitStatus.reportFailed : ExitStatus.ok
}

function baselineFor(baseline: Baseline, records: readonly NamedRecord[]): Baseline {
  const { found } = baseline
  return found === null
    ? baseline
    : { ...baseline, found: { ...found, footprint: withDisplayNames(found.footprint, records) } }
}

/** Faults without an answer of GitHub that can be read. */
const unanswered: ReadonlySet<FaultKind> = new Set<FaultKind>(['network', 'timeout', 'server', 'malformed'])

async function targetOf(
  run: GitHubRun,
  { repository, pullRequest: number }: PublishOptions,
  token: string,
): Promise<Target> {
  const [owner, repo] = repository?.split('/') ?? []
  const named = owner && repo ? { owner, repo } : run.repository
  if (named === null) throw new FootprintError('USAGE', 'publish needs --repository OWNER/NAME')
  if (number === null) {
    const found = await findTarget({ ...run, repository: named }, token)
    if ('pullRequest' in found) return found
    throw new FootprintError(
      'USAGE',
      `publish needs --pull-request N${found.sentence === null ? '' : `: ${found.sentence}`}`,
    )
  }
  const github = await openGitHub({ token, apiUrl: run.apiUrl })
  const pullRequest = await pullRequestByNumber(github, named, number).catch((error: unknown) => {
    const fault = github.fault(error)
    throw new FootprintError(
      unanswered.has(fault.kind) ? 'GITHUB_UNREACHABLE' : 'UNREADABLE_INPUT',
      `pull request #${number} of ${named.owner}/${named.repo} cannot be read: ${faultReason(fault, `#${number}`)}`,
      { cause: error },
    )
  })
  return { github, repository: named, pullRequest }
}
