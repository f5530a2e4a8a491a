/** Determines what the user's build shipped, as far as this is cheap, to compare it with the weighed image. */
import * as v from 'valibot'
import { askClient } from '../docker/ask-client.ts'
import { isUnpackedStore } from '../docker/engine-store.ts'
import type { BuildOutputs } from '../docker/metadata.ts'
import { parseJson } from '../files.ts'
import type { Digest } from '../oci/digest.ts'
import {
  IndexSchema,
  isAttestation,
  ManifestSchema,
  type Descriptor,
  type Index,
  type Manifest,
} from '../oci/manifest.ts'
import { isIndexMediaType } from '../oci/media-type.ts'
import { formatPlatform, imageFor, type Platform } from '../oci/platform.ts'
import { askBuildHistory, refInHistory } from './build-history.ts'
import type { Documents } from './documents.ts'

/** Everything that identifies an image and its layers. */
export interface WeighedIdentity {
  /** Null if the layers were read without an image. The config's digest then is null too. */
  readonly manifestDigest: Digest | null
  readonly configDigest: Digest | null
  readonly manifest: Pick<Manifest, 'layers'>
  readonly diffIds: readonly Digest[]
  readonly platform: Platform
}

/** What is known about a shipped image without its blobs. */
export type ShippedImage =
  | { readonly kind: 'manifest'; readonly manifest: Manifest }
  | { readonly kind: 'index'; readonly index: Index }
  | { readonly kind: 'diffIds'; readonly diffIds: readonly string[] }

/** Compares the weighed image with what was shipped. */
export interface ShippedCheck {
  /** The image that was shipped. Its name is the repository without a tag, or null if the build had no name. */
  readonly image: Pick<BuildOutputs, 'name' | 'digest'>
  /**
   * Returns whether the weighed image has the same layers as the shipped one. Returns null if this cannot be
   * determined.
   */
  readonly matches: (weighed: WeighedIdentity) => Promise<boolean | null>
  /**
   * Returns the layers that were shipped for a platform, as its manifest lists them. Returns null if these cannot be
   * read.
   */
  readonly layers: (platform: Platform) => Promise<readonly Descriptor[] | null>
}

/** The build whose image was shipped. */
interface ShippingBuild {
  readonly platforms: readonly string[]
  readonly builder: string | null
  readonly env: ReadonlyMap<string, string>
}

/**
 * Returns a check of what was shipped. The builder, the engine or the registry is asked at most once for each platform,
 * and only if neither the metadata nor an earlier run has the answer. The metadata names the digest of the image's
 * manifest. With attestations, that is an index instead, which is new in each build, and the log names its manifest.
 */
export function createShippedCheck(
  outputs: BuildOutputs,
  build: ShippingBuild,
  documents: Documents,
  signal: AbortSignal,
): ShippedCheck {
  const answers = new Map<string, Promise<ShippedImage | null>>()
  const shippedOn = (platform: Platform): Promise<ShippedImage | null> => {
    const name = formatPlatform(platform)
    const answer = answers.get(name) ?? findShipped(platform, { outputs, build, documents, signal })
    answers.set(name, answer)
    return answer
  }
  return {
    image: outputs,
    async layers(platform) {
      const shipped = await shippedOn(platform)
      return shipped?.kind === 'manifest' ? shipped.manifest.layers : null
    },
    async matches(weighed) {
      if (isSameImage(outputs, weighed)) return true
      const shipped = await shippedOn(weighed.platform)
      return shipped && compareShipped(shipped, weighed)
    },
  }
}

interface ShippedSearch {
  readonly outputs: BuildOutputs
  readonly build: ShippingBuild
  readonly documents: Documents
  readonly signal: AbortSignal
}

/** Tries the ways to find the image, the cheapest first. An index is returned only if no way finds more. */
async function findShipped(platform: Platform, search: ShippedSearch): Promise<ShippedImage | null> {
  let index: ShippedImage | null = null
  for (const way of waysToFind(platform, search)) {
    const shipped = await way()
    if (shipped !== null && shipped.kind !== 'index') return shipped
    index ??= shipped
  }
  return index
}

function waysToFind(platform: Platform, search: ShippedSearch): readonly (() => Promise<ShippedImage | null>)[] {
  const { outputs, build, documents, signal } = search
  if (outputs.digest === '') return []
  const isSingle = build.platforms.length <= 1
  const manifestBy = (read: (digest: string) => Promise<unknown>): Promise<ShippedImage | null> =>
    shippedFor(platform, outputs.digest, read)
  return [
    ...(isUnpackedStore(outputs)
      ? []
      : [
          () => manifestBy(documents.known),
          () => manifestInLog(search),
          // One connection has the answers for all platforms. The history needs a call for each of them.
          ...(isSingle ? [] : [() => manifestBy((digest) => documents.fromBuilder(digest, platform))]),
          () => fromHistory(isSingle ? null : platform, search),
        ]),
    ...(isSingle ? [() => loadedImage(outputs, documents, signal)] : []),
    () => manifestBy((digest) => fromRegistry(digest, search)),
  ]
}

