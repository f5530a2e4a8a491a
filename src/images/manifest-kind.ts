/** What a manifest from a registry is, also where the registry does not say it. Pure. */
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
 * The media type that the registry gives; where that says nothing of the content (`application/json` and the like), the
 * one in the document, or the one that its fields imply. Other types are given back as they are.
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

/** What servers say of a file of which they know nothing. */
const isGeneric = (mediaType: string): boolean =>
  mediaType.trim() === '' ||
  /^(?:application\/(?:json|octet-stream)|text\/plain|binary\/octet-stream)\s*(?:;|$)/i.test(mediaType.trim())
