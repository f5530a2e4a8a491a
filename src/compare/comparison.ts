/**
 * The differences between two footprints: the baseline ("before") and the head ("after").
 *
 * Every growth is after minus before, in bytes. An unknown value is null, never 0. Compressed and unpacked sizes are
 * never mixed: for each quantity, the parts of a `SplitGrowth` add up exactly to its total.
 */
import type { Base, Image, Layer, Stage } from '../record/footprint.ts'
import type { AmbiguousImages } from './match-images.ts'
import type { CodecChange, ComparisonNote } from './comparison-note.ts'
import type { EditedFiles, OtherFiles } from './edited-files.ts'
import type { PackageChange } from './packages.ts'
import type { EditElsewhere } from './edit-elsewhere.ts'

/**
 * Why something grew.
 * - `change`: the revision changed it, for example by an edited, added or removed instruction, other content or an
 *   edited FROM.
 * - `base-image`: the same FROM refers to another image today. This includes unchanged steps that ran again on it.
 * - `drift`: the same step with the same inputs produced other bytes today.
 * - `unknown`: a change, drift or a moved image; the two records do not show which.
 */
export type Cause = 'change' | 'base-image' | 'drift' | 'unknown'

/** Growth of a layer, of a stage or of a sum. */
export interface Growth {
  /**
   * Bytes to pull. Null if a size is not known or if the codec changed, because gzip and zstd sizes are not comparable.
   */
  readonly compressedSize: number | null
  /** Null, like `fileBytes`, if the content differs and one side does not know the size of a layer. */
  readonly uncompressedSize: number | null
  readonly fileBytes: number | null
  readonly layers: number
}

/** A growth and its parts by cause. */
export interface SplitGrowth {
  readonly total: Growth
  readonly byCause: Readonly<Record<Cause, Growth>>
}

/** A path of a layer that explains its growth. The fewest and deepest paths that explain it are chosen. */
export interface PathGrowth {
  readonly kind: 'file' | 'directory'
  readonly path: string
  /** File bytes; null if the path does not exist on that side. */
  readonly before: number | null
  readonly after: number | null
  /** Set if that side may have the path after all, but so light that the list of its heaviest paths lacks it. */
  readonly unlisted?: true
  /**
   * The package that the path belongs to, according to its ecosystem's layout (`node_modules/x`, `site-packages/x`, …).
   * Only set if a side does not know its packages.
   */
  readonly package: string | null
  /**
   * The cache that the path is, is inside of, or mostly consists of, in our own words, such as `apt package lists`. The
   * history of Git counts, too. Absent if there is none.
   */
  readonly cache?: string
  /** Set if the path contains the cache, and the cache is most of what grew or shrank in it. */
  readonly isMostlyCache?: true
  /** The file of the directory that grew or shrank most, with its growth in file bytes, if it is a large part of this. */
  readonly largest?: { readonly path: string; readonly growth: number }
  /** Whether the directory also contains packages or files that only moved, whose bytes do not count here. */
  readonly otherFiles: boolean
  /** Where the files of the path were in the same layer before, with the same contents. Absent if they did not move. */
  readonly movedFrom?: string
  /** How many files of the directory moved. Absent if all of it moved, and nothing else is or was in either place. */
  readonly movedFiles?: number
  /** If one side of the layer lacks the path: the other layer of the stage that has it there. Absent if none has it. */
  readonly elsewhere?: PathElsewhere
}

/** Another layer that has a path on the side where a layer lacks it. */
export type PathElsewhere =
  | {
      /** `moved`: the other layer got it, or lost it. `kept`: the other layer has it on both sides. */
      readonly kind: 'moved' | 'kept'
      /** Line of the other layer, in the head's Dockerfile if the head has that layer. Null if it is not known. */
      readonly line: number | null
      /** Whether the head no longer has the other layer. */
      readonly former: boolean
      /** Whether the other layer is part of the base image. */
      readonly base: boolean
      readonly fileBytes: number
    }
  /** A lower layer of the head has the path too. Its files are the same, or the baseline did not have the file. */
  | {
      readonly kind: 'again'
      readonly line: number | null
      readonly base: boolean
      /** File bytes in the lower layer. */
      readonly fileBytes: number
    }
  /** Another layer may have it. The record lists only the heaviest paths of a layer. */
  | { readonly kind: 'not known' }

