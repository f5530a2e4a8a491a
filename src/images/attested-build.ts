/**
 * Reads the Dockerfile from a provenance attestation of mode=max, and what determines which of its stages was built.
 * The provenance also contains values of build arguments. They are used for this decision, and never shown.
 */
import * as v from 'valibot'
import { planStages } from '../dockerfile/plan-stages.ts'
import type { PlannedStage } from '../dockerfile/stage.ts'
import { metadataKey, parseProvenance, type BuildStep } from '../graph/provenance.ts'
import { DigestSchema, digestOfReference } from '../oci/digest.ts'
import type { Platform } from '../oci/platform.ts'
import { PlatformSchema } from '../record/footprint.ts'

/** The build that an attestation describes. */
export interface AttestedBuild {
  readonly steps: readonly BuildStep[]
  /** Null if the provenance has no Dockerfile, or one that cannot be parsed. */
  readonly stages: readonly PlannedStage[] | null
}

const line = v.pipe(v.number(), v.safeInteger())
const lines = { line, endLine: line }
/** Validates an `AttestedBuild` that was stored as JSON. */
export const AttestedBuildSchema = v.object({
  steps: v.array(
    v.object({
      source: v.nullable(v.string()),
      places: v.array(v.object({ start: v.number(), end: v.number() })),
      chains: v.array(v.array(v.object({ digest: DigestSchema, mediaType: v.string(), size: v.number() }))),
      kind: v.picklist(['source', 'layer', 'merge', 'other']),
      on: v.array(v.number()),
      uses: v.array(v.number()),
      llbDigest: v.nullable(v.string()),
      platform: v.optional(v.nullable(PlatformSchema)),
      exported: v.boolean(),
    }),
  ),
  stages: v.nullable(
    v.array(
      v.object({
        index: line,
        name: v.nullable(v.string()),
        base: v.string(),
        expanded: v.optional(v.string()),
        ...lines,
        needed: v.boolean(),
        final: v.boolean(),
        uses: v.array(
          v.object({
            via: v.picklist(['from', 'copy', 'mount']),
            stageIndex: v.nullable(line),
            reference: v.string(),
            ...lines,
          }),
        ),
        instructions: v.array(v.object({ keyword: v.string(), text: v.string(), ...lines })),
      }),
    ),
  ),
})

const SourceSchema = v.object({
  infos: v.nullish(v.array(v.object({ language: v.nullish(v.string()), data: v.nullish(v.string()) }))),
})
const ArgsSchema = v.nullish(v.record(v.string(), v.unknown()))

const Slsa02Schema = v.object({
  invocation: v.object({ parameters: v.object({ args: ArgsSchema }) }),
  metadata: v.object({ [metadataKey]: v.object({ source: SourceSchema }) }),
})

const Slsa1Schema = v.object({
  buildDefinition: v.object({ externalParameters: v.object({ request: v.object({ args: ArgsSchema }) }) }),
  runDetails: v.object({ metadata: v.object({ buildkit_metadata: v.object({ source: SourceSchema }) }) }),
})

/** Reads the build from a provenance. Returns null if the provenance has no steps, as with mode=min. */
export function readAttestedBuild(provenance: unknown, platform: Platform): AttestedBuild | null {
  const steps = parseProvenance(provenance)
  if (steps === null) return null
  // If a context was another target of a bake, it is unknown which Dockerfile belongs to the image. Then no lines are
  // used.
  const onTargets = buildsOnTargets(provenance)
  const stages = onTargets ? null : stagesOf(provenance, platform)
  return {
    steps: steps.map((step) => ({
      ...step,
      source: sourceOf(step, stages !== null),
      places: onTargets ? [] : step.places,
    })),
    stages,
  }
}

function buildsOnTargets(provenance: unknown): boolean {
  return Object.entries(requestOf(provenance)?.args ?? {}).some(
    ([name, value]) => name.startsWith('context:') && String(value).startsWith('input:'),
  )
}

/**
 * Returns a source without values of build arguments. For an image, this is its digest, and also its name if there is
 * no Dockerfile to take it from. For any other source, it is only the scheme.
 */
function sourceOf({ source }: BuildStep, hasDockerfile: boolean): string | null {
  const [, scheme, name = ''] = /^([a-z-]+:\/\/)(.*)$/s.exec(source ?? '') ?? []
  if (source === null) return null
  if (scheme !== 'docker-image://' && scheme !== 'oci-layout://') return scheme ?? ''
  const digest = digestOfReference(name)
  return hasDockerfile ? `${scheme}${digest === null ? '' : `@${digest}`}` : source
}

function stagesOf(provenance: unknown, platform: Platform): readonly PlannedStage[] | null {
  const request = requestOf(provenance)
  // The first one was built. Others come from frontends that include files.
  const data = request?.infos?.[0]?.data
  if (!request || typeof data !== 'string' || request.infos?.[0]?.language !== 'Dockerfile') return null
  const args = Object.entries(request.args ?? {}).filter(
    (entry): entry is [string, string] => typeof entry[1] === 'string',
  )
  const withPrefix = (prefix: string): [string, string][] =>
    args.filter(([name]) => name.startsWith(prefix)).map(([name, value]) => [name.slice(prefix.length), value])
  try {
    return planStages({
      dockerfile: Buffer.from(data, 'base64').toString('utf8'),
      list: null,
      target: args.find(([name]) => name === 'target')?.[1] ?? null,
      buildContexts: new Set(withPrefix('context:').map(([name]) => name.toLowerCase())),
      buildArgs: new Map(withPrefix('build-arg:')),
      platform,
    }).stages
  } catch {
    return null
  }
}

function requestOf(
  provenance: unknown,
): (v.InferOutput<typeof SourceSchema> & { args: v.InferOutput<typeof ArgsSchema> }) | null {
  const old = v.safeParse(Slsa02Schema, provenance)
  if (old.success) return { ...old.output.metadata[metadataKey].source, args: old.output.invocation.parameters.args }
  const v1 = v.safeParse(Slsa1Schema, provenance)
  if (!v1.success) return null
  const { buildDefinition, runDetails } = v1.output
  return { ...runDetails.metadata.buildkit_metadata.source, args: buildDefinition.externalParameters.request.args }
}
