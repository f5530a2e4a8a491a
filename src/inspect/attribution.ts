/**
 * Which step made which layer: from the chains of layers that provenance gives for each step, never from
 * history strings. A layer at position n belongs to the step whose chain is the image's first n + 1 layers.
 */
import type { BuildStep } from '../build/provenance.ts'
import type { Digest } from '../oci/digest.ts'

export interface BaseBoundary {
  /** Layers that the external base image brought. */
  readonly layers: number
  /** Digest of the base image as resolved; null for scratch and where it is not known. */
  readonly digest: string | null
}

const imageSource = 'docker-image://'

/**
 * The longest chain of a source image that the image's layers begin with.
 *
 * @param fromScratch the stage's root is `FROM scratch`
 * @returns null where it is not known
 */
export function baseBoundary(
  steps: readonly BuildStep[] | null,
  layers: readonly Digest[],
  fromScratch: boolean,
): BaseBoundary | null {
  if (fromScratch) return { layers: 0, digest: null }
  if (!steps) return null
  const found = steps
    .filter((step) => step.source?.startsWith(imageSource))
    .flatMap((step) => step.chains.map((chain) => ({ step, chain })))
    .filter(({ chain }) => isPrefix(chain, layers))
    .sort((a, b) => b.chain.length - a.chain.length)[0]
  if (!found) return null
  const digest = /@(sha256:[0-9a-f]{64})$/.exec(found.step.source ?? '')?.[1] ?? null
  return { layers: found.chain.length, digest }
}

/** Lines of the step that made each layer above the base; null where no step's chain ends there. */
export function layerLines(
  steps: readonly BuildStep[],
  layers: readonly Digest[],
  baseLayers: number,
): readonly (BuildStep['lines'])[] {
  return layers.map((_, position) => {
    if (position < baseLayers) return null
    const maker = steps.findLast(
      (step) =>
        step.source === null &&
        step.lines !== null &&
        step.chains.some((chain) => chain.length === position + 1 && isPrefix(chain, layers)),
    )
    return maker?.lines ?? null
  })
}

function isPrefix(chain: readonly Digest[], layers: readonly Digest[]): boolean {
  return chain.length <= layers.length && chain.every((digest, position) => digest === layers[position])
}
