/**
 * Makes sure that the weighed stages are those that the image was made from. With several caches, or if a build ran the
 * steps of a stage again, the builder may hold several results of the same steps, and later provide another one than
 * the build used. That other one can be told by its contents: it lacks files that other stages copied, or stages that
 * are FROM it begin with other layers.
 */
import { lineageOf, parentOf } from '../dockerfile/stage-parents.ts'
import { stageLabel, type PlannedStage } from '../dockerfile/stage.ts'
import { resultOfStage } from '../graph/stage-results.ts'
import type { Digest } from '../oci/digest.ts'
import type { Absence } from '../record/absence.ts'
import { attributeLayers } from './attribute-layers.ts'
import { copiedFilesIn, type Contents } from './copied-files.ts'
import type { WeighedImage } from './weighed-image.ts'
import type { Unconfirmed, WeighedStages } from './weighed-stages.ts'

/**
 * Returns the stages with the results that the build used. A stage of which only another result can be read counts as
 * not built, as do stages that only missing stages use. What cannot be compared is kept. The layers of a missing stage
 * are taken from a stage that is FROM it.
 *
 * @param stages all stages of the Dockerfile, by position
 */
export async function usedResults(
  stages: readonly PlannedStage[],
  weighed: WeighedStages,
  reader: Contents,
): Promise<Pick<WeighedStages, 'images' | 'notBuilt' | 'notes'>> {
  const images = new Map(weighed.images)
  const notBuilt = new Map(weighed.notBuilt)
  const compared = new Set<number>()
  const settle = (index: number, image: WeighedImage | null, absence: Absence = 'other'): void => {
    if (image === null) {
      images.delete(index)
      notBuilt.set(index, absence)
    } else {
      images.set(index, image)
      notBuilt.delete(index)
    }
  }
  const isSettled = (index: number): boolean => compared.has(index) || !weighed.unconfirmed.has(index)
  /** Stages FROM this one of which nothing could be compared. They may be other results themselves. */
  const doubtfulAbove = (stage: PlannedStage): readonly PlannedStage[] =>
    stages.filter(
      (one) => images.has(one.index) && !isSettled(one.index) && lineageOf(one, stages).slice(1).includes(stage),
    )
  // Stages use earlier ones only, so whatever uses a stage is settled before it.
  for (const stage of stages.toReversed()) {
    const { index } = stage
    const first = images.get(index)
    const unconfirmed = weighed.unconfirmed.get(index)
    if (first === undefined) {
      const [beginning] = notBuilt.has(index) ? beginningsFor(stage, stages, images) : []
      if (beginning !== undefined) settle(index, beginning)
    } else if (unconfirmed !== undefined) {
      const users = stages.filter(({ uses }) => uses.some(({ stageIndex }) => stageIndex === index))
      // If the run itself changed what a user reads, that says nothing about what the user takes from this stage.
      const absences = users
        .flatMap((user) => notBuilt.get(user.index) ?? [])
        .filter((absence) => absence !== 'changed')
      if (absences.length > 0 && !users.some((user) => images.has(user.index))) {
        settle(index, null, absences.includes('other') ? 'other' : absences[0])
        continue
      }
      const find = (): ReturnType<typeof usedResult> =>
        usedResult(stage, first, unconfirmed, { stages, images, isSettled, reader })
      let used = await find()
      const doubtful = used === null ? doubtfulAbove(stage) : []
      for (const one of doubtful) settle(one.index, null)
      if (doubtful.length > 0) used = await find()
      settle(index, used && used.image)
      if (used?.isCompared) compared.add(index)
    }
  }
  const several = stages.filter(({ index }) => images.has(index) && weighed.unconfirmed.get(index)?.oneOfSeveral)
  const severalNotes = several.map(
    (stage) =>
      `The builder's caches hold several results of stage ${stageLabel(stage)}; ${compared.has(stage.index) ? 'the one that was weighed has the files that other stages took from it' : 'one of them was weighed'}.`,
  )
  return { images, notBuilt, notes: [...weighed.notes, ...severalNotes] }
}

interface Surroundings {
  readonly stages: readonly PlannedStage[]
  readonly images: ReadonlyMap<number, WeighedImage>
  /** Returns whether a stage is certainly the result that the build used. */
  readonly isSettled: (index: number) => boolean
  readonly reader: Contents
}

