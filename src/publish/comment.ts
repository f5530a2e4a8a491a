/**
 * Maintains one comment per name on a pull request, and updates it in place.
 *
 * GitHub has no conditional comment creation or update. So each pass reads, decides and writes. If the outcome of a
 * write is unknown, the next pass reads again instead of repeating the write. Two runs that create a comment at the
 * same moment both read again: the later run writes to the oldest comment, and the other run removes its own. One race
 * remains, between the last read and an update. The recipes in the documentation close it with `concurrency`.
 */
import * as v from 'valibot'
import type { Override } from '../budget/verdict.ts'
import type { CommentMode } from '../inputs/inputs.ts'
import { formatMarker, isLater, parseMarker, type Marker, type Run } from './comment-marker.ts'
import { faultReason, type Fault } from './faults.ts'
import { allPages, type GitHub, type GitHubRepository } from './github.ts'

/**
 * What the report shows. A first report without a baseline counts as `changed`. A failure that was overridden counts as
 * `failed`. `not-compared`: the baseline that the user named cannot be used, so it is not known whether anything changed.
 */
export type ReportState = 'unchanged' | 'not-compared' | 'changed' | 'failed'

/** Where a comment is written. */
export interface CommentPlace {
  readonly github: GitHub
  readonly repository: GitHubRepository
  readonly pullRequest: number
  readonly name: string
}

/** A comment to be written. */
export interface CommentRequest extends CommentPlace {
  readonly mode: CommentMode
  readonly state: ReportState
  /** Why a report in the state `unchanged` is no news, such as `no layer changed`. */
  readonly unchangedWords: string
  readonly headSha: string
  readonly run: Run
  readonly override: Override | null
  /** Markdown with at most `roomForBody` UTF-16 code units. */
  readonly body: string
  /** One line of Markdown that replaces an old comment if the mode does not want the whole report. */
  readonly line: string
}

/** What became of the comment. */
export interface CommentResult {
  readonly status: 'created' | 'updated' | 'unchanged' | 'skipped' | 'failed'
  readonly url: string | null
  /** What happened and why, as plain text. */
  readonly sentence: string
}

/** Limit for the characters of a comment on GitHub. */
const maxCharacters = 65_536

/** Returns how long a body may be, in UTF-16 code units. A text never has fewer of these than characters. */
export function roomForBody(marker: Marker): number {
  return maxCharacters - formatMarker(marker).length - 1
}

interface Comment {
  readonly id: number
  readonly url: string
  readonly body: string
  readonly author: string
  readonly marker: Marker
}

/** What the earlier passes did. */
interface Past {
  /** A comment that this run certainly created. Its author is the account that the token writes as. */
  readonly made: { readonly id: number; readonly url: string; readonly author: string } | null
  /** What was sent, possibly without an answer. */
  readonly sent: 'created' | 'updated' | null
}

type Pass = { readonly result: CommentResult } | { readonly again: Fault | null; readonly past: Past }

/**
 * Creates or updates the comment. It does not throw for anything that GitHub answers, or if GitHub does not answer. The
 * result then is `failed` with a reason.
 */
export async function upsertComment(report: CommentRequest): Promise<CommentResult> {
  if (report.mode === 'off') return skipped('No comment, as the input comment says.')
  let past: Past = { made: null, sent: null }
  try {
    for (let attempt = 1; ; attempt++) {
      const pass = await lookAndWrite(report, past)
      if ('result' in pass) return pass.result
      past = pass.past
      if (pass.again === null && attempt <= 8) continue
      if (pass.again === null || !(await report.github.wait(pass.again, attempt)))
        return past.made ? done(report, 'created', past.made.url) : failed(report, pass.again)
    }
  } catch (error) {
    return past.made ? done(report, 'created', past.made.url) : failed(report, report.github.fault(error))
  }
}

/**
 * Returns the marker of our comment, which stores the override, or null if there is no comment.
 *
 * @throws the errors of Octokit
 */
