/**
 * The provenance in buildx's metadata file. For the user's call, the whole provenance (`mode=max`) is requested,
 * because it contains the graph of the build and the layers of its steps. The user sees only what buildx would have
 * written otherwise.
 */
import * as v from 'valibot'
import type { Environment } from '../inputs/inputs.ts'
import { formatPlatform, parsePlatform } from '../oci/platform.ts'

const variable = 'BUILDX_METADATA_PROVENANCE'

/** Makes buildx write the whole provenance to its metadata file, without attaching it to anything. */
export const wholeProvenance: ReadonlyMap<string, string> = new Map([[variable, 'max']])

const key = 'buildx.build.provenance'

/** Returns whether a member of the metadata is a provenance. */
export const isProvenance = (name: string): boolean => name === key || name.startsWith(`${key}/`)

/**
 * Provenance by platform, as buildx writes it. The key is `''` if the build was for one platform. It contains values of
 * build arguments.
 */
export type ProvenanceByPlatform = ReadonlyMap<string, unknown>

/** Returns the provenance in the metadata of a build. */
export function provenanceIn(metadata: Readonly<Record<string, unknown>>): ProvenanceByPlatform {
  return new Map(
    Object.entries(metadata).flatMap(([name, value]) =>
      isProvenance(name) ? [[name.slice(key.length + 1), value] as const] : [],
    ),
  )
}

/** Returns the provenance for one platform, or null if there is none. */
export function provenanceFor(provenance: ProvenanceByPlatform, platform: string | null): unknown {
  const name = platform === null ? '' : formatPlatform(parsePlatform(platform))
  return provenance.get(name) ?? (provenance.size === 1 ? [...provenance.values()][0] : null) ?? null
}

const FrontendSchema = v.union([
  v.pipe(
    v.object({ invocation: v.object({ environment: v.object({ dockerfileVersion: v.string() }) }) }),
    v.transform(({ invocation }) => invocation.environment.dockerfileVersion),
  ),
  v.pipe(
    v.object({ buildDefinition: v.object({ internalParameters: v.object({ dockerfileVersion: v.string() }) }) }),
    v.transform(({ buildDefinition }) => buildDefinition.internalParameters.dockerfileVersion),
  ),
])

/** Returns the version of the builder's own Dockerfile frontend. Returns null if there is none, as from BuildKit 0.25. */
export function frontendVersion(provenance: ProvenanceByPlatform): string | null {
  const [first] = provenance.values()
  const found = v.safeParse(FrontendSchema, first)
  return found.success ? found.output : null
}

/**
 * Returns the provenance that buildx would have written with the user's own environment. Returns undefined if it would
 * have written none.
 */
export function asTheUserAsked(provenance: unknown, env: Environment): unknown {
  const setting = env[variable] ?? ''
  if (setting === 'max' || typeof provenance !== 'object' || provenance === null) return provenance
  if (setting === 'disabled' || ['0', 'f', 'F', 'false', 'FALSE', 'False'].includes(setting)) return undefined
  return Object.fromEntries(
    Object.entries(provenance).filter(([name]) => name !== 'buildConfig' && name !== 'metadata'),
  )
}
