/** From the indexes of a source to its images: nested indexes, several names of one image, attestations. */
import * as v from 'valibot'
import type { Digest } from '../../oci/digest.ts'
import {
  attestedImage,
  ImageConfigSchema,
  IndexSchema,
  isAttestation,
  ManifestSchema,
  type Descriptor,
  type ImageConfig,
  type Manifest,
} from '../../oci/manifest.ts'
import { isImageConfigMediaType, isIndexMediaType, isManifestMediaType, layerCompression } from '../../oci/media-type.ts'
import { combinePlatforms, platformOf, type PartialPlatform, type Platform } from '../../oci/platform.ts'
import { readAttestedBuild } from './attested-build.ts'
import type { Content } from './content.ts'
import { damaged, parseDocument } from './document.ts'
import { withoutWords } from './history.ts'
import type { Layout } from './image-layout.ts'
import { checkBase, namedBase, type CheckedBase, type Pairs } from './named-base.ts'
import { isRuledOut, matchesAny, type WantedPlatforms } from './platforms.ts'
import type { SourceImage, SourceLayer } from './source-image.ts'

/** Where a source begins: what its own index lists, or what a name leads to. */
export interface Root {
  readonly descriptor: Descriptor
  readonly names: readonly string[]
}

export interface FoundImages {
  readonly images: readonly SourceImage[]
  /** Every platform of the source, for messages; some may not have been asked for. */
  readonly platforms: readonly Platform[]
  /** Images that an index names and the source does not hold: a client pulls one platform of many. */
  readonly absent: readonly Descriptor[]
}

/** Real indexes are one or two levels deep, and have some dozens of images. */
const deepest = 8
const mostManifests = 2_000

interface Leaf {
  readonly descriptor: Descriptor
  readonly names: Set<string>
}

/** @throws FootprintError UNREADABLE_INPUT where something is missing, damaged, or points in circles */
export async function findImages({ content, roots }: Layout, wanted: WantedPlatforms): Promise<FoundImages> {
  const { leaves, attestations } = await collect(content, roots)
  const platforms: Platform[] = []
  const absent: Descriptor[] = []
  const images: SourceImage[] = []
  for (const { descriptor, names } of leaves) {
    if (descriptor.platform && isRuledOut(descriptor.platform, wanted)) {
      platforms.push(platformOf(descriptor.platform))
      continue
    }
    const manifest = await readManifest(content, descriptor)
    if (manifest === null) {
      absent.push(descriptor)
      continue
    }
    if (!isImage(manifest)) continue
    const { config, labels } = await readConfig(content, manifest.config)
    const combined = combinePlatforms(descriptor.platform, config)
    const { platform } = combined
    platforms.push(platform)
    if (!matchesAny(platform, wanted)) continue
    const provenance = await readProvenance(content, attestations.get(descriptor.digest) ?? [])
    const build = readAttestedBuild(provenance, platform)
    images.push({
      names: [...names],
      ...combined,
      ...withoutWords(config),
      configDigest: manifest.config.digest,
      manifestDigest: descriptor.digest,
      layers: layersOf(content, descriptor, manifest, config),
      attested: provenance !== null,
      build,
      base: build === null ? await baseOf({ content, descriptor, manifest, config, labels, platform }) : null,
    })
  }
  return { images, platforms, absent }
}

/** Manifests that are no indexes, in the order of the indexes, each once. */
async function collect(
  content: Content,
  roots: readonly Root[],
): Promise<{ readonly leaves: readonly Leaf[]; readonly attestations: ReadonlyMap<Digest, readonly Descriptor[]> }> {
  const leaves = new Map<Digest, Leaf>()
  const attestations = new Map<Digest, Descriptor[]>()
  let seen = 0

  const visit = async (descriptor: Descriptor, names: readonly string[], above: readonly Digest[]): Promise<void> => {
    seen += 1
    if (seen > mostManifests) throw damaged(`${content.name}: its indexes list more than ${mostManifests} manifests`)
    if (above.includes(descriptor.digest)) throw damaged(`${content.name}: index ${descriptor.digest} points at itself`)
    if (above.length > deepest) throw damaged(`${content.name}: its indexes are nested more than ${deepest} deep`)
    if (isIndexMediaType(descriptor.mediaType)) {
      const bytes = await content.document(descriptor)
      if (bytes === null) throw missing(content, 'index', descriptor)
      const index = parseDocument(IndexSchema, bytes, `${content.name}: index ${descriptor.digest}`)
      for (const inner of index.manifests) await visit(inner, names, [...above, descriptor.digest])
      return
    }
    if (isAttestation(descriptor)) {
      const image = attestedImage(descriptor)
      if (image !== null) attestations.set(image, [...(attestations.get(image) ?? []), descriptor])
      return
    }
    if (!isManifestMediaType(descriptor.mediaType) || isUnknown(descriptor.platform)) return
    const leaf = leaves.get(descriptor.digest) ?? { descriptor, names: new Set() }
    leaves.set(descriptor.digest, leaf)
    for (const name of names) leaf.names.add(name)
  }
  for (const { descriptor, names } of roots) await visit(descriptor, names, [])
  return { leaves: [...leaves.values()], attestations }
}

