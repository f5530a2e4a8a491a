/** Compares one stage with its counterpart. Pure. */
import type { Layer, Stage } from '../record/footprint.ts'
import { compareBase } from './base-image.ts'
import { isEdited } from './causes-of-edits.ts'
import { explainStage, type Surroundings } from './causes.ts'
import type { Cause, LayerChange, StageChange } from './comparison.ts'
import { editedFiles } from './edited-files.ts'
import { explainGrowth } from './explain-growth.ts'
import { codecChange, growthOf, pulledSizes, splitGrowth, type PulledSize } from './growth.ts'
import { matchByContent, withoutInstruction } from './image-side.ts'
import type { LayerPair } from './layer-pair.ts'
import type { LineageOf } from './lineage.ts'
import { matchLayers } from './match-layers.ts'
import type { StagePair } from './match-stages.ts'
import { otherBlobOf } from './other-blob.ts'
import { sourceImages } from './source-images.ts'

/** A stage that was compared. */
export interface ComparedStage {
  readonly change: StageChange
  /** Why the files that other stages take from this stage differ. */
  readonly cause: Cause | null
}

/**
 * Returns the comparison of a stage that was added or removed. All of its layers, those of its base included, belong to
 * the change.
 */
export function oneSided({ before, after }: StagePair): ComparedStage {
  const pulled = pulledSizes(before?.layers ?? [], after?.layers ?? [])
  const layers = [
    ...(before?.layers ?? []).map((layer) =>
      layerChange({ before: layer, after: null, moved: false, base: false }, 'change', pulled),
    ),
    ...(after?.layers ?? []).map((layer) =>
      layerChange({ before: null, after: layer, moved: false, base: false }, 'change', pulled),
    ),
  ]
  return {
    change: {
      kind: before === null ? 'added' : 'removed',
      matchedBy: null,
      before,
      after,
      baseImage: { kind: 'unknown', before: before?.base ?? null, after: after?.base ?? null, packages: [], paths: [] },
      layers,
      growth: splitGrowth(layers),
      metadataOnlySteps: null,
    },
    cause: 'change',
  }
}

/** Compares a stage with its counterpart. */
export function compareStagePair(
  before: Stage,
  after: Stage,
  matchedBy: StageChange['matchedBy'],
  lineages: { readonly before: LineageOf; readonly after: LineageOf },
  surroundings: Surroundings,
  otherWords: boolean,
): ComparedStage {
  const baseImage = compareBase(before, after, surroundings)
  const pairs = otherWords ? matchByContent(before, after) : matchLayers(before, after)
  const toExplain = otherWords
    ? pairs.map((pair) => ({
        ...pair,
        before: pair.before && withoutInstruction(pair.before),
        after: pair.after && withoutInstruction(pair.after),
      }))
    : pairs
  const explained = explainStage(
    {
      before,
      after,
      baseImage,
      layers: toExplain,
      lineageBefore: lineages.before(before),
      lineageAfter: lineages.after(after),
    },
    surroundings,
  )
  const pulled = pulledSizes(before.layers, after.layers)
  const compared = pairs.map((pair, position) => {
    const change = layerChange(pair, explained.layers[position] ?? null, pulled)
    const images = change.cause === null || otherWords ? [] : sourceImages(pair, surroundings)
    const ofImages = images.length === 0 ? {} : { images }
    return otherWords ? change : { ...change, edited: isEdited(pair, surroundings), ...ofImages }
  })
  const layers = withReruns(compared, (position) => {
    const pair = toExplain[position]
    return pair !== undefined && explained.reruns.has(pair)
  })
  const [stepsBefore, stepsAfter] = [before.totals.metadataOnlySteps, after.totals.metadataOnlySteps]
  return {
    change: {
      kind: 'matched',
      matchedBy,
      before,
      after,
      baseImage,
      layers,
      growth: splitGrowth(layers),
      metadataOnlySteps: stepsBefore === null || stepsAfter === null ? null : stepsAfter - stepsBefore,
    },
    cause: explained.stage,
  }
}

/** Returns the layers, with those marked that the change had made again, and of which only the times of files differ. */
function withReruns(layers: readonly LayerChange[], ranAgain: (position: number) => boolean): readonly LayerChange[] {
  const first = layers.findIndex(({ cause, moved, edited }) => cause === 'change' || moved || edited)
  return layers.map((layer, position) =>
    ((first !== -1 && position >= first) || ranAgain(position)) && otherBlobOf(layer) === 'file-times'
      ? { ...layer, isRerun: true }
      : layer,
  )
}

function layerChange(
  { before, after, moved, inBase }: LayerPair,
  cause: Cause | null,
  pulled: PulledSize,
): LayerChange {
  return {
    kind: before === null ? 'added' : after === null ? 'removed' : cause === null ? 'same' : 'changed',
    before,
    after,
    cause,
    edited: false,
    moved,
    ...(inBase ? { inBase } : {}),
    growth: growthOf(before, after, pulled),
    codec: codecChange(before, after),
    ...(before !== null && before.diffId === after?.diffId ? { packages: [], paths: [] } : contentsOf(before, after)),
  }
}

function contentsOf(
  before: Layer | null,
  after: Layer | null,
): Pick<LayerChange, 'packages' | 'paths' | 'editedFiles'> {
  const explained = explainGrowth(before, after)
  const edited = explained.packages.length + explained.paths.length === 0 ? editedFiles(before, after) : null
  return edited === null ? explained : { ...explained, editedFiles: edited }
}
