/**
 * What a provenance attestation of mode=max tells of the Dockerfile besides the steps: its text, and what decides
 * which of its stages was built. Values of build arguments are in there too: they decide, and are never shown.
 */
import * as v from 'valibot'
import { planStages } from '../dockerfile/plan-stages.ts'
import type { PlannedStage } from '../dockerfile/stage.ts'
import { parseProvenance, type BuildStep } from '../graph/provenance.ts'
import { DigestSchema, digestOfReference } from '../oci/digest.ts'
import type { Platform } from '../oci/platform.ts'
import { PlatformSchema } from '../record/footprint.ts'

export interface AttestedBuild {
  readonly steps: readonly BuildStep[]
  /** Null where the provenance has no Dockerfile, or one that cannot be understood. */
  readonly stages: readonly PlannedStage[] | null
}

const line = v.pipe(v.number(), v.safeInteger())
const lines = { line, endLine: line }
/** Of what this file has given before, as JSON. */
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
        takes: v.array(
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
const metadataKey = 'https://mobyproject.org/buildkit@v1#metadata'

const Slsa02Schema = v.object({
  invocation: v.object({ parameters: v.object({ args: ArgsSchema }) }),
  metadata: v.object({ [metadataKey]: v.object({ source: SourceSchema }) }),
})

const Slsa1Schema = v.object({
  buildDefinition: v.object({ externalParameters: v.object({ request: v.object({ args: ArgsSchema }) }) }),
  runDetails: v.object({ metadata: v.object({ buildkit_metadata: v.object({ source: SourceSchema }) }) }),
})

/** Null where the provenance does not have the steps, as of mode=min. */
export function readAttestedBuild(provenance: unknown, platform: Platform): AttestedBuild | null {
  const steps = parseProvenance(provenance)
  if (steps === null) return null
  // Where a context was another target of a bake nothing tells which Dockerfile is the image's own: no line is believed.
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
 * Of an image its digest, and its name where no Dockerfile has it; of anything else that it is a source. The rest has
 * the values of build arguments in it.
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
  // The first one is what was built; others are of frontends that include files.
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
