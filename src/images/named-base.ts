/**
 * Determines the base image that an image names in its annotations or labels (OCI annotations.md). Anybody can write
 * these, so a name is only accepted if the image begins with the layers of the named image.
 */
import * as v from 'valibot'
import { FootprintError, messageOf } from '../errors.ts'
import { isDigest, type Digest } from '../oci/digest.ts'
import { ImageConfigSchema, IndexSchema, ManifestSchema, type Manifest } from '../oci/manifest.ts'
import { isImageConfigMediaType } from '../oci/media-type.ts'
import { imageFor, type Platform } from '../oci/platform.ts'
import type { Base } from '../record/footprint.ts'
import type { Content, FoundDocument } from './content.ts'
import { parseDocument } from './document.ts'
import { parseReference } from './reference.ts'

/** The base that an image names. */
export interface NamedBase {
  readonly reference: string
  /** Null if the image gives no digest, and for `scratch`. */
  readonly digest: Digest | null
  /** Where the image names it. */
  readonly by: 'annotations' | 'labels'
}

/** A named base after it has been checked. */
export interface CheckedBase {
  readonly by: NamedBase['by']
  /** Null if it was not accepted. */
  readonly base: Base | null
  /** Why it was not accepted, as the end of a sentence. Null if it was accepted. */
  readonly why: string | null
}

/** Annotations or labels. */
export type Pairs = Readonly<Record<string, string>>

const nameKey = 'org.opencontainers.image.base.name'
const digestKey = 'org.opencontainers.image.base.digest'
/** Length limit, in characters. A longer text is not a reference. */
const maxReferenceLength = 1_000

/**
 * Returns the base that an image names, or null. Annotations come first, those of the manifest before those of its
 * descriptor. Labels come last, because they are inherited from the base image and may describe the base of the base.
 */
export function namedBase(annotations: readonly (Pairs | undefined)[], labels: Pairs | undefined): NamedBase | null {
  const said = [
    ...annotations.map((pairs) => ({ pairs, by: 'annotations' as const })),
    { pairs: labels, by: 'labels' as const },
  ]
  for (const { pairs, by } of said) {
    const [name, digest] = [pairs?.[nameKey] ?? '', pairs?.[digestKey]]
    if (name.length > maxReferenceLength) continue
    if (name === 'scratch') return { reference: 'scratch', digest: null, by }
    if (isDigest(digest)) return { reference: name === '' ? digest : name, digest, by }
    if (name !== '') return { reference: name, digest: null, by }
  }
  return null
}

/** The parts of an image that the base is compared with. */
export interface BasedImage {
  readonly platform: Platform
  /** Digests of the layers, lowest first. */
  readonly digests: readonly Digest[]
  readonly diffIds: readonly Digest[]
}

/**
 * Checks a named base. It is only looked for in the same place as the image: in the same layout or archive, or in the
 * same registry. A registry gets at most two requests for manifests, and one for a config if the digests of the layers
 * differ. If the base cannot be read, the result says so.
 */
export async function checkBase(named: NamedBase, image: BasedImage, content: Content): Promise<CheckedBase> {
  const { reference, digest, by } = named
  const known = (layers: number): CheckedBase => ({
    by,
    base: { reference: withoutDigest(reference), digest, layers },
    why: null,
  })
  const notKnown = (why: string): CheckedBase => ({
    by,
    base: null,
    why: `its ${by} name ${withoutDigest(reference)}${why}`,
  })
  if (reference === 'scratch') return known(0)
  if (digest === null) return notKnown(' without a digest')
  try {
    const found = await lookFor(content, named)
    const place = found?.content ?? content
    const base = found && (await readBase(found, image.platform, place))
    if (base === null) return notKnown(', which is not where the image is')
    const layers = base.layers.length
    const digests = base.layers.map((layer) => layer.digest)
    if (isPrefix(digests, image.digests)) return known(layers)
    const diffIds = await diffIdsOf(base, place)
    return diffIds && diffIds.length === layers && isPrefix(diffIds, image.diffIds)
      ? known(layers)
      : notKnown(', but it does not begin with the layers of that image')
  } catch (error) {
    if (!(error instanceof FootprintError) && !isTimeout(error)) throw error
    return notKnown(`, which could not be read: ${messageOf(error)}`)
  }
}

const isTimeout = (error: unknown): boolean => error instanceof DOMException && error.name === 'TimeoutError'

/** Removes the digest, which has its own field, so that the name and tag remain. */
const withoutDigest = (reference: string): string =>
  reference.replace(/(.)@sha(?:256:[0-9a-f]{64}|512:[0-9a-f]{128})$/s, '$1')

async function lookFor({ findDocument }: Content, { reference, digest }: NamedBase): Promise<FoundDocument | null> {
  if (!findDocument || digest === null) return null
  return findDocument(digest, (reference === digest ? null : parseReference(reference)) ?? undefined)
}

/**
 * Returns the manifest of the base for this platform. Returns null if there is none, or the document is not an image.
 */
async function readBase({ descriptor }: FoundDocument, platform: Platform, content: Content): Promise<Manifest | null> {
  const bytes = await content.document(descriptor)
  if (bytes === null) return null
  const what = `${content.name}: base image ${descriptor.digest}`
  const { manifests } = parseDocument(v.object({ manifests: v.optional(v.unknown()) }), bytes, what)
  if (manifests === undefined) return imageManifest(parseDocument(ManifestSchema, bytes, what))
  const chosen = imageFor(parseDocument(IndexSchema, bytes, what).manifests, platform)
  const inner = chosen && (await content.document(chosen))
  return inner
    ? imageManifest(parseDocument(ManifestSchema, inner, `${content.name}: base image ${chosen.digest}`))
    : null
}

const imageManifest = (manifest: Manifest): Manifest | null =>
  isImageConfigMediaType(manifest.config.mediaType) ? manifest : null

async function diffIdsOf({ config }: Manifest, content: Content): Promise<readonly Digest[] | null> {
  const bytes = await content.document(config)
  return (
    bytes &&
    parseDocument(ImageConfigSchema, bytes, `${content.name}: config ${config.digest} of the base image`).rootfs
      .diff_ids
  )
}

function isPrefix(base: readonly Digest[], image: readonly Digest[]): boolean {
  return base.length <= image.length && base.every((digest, position) => digest === image[position])
}
