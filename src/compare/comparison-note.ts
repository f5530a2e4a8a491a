/** Notes on a comparison as values. The report turns them into sentences. */
import type { Absence } from '../record/absence.ts'

/** The compressions of the media types of a layer's two sides, such as gzip and zstd. */
export interface CodecChange {
  readonly before: string
  readonly after: string
}

/** An image that a note mentions. Both values are untrusted text. */
export interface NotedImage {
  readonly name: string
  readonly platform: string
}

/** A stage that a note mentions, with its image if several images were compared. The name is untrusted text. */
export interface NotedStage {
  readonly name: string
  readonly image: NotedImage | null
}

/** A note on a comparison. */
export type ComparisonNote =
  /** The two sides were weighed with different settings. */
  | { readonly kind: 'other-settings' }
  /** Images that exist on one side only and are therefore not compared. */
  | { readonly kind: 'one-sided-images'; readonly only: 'head' | 'baseline'; readonly images: readonly NotedImage[] }
  /** Images of the head that were not weighed for the baseline. */
  | { readonly kind: 'not-weighed-images'; readonly images: readonly NotedImage[] }
  /** Images of the head that cannot be matched, and how many such images each side has. */
  | {
      readonly kind: 'ambiguous-images'
      readonly images: readonly NotedImage[]
      readonly before: number
      readonly after: number
    }
  | { readonly kind: 'other-compression'; readonly codecs: readonly CodecChange[] }
  /**
   * The number of layers for which the records do not show why they differ. `fromHistory`: both sides are images whose
   * instructions come from their histories.
   */
  | { readonly kind: 'unknown-causes'; readonly layers: number; readonly fromHistory: boolean }
  /**
   * Builder stages of the head that are not compared, because they were not weighed for the baseline. See
   * `Absence` for the reasons.
   */
  | {
      readonly kind: 'unbuilt-in-baseline'
      readonly reason: Absence
      readonly stages: readonly NotedStage[]
    }
  /** One side is an image and not the record of a build. */
  | { readonly kind: 'image-side'; readonly side: 'head' | 'baseline'; readonly hasInstructions: boolean }
