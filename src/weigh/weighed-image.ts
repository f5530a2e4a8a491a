/** An image whose layers were read: a stage of a build. */
import type { WeighedIdentity } from '../builder/shipped-image.ts'
import type { BuildStep } from '../graph/provenance.ts'
import type { LayerIndex } from '../layer/layer-index.ts'
import { platformOf } from '../oci/platform.ts'
import type { LayoutImage } from './stage-layout.ts'

/** An exported image and the indexes of its layers. */
export interface WeighedImage {
  readonly image: LayoutImage
  readonly steps: readonly BuildStep[] | null
  /** Position of the step that it is the result of. The default is the step that was exported. */
  readonly result?: number
  /** One for each layer of the manifest, from the lowest. Null for a layer that the source does not hold. */
  readonly indexes: readonly (LayerIndex | null)[]
  /**
   * Whether the engine stores its layers unpacked. The manifest then has diffIDs, and the digests of blobs are not
   * known.
   */
  readonly unpacked?: boolean
  /**
   * Whether it was exported uncompressed to save time. A layer without compression would be compressed when it is
   * shipped.
   */
  readonly uncompressedForWeighing?: boolean
}

/** Returns everything that identifies its layers, for a comparison with what was shipped. */
export function identityOf({
  image: { manifest, manifestDigest, configDigest, config },
}: WeighedImage): WeighedIdentity {
  return { manifest, manifestDigest, configDigest, diffIds: config.rootfs.diff_ids, platform: platformOf(config) }
}