export async function findMarker(place: CommentPlace): Promise<Marker | null> {
  return newest(await ownComments(place, null))?.marker ?? null
}

async function lookAndWrite(report: CommentRequest, past: Past): Promise<Pass> {
  const own = await ownComments(report, past.made?.author ?? null)
  const [oldest, ...extra] = own
  if (oldest === undefined) {
    // GitHub's list may not yet contain a comment that was just created.
    if (past.made) return { result: done(report, 'created', past.made.url) }
    const why = reasonForNone(report)
    if (why !== null) return { result: skipped(`No comment: ${why}.`) }
  }
  const behind = (await behindReason(report)) ?? laterReason(report, own)
  if (behind !== null) {
    // The later run keeps the oldest comment. Any other comment that this run created has to be removed.
    if (past.sent === 'created') for (const { id, marker } of extra) if (isOf(report, marker)) await remove(report, id)
    // The later run replaces what this run wrote before.
    if (past.sent !== null && oldest && isOf(report, oldest.marker))
      return { result: done(report, past.sent, oldest.url) }
    return { result: skipped(behind) }
  }
  const text = textOf(report)
  if (oldest === undefined) return create(report, text, past)
  if (sameText(oldest.body, text)) {
    for (const { id } of extra) await remove(report, id)
    return { result: done(report, past.made ? 'created' : (past.sent ?? 'unchanged'), oldest.url) }
  }
  return update(report, oldest, extra, text, past)
}

async function create(report: CommentRequest, body: string, past: Past): Promise<Pass> {
  const { github, repository, pullRequest } = report
  try {
    const answer = await github.request('POST /repos/{owner}/{repo}/issues/{issue_number}/comments', {
      ...repository,
      issue_number: pullRequest,
      body,
    })
    const { id, html_url: url, user } = v.parse(CommentSchema, answer.data)
    // Read again, because another run may have created a comment at the same moment.
    return { again: null, past: { made: { id, url, author: user?.login ?? '' }, sent: 'created' } }
  } catch (error) {
    return { again: github.fault(error), past: { ...past, sent: 'created' } }
  }
}

async function update(
  report: CommentRequest,
  oldest: Comment,
  extra: readonly Comment[],
  body: string,
  past: Past,
): Promise<Pass> {
  const { github, repository } = report
  try {
    await github.request('PATCH /repos/{owner}/{repo}/issues/comments/{comment_id}', {
      ...repository,
      comment_id: oldest.id,
      body,
    })
  } catch (error) {
    const fault = github.fault(error)
    // Somebody has deleted the comment since it was read. The next read will not find it.
    if (fault.kind === 'not-found')
      return { again: null, past: { made: past.made?.id === oldest.id ? null : past.made, sent: null } }
    return { again: fault, past: { ...past, sent: past.sent ?? 'updated' } }
  }
  for (const { id } of extra) await remove(report, id)
  return { result: done(report, past.made ? 'created' : 'updated', oldest.url) }
}

/** Tries to remove a comment. If it fails, a later run removes it. */
async function remove({ github, repository }: CommentRequest, id: number): Promise<void> {
  await github
    .request('DELETE /repos/{owner}/{repo}/issues/comments/{comment_id}', { ...repository, comment_id: id })
    .catch(() => null)
}

const CommentSchema = v.object({
  id: v.pipe(v.number(), v.integer()),
  html_url: v.string(),
  body: v.nullish(v.string()),
  user: v.nullable(v.object({ login: v.string() })),
})

/** The account that a workflow's own token writes as. */
const workflowBot = 'github-actions[bot]'

/**
 * Returns the comments of this name that our token wrote, oldest first. A marker in a comment of anybody else is
 * ignored. If GitHub does not say which account the token writes as, only comments of workflows count.
 */
