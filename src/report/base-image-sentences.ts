/** The sentence about the base images of all stages. Pure. */
import type { BaseImageChange, Comparison, ImageComparison, LayerChange, SourceImage } from '../compare/comparison.ts'
import { baseImagePhrase, movedSources, perhapsMovedSources } from './cause-sentences.ts'
import { maxNames } from './change-sentences.ts'
import { hasUnbuiltStages } from './drift-sentence.ts'
import type { Name } from './sentences.ts'

/** Returns whether base images of any stage moved. Null if no stage was compared. */
export function baseImagesSentence(comparison: Comparison, name: Name): string | null {
  const bases = comparison.images
    .flatMap(({ stages }) => stages)
    .filter(({ kind }) => kind === 'matched')
    .map(({ baseImage }) => baseImage)
  if (bases.length === 0) return null
  const stages = comparison.images.flatMap((image) => image.stages)
  const references = new Set(bases.flatMap(({ kind, after }) => (kind === 'moved' && after ? [after.reference] : [])))
  const sources = movedSources(stages).filter(({ reference }) => !references.has(reference))
  const open = openSourcesWords(perhapsMovedSources(stages), name)
  const moved = new Set([
    ...bases.flatMap((base) => baseImageWords(base, name)),
    ...sources.map(
      ({ reference, via }) =>
        `${name(reference)}, which ${via === 'copy' ? 'a COPY takes files from' : 'a RUN mounts'}, moved`,
    ),
  ])
  const shown = [...moved].slice(0, maxNames)
  const rest = moved.size - shown.length
  if (shown.length > 0) return `Base images: ${shown.join(', ')}${rest === 0 ? '' : `, and ${rest} more`}${open}.`
  if (!bases.some(({ kind }) => kind === 'unknown'))
    return `Base images: the same${comparison.images.some(hasUnbuiltStages) ? ' in the stages that were compared' : ''}${open}.`
  return `Base images: not known whether they are the same${sharedLayersWords(comparison.images)}.`
}

/** Returns words for images that no record has the digest of. Empty if there are none. */
function openSourcesWords(sources: readonly SourceImage[], name: Name): string {
  if (sources.length === 0) return ''
  const names = sources
    .slice(0, maxNames)
    .map(({ reference }) => name(reference))
    .join(', ')
  const rest = sources.length > maxNames ? ` and ${sources.length - maxNames} more` : ''
  return `; not known whether ${names}${rest} moved, which ${sources.length === 1 ? 'a step takes' : 'steps take'} files from`
}

/** Returns what is certain about the lowest layers of the final stage, if there is only one image. */
function sharedLayersWords(images: readonly ImageComparison[]): string {
  const [only, ...more] = images
  const layers = only?.final.layers ?? []
  if (more.length > 0 || layers.length === 0) return ''
  const first = layers.findIndex(({ moved, ...layer }) => moved || !isSame(layer))
  const count = first === -1 ? layers.length : first
  if (count === 0) return ', but the lowest layer is another one'
  return `, but the lowest ${count === 1 ? 'layer is' : `${count} layers are`}`
}

/** Returns whether a layer has the same contents on both sides, perhaps compressed again. */
const isSame = ({ kind, before, after }: Pick<LayerChange, 'kind' | 'before' | 'after'>): boolean =>
  kind === 'same' || (before !== null && before.diffId === after?.diffId)

function baseImageWords(base: BaseImageChange, name: Name): string[] {
  const phrase = baseImagePhrase(base, name)
  return phrase === null ? [] : [`${base.after ? name(base.after.reference) : 'not known'} ${phrase}`]
}
