/** Compares the places of two steps of a stage. Pure. */
import type { Layer, Stage } from '../record/footprint.ts'
import { doTheSameJoined } from './joined-runs.ts'
import { isRun, keywordOf, sourceOf } from './rule.ts'
import { isRootUser } from './run-places.ts'

/** Returns whether no layer is between the two, except for folders of WORKDIR. */
export function isNext(layers: readonly Layer[], layer: number, later: number): boolean {
  return layers.slice(layer + 1, later).every(({ instruction }) => keywordOf(instruction?.text ?? '') === 'WORKDIR')
}

/** Instructions that add files, which may come before a RUN that does not need them. */
const copies: ReadonlySet<string> = new Set(['COPY', 'ADD'])

/** Returns the lines of the COPY and ADD instructions between two layers, or null for one that is not known. */
export function copiesBetween(layers: readonly Layer[], layer: number, later: number): (number | null)[] {
  return layers
    .slice(layer + 1, later)
    .filter(({ instruction }) => copies.has(keywordOf(instruction?.text ?? '')))
    .map(({ instruction }) => instruction?.line ?? null)
}

/**
 * Returns whether the second of two layers is made in a stage that is FROM the one of the first, and the first stage cannot
 * do both: another stage may need what is between the two, or what is copied there may be made later.
 *
 * @param isShared whether another stage may need the files of the first
 */
export function areApart(layers: readonly Layer[], layer: number, later: number | null, isShared: boolean): boolean {
  if (later === null) return false
  const isInOtherStage = layers[layer]?.origin === 'inherited' && layers[later]?.origin === 'own'
  return isInOtherStage && (isShared || copiesFromStage(layers, layer, later))
}

const copiesFromStage = (layers: readonly Layer[], layer: number, later: number): boolean =>
  layers.slice(layer + 1, later).some(({ instruction }) => sourceOf(instruction?.text ?? '') !== null)

/**
 * Returns whether the steps from one layer to another are RUN instructions that can become one, and surely do the same. No
 * setting may apply to a part of them only.
 *
 * @param stage with the instructions of its parents as well. Without them, it is not known of inherited layers
 */
export function canJoin({ layers, instructions = [] }: Stage, layer: number, later: number): boolean {
  const isInherited = layers[layer]?.origin === 'inherited'
  const isKnown = instructions.some(({ line }) => line === layers[layer]?.instruction?.line)
  // What a stage below copies may be made after this one, or from it.
  if (isInherited && (!isKnown || copiesFromStage(layers, layer, later))) return false
  const texts = layers.slice(layer, later + 1).map(({ instruction }) => instruction?.text ?? '')
  // A COPY between them would have to move, and with it what it replaces.
  if (!texts.every(isRun) || !doTheSameJoined(texts)) return false
  // Another shell may define functions, which look like programs.
  if (instructions.some(({ text }) => keywordOf(text) === 'SHELL')) return false
  const [from, to] = [layers[layer]?.instruction?.line ?? null, layers[later]?.instruction?.line ?? null]
  return !instructions.some(
    ({ line, text }) =>
      line !== null && from !== null && to !== null && line > from && line < to && settings.has(keywordOf(text)),
  )
}

/** Returns whether two RUN instructions of this stage are known to have the same user. */
export function haveSameUser({ layers, instructions = [] }: Stage, layer: number, later: number): boolean {
  const [from, to] = [layers[layer], layers[later]].map((one) =>
    one?.origin === 'own' ? (one.instruction?.line ?? null) : null,
  )
  if (from == null || to == null) return false
  return !instructions.some(({ line, text }) => line !== null && line > from && line < to && keywordOf(text) === 'USER')
}

/** Returns whether no USER instruction above a layer names another user than root. The user of a base is not known. */
export function runsAsRoot({ layers, instructions = [] }: Stage, layer: number): boolean {
  const line = layers[layer]?.instruction?.line ?? null
  const last = instructions.findLast(
    (one) => line !== null && one.line !== null && one.line < line && keywordOf(one.text) === 'USER',
  )
  return last === undefined || isRootUser(last.text.replace(/^\s*USER\s+/i, '').trim())
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
