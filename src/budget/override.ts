/** A reviewed override: a label that somebody with write access sets on exactly this head commit. Pure. */
import * as v from 'valibot'
import type { Override } from './verdict.ts'

/** Roles that can push. The triage role can set labels too, and is none of them. */
const rolesThatWrite = ['write', 'maintain', 'admin']

const LabeledSchema = v.object({
  action: v.literal('labeled'),
  label: v.object({ name: v.string() }),
  sender: v.object({ login: v.pipe(v.string(), v.minLength(1)) }),
  pull_request: v.object({ head: v.object({ sha: v.pipe(v.string(), v.regex(/^[0-9a-f]{40}(?:[0-9a-f]{24})?$/)) }) }),
})

/**
 * @param event the payload of the workflow's event, unchecked; only a `labeled` pull request can override
 * @param labelName of the label that overrides; case does not matter, as on GitHub
 * @param permissionOfSender what the API gives as `permission` (or `role_name`) of the sender's access to the
 *   repository; null where it could not be asked, which is no permission
 */
export function overrideFrom(event: unknown, labelName: string, permissionOfSender: string | null): Override | null {
  const labeled = v.safeParse(LabeledSchema, event)
  if (!labeled.success || permissionOfSender === null) return null
  const { label, sender, pull_request: pullRequest } = labeled.output
  if (!isSameLabel(label.name, labelName) || !rolesThatWrite.includes(permissionOfSender)) return null
  return { label: label.name, by: sender.login, headSha: pullRequest.head.sha }
}

/**
 * Whose permission to ask for before `overrideFrom`; null where the event is no label that could override.
 */
export function overrideSender(event: unknown, labelName: string): string | null {
  const labeled = v.safeParse(LabeledSchema, event)
  return labeled.success && isSameLabel(labeled.output.label.name, labelName) ? labeled.output.sender.login : null
}

/** Whether an override that was accepted earlier still holds: the same head commit, and the label is still there. */
export function overrideHolds(override: Override, headSha: string, labels: readonly string[]): boolean {
  return override.headSha === headSha && labels.some((label) => isSameLabel(label, override.label))
}

const isSameLabel = (one: string, other: string): boolean =>
  one.trim() !== '' && one.trim().toLowerCase() === other.trim().toLowerCase()
