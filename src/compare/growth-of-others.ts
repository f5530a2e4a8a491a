/** The growth that a COPY has from layers of its source stage that the change did not cause. Pure. */
import { copiedWords, parseInstructions } from '../dockerfile/instructions.ts'
import type { Layer } from '../record/footprint.ts'
import type { Cause, LayerChange } from './comparison.ts'
import { growthOf } from './growth.ts'

/** A layer of the source stage, and why it differs. */
export type ComparedLayer = Pick<LayerChange, 'before' | 'after' | 'cause' | 'moved'>

/** Lines in another order may leave other files on top, although their layers are the same. */
export const causeOf = ({ cause, moved }: ComparedLayer): Cause | null => (moved ? 'change' : cause)

/** Returns whether something else than the change made a layer differ. */
export function isWithoutChange(layer: ComparedLayer): boolean {
  const cause = causeOf(layer)
  return cause === 'drift' || cause === 'base-image'
}

/** Returns the paths that the COPY names, without a slash at their start. Null if it may mean any file. */
export function sourcesOf(text: string): readonly string[] | null {
  const rest = parseInstructions(text).instructions[0]?.rest ?? ''
  const words = copiedWords(rest).slice(0, -1)
  const sources = words.map((word) =>
    word
      .split('/')
      .filter((part) => part !== '' && part !== '.')
      .join('/'),
  )
  // A pattern, a variable or the root may mean any file.
  return sources.every((source) => /^[\w.@+/-]+$/.test(source)) ? sources : null
}

/** Returns whether two texts of a COPY name the same paths, and leave nothing out of them. */
export function haveSameSources(from: string, to: string): boolean {
  const [old, now] = [sourcesOf(from), sourcesOf(to)]
  if (old === null || now === null || [from, to].some((text) => text.includes('--exclude'))) return false
  return old.length === now.length && old.every((source) => now.includes(source))
}

/**
 * Returns by how many file bytes a COPY grew through layers that the change did not cause, below the paths that both of
 * its texts name: what else an edited COPY takes is of the change.
 */
export function growthBesideEdit(from: string, to: string, layers: readonly ComparedLayer[]): number {
  const [old, now] = [sourcesOf(from), sourcesOf(to)]
  const common = old === null || now === null ? (old ?? now) : now.filter((source) => old.includes(source))
  return growthBelow(layers.filter(isWithoutChange), common)
}

/** Returns the growth of layers below these paths as far as it is listed, in file bytes. Null means all paths. */
export const growthBelow = (layers: readonly ComparedLayer[], sources: readonly string[] | null): number =>
  layers.reduce((sum, layer) => sum + (growthOfLayer(layer, sources) ?? 0), 0)

/** Returns the growth of a layer below these paths, in file bytes. Null if it is not listed. */
function growthOfLayer({ before, after }: ComparedLayer, sources: readonly string[] | null): number | null {
  if (sources === null) return growthOf(before, after).fileBytes
  const [old, now] = [before, after].map((layer) => (layer === null ? 0 : bytesBelow(layer, sources)))
  return old == null || now == null ? null : now - old
}

function bytesBelow({ contents }: Layer, sources: readonly string[]): number | null {
  const all = [...(contents?.directories ?? []), ...(contents?.files ?? [])]
  const sizes = sources.map(
    (source) => all.find(({ path }) => path === source)?.fileBytes ?? (contents?.complete ? 0 : null),
  )
  return sizes.reduce((sum: number | null, bytes) => (sum === null || bytes === null ? null : sum + bytes), 0)
}
