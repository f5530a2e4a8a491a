/**
 * Finds out why the files that a COPY takes from another stage differ. A stage may have changed only where the COPY takes
 * nothing, such as in the sources beside an environment that was installed again. Pure.
 */
import { jsonWords, parseInstructions } from '../dockerfile/instructions.ts'
import type { Layer } from '../record/footprint.ts'
import type { Cause, LayerChange } from './comparison.ts'
import { foremost } from './foremost.ts'

/** A layer of the source stage, and why it differs. */
type ComparedLayer = Pick<LayerChange, 'before' | 'after' | 'cause'>

/**
 * Returns why the files differ, or null if they do not. A layer counts unless it certainly has nothing to do with them.
 *
 * @param text the COPY
 * @param whole why the stage as a whole differs
 */
export function causeOfFiles(text: string, layers: readonly ComparedLayer[], whole: Cause | null): Cause | null {
  if (whole === null) return null
  const sources = sourcesOf(text)
  const isKnown = (source: string): boolean =>
    (['before', 'after'] as const).every((side) => layers.some((layer) => isListed(layer[side], source)))
  // A path that is not listed may be a link to other files.
  if (sources === null || !sources.every(isKnown)) return whole
  const found = layers.filter((layer) => sources.some((source) => mayHave(layer, source)))
  return foremost(...found.map(({ cause }) => cause)) ?? whole
}

/** Returns the paths that a COPY names, without slashes around them. Null if one of them has no clear meaning. */
function sourcesOf(text: string): readonly string[] | null {
  const rest = parseInstructions(text).instructions[0]?.rest ?? ''
  const words = (jsonWords(rest) ?? rest.trim().split(/\s+/)).slice(0, -1)
  const paths = words.map((word) => partsOf(word).join('/'))
  return paths.length > 0 && paths.every((path) => /^[\w.@+/-]+$/.test(path) && !path.includes('..')) ? paths : null
}

const isListed = (layer: Layer | null, path: string): boolean =>
  [...(layer?.contents?.directories ?? []), ...(layer?.contents?.files ?? [])].some((one) => one.path === path)

const mayHave = ({ before, after }: ComparedLayer, source: string): boolean =>
  [before, after].some((layer) => layer !== null && mayTouch(layer, source))

/** Returns whether a layer may have a file of this path, or remove one, or put a link in its place. */
function mayTouch({ contents, entries, whiteouts, opaqueWhiteouts, instruction }: Layer, source: string): boolean {
  if (!contents?.complete || whiteouts !== 0 || opaqueWhiteouts !== 0) return true
  const paths = [...contents.directories, ...contents.files].map(({ path }) => path)
  if (paths.some((path) => isWithin(path, source))) return true
  // Other entries are links, and what has no bytes.
  const isWhole = entries === paths.length
  return !isWhole && !isElsewhere(instruction?.text ?? '', paths, source)
}

const isWithin = (path: string, folder: string): boolean => `${path}/`.startsWith(`${folder}/`)

/**
 * Returns whether everything that a COPY brings is certainly in another folder. The paths of its files tell where its
 * target is.
 */
function isElsewhere(text: string, paths: readonly string[], source: string): boolean {
  const { keyword, rest = '' } = parseInstructions(text).instructions[0] ?? {}
  if (keyword !== 'COPY' && keyword !== 'ADD') return false
  const target = partsOf((jsonWords(rest) ?? rest.trim().split(/\s+/)).at(-1) ?? '').at(-1) ?? ''
  if (!/^[\w@+-][\w.@+-]*$/.test(target)) return false
  const targets = paths.filter((path) => partsOf(path).at(-1) === target)
  return targets.length > 0 && !targets.some((path) => isWithin(source, path))
}

const partsOf = (path: string): readonly string[] => path.split('/').filter((part) => part !== '' && part !== '.')
