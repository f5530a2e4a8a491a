/** What the page is made of, for the process that writes it and for the browser that shows it. */
import type { Cause } from '../compare/comparison.ts'

export const nodeKinds = ['directory', 'file', 'package', 'ecosystem', 'rest', 'layer'] as const
export type NodeKind = (typeof nodeKinds)[number]

/** A part of what a layer holds. Sizes are file bytes; null where it is not there on that side. */
export interface TreeNode {
  /** One name, or several with slashes between them where a directory holds nothing else. */
  readonly name: string
  readonly kind: NodeKind
  readonly before: number | null
  readonly after: number | null
  /** Files that it stands for: 1 of a file. */
  readonly files: number
  /** Versions of a package; empty for others. */
  readonly note: string
  readonly children: readonly TreeNode[]
}

export interface PageLayer {
  /** In the stage, from 1, lowest first; a removed layer stands where it stood. */
  readonly position: number
  readonly status: 'same' | 'changed' | 'added' | 'removed'
  readonly origin: 'base' | 'inherited' | 'own'
  /** The instruction, shortened; empty where it is not known. */
  readonly title: string
  /** In the head's Dockerfile, of a removed layer in the baseline's; null where it is not known. */
  readonly line: number | null
  /** Null where nothing differs, or nothing was compared. */
  readonly cause: Cause | null
  /** Bytes before and after; null where they are not known, and 0 where there is no such layer on that side. */
  readonly pull: readonly [number | null, number | null]
  readonly unpacked: readonly [number | null, number | null]
  readonly files: readonly [number | null, number | null]
  /** Position among the trees; null where nothing is known of what is in it. */
  readonly tree: number | null
}

export interface PageStage {
  readonly name: string
  readonly role: 'builder' | 'final'
  readonly status: 'matched' | 'added' | 'removed'
  /** Reference of its base image; empty where it is not known. */
  readonly base: string
  readonly layers: readonly PageLayer[]
}

export interface PageImage {
  readonly name: string
  readonly compared: boolean
  readonly stages: readonly PageStage[]
}

export interface PageData {
  readonly images: readonly PageImage[]
  readonly trees: readonly TreeNode[]
}

/** What the treemap shows: sizes, or differences. */
export type Mode = 'in' | 'changed'
