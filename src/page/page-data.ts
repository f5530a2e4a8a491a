/** Converts a report into the figures for the treemap. Pure. */
import type { LayerChange, StageChange } from '../compare/comparison.ts'
import { joinLines } from '../dockerfile/instructions.ts'
import type { LayerLists } from '../layer/layer-lists.ts'
import type { Layer, Stage } from '../record/footprint.ts'
import { escapeTerminal, shorten } from '../report/escape.ts'
import { platformOf, type ImageReport } from '../report/report.ts'
import type { Draft } from './draft.ts'
import type { PageData, PageImage, PageLayer, PageStage } from './model.ts'
import { maxNameLength } from './html.ts'
import { pruned } from './prune.ts'
import { recordedTree } from './recorded-tree.ts'
import { wholeTree, type ListedLayer } from './whole-tree.ts'

/** Limit for the characters of an instruction. */
const maxTitleLength = 160

/**
 * The source of the trees: all files of all layers, or for some layers what a record lists of them. `recorded-baseline`:
 * all files of the head were known, but the baseline is a record.
 */
export type Detail = 'whole' | 'recorded-baseline' | 'recorded'

/** The figures for the treemaps of a page. */
export interface PageFigures {
  readonly data: PageData
  readonly detail: Detail
}

/**
 * Returns the figures for the treemap.
 *
 * @param lists data of the layers that were read; null if there are only records
 */
export function pageFigures(images: readonly ImageReport[], lists: LayerLists | null): PageFigures {
  const trees = new Trees(lists)
  const data = images.map((image) => imageOf(image, trees))
  return { data: { images: data, trees: pruned(trees.drafts) }, detail: trees.detail }
}

/** Makes the tree of each pair of layers once, because stages share most of their layers. */
class Trees {
  readonly drafts: Draft[] = []
  detail: Detail = 'whole'
  readonly #lists: LayerLists | null
  readonly #known = new Map<string, number | null>()

  constructor(lists: LayerLists | null) {
    this.#lists = lists
  }

  of(before: Layer | null, after: Layer | null): number | null {
    const key = `${before === null ? '' : keyOf(before)} ${after === null ? '' : keyOf(after)}`
    const known = this.#known.get(key)
    if (known !== undefined) return known
    const draft = this.#draft(before, after)
    const position = draft === null ? null : this.drafts.push(draft) - 1
    this.#known.set(key, position)
    return position
  }

  /** Returns the tree of the head's layer alone if its files are known, but not those of the baseline. */
  headAlone(before: Layer | null, after: Layer | null): number | null {
    if (before === null || after === null || before.diffId === after.diffId) return null
    if (this.#listed(before) !== null || this.#listed(after) === null) return null
    return this.of(after, after)
  }

  #draft(before: Layer | null, after: Layer | null): Draft | null {
    const isSame = before !== null && before.diffId === after?.diffId
    const now = after === null ? null : this.#listed(after)
    const old = before === null ? null : isSame ? now : this.#listed(before)
    const areListed = (before === null || old !== null) && (after === null || now !== null)
    const whole = areListed ? wholeTree(old, now) : null
    if (whole !== null) return whole
    if ([before, after].some((layer) => layer !== null && layer.fileBytes !== 0))
      this.#use(before !== null && old === null && (after === null || now !== null) ? 'recorded-baseline' : 'recorded')
    // For equal content, the head's record is at least as complete as the baseline's.
    return recordedTree(isSame ? after : before, after)
  }

  #use(detail: Detail): void {
    if (this.detail !== 'recorded') this.detail = detail
  }

  #listed(layer: Layer): ListedLayer | null {
    for (const digest of [layer.digest, layer.diffId]) {
      const lists = digest === null ? null : (this.#lists?.of(digest) ?? null)
      if (lists !== null && digest !== null && layer.fileBytes !== null)
        return { lists, digest, fileBytes: layer.fileBytes }
    }
    return null
  }
}

const keyOf = ({ digest, diffId }: Layer): string => `${digest ?? ''}${diffId}`

function imageOf({ image, comparison }: ImageReport, trees: Trees): PageImage {
  const stages =
    comparison === null
      ? image.stages.map((stage) => stageOf(stage, trees))
      : comparison.stages.map((change) => changedStage(change, trees))
  // The final stage comes first, because it is what is shipped.
  return {
    name: shown(image.name, maxNameLength),
    platform: shown(platformOf(image), maxNameLength),
    compared: comparison !== null,
    stages: stages.toSorted((a, b) => (a.role === b.role ? 0 : a.role === 'final' ? -1 : 1)),
  }
}

function stageOf(stage: Stage, trees: Trees): PageStage {
  return {
    ...namesOf(stage),
    status: 'matched',
    layers: stage.layers.map((layer, at) => ({
      ...placeOf(layer, at + 1),
      status: 'same',
      cause: null,
      pull: [layer.compressedSize, layer.compressedSize],
      unpacked: [layer.uncompressedSize, layer.uncompressedSize],
      files: [layer.fileBytes, layer.fileBytes],
      tree: trees.of(layer, layer),
    })),
  }
}

function changedStage({ kind, before, after, layers }: StageChange, trees: Trees): PageStage {
  const stage = after ?? before
  if (stage === null) throw new RangeError('a stage is on neither side')
  const positions = new Map<Layer, number>()
  for (const side of [before, after]) side?.layers.forEach((layer, at) => positions.set(layer, at + 1))
  return {
    ...namesOf(stage),
    status: kind,
    layers: layers.map((change) => layerOf(change, positions, trees)),
  }
}

function layerOf(
  { kind, before, after, cause }: LayerChange,
  positions: ReadonlyMap<Layer, number>,
  trees: Trees,
): PageLayer {
  const layer = after ?? before
  if (layer === null) throw new RangeError('a layer is on neither side')
  const headTree = trees.headAlone(before, after)
  const sizes = (pick: (layer: Layer) => number | null): readonly [number | null, number | null] => [
    before === null ? 0 : pick(before),
    after === null ? 0 : pick(after),
  ]
  return {
    ...placeOf(layer, positions.get(layer) ?? 0),
    status: kind,
    cause,
    pull: sizes(({ compressedSize }) => compressedSize),
    unpacked: sizes(({ uncompressedSize }) => uncompressedSize),
    files: sizes(({ fileBytes }) => fileBytes),
    tree: trees.of(before, after),
    ...(headTree === null ? {} : { headTree }),
  }
}

function namesOf({ name, role, base }: Stage): Pick<PageStage, 'name' | 'role' | 'base'> {
  return { name: shown(name, maxNameLength), role, base: shown(base?.reference ?? '', maxNameLength) }
}

function placeOf(
  { origin, instruction }: Layer,
  position: number,
): Pick<PageLayer, 'position' | 'origin' | 'title' | 'line'> {
  return {
    position,
    origin,
    title: instruction === null ? '' : shown(joinLines(instruction.text), maxTitleLength),
    line: instruction?.line ?? null,
  }
}

const shown = (text: string, maxLength: number): string => shorten(escapeTerminal(text), maxLength)
