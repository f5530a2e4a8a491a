/**
 * Which step made which layer: from the chains of layers that provenance gives for each step. A layer at
 * position n belongs to the step whose chain is the image's first n + 1 layers. Of history only the order
 * counts, never its strings.
 */
import type { BuildStep, LineRange } from '../build/provenance.ts'
import { digestOfReference, type Digest } from '../oci/digest.ts'
import type { ImageConfig } from '../oci/manifest.ts'

export interface BaseBoundary {
  /** Layers that the external base image brought. */
  readonly layers: number
  /** Digest of the base image as resolved; null for scratch and where it is not known. */
  readonly digest: string | null
}

const imageSource = /^(?:docker-image|oci-layout):\/\//

/**
 * The longest chain of a source image that the image's layers begin with; that of the other target, where the stage's
 * root is FROM one.
 *
 * @param root what the stage's root is FROM: `scratch`, `target:NAME`, or any other word for an image
 * @returns null where it is not known
 */
export function baseBoundary(
  steps: readonly BuildStep[] | null,
  layers: readonly Digest[],
  root: string,
): BaseBoundary | null {
  if (root === 'scratch') return { layers: 0, digest: null }
  if (!steps) return null
  const found = steps
    .filter(({ source }) => source !== null && (root.startsWith('target:') ? source === root : imageSource.test(source)))
    .flatMap((step) => step.chains.map((chain) => ({ step, chain })))
    .filter(({ chain }) => isPrefix(chain, layers))
    .sort((a, b) => b.chain.length - a.chain.length)[0]
  if (!found) return null
  return { layers: found.chain.length, digest: digestOfReference(found.step.source ?? '') }
}

/**
 * The image's layers under the digests that the steps know them by. An export that forces a compression or
 * rewrites time stamps gives its layers new digests, one for one; the steps keep those of the cache.
 */
export function layersInCache(steps: readonly BuildStep[] | null, layers: readonly Digest[]): readonly Digest[] {
  const exported = (steps ?? [])
    .filter((step) => step.exported)
    .flatMap((step) => step.chains)
    .filter((chain) => chain.length === layers.length)
  return exported.some((chain) => isPrefix(chain, layers)) ? layers : (exported[0] ?? layers)
}

/** What another target ends with may be a step of this Dockerfile as well, word for word. */
export const isInstruction = ({ source }: BuildStep): boolean => source === null || source.startsWith('target:')

/** Places of the step that made each layer above the base; none where no step's chain ends there. */
export function layerPlaces(
  steps: readonly BuildStep[],
  layers: readonly Digest[],
  baseLayers: number,
): readonly (readonly LineRange[])[] {
  return layers.map((_, position) => {
    if (position < baseLayers) return []
    const maker = steps.findLast(
      (step) =>
        isInstruction(step) &&
        step.places.length > 0 &&
        step.chains.some((chain) => chain.length === position + 1 && isPrefix(chain, layers)),
    )
    return maker?.places ?? []
  })
}

export interface StepsOfHistory<Step> {
  /** The step of each layer above the base, lowest first. */
  readonly layerSteps: readonly Step[]
  /** Steps above the base that made no layer. */
  readonly metadataOnly: number
}

/**
 * Each instruction leaves one history entry, in order, so the last entries of the config are those of the
 * steps above the base, and the ones that are not empty are those of its layers. This tells the step also
 * where BuildKit gives no chain for it: it leaves out a step whose blob another solve is making at that time.
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

/**
 * The same where there is no history to be had: from the steps that provenance gives for the layers, and, where it
 * leaves out the chain of one, from the order of the graph's steps, each of which makes one layer.
 *
 * @param layerSteps of the layers above the base, lowest first; null where no chain tells
 * @param steps those above the base
 * @param inGraph those of `steps` that the graph has
 * @returns null unless each layer has a step of its own
 */
export function matchPlaces<Step>(
  layerSteps: readonly (Step | null)[],
  steps: readonly Step[],
  inGraph: ReadonlySet<Step>,
): StepsOfHistory<Step> | null {
  const inOrder = steps.filter((step) => inGraph.has(step))
  const fits = inOrder.length === layerSteps.length && layerSteps.every((step, position) => step === null || step === inOrder[position])
  const known = fits ? inOrder : layerSteps.filter((step) => step !== null)
  if (known.length < layerSteps.length || new Set(known).size < known.length) return null
  return { layerSteps: known, metadataOnly: steps.length - known.length }
}

function isPrefix(chain: readonly Digest[], layers: readonly Digest[]): boolean {
  return chain.length <= layers.length && chain.every((digest, position) => digest === layers[position])
}
