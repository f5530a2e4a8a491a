/**
 * Watches one of our calls for steps that it runs. If the user's build took a result from a cache as a whole
 * (`mode=min`, inline), its builder stages are not in any cache. To export such a stage, the builder would have to run
 * its steps again.
 */
import { parseProgress, type Progress } from './progress-message.ts'

/** What a guard looks for. */
export interface Watch {
  /** The digests of the steps in the graphs of all calls of the run. The guard adds those of its own call. */
  readonly ownSteps: Set<string>
  /**
   * Called when the call starts steps, or unpacks the image that a step would run in.
   *
   * @param steps the names of the steps that it starts
   */
  readonly onStarted: (steps: readonly string[]) => void
  /**
   * Called when the call waits for steps that another call or build on the same builder runs, or for an image that is
   * unpacked for them.
   *
   * @param steps the names of the steps
   */
  readonly onJoined: (steps: readonly string[]) => void
  /** Called when the cache has a result that only our calls can have made. */
  readonly onMadeByWeighing: () => void
  /** Returns whether only our calls can have made the result of a step. */
  readonly isMadeByWeighing: (step: string) => boolean
  /** Receives each message of the progress. */
  readonly onProgress: (message: Progress) => void
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

type Vertex = Progress['vertexes'][number]
type Status = Progress['statuses'][number]

/**
 * `started`: the call runs it. `joined`: another call or build runs it, and this one waits. `there`: the result exists.
 */
type Kind = 'started' | 'joined' | 'there' | 'nothing'

/**
 * Returns a guard.
 *
 * If two builds have an equal step at the same time, BuildKit runs it once. It then reports steps of either build to
 * both, with the times at which they started.
 */
export function guardSteps({
  ownSteps,
  onStarted,
  onJoined,
  onMadeByWeighing,
  isMadeByWeighing,
  onProgress,
}: Watch): StepGuard {
  const { note, kindOfStep, kindOfUnpacking } = createSorter(ownSteps)
  let rest: Buffer = Buffer.alloc(0)
  let said = ''
  const read = (line: Buffer): void => {
    // Such a line may say that a step starts.
    if (line.length > maxLineBytes) {
      onStarted([])
      return
    }
    const text = line.toString('utf8')
    const progress = parseProgress(text)
    if (progress === null) {
      said = `${said}${text}\n`.slice(-maxSaid)
      return
    }
    onProgress(progress)
    const { vertexes, statuses } = progress
    note(vertexes)
    const steps = vertexes.map((vertex) => ({ ...vertex, kind: kindOfStep(vertex) }))
    const unpacked = statuses.map((status) => ({ ...status, kind: kindOfUnpacking(status) }))
    const started = steps.filter(({ kind }) => kind === 'started')
    const joined = steps.filter(({ kind }) => kind === 'joined')
    if (started.length > 0 || unpacked.some(({ kind }) => kind === 'started'))
      onStarted(started.map(({ name }) => name))
    else if (steps.some(({ kind, name }) => kind === 'there' && isMadeByWeighing(name))) onMadeByWeighing()
    else if (joined.length > 0 || unpacked.some(({ kind }) => kind === 'joined'))
      onJoined(joined.map(({ name }) => name))
  }
  return {
    write(chunk) {
      rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk])
      for (let end = rest.indexOf(10); end >= 0; end = rest.indexOf(10)) {
        read(rest.subarray(0, end))
        rest = rest.subarray(end + 1)
      }
      if (rest.length <= maxLineBytes) return
      onStarted([])
      rest = Buffer.alloc(0)
    },
    said: () => said + rest.toString('utf8'),
  }
}

/** Returns a time of the progress in milliseconds since 1970. NaN if there is none. */
const timeOf = (time: string | null | undefined): number => Date.parse(time ?? '')

/**
 * Returns whether BuildKit only wanted to compare what a step would read, and stopped that because it had found the
 * result in another way. It reports this as a start and an end with an error at the same moment. A step that runs takes
 * longer. Times are compared in milliseconds, so the moment may be divided between two of them.
 */
const isGivenUp = ({ started, completed, error }: Vertex): boolean =>
  Boolean(error) && timeOf(completed) - timeOf(started) <= 1

interface Sorter {
  /** Notes everything that a message reports, which must be done before its kinds are asked for. */
  readonly note: (vertexes: readonly Vertex[]) => void
  readonly kindOfStep: (vertex: Vertex) => Kind
  readonly kindOfUnpacking: (status: Status) => Kind
}

function createSorter(ownSteps: Set<string>): Sorter {
  const bases = new Set<string>()
  const seen = new Set<string>()
  const foreign = new Set<string>()
  const hits = new Set<string>()
  const lookups = new Map<string, string>()
  /**
   * When this call began. Nothing is earlier if that is not known. Clients may shift the builder's times, so only times
   * of one call are compared.
   */
  let began = -Infinity

  /**
   * Returns whether a step that has started is only looked up in the cache. If a step has no inputs, such as WORKDIR on
   * scratch, BuildKit first reports this look-up as a start. A second start follows if the step runs.
   */
  const isLookup = (digest: string, started: string): boolean => {
    const first = lookups.get(digest) ?? started
    lookups.set(digest, first)
    return first === started
  }
  /** Returns whether a step is in no graph of this call, whose own steps are all reported before one of them starts. */
  const isForeign = ({ digest, inputs }: Vertex): boolean => {
    if (!inputs.every((input) => seen.has(input) && !foreign.has(input))) foreign.add(digest)
    return foreign.has(digest)
  }
  return {
    note(vertexes) {
      for (const { digest, name, started } of vertexes) {
        seen.add(digest)
        // All steps of a call are reported before one of them starts.
        if (!started) ownSteps.add(digest)
        if (from.test(name)) bases.add(digest)
        if (started && ownLoad.test(name) && began === -Infinity) began = timeOf(started)
      }
    },
    kindOfStep(vertex) {
      const { digest, name, inputs, started, completed, cached } = vertex
      if (!started || !step.test(name) || isGivenUp(vertex)) return 'nothing'
      // The builder may run a step for this call that it has joined with an equal one of another call of ours.
      const isOthers = (isForeign(vertex) && !ownSteps.has(digest)) || timeOf(started) < began
      if (cached) hits.add(digest)
      // What the cache had is not run. It is reported as started again while its layers are fetched from a registry.
      if (hits.has(digest) || (completed && isOthers)) return 'there'
      if (inputs.length === 0 && (add.test(name) || isLookup(digest, started))) return 'nothing'
      return isOthers ? 'joined' : 'started'
    },
    kindOfUnpacking({ id, vertex, started, completed }) {
      if (!id.startsWith('extracting ') || !bases.has(vertex)) return 'nothing'
      if (!(timeOf(started) < began)) return 'started'
      return completed ? 'there' : 'joined'
    },
  }
}
