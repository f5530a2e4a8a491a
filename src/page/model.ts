/** The data of the page, for the process that writes it and the browser that shows it. */
import type { Cause } from '../compare/comparison.ts'

/** The kinds of parts. A packed kind is a position in this list. `rest`: several small parts together. */
export const nodeKinds = ['directory', 'file', 'package', 'ecosystem', 'rest', 'layer'] as const
/** The kind of a part of a layer. */
export type NodeKind = (typeof nodeKinds)[number]

/** A part of a layer's content. Sizes are file bytes; null if it does not exist on that side. */
export interface TreeNode {
  /** A name, or several names separated by slashes if a directory contains nothing else. */
  readonly name: string
  readonly kind: NodeKind
  readonly before: number | null
  readonly after: number | null
  /** Number of files that it stands for. It is 1 for a file, and 0 for a rest if it is not known. */
  readonly files: number
  /** Versions of a package. Empty for other kinds. */
  readonly note: string
  readonly children: readonly TreeNode[]
}

/** A layer of a stage, on both sides. */
export interface PageLayer {
  /** Position in the stage, from 1 for the lowest. A removed layer keeps its former place in the order. */
  readonly position: number
  readonly status: 'same' | 'changed' | 'added' | 'removed'
  readonly origin: 'base' | 'inherited' | 'own'
  /** The instruction, shortened. Empty if it is not known. */
  readonly title: string
  /** Line of the head's Dockerfile, or of the baseline's for a removed layer. Null if it is not known. */
  readonly line: number | null
  /** Null if nothing differs or nothing was compared. */
  readonly cause: Cause | null
  /** Bytes before and after. Null if they are not known, and 0 if the layer does not exist on that side. */
  readonly pull: readonly [number | null, number | null]
  readonly unpacked: readonly [number | null, number | null]
  readonly files: readonly [number | null, number | null]
  /** Position in the list of trees. Null if its content is not known. */
  readonly tree: number | null
  /**
   * Position of the tree of the head's layer alone, for what is in it. Only there if `tree` has no more than what the
   * record of the baseline lists. Both sizes of its parts are those of the head.
   */
  readonly headTree?: number
}

/** A stage with its layers. */
export interface PageStage {
  readonly name: string
  readonly role: 'builder' | 'final'
  readonly status: 'matched' | 'added' | 'removed'
  /** Reference of its base image. Empty if it is not known. */
  readonly base: string
  readonly layers: readonly PageLayer[]
}

/** An image with its stages, the final stage first. */
export interface PageImage {
  readonly name: string
  /** As `--platform` takes it. */
  readonly platform: string
  readonly compared: boolean
  readonly stages: readonly PageStage[]
}

/** The data of the treemaps. */
export interface PageData {
  readonly images: readonly PageImage[]
  readonly trees: readonly TreeNode[]
}

/** What the treemap shows: sizes or differences. */
export type Mode = 'in' | 'changed'
