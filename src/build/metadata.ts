/** The outputs of the user's build, as docker/build-push-action gives them. */
import * as v from 'valibot'

const MetadataSchema = v.looseObject({
  'containerimage.digest': v.optional(v.string()),
  'containerimage.config.digest': v.optional(v.string()),
  'image.name': v.optional(v.string()),
})

export interface BuildOutputs {
  readonly imageId: string
  readonly digest: string
  /** JSON of buildx's metadata with the values of build arguments masked. */
  readonly metadata: string
  /** Digest of the shipped image's config, where it is a single image; what weighing is checked against. */
  readonly configDigest: string | null
  /** The first repository, without tag, that the image was tagged with or pushed to. */
  readonly name: string | null
}

/**
 * The image id is found as `--iidfile` finds it. The flag itself is not for us to add: buildx refuses it beside
 * a `local` or `tar` output, and with it the user's build.
 *
 * @param metadata text of buildx's metadata file; empty where the build wrote none
 */
export function buildOutputs(metadata: string): BuildOutputs {
  const parsed: unknown = metadata.trim() === '' ? {} : JSON.parse(metadata)
  const known = v.parse(MetadataSchema, parsed)
  const digest = known['containerimage.digest'] ?? ''
  return {
    imageId: known['containerimage.config.digest'] ?? digest,
    digest,
    metadata: metadata.trim() === '' ? '' : JSON.stringify(maskBuildArgs(parsed), null, 2),
    configDigest: known['containerimage.config.digest'] ?? null,
    name: repositoryOf(known['image.name'] ?? ''),
  }
}

/** @param names references, comma-separated */
function repositoryOf(names: string): string | null {
  const name = names.split(',', 1)[0]?.replace(/@.*$/, '').replace(/:[^/:]*$/, '') ?? ''
  return name === '' ? null : name
}

/** Provenance holds values of build arguments as `build-arg:NAME` parameters and in the `env` of exec steps. */
function maskBuildArgs(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(maskBuildArgs)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, inner]): [string, unknown][] => {
      if (key.startsWith('build-arg:')) return [[key, '***']]
      // The LLB graph of mode=max holds expanded commands and environments.
      if (key === 'buildConfig' || key === 'llbDefinition') return []
      return [[key, maskBuildArgs(inner)]]
    }),
  )
}
