/** Determines the media type of a manifest from a registry, even if the registry does not provide it. Pure. */
import * as v from 'valibot'
import { parseJson } from '../files.ts'
import { isIndexMediaType, isManifestMediaType, isSchema1MediaType } from '../oci/media-type.ts'

const ShapeSchema = v.object({
  mediaType: v.optional(v.unknown()),
  schemaVersion: v.optional(v.unknown()),
  fsLayers: v.optional(v.unknown()),
  manifests: v.optional(v.unknown()),
  config: v.optional(v.unknown()),
})

/**
 * Returns the media type that the registry provides. If that is generic (such as `application/json`), returns the type
 * in the document, or the type that its fields imply. Other types are returned unchanged.
 */
export function manifestMediaType(contentType: string, document: Buffer): string {
  if (isKnown(contentType) || !isGeneric(contentType)) return contentType
  const shape = v.safeParse(ShapeSchema, parseJson(document.toString('utf8')))
  if (!shape.success) return contentType
  const { mediaType, schemaVersion, fsLayers, manifests, config } = shape.output
  if (typeof mediaType === 'string' && isKnown(mediaType)) return mediaType
  if (schemaVersion === 1 || fsLayers !== undefined) return 'application/vnd.docker.distribution.manifest.v1+json'
  if (Array.isArray(manifests)) return 'application/vnd.oci.image.index.v1+json'
  return typeof config === 'object' && config !== null ? 'application/vnd.oci.image.manifest.v1+json' : contentType
}

const isKnown = (mediaType: string): boolean =>
  isManifestMediaType(mediaType) || isIndexMediaType(mediaType) || isSchema1MediaType(mediaType)

/** Returns whether this is a type that servers use for unknown files. */
const isGeneric = (mediaType: string): boolean =>
  mediaType.trim() === '' ||
  /^(?:application\/(?:json|octet-stream)|text\/plain|binary\/octet-stream)\s*(?:;|$)/i.test(mediaType.trim())
