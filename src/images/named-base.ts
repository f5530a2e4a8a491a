/**
 * The base image that an image names in its annotations or labels (OCI annotations.md). Anybody can write these, so a
 * name counts only where the image begins with the layers of what it names.
 */
import * as v from 'valibot'
import { FootprintError, messageOf } from '../errors.ts'
import { isDigest, type Digest } from '../oci/digest.ts'
import { ImageConfigSchema, IndexSchema, ManifestSchema, type Manifest } from '../oci/manifest.ts'
import { isImageConfigMediaType } from '../oci/media-type.ts'
import { imageFor, type Platform } from '../oci/platform.ts'
import type { Base } from '../record/footprint.ts'
import type { Content, HeldDocument } from './content.ts'
import { parseDocument } from './document.ts'
import { parseReference } from './reference.ts'

/** What an image says of its base. */
export interface NamedBase {
  readonly reference: string
  /** Null where none is given, and of `scratch`. */
  readonly digest: Digest | null
  /** Where it stands. */
  readonly by: 'annotations' | 'labels'
}

/** A named base after the check. */
export interface CheckedBase {
  readonly by: NamedBase['by']
  /** Null where it is not believed. */
  readonly base: Base | null
  /** Why it is not believed, as the end of a sentence; null where it is. */
  readonly why: string | null
}

export type Pairs = Readonly<Record<string, string>>

const nameKey = 'org.opencontainers.image.base.name'
const digestKey = 'org.opencontainers.image.base.digest'
/** Longer texts are no references. Characters. */
const longestReference = 1_000

/**
 * Annotations first, those of the manifest before those of its descriptor. Labels are inherited from the base image, so
 * that they may be those of its own base.
 */
export function namedBase(annotations: readonly (Pairs | undefined)[], labels: Pairs | undefined): NamedBase | null {
  const said = [
    ...annotations.map((pairs) => ({ pairs, by: 'annotations' as const })),
    { pairs: labels, by: 'labels' as const },
  ]
  for (const { pairs, by } of said) {
    const [name, digest] = [pairs?.[nameKey] ?? '', pairs?.[digestKey]]
    if (name.length > longestReference) continue
    if (name === 'scratch') return { reference: 'scratch', digest: null, by }
    if (isDigest(digest)) return { reference: name === '' ? digest : name, digest, by }
    if (name !== '') return { reference: name, digest: null, by }
  }
  return null
}

/** The image as the base is held against it. */
export interface BasedImage {
  readonly platform: Platform
  /** Lowest first. */
  readonly digests: readonly Digest[]
  readonly diffIds: readonly Digest[]
}

/**
 * Looks for the base where the image is, and nowhere else: in the same layout or archive, or in the same registry.
 * There it costs two requests at most for manifests, and one for a config where the layers have other digests.
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
    const held = await lookFor(content, named)
    const found = held && (await readBase(held, image.platform, held.content ?? content))
    if (!found) return notKnown(', which is not where the image is')
    const layers = found.layers.length
    if (
      isPrefix(
        found.layers.map((layer) => layer.digest),
        image.digests,
      )
    )
      return known(layers)
    const diffIds = await diffIdsOf(found, held.content ?? content)
    return diffIds && diffIds.length === layers && isPrefix(diffIds, image.diffIds)
      ? known(layers)
      : notKnown(', but it does not begin with the layers of that image')
  } catch (error) {
    if (!(error instanceof FootprintError) && !isTimeout(error)) throw error
    return notKnown(`, which could not be read: ${messageOf(error)}`)
  }
}

const isTimeout = (error: unknown): boolean => error instanceof DOMException && error.name === 'TimeoutError'

/** The tag and the name say which image; the digest has a field of its own. */
const withoutDigest = (reference: string): string =>
  reference.replace(/(.)@sha(?:256:[0-9a-f]{64}|512:[0-9a-f]{128})$/s, '$1')

async function lookFor({ held }: Content, { reference, digest }: NamedBase): Promise<HeldDocument | null> {
  if (!held || digest === null) return null
  return held(digest, (reference === digest ? null : parseReference(reference)) ?? undefined)
}

/** The manifest for this platform; null where there is none, or what is there is no image. */
async function readBase({ descriptor }: HeldDocument, platform: Platform, content: Content): Promise<Manifest | null> {
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
