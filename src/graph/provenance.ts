/**
 * Reads BuildKit's provenance of a build: its steps, what each builds on, the lines that it comes from, and the layers
 * of its result if the builder has them.
 *
 * The document also contains values of build arguments. Only the fields named here leave this file.
 */
import * as v from 'valibot'
import { DigestSchema } from '../oci/digest.ts'
import type { Descriptor } from '../oci/manifest.ts'
import type { Platform } from '../oci/platform.ts'
import { layersOfStep, type LayersOfStep } from './llb.ts'

/** The key under which BuildKit adds its own metadata to a provenance of SLSA v0.2. */
export const metadataKey = 'https://mobyproject.org/buildkit@v1#metadata'

const LocationsSchema = v.object({
  locations: v.nullish(
    v.array(
      v.object({
        /** Index in `infos`. The default is 0. */
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
      /** The Dockerfiles in base64. There are several if a context is another target of a bake. */
      infos: v.nullish(v.array(v.object({ data: v.nullish(v.string(), '') })), []),
    }),
  ),
  layers: v.nullish(
    v.record(
      v.string(),
      // The overlay2 store of the engine gives diffIDs, and -1 as the size.
      v.array(
        v.array(
          v.object({ digest: DigestSchema, mediaType: v.optional(v.string(), ''), size: v.optional(v.number(), -1) }),
        ),
      ),
    ),
  ),
})

/** SLSA v0.2, BuildKit's default. */
const Slsa02Schema = v.object({
  buildConfig: BuildConfigSchema,
  metadata: v.object({ [metadataKey]: BuildKitMetadataSchema }),
  invocation: v.optional(v.object({ environment: v.optional(v.object({ platform: v.optional(v.string()) })) })),
})

/** SLSA v1, which newer versions can write as well. */
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

/** A layer as the builder stores it. `size` is in bytes, or -1 if the builder stores layers unpacked. */
export type ChainLayer = Pick<Descriptor, 'digest' | 'mediaType' | 'size'>

/** One step of a build: a vertex of the LLB graph. */
export interface BuildStep extends LayersOfStep {
  /**
   * Identifier of a source step, such as `docker-image://docker.io/library/python:3.13@sha256:…`. It is `target:NAME`
   * for the step whose result is another target of the bake.
   */
  readonly source: string | null
  /** For an image, its platform. Null if the provenance has none. */
  readonly platform?: Platform | null | undefined
  /** The places of the step in the Dockerfile that was sent. There are several if stages have the same step. */
  readonly places: readonly LineRange[]
  /**
   * The layers of this step's result, lowest first. The list is empty if the builder has no blobs of them. It has
   * several entries if the caches hold several results of the step. These are layers of the cache: an export may give
   * them other digests.
   */
  readonly chains: readonly (readonly ChainLayer[])[]
  /** Positions of all steps whose results it uses. */
  readonly uses: readonly number[]
  /** Digest of the step's LLB. The same step with the same inputs has the same digest. */
  readonly llbDigest: string | null
  /** Whether its result was exported. */
  readonly exported: boolean
}

/** Lines counted from 1, both inclusive. */
export interface LineRange {
  readonly start: number
  readonly end: number
}

/**
 * Returns the steps of a build in the order of the LLB graph. Returns null if the builder gave no usable provenance.
 *
 * @param dockerfile the Dockerfile that was sent; places in other Dockerfiles are left out. Null if there can be no
 * others
 */
export function parseProvenance(provenance: unknown, dockerfile: string | null = null): readonly BuildStep[] | null {
  const parsed = parse(provenance)
  if (!parsed) return null
  const isOurs = sourcesOf(parsed.metadata.source?.infos ?? [], dockerfile)
  const { config, metadata } = parsed
  const digestOf = new Map(Object.entries(config.digestMapping ?? {}).map(([digest, id]) => [id, digest]))
  // The last vertex has no operation. Its input names the result.
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
    // An engine with unpacked layers lists none for a step until they were counted. So an empty list says nothing.
    chains: (metadata.layers?.[`${id}:0`] ?? []).filter((chain) => chain.length > 0),
    llbDigest: digestOf.get(id) ?? null,
    exported: result === `${id}:0`,
  }))
}

/**
 * Returns the position of the step of an input (`step3:0`). Returns null unless it comes before the step that uses it,
 * because a graph in order has no cycles.
 */
function stepOf(input: string, positions: ReadonlyMap<string, number>, user: number): number | null {
  const position = positions.get(input.slice(0, input.lastIndexOf(':')))
  return position !== undefined && position < user ? position : null
}

/**
 * Returns the builder's own platform, which a build without a platform is for. Returns null if the provenance does not
 * contain it.
 */
export function builderPlatform(provenance: unknown): string | null {
  return parse(provenance)?.builderPlatform ?? null
}

/**
 * Returns whether a build can have been made from this Dockerfile: false only if the provenance has Dockerfiles, and
 * none of them is this one.
 */
export function isMadeFrom(provenance: unknown, dockerfile: string | null): boolean {
  const infos = parse(provenance)?.metadata.source?.infos ?? []
  return (
    dockerfile === null ||
    infos.length === 0 ||
    infos.some(({ data }) => Buffer.from(data, 'base64').toString('utf8') === dockerfile)
  )
}

/**
 * Returns the LLB digest of the step whose result was built. Returns null if it is unknown, or no step made the result.
 */
export function resultOf(provenance: unknown): string | null {
  return parseProvenance(provenance)?.find(({ exported }) => exported)?.llbDigest ?? null
}

/**
 * Marks the results of other targets among the steps, which then count as sources.
 *
 * @param results maps each target to the LLB digest of the step that made its result
 */
export function withTargets(steps: readonly BuildStep[], results: ReadonlyMap<string, string>): readonly BuildStep[] {
  const names = new Map([...results].map(([target, llbDigest]) => [llbDigest, target]))
  return steps.map((step) => {
    const target = step.llbDigest === null ? undefined : names.get(step.llbDigest)
    return target === undefined ? step : { ...step, source: `${targetPrefix}${target}` }
  })
}

const targetPrefix = 'target:'

/**
 * Returns whether no line of the Dockerfile belongs to a step of another target. Otherwise the target shares the
 * Dockerfile, and a step on a line of a stage need not be a step of this build's stage.
 *
 * @param steps with their targets marked
 */
export function ownsItsLines(steps: readonly BuildStep[]): boolean {
  const own = new Set<number>()
  const open = steps.flatMap(({ exported }, position) => (exported ? [position] : []))
  for (let position = open.pop(); position !== undefined; position = open.pop()) {
    const step = steps[position]
    if (step === undefined || own.has(position) || step.source?.startsWith(targetPrefix) === true) continue
    own.add(position)
    open.push(...step.uses)
  }
  return steps.every(({ places }, position) => places.length === 0 || own.has(position))
}

/**
 * Returns a test for the index of the Dockerfile that was sent. If no Dockerfile matches it, none of their lines are
 * used.
 */
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
            // Spreading into arguments could exceed the stack, because a foreign list can be long.
            start: ranges.reduce((least, range) => Math.min(least, range.start.line), Infinity),
            end: ranges.reduce((last, range) => Math.max(last, range.end?.line ?? range.start.line), -Infinity),
          },
        ],
  )
}
