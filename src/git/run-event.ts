/** The event that started this run, as the runner left it in the environment and in a file. */
import { realpath } from 'node:fs/promises'
import { readRegularFile } from '../files.ts'
import type { Environment } from '../inputs/inputs.ts'
import type { RunEvent } from './event-rule.ts'

/** @param given a revision that the user named as baseline */
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

/** GitHub sends no payload of more than 25 MB. Bytes. */
const mostBytes = 64_000_000

/** What cannot be read is no payload: the rule of the event says what is missing. */
async function payloadAt(path: string): Promise<unknown> {
  try {
    const read = await readRegularFile(await realpath(path), mostBytes)
    return 'why' in read ? null : JSON.parse(read.toString('utf8'))
  } catch {
    return null
  }
}