/** The manifest is the same as in an earlier build, although the index with its attestations is new. */
async function manifestInLog({ outputs, documents }: ShippedSearch): Promise<ShippedImage | null> {
  return outputs.manifestDigest === null ? null : parseShipped(await documents.known(outputs.manifestDigest))
}

/** The builder keeps the manifest of what it exported, whatever the output was. So no registry has to be asked. */
async function fromHistory(
  platform: Platform | null,
  { outputs, build, documents, signal }: ShippedSearch,
): Promise<ShippedImage | null> {
  const ref = refInHistory(outputs)
  if (ref === null) return null
  // A search by type only finds OCI manifests, and a search by digest finds any manifest. With attestations, however,
  // the digest is that of an index.
  const which =
    platform !== null
      ? ['--platform', formatPlatform(platform), '--type', 'manifest', ref]
      : outputs.configDigest === null
        ? ['--type', 'manifest', ref]
        : [ref, outputs.digest]
  return parseShipped(await keptJson(askBuildHistory(which, build, signal), documents))
}

async function fromRegistry(digest: string, { outputs, build, documents, signal }: ShippedSearch): Promise<unknown> {
  if (outputs.name === null) return null
  const builder = build.builder === null ? [] : ['--builder', build.builder]
  const args = ['buildx', 'imagetools', 'inspect', ...builder, '--raw', `${outputs.name}@${digest}`]
  return keptJson(askClient({ args, env: build.env, signal }), documents)
}

/** Returns the JSON of an answer, which is kept for later runs. */
async function keptJson(answer: Promise<string | null>, documents: Documents): Promise<unknown> {
  const text = await answer
  if (text !== null) await documents.keep(text)
  return parseJson(text)
}

/**
 * Returns the document with this digest. If it is an index, returns the manifest in it for the platform, or the index
 * itself if that manifest cannot be read.
 */
async function shippedFor(
  platform: Platform,
  digest: string,
  read: (digest: string) => Promise<unknown>,
): Promise<ShippedImage | null> {
  const shipped = parseShipped(await read(digest))
  if (shipped?.kind !== 'index') return shipped
  const image = imageFor(imagesIn(shipped.index), platform)
  return (image && parseShipped(await read(image.digest))) ?? shipped
}

const imagesIn = ({ manifests }: Index): readonly Descriptor[] =>
  manifests.filter((descriptor) => !isAttestation(descriptor))

/**
 * Returns whether the metadata alone shows that the weighed image is the shipped one: the manifest is the same, or the
 * config, which contains the diffID of each layer.
 */
function isSameImage(
  { digest, configDigest }: Pick<BuildOutputs, 'digest' | 'configDigest'>,
  weighed: Pick<WeighedIdentity, 'manifestDigest' | 'configDigest'>,
): boolean {
  return digest === weighed.manifestDigest || (configDigest !== null && configDigest === weighed.configDigest)
}

/**
 * Returns whether the weighed image has the layers of the shipped one. Returns null if only an index is known and it
 * does not contain the weighed manifest, because another manifest may have the same layers.
 */
function compareShipped(shipped: ShippedImage, weighed: WeighedIdentity): boolean | null {
  switch (shipped.kind) {
    case 'diffIds':
      return equal(shipped.diffIds, weighed.diffIds)
    case 'manifest':
      return equal(
        shipped.manifest.layers.map((layer) => layer.digest),
        weighed.manifest.layers.map((layer) => layer.digest),
      )
    case 'index':
      return imagesIn(shipped.index).some(({ digest }) => digest === weighed.manifestDigest) || null
  }
}

const equal = (some: readonly string[], others: readonly string[]): boolean =>
  some.length === others.length && some.every((value, position) => value === others[position])

/** Returns the layers of the single image that was loaded into the engine's store. Returns null if they are not known. */
async function loadedImage(
  outputs: BuildOutputs,
  documents: Documents,
  signal: AbortSignal,
): Promise<ShippedImage | null> {
  const { imageId, configDigest } = outputs
  const known = configDigest === null ? null : await documents.layersOf(configDigest)
  const args = ['image', 'inspect', '--format', '{{json .RootFS.Layers}}', imageId]
  const said = known ?? (await askClient({ args, signal }))
  const diffIds = v.safeParse(v.array(v.string()), parseJson(said))
  if (!diffIds.success) return null
  if (known === null && said !== null && configDigest !== null) await documents.keepLayersOf(configDigest, said)
  return { kind: 'diffIds', diffIds: diffIds.output }
}

/** Parses a manifest or index from a registry. Returns null if it is neither. */
function parseShipped(json: unknown): ShippedImage | null {
  const mediaType = v.safeParse(v.object({ mediaType: v.string() }), json)
  if (mediaType.success && isIndexMediaType(mediaType.output.mediaType)) {
    const index = v.safeParse(IndexSchema, json)
    return index.success ? { kind: 'index', index: index.output } : null
  }
  const manifest = v.safeParse(ManifestSchema, json)
  return manifest.success ? { kind: 'manifest', manifest: manifest.output } : null
}
