/** What could be saved in the final stage, as rows that every form of the report lays out in its own way. Pure. */
import { defaultNoise } from '../budget/sources.ts'
import { cacheNames } from '../filesystem/caches.ts'
import type { Cache, Layer, Stage, WasteItem } from '../record/footprint.ts'
import { formatBytes, formatCount } from './units.ts'

export interface SavingsRow {
  readonly fileBytes: number
  /** Foreign text, not escaped. */
  readonly path: string
  /** Words of our own about it. */
  readonly words: string
  /** The layer to change; null where the record does not tell. */
  readonly layer: Layer | null
}

export interface SavingsReport {
  /** Of the whole stage. Bytes. */
  readonly wasteBytes: number
  /** Of it, what this Dockerfile does not decide on; null where the base is not known. Bytes. */
  readonly baseBytes: number | null
  /** Hidden bytes, heaviest first; without those of 1 kB and less, where there are heavier ones. */
  readonly waste: readonly SavingsRow[]
  /** Bytes that are hidden and in no row. */
  readonly otherBytes: number
  /** Caches that are in the final file system, in the same way. */
  readonly caches: readonly SavingsRow[]
  /** Of all caches, also of those too small for a row. Bytes. */
  readonly cacheBytes: number
}

/** Null where nothing is known, or nothing could be saved by what this Dockerfile does. */
export function savingsOf(stage: Stage): SavingsReport | null {
  const { waste } = stage
  if (!waste) return null
  const baseBytes = waste.baseFileBytes
  const caches = (stage.caches ?? [])
    .filter(({ addedBy }) => stage.layers[addedBy]?.origin !== 'base')
    .map((cache) => cacheRow(cache, stage.layers))
  const items = waste.items.filter(isWorthARow)
  const listed = items.reduce((sum, { fileBytes }) => sum + fileBytes, 0)
  const ownBytes = waste.fileBytes - (baseBytes ?? 0)
  if (ownBytes <= 0 && caches.length === 0) return null
  return {
    wasteBytes: waste.fileBytes,
    baseBytes,
    waste: items.map((item) => wasteRow(item, stage.layers)),
    otherBytes: Math.max(0, ownBytes - listed),
    caches: caches.filter(isWorthARow),
    cacheBytes: caches.reduce((sum, { fileBytes }) => sum + fileBytes, 0),
  }
}

/** The heaviest always is. */
const isWorthARow = ({ fileBytes }: { readonly fileBytes: number }, position: number): boolean =>
  position === 0 || fileBytes > defaultNoise

/** The sums, in sentences. */
export function savingsSentence({ wasteBytes, baseBytes, cacheBytes }: SavingsReport): string {
  const own = wasteBytes - (baseBytes ?? 0)
  const hidden =
    own > 0
      ? `Layers hold ${formatBytes(own)} of files that later layers delete or replace: these are shipped and never seen.`
      : 'No layer of this Dockerfile deletes or replaces files of an earlier one.'
  const ofBase =
    baseBytes !== null && baseBytes > 0
      ? ` Layers of the base image hide ${formatBytes(baseBytes)} more of each other.`
      : ''
  const kept = cacheBytes > 0 ? ` Caches in the final files take ${formatBytes(cacheBytes)}.` : ''
  return `${hidden}${ofBase}${kept}`
}

export function otherWords({ otherBytes }: SavingsReport): string | null {
  return otherBytes > 0 ? `${formatBytes(otherBytes)} in other paths` : null
}

function wasteRow(
  { path, kind, files, fileBytes, sameSizeBytes, addedBy, hiddenBy }: WasteItem,
  layers: Stage['layers'],
): SavingsRow {
  const count = kind === 'directory' ? `${formatCount(files, 'file')}, ` : ''
  const again = sameSizeBytes > 0 && sameSizeBytes === fileBytes
  const by =
    addedBy === hiddenBy
      ? 'its own layer has the path twice'
      : again
        ? `replaced by ${files === 1 ? 'a file' : 'files'} of the same size`
        : 'deleted or replaced'
  return {
    fileBytes,
    path: shown(path),
    words: `${count}${by}${addedBy === hiddenBy ? '' : `, added by ${addedWords(layers[addedBy])}`}`,
    layer: layers[hiddenBy] ?? null,
  }
}

function addedWords(layer: Layer | undefined): string {
  if (!layer) return 'an unknown layer'
  if (layer.origin === 'base') return 'the base image'
  const line = layer.instruction?.line ?? null
  return line === null ? 'an earlier layer' : `line ${line}`
}

function cacheRow({ name, path, files, fileBytes, addedBy }: Cache, layers: Stage['layers']): SavingsRow {
  // A record may come from anywhere, so the name is foreign too.
  const known = cacheNames.has(name) ? name : 'cache'
  return {
    fileBytes,
    path: path === '__pycache__' ? path : shown(path),
    words: `${known}, ${formatCount(files, 'file')}`,
    layer: layers[addedBy] ?? null,
  }
}

const shown = (path: string): string => `/${path}`
