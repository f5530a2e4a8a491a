/**
 * What changed between two footprints: the baseline ("before") and the head ("after").
 *
 * Every growth is after minus before, in bytes; what is not known is null, never 0. To pull and unpacked are never
 * mixed: each of the parts of a `SplitGrowth` adds up to its total in each quantity by itself, exactly.
 */
import type { Base, Image, Layer, Stage } from '../record/footprint.ts'
import type { AmbiguousImages } from './match-images.ts'
import type { PackageChange } from './packages.ts'

/**
 * Why something grew.
 * - `change`: what the revision changed: an edited, added or removed instruction, other content, an edited FROM.
 * - `base-image`: the same FROM names another image today (and steps that ran again on it, unchanged).
 * - `drift`: the same step with the same inputs gave other bytes today.
 * - `unknown`: the change or drift; what the two records hold does not tell.
 */
export type Cause = 'change' | 'base-image' | 'drift' | 'unknown'

export interface Growth {
  /** To pull. Null where a size is not known or where the codec changed: gzip and zstd are never scored. */
  readonly compressedSize: number | null
  /** Null, as `fileBytes`, where a layer of another content is not known on one side. */
  readonly uncompressedSize: number | null
  readonly fileBytes: number | null
  readonly layers: number
}

export interface SplitGrowth {
  readonly total: Growth
  readonly byCause: Readonly<Record<Cause, Growth>>
}

/** A path of a layer that explains its growth; the fewest and deepest paths that do. */
export interface PathGrowth {
  readonly kind: 'file' | 'directory'
  readonly path: string
  /** File bytes; null where the path is not there on that side. */
  readonly before: number | null
  readonly after: number | null
  /**
   * The package that the path belongs to, by its ecosystem's layout (`node_modules/x`, `site-packages/x`, …). Only where
   * a side does not know its packages.
   */
  readonly package: string | null
  /** The cache that the path is, or is in, such as `apt package lists`: these are our own words. Absent if it is none. */
  readonly cache?: string
  /** Whether packages are in the directory, too: their bytes do not count here. */
  readonly besidePackages: boolean
}

export interface LayerChange {
  /** `same`: the same content, and stored alike as far as is known. `changed` also where only its codec changed. */
  readonly kind: 'same' | 'changed' | 'added' | 'removed'
  readonly before: Layer | null
  readonly after: Layer | null
  /**
   * Null where nothing differs, which is where the kind is `same`. The growth to pull of such a layer can still be
   * null (a side does not know its size); in sums it then counts as `unknown`, as that of a changed codec does.
   */
  readonly cause: Cause | null
  /** The instruction's text as written differs, be it in white space; false where a side does not know it. */
  readonly edited: boolean
  /** It stands in another order than before among the layers of its stage. */
  readonly moved: boolean
  readonly growth: Growth
  /** Media types' compressions where they differ, such as gzip and zstd. */
  readonly codec: { readonly before: string; readonly after: string } | null
  /** Packages that differ, the most bytes more or less first; empty where a side does not know them. */
  readonly packages: readonly PackageChange[]
  /** What else explains the growth: no byte of `packages` counts here. */
  readonly paths: readonly PathGrowth[]
}

export interface BaseImageChange {
  /**
   * `moved`: the same reference, another digest or other layers. `edited`: another reference, or one with a build
   * argument that led to another image on the same builder. `unknown`: a side does not know its base, or there is no
   * such side (an added or removed stage), or a reference with a build argument led to another image elsewhere: the
   * argument's default may have been edited as well as the image moved.
   */
  readonly kind: 'same' | 'moved' | 'edited' | 'unknown'
  readonly before: Base | null
  readonly after: Base | null
}

export interface StageChange {
  readonly kind: 'matched' | 'added' | 'removed'
  /** How its counterpart was found; null for added and removed stages. */
  readonly matchedBy: 'name' | 'position' | 'content' | null
  readonly before: Stage | null
  readonly after: Stage | null
  readonly baseImage: BaseImageChange
  /** In the order of the head; removed ones where they stood. */
  readonly layers: readonly LayerChange[]
  readonly growth: SplitGrowth
  /** After minus before; null where one is not known. */
  readonly metadataOnlySteps: number | null
}

export interface ImageComparison {
  readonly before: Image
  readonly after: Image
  readonly final: StageChange
  /** All stages, the final one included, in the order of the head; removed ones last. */
  readonly stages: readonly StageChange[]
  readonly pullCost: {
    /** Compressed bytes of the head's layers that the baseline's image has not: what updating it downloads. */
    readonly fromBaseline: number | null
    /** Compressed bytes above the external base image: what somebody who has only that downloads. */
    readonly fromBaseImage: number | null
  }
  /** Every stage has its counterpart, with the same base, the same layers in order and as many metadata-only steps. */
  readonly unchanged: boolean
}

/** Where the baseline came from; its words are for the report and hold no untrusted text but `reference`. */
export interface BaselineOrigin {
  /**
   * `record`: the stored record of exactly the base commit. `built`: the base revision, built in this job by the same
   * builder. `newest-record`: the newest stored record of the target branch. `given`: what `baseline` names.
   */
  readonly kind: 'record' | 'built' | 'newest-record' | 'given'
  readonly commit: string | null
  /** Branch, or what was given, as written. */
  readonly reference: string | null
}

/** Of images that a note names: foreign text. */
export interface NotedImage {
  readonly name: string
  readonly platform: string
}

/** What a reader of a comparison should know. The report has the sentences. */
export type ComparisonNote =
  /** The two sides were weighed with other settings. */
  | { readonly kind: 'other-settings' }
  /** Images that one side alone has, so they are not compared. */
  | { readonly kind: 'one-sided-images'; readonly only: 'head' | 'baseline'; readonly images: readonly NotedImage[] }
  /** Images of the head that cannot be matched, and how many of them each side has. */
  | {
      readonly kind: 'ambiguous-images'
      readonly images: readonly NotedImage[]
      readonly before: number
      readonly after: number
    }
  | { readonly kind: 'other-compression'; readonly codecs: readonly NonNullable<LayerChange['codec']>[] }
  /** Of so many layers the records do not tell why they differ. */
  | { readonly kind: 'unknown-causes'; readonly layers: number }
  /** One side is an image, not the record of a build. */
  | { readonly kind: 'image-side'; readonly side: 'head' | 'baseline'; readonly hasInstructions: boolean }

export interface Comparison {
  readonly origin: BaselineOrigin
  /** Matched by name and platform, by content where these are the same; by architecture alone where each side has one image of it. */
  readonly images: readonly ImageComparison[]
  readonly added: readonly Image[]
  readonly removed: readonly Image[]
  /** On both sides, and nothing tells which is which. */
  readonly ambiguous: readonly AmbiguousImages[]
  readonly notes: readonly ComparisonNote[]
}
