/** Stops a call that weighs as soon as it would run a step, or has to wait for a step of another build. */
import { FootprintError } from '../errors.ts'
import type { WeighingCall } from '../plan/weighing-calls.ts'
import type { BegunStages } from './begun-stages.ts'
import type { OtherBuilds } from './other-builds.ts'
import { guardSteps, stageOfStep, type StepGuard } from './step-guard.ts'

/** A call that exports a stage, or the cache. Only a call that exports a stage has its position. */
export type WatchedWeighing = Pick<WeighingCall, 'stageName' | 'metadata'> & Partial<Pick<WeighingCall, 'stageIndex'>>

/** What a watch needs to know. */
export interface CallWatch {
  /** Whether the call may run steps. Then it is never stopped. */
  readonly mayRunSteps: boolean
  readonly begunStages: BegunStages
  readonly otherBuilds: OtherBuilds
  /** Returns the name by which the builder reports the steps of a stage. Null if it is not known. */
  readonly reportedAs: (stageIndex: number) => string | null
}

/** A call that is watched. */
export interface WatchedCall extends StepGuard {
  /** Aborts when the call has to stop. */
  readonly signal: AbortSignal
  readonly isStopped: () => boolean
  /** Returns why the call was stopped. Null if it was not. */
  readonly whyStopped: () => Promise<CallStopped | null>
}

/** Watches a call. `onProgress` receives each message of its progress. */
export function watchCall(
  call: WatchedWeighing,
  { mayRunSteps, begunStages, otherBuilds, reportedAs }: CallWatch,
  onProgress: (message: unknown) => void,
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
  const end = (): void => stopping.abort()
  const started = new Set<string>()
  let reason: StopReason | null = null
  let startsItself = false
  const stop = (steps: readonly string[], isOwn: boolean): void => {
    startsItself ||= isOwn
    if (mayRunSteps) return
    reason ??= steps.length > 0 && !steps.some(isOfThisStage) ? 'other-stage' : 'this-stage'
    const stages = steps.map(stageOfStep)
    for (const each of stages) started.add(each)
    // First they are stored, so that a later run knows them even if this one is killed.
    void begunStages.add(stages, isOwn).then(end, end)
  }
  otherBuilds.begin()
  const guard = guardSteps({
    onStarted: (steps) => stop(steps, true),
    onMadeByWeighing: (steps) => stop(steps, false),
    onJoined(steps) {
      // Another call of ours may have started it.
      if (steps.some(wasBegun) || !otherBuilds.isOnlyCall()) stop(steps, false)
      else if (!mayRunSteps) {
        reason ??= 'other-build'
        end()
      }
    },
    isMadeByWeighing: (step) => !mayRunSteps && isOfThisStage(step) && wasBegun(step),
    onProgress,
  })
  const isOtherBuilds = async (): Promise<boolean> => {
    if (reason === 'other-build' && started.size === 0) return true
    // The call may differ from the user's build, if a definition changes on every read. Then it starts steps itself.
    return !startsItself && (await begunStages.isOfUser([...started], stage))
  }
  return {
    ...guard,
    signal: stopping.signal,
    isStopped: () => reason !== null,
    async whyStopped() {
      if (reason === null) return null
      if (!(await isOtherBuilds()))
        return new CallStopped(call.stageName, reason === 'other-build' ? 'this-stage' : reason)
      otherBuilds.withdraw()
      return new CallStopped(call.stageName, 'other-build')
    },
  }
}

/**
 * What stopped a call: a step of its stage, only a step of another stage, or a step that another build on the same
 * builder is running. The builder reports a step to each call that includes it, so another call of ours may have started
 * the step of another stage.
 */
type StopReason = 'this-stage' | 'other-stage' | 'other-build'

/** A call was stopped, because the builder does not have the stage, or another build is running its steps. */
export class CallStopped extends FootprintError {
  readonly reason: StopReason

  constructor(stageName: string, reason: StopReason) {
    super('WEIGHING_FAILED', `the export of stage ${stageName} was stopped: ${sentences[reason]}`)
    this.reason = reason
  }
}

const sentences: Readonly<Record<StopReason, string>> = {
  'this-stage': 'this run did not build it',
  'other-stage': 'this run did not build all that it needs',
  'other-build': 'another build on the same builder is running its steps',
}
