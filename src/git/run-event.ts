/** Reads the event that started this run from the environment and the file that the runner provides. */
import { parseJson, readLinkedFile } from '../files.ts'
import type { Environment } from '../inputs/inputs.ts'
import type { RunEvent } from './event-rule.ts'

/**
 * Reads the event of this run.
 *
 * @param given a revision that the user named as the baseline
 */
export async function readRunEvent(env: Environment, given: string | null): Promise<RunEvent> {
  const name = env['GITHUB_ACTIONS'] === 'true' ? env['GITHUB_EVENT_NAME'] || null : null
  const path = env['GITHUB_EVENT_PATH']
  return {
    name,
    payload: name !== null && path ? await payloadAt(path) : null,
    ref: env['GITHUB_REF'] || null,
    sha: env['GITHUB_SHA'] || null,
    given,
  }
}

/** Size limit for the payload, in bytes. GitHub sends at most 25 MB. */
const maxBytes = 64_000_000

/** Returns null if the payload cannot be read. The event's rule then says what is missing. */
async function payloadAt(path: string): Promise<unknown> {
  const read = await readLinkedFile(path, maxBytes)
  return 'why' in read ? null : parseJson(read.toString('utf8'))
}
