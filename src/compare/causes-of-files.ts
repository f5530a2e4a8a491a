/**
 * Finds out why the files that a COPY takes from another stage differ. A stage may have changed only where the COPY takes
 * nothing, such as in the sources beside an environment that was installed again. Pure.
 */
import type { ContentLists } from '../record/contents.ts'
import type { Layer } from '../record/footprint.ts'
import type { Cause } from './comparison.ts'
import { defaultNoise } from './noise.ts'
import { decidingTest, type DifferingFiles } from './deciding-layers.ts'
import { foremost } from './foremost.ts'
import {
  causeOf,
  growthOfOthersBelow,
  hasOwnFiles,
  isUnlisted,
  isWithoutChange,
  placeTest,
  sourcesOf,
  type ComparedLayer,
  type CopyLayer,
} from './growth-of-others.ts'
import { growthOf } from './growth.ts'
import { keyOf, type File } from './listed-file.ts'

/** A COPY, and its layers. */
export interface ComparedCopy {
  readonly text: string
  /** Null if the layer was added. */
  readonly before: Layer | null
  /** Null if the layer was removed. */
  readonly after: Layer | null
}

const sides = ['before', 'after'] as const

/**
 * Returns why the files differ, or null if they do not.
 *
 * If the lists of the COPY are complete, the layers without any of the files that differ certainly do not count. Paths
 * show less: a link may lead elsewhere. So if nothing but its paths speaks against the change, the cause is unknown. It is
 * unknown, too, if one layer has what the change did and what grew without it, because a layer has one cause.
 *
 * @param whole why the stage as a whole differs
 */
export function causeOfFiles(copy: ComparedCopy, layers: readonly ComparedLayer[], whole: Cause | null): Cause | null {
  // The cause may also be a setting, or the name of the base image.
  if (whole === null || !layers.map(causeOf).includes(whole)) return whole
  const cause = foremostOfFiles(copy, layers, whole)
  if (cause !== 'change') return cause
  // If the lists do not show what grew without the change, it may be all.
  const others = growthOfOthers(copy, layers) ?? growthOf(copy.before, copy.after).fileBytes ?? 0
  return Math.abs(others) > defaultNoise ? 'unknown' : cause
}

function foremostOfFiles(copy: ComparedCopy, layers: readonly ComparedLayer[], whole: Cause): Cause | null {
  const mayHave = contentTest(copy, layers)
  const exact = mayHave === null ? null : foremost(...layers.filter(mayHave).map(causeOf))
  if (exact !== null && exact !== whole) return exact
  // The change may have copied the same file elsewhere.
  const named = layers.filter(placeTest(sourcesOf(copy.text))).map(causeOf)
  // Of a base image, no record lists files.
  const mayBeOfBase =
    named.length === 0 &&
    layers.some((layer) => causeOf(layer) === 'base-image' && isUnlisted(layer)) &&
    !layers.some((layer) => causeOf(layer) === 'change' && isUnlisted(layer))
  const isOfOthers = mayBeOfBase || (named.some((cause) => cause !== null) && !named.includes('change'))
  return whole === 'change' && isOfOthers ? 'unknown' : whole
}

/**
 * Returns by how many file bytes a COPY grew through layers that the change did not cause, as far as the lists show it:
 * by the files themselves if those of the COPY are all known, and otherwise by the paths that it names. Null if they do not.
 */
function growthOfOthers(copy: ComparedCopy, layers: readonly ComparedLayer[]): number | null {
  const differing = differingFiles(copy)
  if (differing === null) {
    const of = (layer: Layer | null): CopyLayer | null => (layer === null ? null : { text: copy.text, layer })
    return growthOfOthersBelow(sourcesOf(copy.text), layers, () => hasOwnFiles(of(copy.before), of(copy.after), layers))
  }
  const others = layers.filter(isWithoutChange)
  const rest = layers.filter((layer) => causeOf(layer) !== null && !others.includes(layer))
  const mayDecide = decidingTest(copy.text, differing, layers)
  const bytes = (side: 'before' | 'after'): number => {
    const has = (layer: ComparedLayer, key: string): boolean =>
      layer[side]?.contents?.files.some((file) => keyOf(file) === key) === true
    const mayHave = (layer: ComparedLayer): boolean => layer[side] !== null && mayDecide(layer)
    const isOfOthers = (file: File): boolean => {
      const key = keyOf(file)
      if (rest.some((layer) => has(layer, key))) return false
      return others.some((layer) => has(layer, key)) || (others.some(mayHave) && !rest.some(mayHave))
    }
    return differing[side].filter(isOfOthers).reduce((sum, { fileBytes }) => sum + fileBytes, 0)
  }
  return bytes('after') - bytes('before')
}

/** Returns the files that a COPY has on one side only. Null if they are not all known, or if there are none. */
function differingFiles({ before, after }: ComparedCopy): DifferingFiles | null {
  const [old, now] = [before?.contents, after?.contents]
  if (!old?.complete || !now?.complete) return null
  const differing = { before: filesWithout(old, now), after: filesWithout(now, old) }
  const all = [...differing.before, ...differing.after]
  return all.length === 0 || all.some(({ checksum }) => checksum === undefined) ? null : differing
}

/**
 * Returns a test for layers that may have a file that the COPY has on one side only, or decide about one. Files are the
 * same in the stage if their bytes are. Null if the files are not all known.
 */
function contentTest(copy: ComparedCopy, layers: readonly ComparedLayer[]): ((layer: ComparedLayer) => boolean) | null {
  const differing = differingFiles(copy)
  if (differing === null) return null
  const keys = { before: new Set(differing.before.map(keyOf)), after: new Set(differing.after.map(keyOf)) }
  const has = (layer: ComparedLayer): boolean =>
    sides.some((side) => layer[side]?.contents?.files.some((file) => keys[side].has(keyOf(file))) === true)
  const mayDecide = decidingTest(copy.text, differing, layers)
  return (layer) => has(layer) || mayDecide(layer)
}

/** Returns the files that the other lists do not have in the same place with the same bytes. */
function filesWithout({ files }: ContentLists, other: ContentLists): readonly File[] {
  const known = new Set(other.files.map((file) => `${keyOf(file)} ${file.path}`))
  return files.filter((file) => !known.has(`${keyOf(file)} ${file.path}`))
}
