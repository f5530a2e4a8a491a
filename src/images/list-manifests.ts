/** Lists the manifests of a source by following its indexes, which may be nested. */
import type { Digest } from '../oci/digest.ts'
import { attestedImage, IndexSchema, isAttestation, type Descriptor } from '../oci/manifest.ts'
import { isIndexMediaType, isManifestMediaType, isSchema1MediaType } from '../oci/media-type.ts'
import { unknownWord, type PartialPlatform } from '../oci/platform.ts'
import type { Content, Root } from './content.ts'
import { damaged, missingDocument, parseDocument } from './document.ts'

/** Limits for nested indexes and manifests. Real indexes have one or two levels and some dozens of images. */
const maxDepth = 8
const maxManifests = 2_000

/** A manifest, and the names that the roots give it. */
export interface ListedManifest {
  readonly descriptor: Descriptor
  readonly names: Set<string>
}

/** The manifests of a source. */
export interface ManifestList {
  /** All manifests that are not indexes, in the order of the indexes and without duplicates. */
  readonly manifests: readonly ListedManifest[]
  /** The attestations of each image. */
  readonly attestations: ReadonlyMap<Digest, readonly Descriptor[]>
}

/**
 * Returns the manifests that the roots and their nested indexes list.
 *
 * @throws FootprintError UNREADABLE_INPUT if an index is missing or damaged, refers to itself, or a limit is exceeded
 */
export async function listManifests(content: Content, roots: readonly Root[]): Promise<ManifestList> {
  const manifests = new Map<Digest, ListedManifest>()
  const attestations = new Map<Digest, Descriptor[]>()
  let seen = 0

  const visit = async (descriptor: Descriptor, names: readonly string[], above: readonly Digest[]): Promise<void> => {
    seen += 1
    if (seen > maxManifests) throw damaged(`${content.name}: its indexes list more than ${maxManifests} manifests`)
    if (above.includes(descriptor.digest)) throw damaged(`${content.name}: index ${descriptor.digest} lists itself`)
    if (above.length > maxDepth) throw damaged(`${content.name}: its indexes are nested more than ${maxDepth} deep`)
    if (isIndexMediaType(descriptor.mediaType)) {
      const bytes = await content.document(descriptor)
      if (bytes === null) throw missingDocument(content.name, 'index', descriptor)
      const index = parseDocument(IndexSchema, bytes, `${content.name}: index ${descriptor.digest}`)
      for (const inner of index.manifests) await visit(inner, names, [...above, descriptor.digest])
      return
    }
    if (isAttestation(descriptor)) {
      const image = attestedImage(descriptor)
      if (image !== null) attestations.set(image, [...(attestations.get(image) ?? []), descriptor])
      return
    }
    const isManifest = isManifestMediaType(descriptor.mediaType) || isSchema1MediaType(descriptor.mediaType)
    if (!isManifest || isUnknown(descriptor.platform)) return
    const listed = manifests.get(descriptor.digest) ?? { descriptor, names: new Set() }
    manifests.set(descriptor.digest, listed)
    for (const name of names) listed.names.add(name)
  }
  for (const { descriptor, names } of roots) await visit(descriptor, names, [])
  return { manifests: [...manifests.values()], attestations }
}

/** BuildKit gives this platform to attestations, and to nothing that can run. */
const isUnknown = (platform: PartialPlatform | undefined): boolean =>
  platform !== undefined && platform.os === unknownWord && platform.architecture === unknownWord
