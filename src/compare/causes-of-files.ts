/**
 * Finds out why the files that a COPY takes from another stage differ. A stage may have changed only where the COPY takes
 * nothing, such as in the sources beside an environment that was installed again. Pure.
 */
import { copiedWords, parseInstructions } from '../dockerfile/instructions.ts'
import type { ContentLists } from '../record/contents.ts'
import type { Layer } from '../record/footprint.ts'
import type { Cause, LayerChange } from './comparison.ts'
import { defaultNoise } from './noise.ts'
import { foremost } from './foremost.ts'
import { growthOf } from './growth.ts'

/** A COPY, and its layers. */
export interface ComparedCopy {
  readonly text: string
  /** Null if the layer was added. */
  readonly before: Layer | null
  /** Null if the layer was removed. */
  readonly after: Layer | null
}

/** A layer of the source stage, and why it differs. */
type ComparedLayer = Pick<LayerChange, 'before' | 'after' | 'cause' | 'moved'>

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
  return cause === 'change' && Math.abs(growthOfOthers(copy, layers)) > defaultNoise ? 'unknown' : cause
}

function foremostOfFiles(copy: ComparedCopy, layers: readonly ComparedLayer[], whole: Cause): Cause | null {
  const tests = contentTests(copy)
  const exact = tests === null ? null : foremost(...layers.filter(tests.mayHave).map(causeOf))
  if (exact !== null && exact !== whole) return exact
  if (tests !== null && layers.some((layer) => causeOf(layer) === whole && tests.has(layer))) return whole
  const named = layers.filter(placeTest(copy.text)).map(causeOf)
  const isOfOthers = named.some((cause) => cause !== null) && !named.includes('change')
  return whole === 'change' && isOfOthers ? 'unknown' : whole
}

/** Lines in another order may leave other files on top, although their layers are the same. */
const causeOf = ({ cause, moved }: ComparedLayer): Cause | null => (moved ? 'change' : cause)

/** Returns the paths that the COPY names, without a slash at their start. Null if it may mean any file. */
function sourcesOf(text: string): readonly string[] | null {
  const rest = parseInstructions(text).instructions[0]?.rest ?? ''
  const words = copiedWords(rest).slice(0, -1)
  const sources = words.map((word) =>
    word
      .split('/')
      .filter((part) => part !== '' && part !== '.')
      .join('/'),
  )
  // A pattern, a variable or the root may mean any file.
  return sources.every((source) => /^[\w.@+/-]+$/.test(source)) ? sources : null
}

/** Returns a test for layers with files below the paths that the COPY names, as far as these are listed. */
function placeTest(text: string): (layer: ComparedLayer) => boolean {
  const sources = sourcesOf(text)
  if (sources === null) return () => true
  return (layer) =>
    sides.some((side) => {
      const { files = [], directories = [] } = layer[side]?.contents ?? {}
      return [...directories, ...files].some(({ path }) => sources.some((source) => isWithin(path, source)))
    })
}

const isWithin = (path: string, folder: string): boolean => `${path}/`.startsWith(`${folder}/`)

/**
 * Returns by how many file bytes a COPY grew through layers that the change did not cause, as far as the lists show it:
 * by the files themselves if those of the COPY are all known, and otherwise by the paths that it names.
 */
function growthOfOthers(copy: ComparedCopy, layers: readonly ComparedLayer[]): number {
  const differing = differingFiles(copy)
  const others = layers.filter((layer) => isWithoutChange(causeOf(layer)))
  if (differing === null) {
    // A path that no layer has may be a link to any.
    const sources = layers.some(placeTest(copy.text)) ? sourcesOf(copy.text) : null
    return others.reduce((sum, layer) => sum + (growthBelow(layer, sources) ?? 0), 0)
  }
  const rest = layers.filter((layer) => causeOf(layer) !== null && !others.includes(layer))
  const bytes = (side: 'before' | 'after'): number => {
    const has = (layer: ComparedLayer, key: string): boolean =>
      layer[side]?.contents?.files.some((file) => keyOf(file) === key) === true
    const mayHave = (layer: ComparedLayer): boolean => layer[side] !== null && isUnclear(layer[side])
    const isOfOthers = (file: File): boolean => {
      const key = keyOf(file)
      if (rest.some((layer) => has(layer, key))) return false
      return others.some((layer) => has(layer, key)) || (others.some(mayHave) && !rest.some(mayHave))
    }
    return differing[side].filter(isOfOthers).reduce((sum, { fileBytes }) => sum + fileBytes, 0)
  }
  return bytes('after') - bytes('before')
}

