/** Reads the graph of the user's build for each platform. */
import { provenanceInHistory } from '../builder/build-history.ts'
import type { BuilderToDial } from '../builder/builder-connection.ts'
import { provenanceFor } from '../docker/metadata-provenance.ts'
import type { BuildOutputs } from '../docker/metadata.ts'
import { ownsItsLines, parseProvenance, resultOf, withTargets, type BuildStep } from '../graph/provenance.ts'
import type { LinkedTarget } from '../plan/linked-weighing-calls.ts'

/** The graph of a build for one platform. */
export interface PlatformSteps {
  readonly provenance: unknown
  /** Null if the builder gave no usable graph. */
  readonly steps: readonly BuildStep[] | null
}

/** A build whose graph is read. */
export interface BuildToRead {
  readonly builder: BuilderToDial
  /** The Dockerfile that was sent. Null if there can be no others. */
  readonly dockerfile: string | null
  /** Outputs of the user's build; null if there was none. */
  readonly outputs: BuildOutputs | null
  /** Set if it builds on other targets of a bake. */
  readonly linked: LinkedTarget | null
  /** Outputs of all targets of the user's bake. */
  readonly others: ReadonlyMap<string, BuildOutputs>
}

/** Returns a function that reads the graph for a platform. Each is read once. */
export function platformSteps(
  build: BuildToRead,
  signal: AbortSignal,
): (platform: string | null) => Promise<PlatformSteps> {
  const read = new Map<string | null, Promise<PlatformSteps>>()
  return (platform) => {
    const steps = read.get(platform) ?? readSteps(build, platform, signal)
    read.set(platform, steps)
    return steps
  }
}

async function readSteps(
  { builder, dockerfile, outputs, linked, others }: BuildToRead,
  platform: string | null,
  signal: AbortSignal,
): Promise<PlatformSteps> {
  const provenance = outputs === null ? null : await wholeProvenanceOf(outputs, platform, builder, signal)
  const steps = parseProvenance(provenance, dockerfile)
  return { provenance, steps: linked ? stepsOfLinked(steps, linked, others, platform) : steps }
}

/**
 * Returns the provenance from the metadata of the user's call, or otherwise from the builder's history. A metadata file
 * that the user requested has no build graph.
 */
async function wholeProvenanceOf(
  outputs: BuildOutputs,
  platform: string | null,
  builder: BuilderToDial,
  signal: AbortSignal,
): Promise<unknown> {
  const reported = provenanceFor(outputs.provenance, platform)
  return parseProvenance(reported) === null
    ? ((await provenanceInHistory(outputs, platform, builder, signal)) ?? reported)
    : reported
}

/**
 * Returns the steps of a target that builds on others, with the results of these marked. Returns null if the graph does
 * not show which steps are theirs.
 */
function stepsOfLinked(
  steps: readonly BuildStep[] | null,
  linked: LinkedTarget,
  outputs: ReadonlyMap<string, BuildOutputs>,
  platform: string | null,
): readonly BuildStep[] | null {
  const results = new Map(
    [...linked.others.keys()].flatMap((name): [string, string][] => {
      const result = resultOf(provenanceFor(outputs.get(name)?.provenance ?? new Map(), platform))
      return result === null ? [] : [[name, result]]
    }),
  )
  if (steps === null || results.size < linked.others.size) return null
  const marked = withTargets(steps, results)
  return ownsItsLines(marked) ? marked : null
}