async function ownComments(
  { github, repository, pullRequest, name }: CommentPlace,
  author: string | null,
): Promise<readonly Comment[]> {
  const all = await allPages(CommentSchema, (page) =>
    github.request('GET /repos/{owner}/{repo}/issues/{issue_number}/comments', {
      ...repository,
      issue_number: pullRequest,
      per_page: 100,
      page,
    }),
  )
  const marked = all.flatMap((comment): Comment[] => {
    const marker = parseMarker(comment.body ?? '')
    if (marker?.name !== name || comment.user === null) return []
    return [{ id: comment.id, url: comment.html_url, body: comment.body ?? '', author: comment.user.login, marker }]
  })
  if (marked.length === 0) return []
  const own = author ?? (await github.viewer()) ?? workflowBot
  return marked.filter((comment) => comment.author === own).sort((one, other) => one.id - other.id)
}

function newest(comments: readonly Comment[]): Comment | undefined {
  return comments.reduce<Comment | undefined>(
    (best, found) => (best && isLater(best.marker.run, found.marker.run) ? best : found),
    undefined,
  )
}

const PullRequestSchema = v.object({ head: v.object({ sha: v.string() }) })

/**
 * Returns why this run is out of date, or null if it is not. It is checked last before a write, because the comment may
 * only show a report of the pull request's current head.
 */
async function behindReason({ github, repository, pullRequest, headSha }: CommentRequest): Promise<string | null> {
  const answer = await github.request('GET /repos/{owner}/{repo}/pulls/{pull_number}', {
    ...repository,
    pull_number: pullRequest,
  })
  const { sha } = v.parse(PullRequestSchema, answer.data).head
  if (sha === headSha) return null
  return `No comment: #${pullRequest} is at ${sha.slice(0, 7)} by now, and this run is of ${headSha.slice(0, 7)}; its report is in the job summary.`
}

function laterReason({ headSha, run }: CommentRequest, own: readonly Comment[]): string | null {
  const later = own.find(({ marker }) => marker.headSha === headSha && isLater(marker.run, run))
  return later
    ? `No comment: the later run ${later.marker.run.id} of this commit has written it; this report is in the job summary.`
    : null
}

function isOf({ headSha, run }: CommentRequest, marker: Marker): boolean {
  return marker.headSha === headSha && marker.run.id === run.id && marker.run.attempt === run.attempt
}

function wantsWhole({ mode, state }: CommentRequest): boolean {
  return mode === 'always' || (mode === 'failures' ? state === 'failed' : state !== 'unchanged')
}

/** Returns why no comment is created. Null if one is. */
function reasonForNone(report: CommentRequest): string | null {
  const { mode, state } = report
  if (state === 'not-compared' && mode === 'changes') return 'nothing was compared'
  return wantsWhole(report) ? null : state === 'unchanged' ? report.unchangedWords : 'no budget fails'
}

function textOf(report: CommentRequest): string {
  return `${formatMarker(report)}\n${wantsWhole(report) ? report.body : report.line}`
}

/** Compares two texts, except for line endings and trailing white space, which GitHub may change. */
function sameText(one: string, other: string): boolean {
  const normal = (text: string): string => text.replaceAll('\r\n', '\n').trimEnd()
  return normal(one) === normal(other)
}

function skipped(sentence: string): CommentResult {
  return { status: 'skipped', url: null, sentence }
}

function done(
  { pullRequest }: CommentRequest,
  status: 'created' | 'updated' | 'unchanged',
  url: string,
): CommentResult {
  const words = {
    created: 'Created the comment',
    updated: 'Updated the comment',
    unchanged: 'The comment is already up to date',
  }
  return { status, url, sentence: `${words[status]} on #${pullRequest}.` }
}

function failed({ pullRequest }: CommentRequest, fault: Fault | null): CommentResult {
  const reason =
    fault === null ? 'it was deleted again and again while it was written' : faultReason(fault, `#${pullRequest}`)
  return {
    status: 'failed',
    url: null,
    sentence: `No comment on #${pullRequest}, the report is in the job summary: ${reason}.`,
  }
}
