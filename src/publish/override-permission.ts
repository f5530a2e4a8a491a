/** Whether somebody may turn a failing budget into a warning: only who may write to the repository. */
import * as v from 'valibot'
import type { Override } from '../compare/verdict.ts'
import { escapeTerminal, shorten } from '../render/escape.ts'
import type { GitHub, Repository } from './github.ts'

export interface OverrideAnswer {
  /** Null where it is not accepted. */
  readonly override: Override | null
  /** Plain text. */
  readonly sentence: string
}

/** `permission` knows no more than these; people with the triage role, who can set labels too, have `read`. */
const AnswerSchema = v.object({ permission: v.string(), user: v.nullable(v.object({ login: v.string() })) })

/**
 * @param asked the label, who set it (the event's sender) and the pull request's head at that moment
 * An answer that cannot be read means no override. Never throws for what GitHub says.
 */
export async function reviewOverride(github: GitHub, repository: Repository, asked: Override): Promise<OverrideAnswer> {
  const who = shorten(escapeTerminal(asked.by), 60)
  const label = shorten(escapeTerminal(asked.label), 60)
  try {
    const answer = await github.request('GET /repos/{owner}/{repo}/collaborators/{username}/permission', { ...repository, username: asked.by })
    const { permission, user } = v.parse(AnswerSchema, answer.data)
    const writes = (permission === 'admin' || permission === 'write') && user?.login.toLowerCase() === asked.by.toLowerCase()
    if (writes) return { override: asked, sentence: `${who} set the label ${label} on ${asked.headSha.slice(0, 7)}.` }
    return { override: null, sentence: `The label ${label} changes nothing: ${who} has no write access to this repository.` }
  } catch (error) {
    const { status } = github.fault(error)
    const problem = status === 404 ? 'is not a collaborator' : `could not be looked up${status === null ? '' : ` (${status})`}`
    return { override: null, sentence: `The label ${label} changes nothing: ${who} ${problem}.` }
  }
}
