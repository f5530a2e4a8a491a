/** `build --print`: prints the plan as JSON without building anything. */
import { requireTargets } from '../docker/list-targets.ts'
import type { PlannedStage } from '../dockerfile/stage.ts'
import type { BuildInputs } from '../inputs/inputs.ts'
import { maskCall } from '../inputs/mask.ts'
import { planBuild } from '../plan/build-plan.ts'
import { openBuildSource } from '../plan/build-source.ts'
import { finalFirst, weighingCall } from '../plan/weighing-calls.ts'
import { thisMachine } from '../weigh/weigh-revision.ts'

/** The output of `build --print`. */
export interface PrintedPlan {
  readonly stages: readonly Pick<PlannedStage, 'index' | 'name' | 'base' | 'line' | 'endLine' | 'needed' | 'final'>[]
  /** Calls of the client, with the values of build arguments and secrets masked. */
  readonly calls: readonly (readonly string[])[]
  readonly notes: readonly string[]
}

/**
 * Returns the plan of a build.
 *
 * @throws BuildFailed if BuildKit cannot parse the Dockerfile; FootprintError DOCKERFILE if only we read it and cannot
 * parse it
 */
export async function printPlan(
  build: BuildInputs,
  readStdin: () => Promise<Buffer>,
  signal: AbortSignal,
): Promise<PrintedPlan> {
  const source = await openBuildSource(build, readStdin)
  const plan = planBuild(build, source, await requireTargets(build, source, signal), thisMachine())
  const dockerfile =
    plan.named.dockerfile === null
      ? (source.dockerfilePath ?? build.file)
      : '<copy of the Dockerfile with added stage names>'
  const calls = plan.platforms.flatMap(({ platform, stages }) =>
    finalFirst(stages.filter(({ needed }) => needed))
      .map((stage) =>
        weighingCall(stage, {
          stepArgv: build.stepArgv,
          imageArgv: build.imageArgv,
          platforms: platform === null ? [] : [platform],
          outputs: build.outputs,
          context: build.context,
          dockerfile,
          targets: plan.named.targets,
          builderStageCompression: 'keep',
          mark: null,
        }),
      )
      .map(
        (call) =>
          call.layout({
            layout: `<temporary folder>/${call.id}`,
            metadataFile: `<temporary folder>/${call.id}.metadata.json`,
          }).args,
      ),
  )
  return {
    stages: (plan.platforms[0]?.stages ?? []).map(({ index, name, base, line, endLine, needed, final }) => ({
      index,
      name,
      base,
      line,
      endLine,
      needed,
      final,
    })),
    calls: [['buildx', 'build', ...build.argv, build.context], ...calls].map((call) => ['docker', ...maskCall(call)]),
    notes: plan.notes,
  }
}