const isWithoutChange = (cause: Cause | null): boolean => cause === 'drift' || cause === 'base-image'

/** Returns the growth of a layer below these paths, in file bytes. Null if it is not listed. */
function growthBelow({ before, after }: ComparedLayer, sources: readonly string[] | null): number | null {
  if (sources === null) return growthOf(before, after).fileBytes
  const [old, now] = [before, after].map((layer) => (layer === null ? 0 : bytesBelow(layer, sources)))
  return old == null || now == null ? null : now - old
}

function bytesBelow({ contents }: Layer, sources: readonly string[]): number | null {
  const all = [...(contents?.directories ?? []), ...(contents?.files ?? [])]
  const sizes = sources.map(
    (source) => all.find(({ path }) => path === source)?.fileBytes ?? (contents?.complete ? 0 : null),
  )
  return sizes.reduce((sum: number | null, bytes) => (sum === null || bytes === null ? null : sum + bytes), 0)
}

type File = ContentLists['files'][number]

interface ContentTests {
  /** Returns whether a layer may have a file that the COPY has on one side only, or decide about one. */
  readonly mayHave: (layer: ComparedLayer) => boolean
  /** Returns whether the record lists such a file of the layer. */
  readonly has: (layer: ComparedLayer) => boolean
}

interface DifferingFiles {
  readonly before: readonly File[]
  readonly after: readonly File[]
}

/** Returns the files that a COPY has on one side only. Null if they are not all known, or if there are none. */
function differingFiles({ before, after }: ComparedCopy): DifferingFiles | null {
  const [old, now] = [before?.contents, after?.contents]
  if (!old?.complete || !now?.complete) return null
  const differing = { before: filesWithout(old, now), after: filesWithout(now, old) }
  const all = [...differing.before, ...differing.after]
  return all.length === 0 || all.some(({ checksum }) => checksum === undefined) ? null : differing
}

/** Returns tests by the bytes of files, which are the same in the stage. Null if the files are not all known. */
function contentTests(copy: ComparedCopy): ContentTests | null {
  const differing = differingFiles(copy)
  if (differing === null) return null
  const keys = { before: new Set(differing.before.map(keyOf)), after: new Set(differing.after.map(keyOf)) }
  const has = (layer: ComparedLayer): boolean =>
    sides.some((side) => layer[side]?.contents?.files.some((file) => keys[side].has(keyOf(file))) === true)
  return { has, mayHave: (layer) => has(layer) || sides.some((side) => layer[side] !== null && isUnclear(layer[side])) }
}

/** Returns whether a layer may have other files than the record lists, delete something, or put a link in its place. */
function isUnclear({ contents, entries, whiteouts, opaqueWhiteouts }: Layer): boolean {
  if (!contents?.complete || whiteouts !== 0 || opaqueWhiteouts !== 0) return true
  // Other entries are links, and what has no bytes.
  if (entries !== contents.directories.length + contents.files.length) return true
  return contents.files.some((file) => file.checksum === undefined)
}

const keyOf = ({ fileBytes, checksum }: File): string => `${fileBytes} ${checksum ?? ''}`

/** Returns the files that the other lists do not have in the same place with the same bytes. */
function filesWithout({ files }: ContentLists, other: ContentLists): readonly File[] {
  const known = new Set(other.files.map((file) => `${keyOf(file)} ${file.path}`))
  return files.filter((file) => !known.has(`${keyOf(file)} ${file.path}`))
}
