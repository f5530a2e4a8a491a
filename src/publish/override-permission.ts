/** What somebody may do in the repository, for whether a label of theirs overrides a budget. */
import * as v from 'valibot'
import { escapeTerminal, shorten } from '../report/escape.ts'
import type { GitHub, GitHubRepository } from './github.ts'

export type PermissionAnswer =
  | { readonly permission: string; readonly sentence: null }
  /** It could not be read, which is no permission. The sentence is plain text. */
  | { readonly permission: null; readonly sentence: string }

const AnswerSchema = v.object({ permission: v.string(), user: v.nullable(v.object({ login: v.string() })) })

/**
 * `admin`, `write`, `read` or `none`: the roles of before, so that `maintain` is `write` and `triage`, which may set
 * labels too, is `read`. Never throws for what GitHub says.
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
    return { permission: null, sentence: `The label of ${who} overrides nothing: GitHub answered about somebody else.` }
  } catch (error) {
    const { status } = github.fault(error)
    const problem =
      status === 404 ? 'is not a collaborator' : `could not be looked up${status === null ? '' : ` (${status})`}`
    return { permission: null, sentence: `The label of ${who} overrides nothing: ${who} ${problem}.` }
  }
}
