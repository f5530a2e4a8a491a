/**
 * Publishes a report on its pull request: determines the override, then updates the comment. No error here ends the
 * run.
 */
import { isSameLabel, overrideFrom, overrideHolds, overrideSender } from '../budget/override.ts'
import type { Override } from '../budget/verdict.ts'
import type { CommentMode } from '../inputs/inputs.ts'
import { commentAccess, dependabotHint } from '../publish/comment-access.ts'
import { findMarker, roomForBody, upsertComment, type CommentPlace, type CommentResult } from '../publish/comment.ts'
import { faultReason } from '../publish/faults.ts'
import type { GitHub, GitHubRepository } from '../publish/github.ts'
import { isToken, openGitHub } from '../publish/open-github.ts'
import { permissionOf } from '../publish/override-permission.ts'
import {
  findPullRequest,
  mayConcernPullRequest,
  pullRequestByNumber,
  type PullRequest,
} from '../publish/pull-request.ts'
import { headingGrowth } from '../report/change-sentences.ts'
import { escapeTerminal, shorten } from '../report/escape.ts'
import { renderMarkdown } from '../report/markdown/report.ts'
import { lineOf } from '../report/comment-line.ts'
import { nothingChanged, type Report } from '../report/report.ts'
import type { GitHubRun } from './github-run.ts'
import { failsBudget, withOverride } from './make-report.ts'
import { stateOf } from './report-state.ts'

/** How a report is published. */
export interface PublishOptions {
  /** The name that identifies the job's comment. */
  readonly name: string
  readonly comment: CommentMode
  readonly overrideLabel: string
  readonly token: string
  /** Whether the baseline that the user named cannot be used. */
  readonly isUnmet: boolean
}

/** The published report. */
export interface Published {
  /** The report, with the override if one applies. */
  readonly report: Report
  /** Null if the run belongs to no pull request. */
  readonly comment: CommentResult | null
  /** Plain sentences for the log and the summary: what happened and why. */
  readonly sentences: readonly string[]
}

/** The pull request. It is determined early, because a report for it may depend on it. */
export interface Target {
  readonly github: GitHub
  readonly repository: GitHubRepository
  readonly pullRequest: PullRequest
}

/**
 * Returns the pull request of a run. Returns a sentence if there is none or nothing may be written. The sentence is
 * null if the user need not know.
 */
export async function findTarget(
  { event, repository, apiUrl }: GitHubRun,
  token: string,
): Promise<Target | { readonly sentence: string | null }> {
  if (event.name === null || repository === null || !mayConcernPullRequest(event.name)) return { sentence: null }
  if (token === '')
    return { sentence: 'No comment: there is no token (input github-token). The report is in the job summary.' }
  if (!isToken(token))
    return {
      sentence:
        'No comment: the token (input github-token) has a space, a line break or another character that no token has. The report is in the job summary.',
    }
  const github = await openGitHub({ token, apiUrl })
  const { pullRequest, sentence } = await findPullRequest(github, repository, event.name, event.payload)
  if (pullRequest === null) return { sentence }
  return { github, repository, pullRequest }
}

