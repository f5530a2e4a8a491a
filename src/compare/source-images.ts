/** The images that a COPY takes files from, or a RUN mounts, and whether they moved. Pure. */
import { isImage, isPinned, type Reference } from '../dockerfile/stage-references.ts'
import type { Stage } from '../record/footprint.ts'
import type { SourceImage } from './comparison.ts'
import { familiarName, sameReferenceAs } from './given.ts'
import type { LayerPair } from './layer-pair.ts'
import type { Side } from './side.ts'

/** Returns whether an image is another one in the head. Null if that is not known. */
export type MovedTest = (reference: Reference) => boolean | null

/**
 * Returns a test for images of two sides. A digest pins an image. One builder that builds both sides within minutes
 * resolves a tag to the same image. Otherwise the records say which image each build took.
 */
export function movedTest(before: readonly Stage[], after: readonly Stage[], sameBuilder: boolean): MovedTest {
  const [old, now] = [digestsOf(before), digestsOf(after)]
  return ({ via, reference }) => {
    if (isPinned(reference)) return false
    const name = sameReferenceAs(reference)
    const [from, to] = [old.get(name), now.get(name)]
    if (from !== undefined && to !== undefined) return from !== to
    return sameBuilder && via === 'copy' && isImage(reference) ? false : null
  }
}

/** Returns the digest of each image, those of base images included, by the shortest form of its name. */
const digestsOf = (stages: readonly Stage[]): ReadonlyMap<string, string> =>
  new Map(
    stages.flatMap(({ base, uses }) => [
      ...(base === null || base.digest === null ? [] : [[sameReferenceAs(base.reference), base.digest] as const]),
      ...uses.flatMap(({ stage, digest }) => (digest === undefined ? [] : [[sameReferenceAs(stage), digest] as const])),
    ]),
  )

/** What the images of a step are known by. */
export interface ImageSurroundings {
  readonly before: Side
  readonly after: Side
  readonly hasMoved: MovedTest
  /** The named contexts of both sides, by their familiar names. Such a name stands for no image. */
  readonly namedContexts: ReadonlySet<string>
}

/** Returns the images that a step names by a tag. A bare word whose digest is not known may be a context, too. */
export function sourceImages(
  pair: LayerPair,
  { hasMoved, namedContexts, ...sides }: ImageSurroundings,
): readonly SourceImage[] {
  const side = pair.after === null ? sides.before : sides.after
  const text = (pair.after ?? pair.before)?.instruction?.text
  return (text === undefined ? [] : side.inputsOf(text).references).flatMap((reference) => {
    if (isPinned(reference.reference) || side.resolve(reference) !== null) return []
    if (namedContexts.has(familiarName(reference.reference))) return []
    const moved = hasMoved(reference)
    return moved === null && !isImage(reference.reference) ? [] : [{ ...reference, moved }]
  })
}
