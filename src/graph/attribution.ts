/**
 * Determines which step made which layer, and where the base image ends, by counting. Each step of a stage makes
 * exactly one layer. So the steps between the result of a stage and its base image made the topmost layers, in the same
 * order.
 *
 * Digests are not compared, because those in the provenance are the digests in the builder's cache, and an export may
 * give layers others. Only the order of the history is used, never its text.
 */
import { digestOfReference } from '../oci/digest.ts'
import type { ImageConfig } from '../oci/manifest.ts'
import type { BuildStep, LineRange } from './provenance.ts'

/** The layers of an image that come from its base image. */
export interface BaseBoundary {
  /** Number of layers from the external base image. */
  readonly layers: number
  /** Digest that the base image was resolved to. Null for scratch, or if it is unknown. */
  readonly digest: string | null
}

/** The steps that a result consists of. */
export interface Spine {
  /** The image, context or other target at the bottom. Null for scratch. */
  readonly root: BuildStep | null
  /** The steps that made a layer, lowest first. */
  readonly makers: readonly BuildStep[]
  /** Layer chains that include the base's layers, each with the number of its layers that steps made. */
  readonly witnesses: readonly { readonly layers: number; readonly made: number }[]
}

/** Returns the position of the step whose result was exported, or -1 if there is none. */
export const exportedStep = (steps: readonly BuildStep[]): number => steps.findIndex(({ exported }) => exported)

/**
 * Limit for the layers of an image. It is higher than the limit of any engine, and stops a hostile graph that doubles
 * its layers with each step.
 */
const maxLayers = 10_000

interface Counted {
  readonly root: number | null
  readonly made: number
}

/**
 * Returns the steps that the result of a step consists of.
 *
 * @param result position of the step
 * @param linked `target:NAME` if the stage is FROM another target of the bake, whose result is then the root
 * @returns null if the graph has an operation whose layers are unknown
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

/** Returns for each step how many layers of its result were made by steps, and which root they lie on. */
function countLayers(steps: readonly BuildStep[], linked: string | null): readonly (Counted | null)[] {
  const counted: (Counted | null)[] = []
  for (const [position, step] of steps.entries()) counted.push(countOf(step, position))
  return counted

  function countOf({ kind, on, source }: BuildStep, position: number): Counted | null {
    if (kind === 'source' || (linked !== null && source === linked)) return { root: position, made: 0 }
    if (kind === 'other') return null
    const [first, ...others] = on.map((below) => counted[below] ?? null)
    if (kind === 'layer' && first === undefined) return { root: null, made: 1 }
    // The inputs that are merged onto the first one must not lie on a root of their own.
    if (!first || others.some((other) => other === null || other.root !== null)) return null
    const made = others.reduce((sum, other) => sum + (other?.made ?? 0), first.made) + (kind === 'layer' ? 1 : 0)
    return made > maxLayers ? null : { root: first.root, made }
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
 * Returns where the base ends. All chains that include the base must agree with the image. If the builder holds the
 * result with another number of layers, it holds another image.
 *
 * @param layers number of layers of the image
 * @returns null if they disagree
 */
export function baseBoundary({ root, makers, witnesses }: Spine, layers: number): BaseBoundary | null {
  const base = layers - makers.length
  const agree = witnesses.every((witness) => witness.layers - witness.made === base)
  if (base < 0 || !agree || (root === null && base > 0)) return null
  return { layers: base, digest: digestOfReference(root?.source ?? '') }
}

/**
 * Returns the layers above the base. The list is empty if the end of the base is unknown.
 *
 * @param result position of the step whose result has these layers. The default is the step that was exported
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

/** Returns the places in the Dockerfile of the step that made each layer. Layers of the base have none. */
export function layerPlaces({ makers }: Spine, { layers }: BaseBoundary): readonly (readonly LineRange[])[] {
  return [...Array.from({ length: layers }, () => []), ...makers.map(({ places }) => places)]
}

/** The steps that an image's history shows. */
export interface StepsOfHistory<Step> {
  /** The step of each layer above the base, lowest first. */
  readonly layerSteps: readonly Step[]
  /** Number of steps above the base that made no layer. */
  readonly metadataOnly: number
}

/**
 * Finds the step of each layer if the builder gives no provenance. Each instruction leaves one history entry, in order.
 * So the last entries of the config belong to the steps above the base, and those of them that are not empty belong to
 * the layers.
 *
 * @param steps the steps above the base
 * @param addedLayers number of layers above the base
 * @returns null if the counts do not match, for example because ONBUILD triggers of the base added entries
 */
export function matchHistory<Step>(
  { history, rootfs }: ImageConfig,
  steps: readonly Step[],
  addedLayers: number,
): StepsOfHistory<Step> | null {
  if (!history || history.length < steps.length) return null
  // If the entries and the layers differ in number, it is unknown which belong together.
  if (history.filter(({ empty_layer }) => empty_layer !== true).length !== rootfs.diff_ids.length) return null
  const first = history.length - steps.length
  const layerSteps = steps.filter((_, position) => history[first + position]?.empty_layer !== true)
  return layerSteps.length === addedLayers ? { layerSteps, metadataOnly: steps.length - addedLayers } : null
}

/** Returns the number of steps that made no layer. Returns null unless each layer above the base has its own step. */
export function metadataOnlySteps<Step>(layerSteps: readonly (Step | null)[], steps: readonly Step[]): number | null {
  const known = new Set(layerSteps.filter((step) => step !== null))
  return known.size === layerSteps.length ? steps.length - known.size : null
}
