import type { Footprint, Image, Layer, Stage } from '../inspect/footprint.ts'
import { escapeTerminal } from './escape.ts'
import { headlineOf } from './headline.ts'
import { formatBytes } from './units.ts'

export interface TerminalOptions {
  readonly width: number
  readonly color: boolean
}

export function renderTerminal(footprint: Footprint, options: TerminalOptions): string {
  const parts = footprint.images.map((image) => renderImage(image, options))
  const notes = (footprint.notes ?? []).map((note) => `Note: ${escapeTerminal(note)}\n`)
  return [...parts, ...notes].join('\n')
}

function renderImage(image: Image, { width, color }: TerminalOptions): string {
  const bold = (text: string): string => (color ? `\u001b[1m${text}\u001b[22m` : text)
  const headline = headlineOf(image)
  const lines = [bold(`${escapeTerminal(image.name)} · ${image.platform.os}/${image.platform.architecture}`), '']
  if (headline) {
    const { final, fat, smaller, addedLayers } = headline
    lines.push(`To pull: ${formatBytes(final.totals.compressedSize)} in ${final.totals.layers} layers`)
    if (fat && smaller !== null)
      lines.push(
        `Unpacked: ${formatBytes(final.totals.uncompressedSize)}, ${(smaller * 100).toFixed(0)} % smaller than stage ${escapeTerminal(fat.name)} (${formatBytes(fat.totals.uncompressedSize)})`,
      )
    if (addedLayers !== null)
      lines.push(
        `Added to ${escapeTerminal(final.base?.reference ?? 'the base')}: ${addedLayers} layers and ${final.totals.metadataOnlySteps ?? 'an unknown number of'} metadata-only steps`,
      )
    lines.push('')
  }
  for (const stage of image.stages) lines.push(...renderStage(stage, width, bold), '')
  for (const stage of image.stagesNotBuilt ?? []) lines.push(`stage ${escapeTerminal(stage.name)}: not built, not needed`)
  return `${lines.join('\n').trimEnd()}\n`
}

function renderStage(stage: Stage, width: number, bold: (text: string) => string): string[] {
  const base = stage.layers.filter((layer) => layer.origin === 'base')
  const row = (toPull: string, unpacked: string, text: string): string =>
    `${toPull.padStart(10)} ${unpacked.padStart(10)}  ${text}`.slice(0, width).trimEnd()
  const total = (layers: readonly Layer[], pick: (layer: Layer) => number | null): number | null =>
    layers.reduce<number | null>((sum, layer) => {
      const value = pick(layer)
      return sum === null || value === null ? null : sum + value
    }, 0)
  return [
    bold(`${stage.role === 'final' ? 'final stage' : 'builder stage'} ${escapeTerminal(stage.name)}`),
    row('to pull', 'unpacked', ''),
    ...(base.length === 0
      ? []
      : [
          row(
            formatBytes(total(base, (layer) => layer.compressedSize)),
            formatBytes(total(base, (layer) => layer.uncompressedSize)),
            `base ${escapeTerminal(stage.base?.reference ?? '')} (${base.length} layers)`,
          ),
        ]),
    ...stage.layers
      .filter((layer) => layer.origin !== 'base')
      .map((layer) =>
        row(
          formatBytes(layer.compressedSize),
          formatBytes(layer.uncompressedSize),
          layer.instruction
            ? `:${layer.instruction.line} ${escapeTerminal(layer.instruction.text.replace(/\s+/g, ' '))}`
            : 'line not known',
        ),
      ),
    row(formatBytes(stage.totals.compressedSize), formatBytes(stage.totals.uncompressedSize), `total, ${stage.totals.layers} layers`),
  ]
}
