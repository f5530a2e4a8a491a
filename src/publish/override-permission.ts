/** Looks up a user's permission in the repository, to decide whether a label of theirs overrides a budget. */
import * as v from 'valibot'
import { escapeTerminal, shorten } from '../report/escape.ts'
import type { GitHub, GitHubRepository } from './github.ts'

/** The permission of a user. */
export type PermissionAnswer =
  | { readonly permission: string; readonly sentence: null }
  /** The permission could not be read, which counts as none. The sentence is plain text. */
  | { readonly permission: null; readonly sentence: string }

const AnswerSchema = v.object({ permission: v.string(), user: v.nullable(v.object({ login: v.string() })) })

/**
 * Returns a user's permission: `admin`, `write`, `read` or `none`. These are GitHub's legacy roles: `maintain` counts
 * as `write`, and `triage`, which may also set labels, counts as `read`. It does not throw for anything that GitHub
 * answers.
 */
export async function permissionOf(
  github: GitHub,
  repository: GitHubRepository,
  login: string,
): Promise<PermissionAnswer> {
  const who = shorten(escapeTerminal(login), 60)
  try {
    const answer = await github.request('GET /repos/{owner}/{repo}/collaborators/{username}/permission', {
      ...repository,
      username: login,
    })
    const { permission, user } = v.parse(AnswerSchema, answer.data)
    if (user?.login.toLowerCase() === login.toLowerCase()) return { permission, sentence: null }
    return {
      permission: null,
      sentence: `The label that ${who} set does not count: GitHub answered about somebody else.`,
    }
  } catch (error) {
    const { status } = github.fault(error)
    const problem =
      status === 404 ? 'is not a collaborator' : `could not be looked up${status === null ? '' : ` (${status})`}`
    return { permission: null, sentence: `The label that ${who} set does not count: ${who} ${problem}.` }
  }
}
