/** Stops a call that weighs as soon as it would run a step, or has to wait for a step of another build. */
import { FootprintError } from '../errors.ts'
import type { WeighingCall } from '../plan/weighing-calls.ts'
import type { BegunStages } from './begun-stages.ts'
import type { Progress } from './progress-message.ts'
import { guardSteps, stageOfStep, type StepGuard } from './step-guard.ts'

/** A call that exports a stage, or the cache. Only a call that exports a stage has its position. */
export type WatchedWeighing = Pick<WeighingCall, 'stageName' | 'metadata'> & Partial<Pick<WeighingCall, 'stageIndex'>>

/** What a watch needs to know. */
export interface CallWatch {
  /** Whether the call may run steps. Then it is never stopped. */
  readonly mayRunSteps: boolean
  readonly begunStages: BegunStages
  /** The digests of the steps in the graphs of all calls of the run. */
  readonly ownSteps: Set<string>
  /** Receives the stages, as the builder reports them, of which calls that may run steps ran one. */
  readonly ranStages: Set<string>
  /** Returns the name by which the builder reports the steps of a stage. Null if it is not known. */
  readonly reportedAs: (stageIndex: number) => string | null
}

/** A call that is watched. */
export interface WatchedCall extends StepGuard {
  /** Aborts when the call has to stop. */
  readonly signal: AbortSignal
  readonly isStopped: () => boolean
  /** Returns why the call was stopped. Null if it was not. */
  readonly whyStopped: () => CallStopped | null
}

/** Watches a call. `onProgress` receives each message of its progress. */
export function watchCall(
  call: WatchedWeighing,
  { mayRunSteps, begunStages, ownSteps, ranStages, reportedAs }: CallWatch,
  onProgress: (message: Progress) => void,
): WatchedCall {
  const stage = call.stageIndex === undefined ? null : reportedAs(call.stageIndex)
  // If a Dockerfile has only one stage, its steps are reported without a name, or with that of the bake target.
  const names = ['', stage, call.metadata?.target.toLowerCase()]
  const isOfThisStage = (step: string): boolean => stage === null || names.includes(stageOfStep(step))
  const wasBegun = (step: string): boolean => {
    const from = stageOfStep(step)
    return begunStages.inThisRun(from) || begunStages.before(from)
  }
  const stopping = new AbortController()
  let isEnding = false
  // Stages are stored first, also those that another call of this run began, so that a later run knows them even if this
  // one is killed.
  const end = (): void => {
    isEnding = true
    const abort = (): void => stopping.abort()
    void begunStages.stored().then(abort, abort)
  }
  const joined = new Set<string>()
  let isCacheUnread = false
  let reason: StopReason | null = null
  const stop = (steps: readonly string[]): void => {
    reason ??= steps.length > 0 && !steps.some(isOfThisStage) ? 'other-stage' : 'this-stage'
  }
  const guard = guardSteps({
    ownSteps,
    onStarted(steps) {
      if (mayRunSteps) {
        for (const each of steps) ranStages.add(stageOfStep(each))
        return
      }
      stop(steps)
      void begunStages.add(steps.map(stageOfStep))
      end()
    },
    onMadeByWeighing() {
      stop([])
      end()
    },
    onJoined(steps) {
      if (mayRunSteps) return
      for (const each of steps) joined.add(each)
      end()
    },
    isMadeByWeighing: (step) => !mayRunSteps && isOfThisStage(step) && wasBegun(step),
    onProgress(message) {
      isCacheUnread ||= message.vertexes.some(({ name, error }) => Boolean(error) && importOfCache.test(name))
      onProgress(message)
    },
  })
  return {
    ...guard,
    signal: stopping.signal,
    isStopped: () => isEnding,
    whyStopped() {
      // Another call of ours, which reports that it started the step, may be the one that this call waited for.
      const ours = [...joined].filter(wasBegun)
      if (ours.length > 0) stop(ours)
      if (reason !== null) return new CallStopped(call.stageName, reason, isCacheUnread)
      return isEnding ? new CallStopped(call.stageName, 'other-build', isCacheUnread) : null
    },
  }
}

/** In a bake, it follows the name of the target. */
const importOfCache = /^(?:\[[^\]]*\] )?importing cache manifest from /

/**
 * What stopped a call: a step of its stage, only a step of another stage, or a step that another build on the same
 * builder is running. The builder reports a step to each call that includes it, so another call of ours may have started
 * the step of another stage.
 */
type StopReason = 'this-stage' | 'other-stage' | 'other-build'

/** A call was stopped, because the builder does not have the stage, or another build is running its steps. */
export class CallStopped extends FootprintError {
  readonly reason: StopReason
  /** Whether the builder could not read a cache that may hold the stage. */
  readonly isCacheUnread: boolean

  constructor(stageName: string, reason: StopReason, isCacheUnread = false) {
    super('WEIGHING_FAILED', `the export of stage ${stageName} was stopped: ${sentences[reason]}`)
    this.reason = reason
    this.isCacheUnread = isCacheUnread
  }
}

const sentences: Readonly<Record<StopReason, string>> = {
  'this-stage': 'this run did not build it',
  'other-stage': 'this run did not build all that it needs',
  'other-build': 'another build on the same builder is running its steps',
}
