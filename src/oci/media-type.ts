/**
 * What a media type says of a blob. OCI image-spec media-types.md and layer.md; Docker's image manifest v2, schema 2.
 */

export type LayerCompression = 'gzip' | 'zstd' | 'none'

const ociLayer = /^application\/vnd\.oci\.image\.layer\.(?:nondistributable\.)?v1\.tar(?:\+(gzip|zstd))?$/
const dockerLayer = /^application\/vnd\.docker\.image\.rootfs\.(?:foreign\.)?diff\.tar(?:\.(gzip|zstd))?$/

/**
 * How a layer of this media type is compressed; null when it is no layer that can be read, such as the in-toto
 * statement of an attestation or an encrypted layer. Layers that registries do not distribute ("foreign") are layers.
 */
export function layerCompression(mediaType: string): LayerCompression | null {
  const essence = essenceOf(mediaType)
  const match = ociLayer.exec(essence) ?? dockerLayer.exec(essence)
  if (match === null) return null
  const suffix = match[1]
  return suffix === 'gzip' || suffix === 'zstd' ? suffix : 'none'
}

/** Whether it is a list of manifests, one for each platform. */
export function isIndexMediaType(mediaType: string): boolean {
  const essence = essenceOf(mediaType)
  return (
    essence === 'application/vnd.oci.image.index.v1+json' ||
    essence === 'application/vnd.docker.distribution.manifest.list.v2+json'
  )
}

/** Whether it is the manifest of one image. */
export function isManifestMediaType(mediaType: string): boolean {
  const essence = essenceOf(mediaType)
  return (
    essence === 'application/vnd.oci.image.manifest.v1+json' ||
    essence === 'application/vnd.docker.distribution.manifest.v2+json'
  )
}

/** Whether it is a manifest of Docker's image manifest v2, schema 1, signed or not: it has no sizes and no config. */
export function isSchema1MediaType(mediaType: string): boolean {
  return /^application\/vnd\.docker\.distribution\.manifest\.v1\+(?:json|prettyjws)$/.test(essenceOf(mediaType))
}

/** Whether it is the config of an image, and not that of another artifact. */
export function isImageConfigMediaType(mediaType: string): boolean {
  const essence = essenceOf(mediaType)
  return (
    essence === 'application/vnd.oci.image.config.v1+json' ||
    essence === 'application/vnd.docker.container.image.v1+json'
  )
}

/** Without parameters and in lower case: RFC 6838 makes type names case-insensitive, registries add a charset. */
function essenceOf(mediaType: string): string {
  return mediaType.replace(/;.*$/s, '').trim().toLowerCase()
}
