/**
 * Which step made which layer, and where the base image ends: by counting. Each step of a stage makes exactly one layer,
 * so the steps between a stage's result and the image that it is FROM are its topmost layers, in the same order.
 *
 * Digests are not compared: those in provenance are of the builder's cache, and an export may give its layers others. Of
 * history only the order counts, never its strings.
 */
import { digestOfReference } from '../oci/digest.ts'
import type { ImageConfig } from '../oci/manifest.ts'
import type { BuildStep, LineRange } from './provenance.ts'

export interface BaseBoundary {
  /** Layers that the external base image brought. */
  readonly layers: number
  /** Digest of the base image as resolved; null for scratch and where it is not known. */
  readonly digest: string | null
}

/** The steps that a result consists of. */
export interface Spine {
  /** The image, context or other target at its bottom; null for scratch. */
  readonly root: BuildStep | null
  /** Those that made a layer, lowest first. */
  readonly makers: readonly BuildStep[]
  /** Chains that contain the base's layers, each with the number of layers that steps made in it. */
  readonly witnesses: readonly { readonly layers: number; readonly made: number }[]
}

/** Position of the step whose result was exported; -1 where none was. */
export const exportedStep = (steps: readonly BuildStep[]): number => steps.findIndex(({ exported }) => exported)

/** More layers than any engine takes, in case a foreign graph doubles them with each step. */
const mostLayers = 10_000

interface Counted {
  readonly root: number | null
  readonly made: number
}

/**
 * @param result position of the step whose result is looked at
 * @param linked `target:NAME` where the stage is FROM another target of the bake: what that ends with is the root
 * @returns null where the graph has an operation whose layers are not known
 */
export function spineOf(steps: readonly BuildStep[], result: number, linked: string | null = null): Spine | null {
  const counted = countLayers(steps.slice(0, result + 1), linked)
  const whole = counted[result]
  if (!whole) return null
  const isEnd = (step: BuildStep): boolean => step.kind === 'source' || (linked !== null && step.source === linked)
  const witnesses: { layers: number; made: number }[] = []
  for (let position: number | undefined = result; position !== undefined;) {
    const step: BuildStep | undefined = steps[position]
    if (step === undefined || isEnd(step)) break
    const made = counted[position]?.made ?? 0
    witnesses.push(...step.chains.map((chain) => ({ layers: chain.length, made })))
    position = step.on[0]
  }
  return {
    root: whole.root === null ? null : (steps[whole.root] ?? null),
    makers: makersOf(steps, result, isEnd),
    witnesses,
  }
}

/** For each step how many layers steps made below its result, and what these lie on. */
function countLayers(steps: readonly BuildStep[], linked: string | null): readonly (Counted | null)[] {
  const counted: (Counted | null)[] = []
  for (const [position, step] of steps.entries()) counted.push(countOf(step, position))
  return counted

  function countOf({ kind, on, source }: BuildStep, position: number): Counted | null {
    if (kind === 'source' || (linked !== null && source === linked)) return { root: position, made: 0 }
    if (kind === 'other') return null
    const [first, ...others] = on.map((below) => counted[below] ?? null)
    if (kind === 'layer' && first === undefined) return { root: null, made: 1 }
    // What is merged onto the first one lies on nothing.
    if (!first || others.some((other) => other === null || other.root !== null)) return null
    const made = others.reduce((sum, other) => sum + (other?.made ?? 0), first.made) + (kind === 'layer' ? 1 : 0)
    return made > mostLayers ? null : { root: first.root, made }
  }
}

function makersOf(
  steps: readonly BuildStep[],
  result: number,
  isEnd: (step: BuildStep) => boolean,
): readonly BuildStep[] {
  const fromTheTop: BuildStep[] = []
  const open = [result]
  for (let position = open.pop(); position !== undefined; position = open.pop()) {
    const step = steps[position]
    if (step === undefined || isEnd(step)) continue
    if (step.kind === 'layer') fromTheTop.push(step)
    open.push(...step.on)
  }
  return fromTheTop.reverse()
}

/**
 * Where the base ends. All chains that contain it have to agree with the image: a builder that holds the result under
 * another number of layers holds another image.
 *
 * @param layers of the image
 * @returns null where they do not agree
 */
export function baseBoundary({ root, makers, witnesses }: Spine, layers: number): BaseBoundary | null {
  const base = layers - makers.length
  const agree = witnesses.every((witness) => witness.layers - witness.made === base)
  if (base < 0 || !agree || (root === null && base > 0)) return null
  return { layers: base, digest: digestOfReference(root?.source ?? '') }
}

/**
 * The layers above the base; none where its end is not known.
 *
 * @param result position of the step whose result they are; the one that was exported unless told
 */
export function layersAboveBase<Layer>(
  layers: readonly Layer[],
  steps: readonly BuildStep[] | null,
  result = exportedStep(steps ?? []),
): readonly Layer[] {
  const spine = spineOf(steps ?? [], result)
  const boundary = spine && baseBoundary(spine, layers.length)
  return boundary ? layers.slice(boundary.layers) : []
}

/** Places of the step that made each layer; none for layers of the base. */
export function layerPlaces({ makers }: Spine, { layers }: BaseBoundary): readonly (readonly LineRange[])[] {
  return [...Array.from({ length: layers }, () => []), ...makers.map(({ places }) => places)]
}

export interface StepsOfHistory<Step> {
  /** The step of each layer above the base, lowest first. */
  readonly layerSteps: readonly Step[]
  /** Steps above the base that made no layer. */
  readonly metadataOnly: number
}

/**
 * The same where the builder gives no provenance. Each instruction leaves one history entry, in order, so the last
 * entries of the config are those of the steps above the base, and the ones that are not empty are those of its layers.
 *
 * @param addedLayers layers above the base
 * @returns null where they do not fit: ONBUILD triggers of the base add entries of their own
 */
export function matchHistory<Step>(
  { history, rootfs }: ImageConfig,
  steps: readonly Step[],
  addedLayers: number,
): StepsOfHistory<Step> | null {
  if (!history || history.length < steps.length) return null
  // With more or fewer than there are layers, it is not told which of them belongs to which.
  if (history.filter(({ empty_layer }) => empty_layer !== true).length !== rootfs.diff_ids.length) return null
  const first = history.length - steps.length
  const layerSteps = steps.filter((_, position) => history[first + position]?.empty_layer !== true)
  return layerSteps.length === addedLayers ? { layerSteps, metadataOnly: steps.length - addedLayers } : null
}

/** The steps that made no layer, where each layer above the base has a step of its own; null elsewhere. */
export function metadataOnlySteps<Step>(layerSteps: readonly (Step | null)[], steps: readonly Step[]): number | null {
  const known = new Set(layerSteps.filter((step) => step !== null))
  return known.size === layerSteps.length ? steps.length - known.size : null
}