/** What BuildKit gives to attestations, and to nothing that could run. */
const isUnknown = (platform: PartialPlatform | undefined): boolean =>
  platform !== undefined && platform.os === 'unknown' && platform.architecture === 'unknown'

async function readManifest(content: Content, descriptor: Descriptor): Promise<Manifest | null> {
  const bytes = await content.document(descriptor)
  return bytes && parseDocument(ManifestSchema, bytes, `${content.name}: manifest ${descriptor.digest}`)
}

/** Attestations and other artifacts have a manifest too; some even have the config of an image. */
function isImage({ config, layers }: Manifest): boolean {
  if (!isImageConfigMediaType(config.mediaType)) return false
  return layers.length === 0 || layers.some(({ mediaType }) => layerCompression(mediaType) !== null)
}

interface ReadConfig {
  readonly config: ImageConfig
  /** They may hold values of build arguments. */
  readonly labels: Pairs | undefined
}

const LabelsSchema = v.object({
  config: v.fallback(v.optional(v.object({ Labels: v.optional(v.record(v.string(), v.string())) })), undefined),
})

async function readConfig(content: Content, descriptor: Descriptor): Promise<ReadConfig> {
  const bytes = await content.document(descriptor)
  if (bytes === null) throw missing(content, 'config', descriptor)
  const what = `${content.name}: config ${descriptor.digest}`
  return { config: parseDocument(ImageConfigSchema, bytes, what), labels: parseDocument(LabelsSchema, bytes, what).config?.Labels }
}

interface ReadImage extends ReadConfig {
  readonly content: Content
  readonly descriptor: Descriptor
  readonly manifest: Manifest
  readonly platform: Platform
}

/** What stands in for the base that no provenance tells; null where nothing is named. */
async function baseOf({ content, descriptor, manifest, config, labels, platform }: ReadImage): Promise<CheckedBase | null> {
  const named = namedBase([manifest.annotations, descriptor.annotations], labels)
  if (named === null) return null
  const digests = manifest.layers.map(({ digest }) => digest)
  return checkBase(named, { platform, digests, diffIds: config.rootfs.diff_ids }, content)
}

function layersOf(
  content: Content,
  { digest }: Descriptor,
  { layers }: Manifest,
  { rootfs }: ImageConfig,
): readonly SourceLayer[] {
  if (rootfs.diff_ids.length !== layers.length) {
    throw damaged(
      `${content.name}: the manifest of image ${digest} has ${layers.length} layers, and its config ${rootfs.diff_ids.length}`,
    )
  }
  return layers.map((blob, position): SourceLayer => {
    const compression = layerCompression(blob.mediaType)
    if (compression === null) {
      throw damaged(`${content.name}: layer ${blob.digest} cannot be read: its media type is ${JSON.stringify(blob.mediaType)}`)
    }
    return {
      blob,
      digest: blob.digest,
      diffId: rootfs.diff_ids[position] ?? blob.digest,
      mediaType: blob.mediaType,
      compressedSize: blob.size,
      open: () => content.open(blob),
      part: async () => (await content.part?.(blob)) ?? null,
    }
  })
}

const StatementSchema = v.object({ predicate: v.unknown() })
const predicateType = 'in-toto.io/predicate-type'

/** The first SLSA provenance; null where the source holds none. Not validated, and full of values of build arguments. */
async function readProvenance(content: Content, attestations: readonly Descriptor[]): Promise<unknown> {
  for (const attestation of attestations) {
    const manifest = await readManifest(content, attestation)
    const statement = manifest?.layers.find(({ annotations }) =>
      annotations?.[predicateType]?.startsWith('https://slsa.dev/provenance/'),
    )
    const bytes = statement && (await content.document(statement))
    if (!bytes) continue
    return parseDocument(StatementSchema, bytes, `${content.name}: attestation ${attestation.digest}`).predicate
  }
  return null
}

function missing(content: Content, what: string, { digest }: Descriptor): Error {
  return damaged(`${content.name}: ${what} ${digest} is missing`)
}
