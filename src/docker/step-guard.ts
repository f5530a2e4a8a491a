/**
 * Watches a call of ours for steps that it runs. What the user's build took from a cache as a whole (`mode=min`, inline)
 * has builder stages that are in no cache: to export one, the builder would run its steps again.
 */
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
        cached: v.optional(v.boolean(), false),
      }),
    ),
    [],
  ),
  statuses: v.nullish(v.array(v.object({ id: v.string(), vertex: v.string() })), []),
})

export interface StepGuard {
  /** Standard error of a call with `--progress=rawjson`. */
  readonly write: (chunk: Buffer) => void
  /** What it held besides the progress: the client's own messages. */
  readonly said: () => string
}

/** `[build 2/5] RUN make`. The FROM is the first of them; merging layers (LINK) runs nothing. */
const step = /^\[(?:[^\]]* )?\d+\/\d+\] (?!FROM |LINK )/
/**
 * `ADD` of a URL or a Git repository is two vertices of one name. The first asks the server whether anything changed: it
 * is never cached, and has no inputs. The second runs only if something did.
 */
const add = /^\[(?:[^\]]* )?\d+\/\d+\] ADD /
const from = /^\[(?:[^\]]* )?\d+\/\d+\] FROM /

/** Longest line of progress that is looked at: a line of a build's log is no longer. Bytes. */
const longestLine = 1_000_000
/** Most of the client's messages that is kept. Characters. */
const mostSaid = 65_536

/** @param onStep called when a step starts, or when the image is unpacked that a step would run in */
export function guardSteps(onStep: () => void): StepGuard {
  const bases = new Set<string>()
  let rest: Buffer = Buffer.alloc(0)
  let said = ''
  const read = (line: Buffer): void => {
    if (line.length > longestLine) return
    const text = line.toString('utf8')
    const progress = text.startsWith('{') ? v.safeParse(ProgressSchema, parseJson(text)) : null
    if (!progress?.success) {
      said = `${said}${text}\n`.slice(-mostSaid)
      return
    }
    const { vertexes, statuses } = progress.output
    for (const { digest, name } of vertexes) if (from.test(name)) bases.add(digest)
    const runs = vertexes.some(
      ({ name, inputs, started, cached }) =>
        started && !cached && step.test(name) && !(inputs.length === 0 && add.test(name)),
    )
    const unpacks = statuses.some(({ id, vertex }) => id.startsWith('extracting ') && bases.has(vertex))
    if (runs || unpacks) onStep()
  }
  return {
    write(chunk) {
      rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk])
      for (let end = rest.indexOf(10); end >= 0; end = rest.indexOf(10)) {
        read(rest.subarray(0, end))
        rest = rest.subarray(end + 1)
      }
      // A line without an end is not kept either.
      if (rest.length > longestLine) rest = Buffer.alloc(0)
    },
    said: () => said + rest.toString('utf8'),
  }
}
