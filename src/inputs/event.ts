/** The event that started the workflow, as the runner left it in a file. */
import { readFileSync } from 'node:fs'
import * as v from 'valibot'
import type { Environment } from './inputs.ts'

const EventSchema = v.looseObject({ repository: v.looseObject({ private: v.boolean() }) })

/** Whether the event says that the repository is private; an event without a repository (`schedule`) says nothing. */
export function isPrivateRepository(env: Environment): boolean {
  const path = env['GITHUB_EVENT_PATH']
  if (!path) return false
  try {
    return v.parse(EventSchema, JSON.parse(readFileSync(path, 'utf8'))).repository.private
  } catch {
    return false
  }
}