/** The files of a layer are those of lower layers once more, with the same contents, for another owner or mode. */
export interface Repetition {
  /** Dockerfile lines of the lower layers. Null for a line that is not known. */
  readonly lines: readonly (number | null)[]
}

/** Packages of lower layers of which a layer removes all files. Their bytes are still shipped. */
export interface Deletions {
  /** The heaviest first. */
  readonly packages: readonly DeletedCopy[]
  /** Whether there may be more of them. */
  readonly isCut: boolean
}

/** A package in a lower layer. */
export interface DeletedCopy {
  /** It is untrusted text, like the name and the version. */
  readonly ecosystem: string
  readonly name: string
  readonly version: string | null
  readonly fileBytes: number
  /** Whether its layer is part of the base image. */
  readonly base: boolean
  /** Dockerfile line of its layer. Null if it is not known. */
  readonly line: number | null
}

/** How a layer differs between the two sides. */
export interface LayerChange {
  /**
   * `same`: the same content, stored in the same way as far as is known. The times of files may differ. `changed`
   * includes layers of which only the codec changed.
   */
  readonly kind: 'same' | 'changed' | 'added' | 'removed'
  readonly before: Layer | null
  readonly after: Layer | null
  /**
   * Null if nothing differs, which is the case for the kind `same`. Its growth to pull can still be null if a side does
   * not know its size. Sums then count it as `unknown`, like the growth of a layer whose codec changed. If only the
   * times of files differ, it can be a few bytes, which sums count as `drift`, or as `change` if `isRerun` is set.
   */
  readonly cause: Cause | null
  /** Set if only the times of files differ, and the change had the step run again: it changed a layer below. */
  readonly isRerun?: true
  /** Whether the text of the instruction differs, even if only in white space. False if a side does not know it. */
  readonly edited: boolean
  /** Whether the layer is at another position among the layers of its stage than before. */
  readonly moved: boolean
  /**
   * Set if only one side knows its base image. `certain`: the layer belongs to it, and the other side has it too.
   * `possible`: it belongs to the base image of one side, or it may belong to that of the other side, whose end is not
   * known.
   */
  readonly inBase?: 'certain' | 'possible'
  readonly growth: Growth
  /** Null if both sides have the same compression. */
  readonly codec: CodecChange | null
  /**
   * Packages that differ. The one that grew most comes first, and in a layer that shrank the one that shrank most. Empty
   * if a side does not know its packages.
   */
  readonly packages: readonly PackageChange[]
  /** Other paths that explain the growth. They include no bytes of `packages`. */
  readonly paths: readonly PathGrowth[]
  /** Files with other contents and the same size. Set if no package and no path differs in size. */
  readonly editedFiles?: EditedFiles
  /** Files that it changes in its stage, if all of its paths are written again only because their times differ. */
  readonly changedFiles?: OtherFiles
  /** Set if the layer only repeats files of lower layers, on each side where it exists. */
  readonly repeats?: Repetition
  /** What the change did in other stages behind an unedited COPY, or above an unedited RUN. Absent if nothing is known. */
  readonly editsElsewhere?: readonly EditElsewhere[]
  /** The images that its step names by a tag, other than the base image. Absent if there are none, or nothing differs. */
  readonly images?: readonly SourceImage[]
  /** Packages that the layer of the head removes, and that of the baseline does not. Absent if there are none. */
  readonly removes?: Deletions
  /** Packages that only the layer of the baseline removed. Absent if there are none. */
  readonly keeps?: Deletions
}

