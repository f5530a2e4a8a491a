/**
 * What BuildKit's provenance tells of a build: its steps, what each of them builds on, the lines that it comes from, and
 * the layers of its result where the builder holds them.
 *
 * The document also holds values of build arguments; nothing but what is named here leaves this file.
 */
import * as v from 'valibot'
import { DigestSchema } from '../oci/digest.ts'
import type { Descriptor } from '../oci/manifest.ts'
import type { Platform } from '../oci/platform.ts'
import { layersOfStep, type LayersOfStep } from './llb.ts'

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
        platform: v.nullish(
          v.object({ OS: v.string(), Architecture: v.string(), Variant: v.optional(v.string(), '') }),
        ),
        Op: v.nullish(v.looseObject({ source: v.nullish(v.object({ identifier: v.string() })) })),
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
      // The engine's store on overlay2 gives diffIDs, and -1 for the size.
      v.array(
        v.array(
          v.object({ digest: DigestSchema, mediaType: v.optional(v.string(), ''), size: v.optional(v.number(), -1) }),
        ),
      ),
    ),
  ),
})

/** SLSA v0.2, as BuildKit writes it by default. */
const Slsa02Schema = v.object({
  buildConfig: BuildConfigSchema,
  metadata: v.object({ [metadataKey]: BuildKitMetadataSchema }),
  invocation: v.optional(v.object({ environment: v.optional(v.object({ platform: v.optional(v.string()) })) })),
})

/** SLSA v1, which newer versions can be told to write. */
const Slsa1Schema = v.object({
  buildDefinition: v.object({
    internalParameters: v.object({ buildConfig: BuildConfigSchema, builderPlatform: v.optional(v.string()) }),
  }),
  runDetails: v.object({
    metadata: v.object({
      buildkit_source: v.nullish(BuildKitMetadataSchema.entries.source),
      buildkit_metadata: v.nullish(BuildKitMetadataSchema),
    }),
  }),
})

/** A layer as the builder holds it; `size` is -1 where it holds layers unpacked. */
export type ChainLayer = Pick<Descriptor, 'digest' | 'mediaType' | 'size'>

export interface BuildStep extends LayersOfStep {
  /**
   * Identifier of a source step, such as `docker-image://docker.io/library/python:3.13@sha256:…`; `target:NAME` of the
   * step whose result is another target of the bake.
   */
  readonly source: string | null
  /** Of an image: the platform that it is for; null where none is told. */
  readonly platform?: Platform | null | undefined
  /** Where it stands in the Dockerfile as sent: more than one place where stages have the same step. */
  readonly places: readonly LineRange[]
  /**
   * The layers of this step's result, lowest first. None where the builder holds no blobs of them, several where its
   * caches hold several results of the step. They are those of the cache: an export may give them other digests.
   */
  readonly chains: readonly (readonly ChainLayer[])[]
  /** Positions of all steps whose results it uses. */
  readonly uses: readonly number[]
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
 * The steps of a build in the order of the LLB graph; null where the builder gave no usable provenance.
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
  const positions = new Map(config.llbDefinition.map(({ id }, position) => [id, position]))
  return config.llbDefinition.map(({ id, op, inputs }, position) => ({
    source: op.Op?.source?.identifier ?? null,
    platform: op.platform
      ? {
          os: op.platform.OS,
          architecture: op.platform.Architecture,
          ...(op.platform.Variant === '' ? {} : { variant: op.platform.Variant }),
        }
      : null,
    ...layersOfStep(
      op.Op,
      (inputs ?? []).map((input) => (input.endsWith(':0') ? stepOf(input, positions, position) : null)),
    ),
    uses: (inputs ?? []).flatMap((input) => stepOf(input, positions, position) ?? []),
    places: placesOf(metadata.source?.locations?.[id], isOurs),
    chains: metadata.layers?.[`${id}:0`] ?? [],
    llbDigest: digestOf.get(id) ?? null,
    exported: result === `${id}:0`,
  }))
}

/**
 * Position of the step of an input (`step3:0`); null unless it stands before the step that uses it: a graph in its
 * order has no circle.
 */
function stepOf(input: string, positions: ReadonlyMap<string, number>, user: number): number | null {
  const position = positions.get(input.slice(0, input.lastIndexOf(':')))
  return position !== undefined && position < user ? position : null
}

/** The builder's own platform, which a build is for that names none; null where it is not told. */
export function builderPlatform(provenance: unknown): string | null {
  return parse(provenance)?.builderPlatform ?? null
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
  const ours = new Set(
    infos.flatMap(({ data }, index) => (Buffer.from(data, 'base64').toString('utf8') === dockerfile ? [index] : [])),
  )
  return (index) => ours.has(index)
}

type Parsed = {
  readonly config: v.InferOutput<typeof BuildConfigSchema>
  readonly metadata: v.InferOutput<typeof BuildKitMetadataSchema>
  readonly builderPlatform: string | null
}

function parse(provenance: unknown): Parsed | null {
  const old = v.safeParse(Slsa02Schema, provenance)
  if (old.success)
    return {
      config: old.output.buildConfig,
      metadata: old.output.metadata[metadataKey],
      builderPlatform: old.output.invocation?.environment?.platform ?? null,
    }
  const v1 = v.safeParse(Slsa1Schema, provenance)
  if (!v1.success) return null
  const metadata = v1.output.runDetails.metadata.buildkit_metadata
  const { buildConfig, builderPlatform } = v1.output.buildDefinition.internalParameters
  return metadata ? { config: buildConfig, metadata, builderPlatform: builderPlatform ?? null } : null
}

function placesOf(
  entry: v.InferOutput<typeof LocationsSchema> | undefined,
  isOurs: (sourceIndex: number) => boolean,
): readonly LineRange[] {
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
