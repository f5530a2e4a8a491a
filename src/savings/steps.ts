/** Compares the places of two steps of a stage. Pure. */
import type { Layer, Stage } from '../record/footprint.ts'
import { keywordOf } from './rule.ts'

/** Returns whether no layer is between the two, except for folders of WORKDIR. */
export function isNext(layers: readonly Layer[], layer: number, later: number): boolean {
  return layers.slice(layer + 1, later).every(({ instruction }) => keywordOf(instruction?.text ?? '') === 'WORKDIR')
}

/** Settings that make the same command do something else. */
const settings: ReadonlySet<string> = new Set(['USER', 'SHELL', 'WORKDIR', 'ENV', 'ARG'])

/** Returns whether one RUN directly follows another one, and its commands would do the same at the end of the first. */
export function followsAtOnce({ layers, instructions = [] }: Stage, layer: number, later: number): boolean {
  // The settings of other stages are not known here.
  if (layers[layer]?.origin !== 'own' || layers[later]?.origin !== 'own') return false
  const [first, second] = [layers[layer].instruction, layers[later].instruction]
  if (keywordOf(first?.text ?? '') !== 'RUN' || keywordOf(second?.text ?? '') !== 'RUN') return false
  const [from, to] = [first?.line ?? null, second?.line ?? null]
  if (later !== layer + 1 || from === null || to === null) return false
  return !instructions.some(
    ({ line, text }) => line !== null && line > from && line < to && settings.has(keywordOf(text)),
  )
}
