/**
 * Finds the images of a source among the manifests that its indexes list, with the config and provenance of each.
 */
import * as v from 'valibot'
import { parseJson } from '../files.ts'
import { ImageConfigSchema, ManifestSchema, type Descriptor, type ImageConfig, type Manifest } from '../oci/manifest.ts'
import { isImageConfigMediaType, isSchema1MediaType } from '../oci/media-type.ts'
import { combinePlatforms, PartialPlatformSchema, platformOf, unknownWord, type Platform } from '../oci/platform.ts'
import { readAttestedBuild } from './attested-build.ts'
import type { Content, Layout } from './content.ts'
import { damaged, maxDocumentBytes, missingDocument, parseDocument } from './document.ts'
import { withoutArgumentValues } from './image-history.ts'
import { checkBase, namedBase, type CheckedBase, type Pairs } from './named-base.ts'
import { isRuledOut, matchesAny, type WantedPlatforms } from './platforms.ts'
import { listManifests, type ListedManifest } from './list-manifests.ts'
import type { SourceImage } from './source-image.ts'
import { layersOf, whyUnreadable } from './source-layers.ts'

/** The images of a source. */
export interface FoundImages {
  readonly images: readonly SourceImage[]
  /** All platforms of the source, for messages. Some may not have been requested. */
  readonly platforms: readonly Platform[]
  /** Images that exist but cannot be weighed, because their format is not supported. */
  readonly unreadable: readonly UnreadableImage[]
  /** Images that an index names but the source does not contain. A client pulls only one platform of many. */
  readonly absent: readonly Descriptor[]
}

/** An image that cannot be weighed. */
export interface UnreadableImage {
  readonly platform: Platform
  /** The end of a sentence about the image, such as "its layer … is encrypted". */
  readonly why: string
}

/** The end of a sentence about an image. */
export const schema1Reason = 'has a manifest of the old "schema 1", which has no sizes and is not supported'

/**
 * Size limit for all documents together, in bytes. Everything that is read counts, because many manifests may name one
 * large config.
 */
const maxTotalBytes = 512_000_000

/** Returns the content with a limit on the total size of documents. */
function limited(content: Content): Content {
  let left = maxTotalBytes
  return {
    ...content,
    document: async (descriptor) => {
      // A document that is too large by itself is rejected elsewhere.
      left -= descriptor.size > maxDocumentBytes ? 0 : descriptor.size
      if (left < 0)
        throw damaged(
          `${content.name}: its manifests, configs and attestations have more than ${maxTotalBytes} bytes together`,
        )
      return content.document(descriptor)
    },
  }
}

/**
 * Finds the images of a source.
 *
 * @throws FootprintError UNREADABLE_INPUT if a document is missing or damaged, or an index refers to itself
 */
export async function findImages({ content: all, roots }: Layout, wanted: WantedPlatforms): Promise<FoundImages> {
  const content = limited(all)
  const { manifests, attestations } = await listManifests(content, roots)
  const found: FoundManifest[] = []
  for (const listed of manifests)
    found.push(await readListed(listed, attestations.get(listed.descriptor.digest) ?? [], content, wanted))
  return {
    images: found.flatMap(({ image }) => image ?? []),
    platforms: found.flatMap(({ platform }) => platform ?? []),
    unreadable: found.flatMap(({ unreadable }) => unreadable ?? []),
    absent: found.flatMap(({ absent }) => absent ?? []),
  }
}

/** What is known about a manifest. Everything is absent if it is not an image. */
interface FoundManifest {
  /** The image, if its platform was requested. */
  readonly image?: SourceImage
  readonly platform?: Platform
  readonly unreadable?: UnreadableImage
  /** The descriptor, if the source does not contain the manifest. */
  readonly absent?: Descriptor
}

