/** Validates the progress that the client prints with `--progress=rawjson`: BuildKit's `SolveStatus`, one a line. */
import * as v from 'valibot'
import { parseJson } from '../files.ts'

const ProgressSchema = v.object({
  vertexes: v.nullish(
    v.array(
      v.object({
        digest: v.string(),
        name: v.optional(v.string(), ''),
        inputs: v.nullish(v.array(v.string()), []),
        started: v.nullish(v.string()),
        completed: v.nullish(v.string()),
        cached: v.optional(v.boolean(), false),
        error: v.fallback(v.nullish(v.string()), null),
      }),
    ),
    [],
  ),
  statuses: v.nullish(
    v.array(
      v.object({
        id: v.string(),
        vertex: v.string(),
        current: v.fallback(v.nullish(v.number()), null),
        started: v.nullish(v.string()),
        completed: v.nullish(v.string()),
      }),
    ),
    [],
  ),
  // Only messages about failed steps depend on logs.
  logs: v.fallback(v.nullish(v.array(v.object({ vertex: v.string(), data: v.nullish(v.string()) })), []), []),
})

/** A message of the progress: what is new about steps (`vertexes`), about their parts (`statuses`), and their output. */
export type Progress = v.InferOutput<typeof ProgressSchema>

/** Returns a line as a message of the progress. Null if it is anything else, such as a message of the client. */
export function parseProgress(line: string): Progress | null {
  const progress = v.safeParse(ProgressSchema, line.startsWith('{') ? parseJson(line) : null)
  return progress.success ? progress.output : null
}
