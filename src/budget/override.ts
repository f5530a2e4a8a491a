/** A reviewed override: a label that somebody with write access sets for exactly this head commit. Pure. */
import * as v from 'valibot'
import { isCommitHash } from '../inputs/commit-hash.ts'
import type { Override } from './verdict.ts'

/** Roles that can push. The triage role can set labels too but cannot override. */
const rolesThatWrite = ['write', 'maintain', 'admin']

const LabeledSchema = v.object({
  action: v.literal('labeled'),
  label: v.object({ name: v.string() }),
  sender: v.object({ login: v.pipe(v.string(), v.minLength(1)) }),
  pull_request: v.object({ head: v.object({ sha: v.pipe(v.string(), v.check(isCommitHash)) }) }),
})

/**
 * Returns the override that an event sets, or null.
 *
 * @param event the payload of the workflow's event, not validated; only a `labeled` pull request can override
 * @param labelName name of the label that overrides; case does not matter, as on GitHub
 * @param permissionOfSender the API's `permission` (or `role_name`) for the sender; null, which does not permit
 * anything, if it could not be requested
 */
export function overrideFrom(event: unknown, labelName: string, permissionOfSender: string | null): Override | null {
  const labeled = v.safeParse(LabeledSchema, event)
  if (!labeled.success || permissionOfSender === null) return null
  const { label, sender, pull_request: pullRequest } = labeled.output
  if (!isSameLabel(label.name, labelName) || !rolesThatWrite.includes(permissionOfSender)) return null
  return { label: label.name, by: sender.login, headSha: pullRequest.head.sha }
}

/**
 * Returns the user whose permission `overrideFrom` needs. Returns null if the event is no label that could override.
 */
export function overrideSender(event: unknown, labelName: string): string | null {
  const labeled = v.safeParse(LabeledSchema, event)
  return labeled.success && isSameLabel(labeled.output.label.name, labelName) ? labeled.output.sender.login : null
}

/** Returns whether an earlier override still applies: the head commit is the same and the label is still set. */
export function overrideHolds(override: Override, headSha: string, labels: readonly string[]): boolean {
  return override.headSha === headSha && labels.some((label) => isSameLabel(label, override.label))
}

/** Returns whether two names are those of one label. Case does not matter, as on GitHub. */
export const isSameLabel = (one: string, other: string): boolean =>
  one.trim() !== '' && one.trim().toLowerCase() === other.trim().toLowerCase()
