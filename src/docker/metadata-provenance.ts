/**
 * The provenance in buildx's metadata file. The user's call is asked for all of it (`mode=max`), since it has the graph of
 * the build and the layers of its steps. What the user sees of it stays what buildx writes without being asked.
 */
import * as v from 'valibot'
import type { Environment } from '../inputs/inputs.ts'
import { formatPlatform, parsePlatform } from '../oci/platform.ts'

const variable = 'BUILDX_METADATA_PROVENANCE'

/** buildx puts the whole provenance into its metadata file, attached to nothing. */
export const wholeProvenance: ReadonlyMap<string, string> = new Map([[variable, 'max']])

const key = 'buildx.build.provenance'

export const isProvenance = (name: string): boolean => name === key || name.startsWith(`${key}/`)

/** By platform as buildx writes it; under `''` where the build was for one alone. Holds values of build arguments. */
export type ProvenanceByPlatform = ReadonlyMap<string, unknown>

export function provenanceIn(metadata: Readonly<Record<string, unknown>>): ProvenanceByPlatform {
  return new Map(
    Object.entries(metadata).flatMap(([name, value]) =>
      isProvenance(name) ? [[name.slice(key.length + 1), value] as const] : [],
    ),
  )
}

/** Of one platform; null where there is none. */
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

/** Version of the Dockerfile frontend that the builder has built in; null where it is not told, as by BuildKit 0.25. */
export function frontendVersion(provenance: ProvenanceByPlatform): string | null {
  const [first] = provenance.values()
  const found = v.safeParse(FrontendSchema, first)
  return found.success ? found.output : null
}

/** What buildx would have written for the user's own environment; undefined for nothing. */
export function asTheUserAsked(provenance: unknown, env: Environment): unknown {
  const wish = env[variable] ?? ''
  if (wish === 'max' || typeof provenance !== 'object' || provenance === null) return provenance
  if (wish === 'disabled' || ['0', 'f', 'F', 'false', 'FALSE', 'False'].includes(wish)) return undefined
  return Object.fromEntries(
    Object.entries(provenance).filter(([name]) => name !== 'buildConfig' && name !== 'metadata'),
  )
}
