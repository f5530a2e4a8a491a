/** Media types of blobs. OCI image-spec media-types.md and layer.md, and Docker's image manifest v2, schema 2. */

/** How a layer's tar is stored. `none` is the tar itself. */
export type LayerCompression = 'gzip' | 'zstd' | 'none'

const ociLayer = /^application\/vnd\.oci\.image\.layer\.(?:nondistributable\.)?v1\.tar(?:\+(gzip|zstd))?$/
const dockerLayer = /^application\/vnd\.docker\.image\.rootfs\.(?:foreign\.)?diff\.tar(?:\.(gzip|zstd))?$/

/**
 * Returns how a layer of this media type is compressed. Returns null if it is not a readable layer, such as the in-toto
 * statement of an attestation or an encrypted layer. Non-distributable ("foreign") layers count as layers.
 */
export function layerCompression(mediaType: string): LayerCompression | null {
  const essence = essenceOf(mediaType)
  const match = ociLayer.exec(essence) ?? dockerLayer.exec(essence)
  if (match === null) return null
  const suffix = match[1]
  return suffix === 'gzip' || suffix === 'zstd' ? suffix : 'none'
}

/** Returns whether this is an index: a list of manifests, usually one for each platform. */
export function isIndexMediaType(mediaType: string): boolean {
  const essence = essenceOf(mediaType)
  return (
    essence === 'application/vnd.oci.image.index.v1+json' ||
    essence === 'application/vnd.docker.distribution.manifest.list.v2+json'
  )
}

/** Returns whether this is the manifest of one image. */
export function isManifestMediaType(mediaType: string): boolean {
  const essence = essenceOf(mediaType)
  return (
    essence === 'application/vnd.oci.image.manifest.v1+json' ||
    essence === 'application/vnd.docker.distribution.manifest.v2+json'
  )
}

/** Returns whether this is Docker's image manifest v2, schema 1, signed or not. It has no sizes and no config. */
export function isSchema1MediaType(mediaType: string): boolean {
  return /^application\/vnd\.docker\.distribution\.manifest\.v1\+(?:json|prettyjws)$/.test(essenceOf(mediaType))
}

/** Returns whether this is the config of an image, and not of another artifact. */
export function isImageConfigMediaType(mediaType: string): boolean {
  const essence = essenceOf(mediaType)
  return (
    essence === 'application/vnd.oci.image.config.v1+json' ||
    essence === 'application/vnd.docker.container.image.v1+json'
  )
}

/**
 * Removes parameters and converts to lower case. Type names are case-insensitive (RFC 6838), and some registries add a
 * charset.
 */
function essenceOf(mediaType: string): string {
  return mediaType.replace(/;.*$/s, '').trim().toLowerCase()
}
