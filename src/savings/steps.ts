/** Compares the places of two steps of a stage. Pure. */
import { settingKeywords } from '../dockerfile/settings.ts'
import type { Layer, Stage } from '../record/footprint.ts'
import { runsOnly } from './commands.ts'
import { deletesFolder } from './deletions.ts'
import { workdirOf } from './mounts.ts'
import { isRun, keywordOf, sourceOf } from './rule.ts'

/** Returns whether no layer is between the two, except for folders of WORKDIR. */
export function isNext(layers: readonly Layer[], layer: number, later: number): boolean {
  return layers.slice(layer + 1, later).every(({ instruction }) => keywordOf(instruction?.text ?? '') === 'WORKDIR')
}

/** Instructions that add files, which may come before a RUN that does not need them. */
const copies: ReadonlySet<string> = new Set(['COPY', 'ADD'])

/**
 * Returns the lines that must come before the first of two layers if this is to do the work of the second, too: the COPY and
 * ADD between them, of which a line that is not known is null, and settings other than USER. Empty if no COPY or ADD is between them.
 */
export function linesToMove({ layers, instructions = [] }: Stage, layer: number, later: number): (number | null)[] {
  const found = layers
    .slice(layer + 1, later)
    .filter(({ instruction }) => copies.has(keywordOf(instruction?.text ?? '')))
    .map(({ instruction }) => instruction?.line ?? null)
  const [from, to] = [layer, later].map((at) => layers[at]?.instruction?.line ?? 0) as [number, number]
  if (found.length === 0 || found.includes(null)) return found
  const settings = instructions.filter(
    ({ text, line }) => line !== null && line > from && line < to && movable.has(keywordOf(text)),
  )
  return [...found, ...settings.map(({ line }) => line)].sort((one, other) => (one ?? 0) - (other ?? 0))
}

/** Settings without USER: as another user, the first RUN may lack a permission. */
const movable: ReadonlySet<string> = new Set([...settingKeywords].filter((keyword) => keyword !== 'USER'))

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
 * Returns whether the steps from one layer to another can surely become one RUN: all but the last only start apt, which
 * leaves nothing behind in its shell. No setting may apply to a part of them only.
 *
 * @param stage with the instructions of its parents as well. Without them, it is not known of inherited layers
 */
export function canJoin({ layers, instructions = [] }: Stage, layer: number, later: number): boolean {
  const isKnown = instructions.some(({ line }) => line === layers[layer]?.instruction?.line)
  if (layers[layer]?.origin === 'inherited' && !isKnown) return false
  const texts = layers.slice(layer, later + 1).map(({ instruction }) => instruction?.text ?? '')
  if (!texts.every(isRun) || !texts.slice(0, -1).every((text) => runsOnly(text, 'apt-get', 'apt'))) return false
  return !hasBetween({ layers, instructions }, layer, later, settingKeywords)
}

/** Instructions that make layers, though a layer may be left out if it is empty. */
const steps: ReadonlySet<string> = new Set(['RUN', 'COPY', 'ADD', 'WORKDIR'])

/** Returns whether a stage has one of these instructions between those of two layers, or that is not known. */
function hasBetween(
  { layers, instructions = [] }: Pick<Stage, 'layers' | 'instructions'>,
  layer: number,
  later: number,
  keywords: ReadonlySet<string>,
): boolean {
  const [from, to] = [layers[layer]?.instruction?.line ?? null, layers[later]?.instruction?.line ?? null]
  if (from === null || to === null) return true
  return instructions.some(
    ({ line, text }) => line !== null && line > from && line < to && keywords.has(keywordOf(text)),
  )
}

/** Returns whether a step of this stage directly follows another one of it. The steps of other stages are not known. */
export function isDirectlyBelow(stage: Stage, layer: number, later: number): boolean {
  const areOwn = [layer, later].every((one) => stage.layers[one]?.origin === 'own')
  return areOwn && later === layer + 1 && !hasBetween(stage, layer, later, steps)
}

/** Returns whether one RUN directly follows another one, and its commands would do the same at the end of the first. */
export function followsAtOnce(stage: Stage, layer: number, later: number): boolean {
  const areRuns = [layer, later].every((one) => isRun(stage.layers[one]?.instruction?.text ?? ''))
  return (
    areRuns &&
    isDirectlyBelow(stage, layer, later) &&
    !hasBetween(stage, layer, later, settingKeywords) &&
    !deletesItsFolder(stage, layer) &&
    !changesShell.test(stage.layers[layer]?.instruction?.text ?? '')
  )
}

/** Settings of a shell with which later commands of the same RUN do something else: patterns as they are, other programs. */
const changesShell = /\sset\s+-\w*f|noglob|\bPATH=/

/** Returns whether a RUN deletes the folder in which it starts. The next one makes it again. */
function deletesItsFolder({ layers, instructions = [] }: Stage, layer: number): boolean {
  const own = layers[layer]?.instruction ?? null
  const workdir = own && workdirOf(own, instructions)
  return own !== null && workdir !== null && deletesFolder(own, instructions, workdir)
}
