import type { Footprint, Image, Stage } from '../inspect/footprint.ts'
import { escapeMarkdown } from './escape.ts'
import { headlineOf } from './headline.ts'
import { formatBytes } from './units.ts'

export interface MarkdownOptions {
  readonly title?: string
}

export function renderMarkdown(footprint: Footprint, { title }: MarkdownOptions = {}): string {
  return footprint.images.map((image) => renderImage(image, title ?? image.name)).join('\n')
}

function renderImage(image: Image, title: string): string {
  const headline = headlineOf(image)
  const lines = [`### Stage Footprint · ${escapeMarkdown(title)}`, '']
  if (headline) {
    const { final, fat, smaller } = headline
    lines.push(`**To pull: ${formatBytes(final.totals.compressedSize)}, unpacked ${formatBytes(final.totals.uncompressedSize)}**`, '')
    lines.push('|  | layers | to pull | unpacked |', '| --- | ---: | ---: | ---: |')
    if (fat)
      lines.push(`| Fat: ${on(fat)} | ${layers(fat)} | not shipped | ${formatBytes(fat.totals.uncompressedSize)} |`)
    lines.push(
      `| **Slim: ${on(final)}** | **${layers(final)}** | **${formatBytes(final.totals.compressedSize)}** | **${formatBytes(final.totals.uncompressedSize)}** |`,
    )
    if (fat && smaller !== null)
      lines.push(`| Slim is | ${fat.totals.layers - final.totals.layers} fewer |  | **${(smaller * 100).toFixed(0)} % smaller** |`)
    lines.push('')
  }
  return `${lines.join('\n')}\n`
}

function on(stage: Stage): string {
  const base = stage.base ? ` on ${escapeMarkdown(stage.base.reference)}` : ''
  return `${stage.role === 'final' ? 'final stage' : 'stage'} ${escapeMarkdown(stage.name)}${base}`
}

function layers({ totals }: Stage): string {
  if (totals.baseLayers === null) return String(totals.layers)
  return `${totals.layers} = ${totals.baseLayers} base + ${totals.layers - totals.baseLayers} added`
}
