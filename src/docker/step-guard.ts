/**
 * Watches one of our calls for steps that it runs. If the user's build took a result from a cache as a whole
 * (`mode=min`, inline), its builder stages are not in any cache. To export such a stage, the builder would have to run
 * its steps again.
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
        completed: v.nullish(v.string()),
        cached: v.optional(v.boolean(), false),
      }),
    ),
    [],
  ),
  statuses: v.nullish(
    v.array(
      v.object({
        id: v.string(),
        vertex: v.string(),
        started: v.nullish(v.string()),
        completed: v.nullish(v.string()),
      }),
    ),
    [],
  ),
})

/** What a guard looks for. */
export interface Watch {
  /**
   * Called when steps start, when the image is unpacked that a step would run in, or when a step is in the cache that
   * is ours.
   *
   * @param started the names of the steps that start
   */
  readonly onStep: (started: readonly string[]) => void
  /**
   * Called if the call waits for steps that another call or build on the same builder runs, or for an image that is
   * unpacked for them.
   *
   * @param running the names of the steps
   */
  readonly onJoined: (running: readonly string[]) => void
  /** Returns whether only our calls can have made the result of a step. */
  readonly isOurs: (name: string) => boolean
  /** Receives each message of the progress. */
  readonly onProgress?: (message: unknown) => void
}

/** Watches the progress of a call. */
export interface StepGuard {
  /** Receives standard error of a call with `--progress=rawjson`. */
  readonly write: (chunk: Buffer) => void
  /** Returns everything except the progress: the client's own messages. */
  readonly said: () => string
}

/** A step such as `[build 2/5] RUN make`. FROM is the first step of a stage. Merging layers (LINK) runs nothing. */
const step = /^\[(?:[^\]]* )?\d+\/\d+\] (?!FROM |LINK )/
/**
 * `ADD` of a URL or a Git repository gives two vertices with the same name. The first one asks the server whether
 * anything has changed, so it is never cached, and it has no inputs. The second one runs only if something has changed.
 */
const add = /^\[(?:[^\]]* )?\d+\/\d+\] ADD /
const from = /^\[(?:[^\]]* )?\d+\/\d+\] FROM /

/** What each call loads itself, through its own session, before it looks at any step. */
const ownLoad = /^\[internal\] load /

/** Returns whether a name is that of a step that runs something, such as `[build 2/5] RUN make`. */
export const isStep = (name: string): boolean => step.test(name)

/** Returns the stage of a step such as `[linux/arm64 build 2/5] RUN make`. Empty if the builder does not name it. */
export function stageOfStep(name: string): string {
  const stage = /^\[([^\]]*)\]/.exec(name)?.[1]?.toLowerCase().split(' ').at(-2) ?? ''
  return stage.includes('/') ? '' : stage
}

/** Length limit for a line of progress that is parsed, in bytes. A longer one counts as a step. BuildKit's messages are shorter. */
const maxLineBytes = 4_000_000
/** Limit for the client's messages that are kept, in characters. */
const maxSaid = 65_536

/**
 * Returns a guard.
 *
 * If two builds have an equal step at the same time, BuildKit runs it once. It then reports steps of either build to
 * both, with the times at which they started.
 */
export function guardSteps({ onStep, onJoined, isOurs, onProgress }: Watch): StepGuard {
  const bases = new Set<string>()
  const seen = new Set<string>()
  const foreign = new Set<string>()
  /** When this call began, by the builder's clock. Nothing is earlier if that is not known. */
  let began = -Infinity
  const lookups = new Map<string, string>()
  /**
   * Returns whether a step that has started is only looked up in the cache. If a step has no inputs, such as WORKDIR on
   * scratch, BuildKit reports that as a start of its own, before the step runs or turns out to be cached.
   */
  const isLookup = (digest: string, started: string): boolean => {
    const first = lookups.get(digest) ?? started
    lookups.set(digest, first)
    return first === started
  }
  /** Notes a step that has started if only other calls have it. A call's own steps are all reported before. */
  const noteForeign = (digest: string, inputs: readonly string[]): void => {
    if (!inputs.every((input) => seen.has(input) && !foreign.has(input))) foreign.add(digest)
  }
  const isEarlier = (time: string | null | undefined): boolean => Date.parse(time ?? '') < began
  const isOthers = ({ digest, started }: { digest: string; started?: string | null | undefined }): boolean =>
    foreign.has(digest) || isEarlier(started)
  let rest: Buffer = Buffer.alloc(0)
  let said = ''
  const read = (line: Buffer): void => {
    // Such a line may say that a step starts.
    if (line.length > maxLineBytes) {
      onStep([])
      return
    }
    const text = line.toString('utf8')
    const message = text.startsWith('{') ? parseJson(text) : null
    const progress = v.safeParse(ProgressSchema, message)
    if (!progress.success) {
      said = `${said}${text}\n`.slice(-maxSaid)
      return
    }
    onProgress?.(message)
    const { vertexes, statuses } = progress.output
    for (const { digest, name, started } of vertexes) {
      seen.add(digest)
      if (from.test(name)) bases.add(digest)
      if (started && ownLoad.test(name) && began === -Infinity) began = Date.parse(started)
    }
    const steps = vertexes.filter(({ name, started }) => started && step.test(name))
    for (const { digest, inputs } of steps) noteForeign(digest, inputs)
    const running = steps.filter(
      ({ digest, name, inputs, started, completed, cached }) =>
        !cached &&
        !(completed && isOthers({ digest, started })) &&
        !(inputs.length === 0 && (add.test(name) || isLookup(digest, started ?? ''))),
    )
    const started = running.filter((vertex) => !isOthers(vertex)).map(({ name }) => name)
    const found = steps.filter((vertex) => vertex.cached || (vertex.completed && isOthers(vertex)))
    const unpacked = statuses.filter(
      ({ id, vertex, started, completed }) =>
        id.startsWith('extracting ') && bases.has(vertex) && !(completed && isEarlier(started)),
    )
    if (
      started.length > 0 ||
      found.some(({ name }) => isOurs(name)) ||
      unpacked.some((status) => !isEarlier(status.started))
    )
      onStep(started)
    else if (running.length > 0 || unpacked.length > 0) onJoined(running.map(({ name }) => name))
  }
  return {
    write(chunk) {
      rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk])
      for (let end = rest.indexOf(10); end >= 0; end = rest.indexOf(10)) {
        read(rest.subarray(0, end))
        rest = rest.subarray(end + 1)
      }
      if (rest.length <= maxLineBytes) return
      onStep([])
      rest = Buffer.alloc(0)
    },
    said: () => said + rest.toString('utf8'),
  }
}