/** Publishes a report on its pull request, and returns it with the override. */
export async function publishReport(
  report: Report,
  run: GitHubRun,
  options: PublishOptions,
  target: Target | { readonly sentence: string | null },
): Promise<Published> {
  // If the input comment is off, a missing comment is not reported. A label may still override a budget.
  const missing = (sentence: string | null): Published => ({
    report,
    comment: null,
    sentences: sentence === null || options.comment === 'off' ? [] : [sentence],
  })
  if ('sentence' in target) return missing(target.sentence)
  const eventName = run.event.name ?? ''
  const access = commentAccess(eventName, target.pullRequest)
  if (!access.mayWrite) return missing(access.sentence)
  const place = {
    github: target.github,
    repository: target.repository,
    pullRequest: target.pullRequest.number,
    name: options.name,
  }
  const accepted = failsBudget(report.verdict)
    ? await findOverride(place, target.pullRequest, run, options.overrideLabel)
    : { override: null, sentence: null }
  const final = accepted.override === null ? report : withOverride(report, accepted.override)
  const withoutNull = (sentences: readonly (string | null)[]): readonly string[] =>
    sentences.filter((sentence) => sentence !== null)
  if (options.comment === 'off') return { report: final, comment: null, sentences: withoutNull([accepted.sentence]) }
  const marker = { name: options.name, headSha: target.pullRequest.headSha, run: run.run, override: accepted.override }
  const comment = await upsertComment({
    ...place,
    ...marker,
    mode: options.comment,
    state: stateOf(final, options.isUnmet),
    unchangedWords: noNewsWords(final),
    body: renderMarkdown(final, { maxBytes: roomForBody(marker) }),
    line: lineOf(final),
  })
  const hint = comment.status === 'failed' ? dependabotHint(run.actor ?? undefined) : null
  return { report: final, comment, sentences: withoutNull([accepted.sentence, comment.sentence, hint]) }
}

/** Returns why a report is no news. */
function noNewsWords(report: Report): string {
  const words = headingGrowth(report)
  if (words === null) return 'nothing was compared'
  return nothingChanged(report) ? words : `no stage changed by more than 1 kB (${words})`
}

/**
 * Returns the override of the label that this event sets, or that an earlier run accepted for this head. The label must
 * still be set, because the event of a repeated run describes the labels of an earlier time.
 */
async function findOverride(
  place: CommentPlace,
  pullRequest: PullRequest,
  { event }: GitHubRun,
  label: string,
): Promise<{ readonly override: Override | null; readonly sentence: string | null }> {
  const sender = event.name === 'pull_request' ? overrideSender(event.payload, label) : null
  const accepted = sender === null ? await keptOverride(place) : await labeledBy(sender, place, event.payload, label)
  if (accepted.override === null)
    return sender === null ? { override: null, sentence: unseenLabel(pullRequest, label) } : accepted
  const now = await currentPullRequest(place, pullRequest)
  if ('sentence' in now) return { override: null, sentence: now.sentence }
  if (overrideHolds(accepted.override, now.headSha, now.labels)) return accepted
  return {
    override: null,
    sentence:
      sender === null
        ? unseenLabel({ labels: now.labels }, label)
        : `The label that ${sender} set does not count, because the pull request of this commit no longer has it.`,
  }
}

/**
 * Returns a sentence if the label is set, but no run saw on this commit that somebody set it. Null if it is not set. It
 * usually stayed from an earlier commit.
 */
function unseenLabel({ labels }: Pick<PullRequest, 'labels'>, label: string): string | null {
  return labels.some((one) => isSameLabel(one, label))
    ? `The label ${shorten(escapeTerminal(label), 60)} does not count, because it was not set on this commit: remove it and set it again.`
    : null
}

interface Accepted {
  readonly override: Override | null
  readonly sentence: string | null
}

async function labeledBy(
  sender: string,
  { github, repository }: CommentPlace,
  payload: unknown,
  label: string,
): Promise<Accepted> {
  const { permission, sentence } = await permissionOf(github, repository, sender)
  const override = overrideFrom(payload, label, permission)
  return {
    override,
    sentence:
      override === null
        ? (sentence ??
          `The label that ${sender} set does not count, because that requires write access to this repository.`)
        : null,
  }
}

async function keptOverride(place: CommentPlace): Promise<Accepted> {
  return {
    override: await findMarker(place).then(
      (marker) => marker?.override ?? null,
      () => null,
    ),
    sentence: null,
  }
}

async function currentPullRequest(
  { github, repository }: CommentPlace,
  { number }: PullRequest,
): Promise<PullRequest | { readonly sentence: string }> {
  try {
    return await pullRequestByNumber(github, repository, number)
  } catch (error) {
    return {
      sentence: `The label does not count, because GitHub did not say whether it is still set: ${faultReason(github.fault(error), 'the pull request')}.`,
    }
  }
}
