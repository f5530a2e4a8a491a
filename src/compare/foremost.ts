/** Which of several causes counts. */
import type { Cause } from './comparison.ts'

/**
 * The order in which causes take precedence. `unknown` comes right after `change`, because it may be the change and
 * must never be shown as drift.
 */
const order: readonly (Cause | null)[] = ['change', 'unknown', 'base-image', 'drift', null]

/** Returns the cause that counts. Null if nothing differs. */
export function foremost(...causes: readonly (Cause | null)[]): Cause | null {
  return order.find((cause) => causes.includes(cause)) ?? null
}
