/** What the user's build shipped, as far as it can be asked for cheaply: to check the weighed image against. */
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
import { askHistory, refInHistory } from './build-history.ts'

/** An image by all that names its layers. */
export interface WeighedIdentity {
  /** Null where it was read without an image around its layers; so is the next one. */
  readonly manifestDigest: Digest | null
  readonly configDigest: Digest | null
  readonly manifest: Pick<Manifest, 'layers'>
  readonly diffIds: readonly Digest[]
  readonly platform: Platform
}

/** What can be known of a shipped image without its blobs. */
export type Shipped =
  | { readonly kind: 'manifest'; readonly manifest: Manifest }
  | { readonly kind: 'index'; readonly index: Index }
  | { readonly kind: 'diffIds'; readonly diffIds: readonly string[] }

export interface ShippedCheck {
  /** What was shipped; its name is the repository without a tag, null where the build was given none. */
  readonly image: Pick<BuildOutputs, 'name' | 'digest'>
  /** Whether the weighed image is the shipped one, layer by layer; null where that cannot be told. */
  readonly matches: (weighed: WeighedIdentity) => Promise<boolean | null>
  /** The layers that were shipped for a platform, as its manifest lists them; null where that cannot be had. */
  readonly layers: (platform: Platform) => Promise<readonly Descriptor[] | null>
}

/** The questions, each at most once, and only where the metadata does not answer; while stages are weighed. */
export function createShippedCheck(
  outputs: BuildOutputs,
  build: {
    readonly platforms: readonly string[]
    readonly builder: string | null
    readonly env: ReadonlyMap<string, string>
  },
  signal: AbortSignal,
): ShippedCheck {
  const builder = build.builder === null ? [] : ['--builder', build.builder]
  const raw = (digest: string): Promise<unknown> =>
    outputs.name === null
      ? Promise.resolve(null)
      : askClient({
          args: ['buildx', 'imagetools', 'inspect', ...builder, '--raw', `${outputs.name}@${digest}`],
          env: build.env,
          signal,
        }).then(parseJson)
  // Whatever the output was, the builder keeps the manifest of what it exported: no registry has to be asked.
  const kept = async (platform: Platform | null): Promise<Extract<Shipped, { kind: 'manifest' }> | null> => {
    const ref = refInHistory(outputs)
    if (ref === null || isUnpackedStore(outputs)) return null
    // By its type only a manifest of OCI's is found, by its digest any; but with attestations the digest is that of an index.
    const which =
      platform !== null
        ? ['--platform', formatPlatform(platform), '--type', 'manifest', ref]
        : outputs.configDigest === null
          ? ['--type', 'manifest', ref]
          : [ref, outputs.digest]
    const shipped = parseShipped(parseJson(await askHistory(which, build, signal)))
    return shipped?.kind === 'manifest' ? shipped : null
  }
  const isSingle = build.platforms.length <= 1
  const question = async (): Promise<Shipped | null> =>
    (isSingle ? await kept(null) : null) ?? ask(outputs, build.platforms, raw, signal)
  // Where the metadata names a config, it is most likely the weighed one, but for that of a weighing through the store.
  let asked = outputs.digest !== '' && (outputs.configDigest === null || isUnpackedStore(outputs)) ? question() : null
  // Nobody may come to ask for it.
  asked?.catch(() => undefined)
  return {
    image: outputs,
    async layers(platform) {
      const own = isSingle ? null : await kept(platform)
      if (own !== null) return own.manifest.layers
      const known = await (asked ??= question())
      if (known?.kind === 'manifest') return known.manifest.layers
      const images =
        known?.kind === 'index' ? known.index.manifests.filter((descriptor) => !isAttestation(descriptor)) : []
      const image = imageFor(images, platform)
      const manifest = image === null ? null : v.safeParse(ManifestSchema, await raw(image.digest))
      return manifest?.success === true ? manifest.output.layers : null
    },
    async matches(weighed) {
      if (isSameImage(outputs, weighed)) return true
      const known = await (asked ??= question())
      if (!known) return null
      const verdict = compareShipped(known, weighed)
      if (typeof verdict !== 'object' || verdict === null) return verdict
      const manifest = v.safeParse(ManifestSchema, await raw(verdict.manifestDigest))
      return manifest.success ? compareShipped({ kind: 'manifest', manifest: manifest.output }, weighed) === true : null
    },
  }
}

/** Whether the metadata alone says so: by the manifest, or by the config, which names each layer's diffID. */
export function isSameImage(
  { digest, configDigest }: Pick<BuildOutputs, 'digest' | 'configDigest'>,
  weighed: Pick<WeighedIdentity, 'manifestDigest' | 'configDigest'>,
): boolean {
  return digest === weighed.manifestDigest || (configDigest !== null && configDigest === weighed.configDigest)
}

/**
 * @returns the digest of the manifest that tells, where an index names another one than the weighed: its layers may
 *   be the same nevertheless; null where the index has no image of that platform
 */
export function compareShipped(
  shipped: Shipped,
  weighed: WeighedIdentity,
): boolean | null | { readonly manifestDigest: Digest } {
  switch (shipped.kind) {
    case 'diffIds':
      return equal(shipped.diffIds, weighed.diffIds)
    case 'manifest':
      return equal(
        shipped.manifest.layers.map((layer) => layer.digest),
        weighed.manifest.layers.map((layer) => layer.digest),
      )
    case 'index': {
      const images = shipped.index.manifests.filter((descriptor) => !isAttestation(descriptor))
      if (images.some(({ digest }) => digest === weighed.manifestDigest)) return true
      const other = imageFor(images, weighed.platform)
      return other === null ? null : { manifestDigest: other.digest }
    }
  }
}

const equal = (some: readonly string[], others: readonly string[]): boolean =>
  some.length === others.length && some.every((value, position) => value === others[position])

/** The engine's store first, where a single image was loaded; else the registry. */
async function ask(
  { imageId, digest }: BuildOutputs,
  platforms: readonly string[],
  raw: (digest: string) => Promise<unknown>,
  signal: AbortSignal,
): Promise<Shipped | null> {
  if (digest === '') return null
  if (platforms.length <= 1) {
    const loaded = await askClient({
      args: ['image', 'inspect', '--format', '{{json .RootFS.Layers}}', imageId],
      signal,
    })
    const diffIds = v.safeParse(v.array(v.string()), parseJson(loaded))
    if (diffIds.success) return { kind: 'diffIds', diffIds: diffIds.output }
  }
  return parseShipped(await raw(digest))
}

/** A manifest or an index as a registry gives it; null where it is neither. */
export function parseShipped(json: unknown): Shipped | null {
  const mediaType = v.safeParse(v.object({ mediaType: v.string() }), json)
  if (mediaType.success && isIndexMediaType(mediaType.output.mediaType)) {
    const index = v.safeParse(IndexSchema, json)
    return index.success ? { kind: 'index', index: index.output } : null
  }
  const manifest = v.safeParse(ManifestSchema, json)
  return manifest.success ? { kind: 'manifest', manifest: manifest.output } : null
}
