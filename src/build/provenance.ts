/**
 * What BuildKit's provenance tells of an export: which step made which chain of layers, from which lines.
 *
 * The document also holds values of build arguments; nothing but what is named here leaves this file.
 */
import * as v from 'valibot'
import { DigestSchema, type Digest } from '../oci/digest.ts'

const metadataKey = 'https://mobyproject.org/buildkit@v1#metadata'

const LocationsSchema = v.object({
  locations: v.nullish(
    v.array(
      v.object({
        /** Of `infos`; 0 unless told. */
        sourceIndex: v.nullish(v.number(), 0),
        ranges: v.nullish(
          v.array(
            v.object({
              start: v.object({ line: v.number() }),
              end: v.nullish(v.object({ line: v.number() })),
            }),
          ),
        ),
      }),
    ),
  ),
})

const BuildConfigSchema = v.object({
  llbDefinition: v.array(
    v.object({
      id: v.string(),
      op: v.looseObject({
        Op: v.nullish(
          v.looseObject({ source: v.nullish(v.object({ identifier: v.string() })) }),
        ),
      }),
      inputs: v.nullish(v.array(v.string())),
    }),
  ),
  digestMapping: v.nullish(v.record(v.string(), v.string())),
})

const BuildKitMetadataSchema = v.object({
  source: v.nullish(
    v.object({
      locations: v.nullish(v.record(v.string(), LocationsSchema)),
      /** The Dockerfiles, in base64: more than one where a context is another target of a bake. */
      infos: v.nullish(v.array(v.object({ data: v.nullish(v.string(), '') })), []),
    }),
  ),
  layers: v.nullish(
    v.record(
      v.string(),
      v.array(v.array(v.object({ digest: DigestSchema }))),
    ),
  ),
})

/** SLSA v0.2, as BuildKit writes it by default. */
const Slsa02Schema = v.object({
  buildConfig: BuildConfigSchema,
  metadata: v.object({ [metadataKey]: BuildKitMetadataSchema }),
})

/** SLSA v1, which newer versions can be told to write. */
const Slsa1Schema = v.object({
  buildDefinition: v.object({
    internalParameters: v.object({ buildConfig: BuildConfigSchema }),
  }),
  runDetails: v.object({
    metadata: v.object({
      buildkit_source: v.nullish(BuildKitMetadataSchema.entries.source),
      buildkit_metadata: v.nullish(BuildKitMetadataSchema),
    }),
  }),
})

export interface BuildStep {
  /**
   * Identifier of a source step, such as `docker-image://docker.io/library/python:3.13@sha256:…`; `target:NAME` of the
   * step whose result is another target of the bake.
   */
  readonly source: string | null
  /** Where it stands in the Dockerfile as sent: more than one place where stages have the same step. */
  readonly places: readonly LineRange[]
  /** Chains of layer digests, lowest first, that this step's result consists of. */
  readonly chains: readonly (readonly Digest[])[]
  /** Digest of the step's LLB: the same for the same step with the same inputs. */
  readonly llbDigest: string | null
  /** Whether its result is what was exported. */
  readonly exported: boolean
}

/** Lines from 1, both included. */
export interface LineRange {
  readonly start: number
  readonly end: number
}

/**
 * The steps of an export in the order of the LLB graph; null where the builder gave no usable provenance.
 *
 * @param dockerfile as it was sent; places in others are left out. Null where there can be no others
 */
export function parseProvenance(provenance: unknown, dockerfile: string | null = null): readonly BuildStep[] | null {
  const parsed = parse(provenance)
  if (!parsed) return null
  const isOurs = sourcesOf(parsed.metadata.source?.infos ?? [], dockerfile)
  const { config, metadata } = parsed
  const digestOf = new Map(Object.entries(config.digestMapping ?? {}).map(([digest, id]) => [id, digest]))
  // The graph ends in a vertex without an operation that names the result.
  const result = config.llbDefinition.at(-1)?.inputs?.[0]
  return config.llbDefinition.map(({ id, op }) => ({
    source: op.Op?.source?.identifier ?? null,
    places: placesOf(metadata.source?.locations?.[id], isOurs),
    chains: (metadata.layers?.[`${id}:0`] ?? []).map((chain) => chain.map((layer) => layer.digest)),
    llbDigest: digestOf.get(id) ?? null,
    exported: result === `${id}:0`,
  }))
}

/** Digest of the step whose result is what was built; null where it is not known, or no step made it. */
export function resultOf(provenance: unknown): string | null {
  return parseProvenance(provenance)?.find(({ exported }) => exported)?.llbDigest ?? null
}

/**
 * Marks the results of other targets among the steps: from here they are sources.
 *
 * @param results digest of the step that made each, by target
 */
export function withTargets(steps: readonly BuildStep[], results: ReadonlyMap<string, string>): readonly BuildStep[] {
  const names = new Map([...results].map(([target, llbDigest]) => [llbDigest, target]))
  return steps.map((step) => {
    const target = step.llbDigest === null ? undefined : names.get(step.llbDigest)
    return target === undefined ? step : { ...step, source: `target:${target}` }
  })
}

/** Which of the Dockerfiles is the one that was sent. Where none is, none of their lines is believed. */
function sourcesOf(infos: readonly { readonly data: string }[], dockerfile: string | null): (index: number) => boolean {
  if (dockerfile === null || infos.length <= 1) return () => true
  const ours = new Set(infos.flatMap(({ data }, index) => (Buffer.from(data, 'base64').toString('utf8') === dockerfile ? [index] : [])))
  return (index) => ours.has(index)
}

type Parsed = {
  readonly config: v.InferOutput<typeof BuildConfigSchema>
  readonly metadata: v.InferOutput<typeof BuildKitMetadataSchema>
}

function parse(provenance: unknown): Parsed | null {
  const old = v.safeParse(Slsa02Schema, provenance)
  if (old.success) return { config: old.output.buildConfig, metadata: old.output.metadata[metadataKey] }
  const v1 = v.safeParse(Slsa1Schema, provenance)
  if (!v1.success) return null
  const metadata = v1.output.runDetails.metadata.buildkit_metadata
  return metadata ? { config: v1.output.buildDefinition.internalParameters.buildConfig, metadata } : null
}

function placesOf(entry: v.InferOutput<typeof LocationsSchema> | undefined, isOurs: (sourceIndex: number) => boolean): readonly LineRange[] {
  return (entry?.locations ?? []).flatMap(({ sourceIndex, ranges }) =>
    !ranges?.length || !isOurs(sourceIndex)
      ? []
      : [
          {
            // Not spread into arguments: a foreign list may be longer than the stack.
            start: ranges.reduce((least, range) => Math.min(least, range.start.line), Infinity),
            end: ranges.reduce((most, range) => Math.max(most, range.end?.line ?? range.start.line), -Infinity),
          },
        ],
  )
}