/** An image by a tag that a COPY takes files from, or that a RUN mounts. */
export interface SourceImage {
  readonly reference: string
  readonly via: 'copy' | 'mount'
  /** Whether it is another image in the head. Null if the record of a side does not have its digest. */
  readonly moved: boolean | null
}

/** How the external base image of a stage differs. */
export interface BaseImageChange {
  /**
   * How the base changed.
   * - `moved`: the same reference has another digest or other layers.
   * - `edited`: the reference differs, or a reference with a build argument led to another image on the same builder.
   * - `unknown`: a side does not know its base, or the side does not exist because the stage was added or removed, or a
   *   reference with a build argument led to another image on another builder. In the last case the argument's default
   *   may have been edited, or the image may have moved.
   */
  readonly kind: 'same' | 'moved' | 'edited' | 'unknown'
  readonly before: Base | null
  readonly after: Base | null
  /** Packages of the base that differ. Empty if a side does not know them, such as for a builder stage. */
  readonly packages: readonly PackageChange[]
  /** Paths that explain the rest of the base's growth. Empty if a side does not know them. */
  readonly paths: readonly PathGrowth[]
}

/** How a stage differs between the two sides. */
export interface StageChange {
  readonly kind: 'matched' | 'added' | 'removed'
  /** How its counterpart was found. Null for added and removed stages. */
  readonly matchedBy: 'name' | 'position' | 'content' | null
  readonly before: Stage | null
  readonly after: Stage | null
  readonly baseImage: BaseImageChange
  /** In the order of the head. Removed layers are at their former position. */
  readonly layers: readonly LayerChange[]
  readonly growth: SplitGrowth
  /** After minus before. Null if one of the two is not known. */
  readonly metadataOnlySteps: number | null
}

/** How an image differs between the two sides. */
export interface ImageComparison {
  readonly before: Image
  readonly after: Image
  readonly final: StageChange
  /** All stages, including the final one, in the order of the head. Removed ones come last. */
  readonly stages: readonly StageChange[]
  readonly pullCost: {
    /** Compressed bytes of the head's layers that the baseline's image does not have: the download of an update. */
    readonly fromBaseline: number | null
    /** Compressed bytes above the external base image: the download for somebody who has only the base image. */
    readonly fromBaseImage: number | null
  }
  /**
   * Whether every stage has a counterpart with the same base, the same layers in the same order and the same number of
   * metadata-only steps. Stages that a run did not build may not have changed either, as far as is known.
   */
  readonly unchanged: boolean
  /**
   * Whether one side did not build some builder stages that are made alike on both. `unchanged` then means the other
   * stages only.
   */
  readonly hasUnknownStages: boolean
}

/** Where the baseline came from. Only `reference` is untrusted text. */
export interface BaselineOrigin {
  /**
   * `record`: the stored record of exactly the base commit. `built`: the base revision, built by the same builder.
   * `newest-record`: the newest stored record of the target branch. `given`: the baseline that the user named.
   */
  readonly kind: 'record' | 'built' | 'newest-record' | 'given'
  readonly commit: string | null
  /** The branch, or the user's own text as written. */
  readonly reference: string | null
  /** True if the commit is the last one that the head shares with the branch, and the branch has newer commits. */
  readonly parted?: boolean
  /** True if the base was not built, because the figures of the head are also those of the base. */
  readonly isHead?: boolean
}

/** The comparison of two footprints. */
export interface Comparison {
  readonly origin: BaselineOrigin
  /**
   * Images are matched by name and platform. If these are the same for several, they are matched by content. If each
   * side has one image of an architecture, they are matched by architecture alone.
   */
  readonly images: readonly ImageComparison[]
  readonly added: readonly Image[]
  readonly removed: readonly Image[]
  /** Images of the head that the baseline has too, but that were not weighed there. Absent for none. */
  readonly notWeighed?: readonly Image[]
  /** Images that exist on both sides but cannot be matched. */
  readonly ambiguous: readonly AmbiguousImages[]
  readonly notes: readonly ComparisonNote[]
}