/**
 * Returns the first result that agrees with all stages that use it, and whether one of these is certain. Null if no
 * result agrees.
 */
async function usedResult(
  stage: PlannedStage,
  first: WeighedImage,
  { others }: Unconfirmed,
  { stages, images, isSettled, reader }: Surroundings,
): Promise<{ readonly image: WeighedImage; readonly isCompared: boolean } | null> {
  const above: WeighedImage[] = []
  const copied: Digest[] = []
  let isBelowSettled = false
  let isCopiedBySettled = false
  for (const user of stages.slice(stage.index + 1)) {
    const image = images.get(user.index)
    if (image === undefined) continue
    const lineage = lineageOf(user, stages)
    if (lineage.includes(stage)) above.push(image)
    const layers = layersCopiedFrom(stage, user, lineage, stages, image)
    copied.push(...layers)
    if (!isSettled(user.index)) continue
    isBelowSettled ||= lineage.includes(stage)
    isCopiedBySettled ||= layers.length > 0
  }
  const copiedFiles = copiedFilesIn(copied, reader)
  async function* results(): AsyncGenerator<WeighedImage> {
    yield first
    yield* beginningsFor(stage, stages, images)
    if (others) yield* others()
  }
  for await (const image of results()) {
    if (!above.every((upper) => isBelow(image, upper))) continue
    const files = await copiedFiles(image.image.manifest.layers.map(({ digest }) => digest))
    if (files !== 'missing')
      return { image, isCompared: isBelowSettled || (isCopiedBySettled && files === 'contained') }
  }
  return null
}

/** Returns a stage as the layers that those stages begin with that are FROM it. */
function beginningsFor(
  stage: PlannedStage,
  stages: readonly PlannedStage[],
  images: ReadonlyMap<number, WeighedImage>,
): readonly WeighedImage[] {
  return stages.flatMap((child) => {
    const whole = images.get(child.index)
    if (whole === undefined || !whole.steps || parentOf(child, stages) !== stage) return []
    const result = resultOfStage(stage, stages, whole.steps)
    const { boundary, own } = attributeLayers(child, stages, whole)
    const count = whole.indexes.length - own
    if (result?.kind !== 'step' || boundary === null || count < boundary.layers) return []
    const { image, indexes } = whole
    return [
      {
        ...whole,
        image: {
          manifest: { layers: image.manifest.layers.slice(0, count) },
          config: { ...image.config, rootfs: { diff_ids: image.config.rootfs.diff_ids.slice(0, count) } },
          configDigest: null,
          manifestDigest: null,
        },
        result: result.position,
        indexes: indexes.slice(0, count),
      },
    ]
  })
}

/** Returns the layers of an image that `COPY --from` of a stage made. */
function layersCopiedFrom(
  { index }: PlannedStage,
  user: PlannedStage,
  lineage: readonly PlannedStage[],
  stages: readonly PlannedStage[],
  image: WeighedImage,
): readonly Digest[] {
  const lines = new Set(
    lineage.flatMap(({ uses }) =>
      uses.flatMap(({ via, stageIndex, line }) => (via === 'copy' && stageIndex === index ? [line] : [])),
    ),
  )
  if (lines.size === 0) return []
  const { made } = attributeLayers(user, stages, image)
  return image.image.manifest.layers.flatMap(({ digest }, position) => {
    const by = made[position]
    // The text of a heredoc comes from the Dockerfile.
    return by?.keyword === 'COPY' && lines.has(by.line) && !by.text.includes('<<') ? [digest] : []
  })
}

/**
 * Returns whether an image may be the beginning of another one. Layers that were exported with other file times have
 * the same contents.
 */
function isBelow(lower: WeighedImage, upper: WeighedImage): boolean {
  const upperIds = upper.image.config.rootfs.diff_ids
  return lower.image.config.rootfs.diff_ids.every((diffId, position) => {
    if (upperIds[position] === diffId) return true
    const [one, other] = [lower.indexes[position], upper.indexes[position]]
    if (!one || !other) return position < upperIds.length
    if (one.timelessDigest !== null && other.timelessDigest !== null) return one.timelessDigest === other.timelessDigest
    return one.fileBytes === other.fileBytes && one.entries === other.entries
  })
}