async function readListed(
  { descriptor, names }: ListedManifest,
  attestations: readonly Descriptor[],
  content: Content,
  wanted: WantedPlatforms,
): Promise<FoundManifest> {
  if (descriptor.platform && isRuledOut(descriptor.platform, wanted))
    return { platform: platformOf(descriptor.platform) }
  if (isSchema1MediaType(descriptor.mediaType))
    return { unreadable: { platform: platformOf(descriptor.platform ?? {}), why: `it ${schema1Reason}` } }
  const manifest = await readManifest(content, descriptor)
  if (manifest === null) return { absent: descriptor }
  if (!isImageConfigMediaType(manifest.config.mediaType)) return {}
  const why = whyUnreadable(manifest)
  if (why === null) return readImage({ content, descriptor, manifest, names, attestations }, wanted)
  const platform = await platformOfUnreadable(content, descriptor, manifest)
  if (platform === null) return {}
  return { platform, ...(matchesAny(platform, wanted) ? { unreadable: { platform, why } } : {}) }
}

interface ImageToRead {
  readonly content: Content
  readonly descriptor: Descriptor
  readonly manifest: Manifest
  readonly names: Iterable<string>
  readonly attestations: readonly Descriptor[]
}

async function readImage(
  { content, descriptor, manifest, names, attestations }: ImageToRead,
  wanted: WantedPlatforms,
): Promise<FoundManifest> {
  const { config, labels } = await readConfig(content, manifest.config)
  const combined = combinePlatforms(descriptor.platform, config)
  const { platform } = combined
  if (!matchesAny(platform, wanted)) return { platform }
  const provenance = await readProvenance(content, attestations)
  const build = readAttestedBuild(provenance, platform)
  const image = {
    names: [...names],
    ...combined,
    ...withoutArgumentValues(config),
    configDigest: manifest.config.digest,
    manifestDigest: descriptor.digest,
    layers: layersOf(content, descriptor.digest, manifest, config),
    attested: provenance !== null,
    build,
    base: build === null ? await baseOf({ content, descriptor, manifest, config, labels, platform }) : null,
    note: null,
  }
  return { image, platform }
}

async function readManifest(content: Content, descriptor: Descriptor): Promise<Manifest | null> {
  const bytes = await content.document(descriptor)
  return bytes && parseDocument(ManifestSchema, bytes, `${content.name}: manifest ${descriptor.digest}`)
}

/**
 * Returns the platform of an image that has an unsupported layer. Returns null if it is not an image: attestations,
 * signatures and other artifacts have a manifest too. Some even have the config of an image, but without a platform.
 */
async function platformOfUnreadable(
  content: Content,
  descriptor: Descriptor,
  manifest: Manifest,
): Promise<Platform | null> {
  const bytes = await content.document(manifest.config)
  const config = v.safeParse(PartialPlatformSchema, (bytes && parseJson(bytes.toString('utf8'))) ?? {})
  const { platform } = combinePlatforms(descriptor.platform, (config.success ? config.output : undefined) ?? {})
  return platform.os === unknownWord || platform.architecture === unknownWord ? null : platform
}

interface ReadConfig {
  readonly config: ImageConfig
  /** Labels may contain values of build arguments. */
  readonly labels: Pairs | undefined
}

const LabelsSchema = v.object({
  config: v.fallback(v.optional(v.object({ Labels: v.optional(v.record(v.string(), v.string())) })), undefined),
})

async function readConfig(content: Content, descriptor: Descriptor): Promise<ReadConfig> {
  const bytes = await content.document(descriptor)
  if (bytes === null) throw missingDocument(content.name, 'config', descriptor)
  const what = `${content.name}: config ${descriptor.digest}`
  return {
    config: parseDocument(ImageConfigSchema, bytes, what),
    labels: parseDocument(LabelsSchema, bytes, what).config?.Labels,
  }
}

interface ReadImage extends ReadConfig {
  readonly content: Content
  readonly descriptor: Descriptor
  readonly manifest: Manifest
  readonly platform: Platform
}

/** Returns the base that the image names, for use if there is no provenance. Returns null if it names none. */
async function baseOf({
  content,
  descriptor,
  manifest,
  config,
  labels,
  platform,
}: ReadImage): Promise<CheckedBase | null> {
  const named = namedBase([manifest.annotations, descriptor.annotations], labels)
  if (named === null) return null
  const digests = manifest.layers.map(({ digest }) => digest)
  return checkBase(named, { platform, digests, diffIds: config.rootfs.diff_ids }, content)
}

const StatementSchema = v.object({ predicate: v.unknown() })
const predicateType = 'in-toto.io/predicate-type'

/**
 * Returns the first SLSA provenance, or null if the source has none. It is not validated, and contains values of build
 * arguments.
 */
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
