/** Why a layer grew, in few words: what the form of the report puts into a cell or on lines of its own. Pure. */
import type { PathGrowth } from '../compare/comparison.ts'
import { digests } from './change-sentences.ts'
import { shortenPath } from './escape.ts'
import type { GrowthRow } from './growth-rows.ts'
import { packageWords } from './package-words.ts'
import type { Name } from './sentences.ts'
import { formatBytes, formatChange } from './units.ts'

/** How many causes of a row are told: more where they are packages, which say more than paths. */
export interface MostCauses {
  readonly packages: number
  readonly paths: number
}

/** In a report with room. */
export const mostCauses: MostCauses = { packages: 5, paths: 3 }

export function causeWords(row: GrowthRow, name: Name, mostCauses: MostCauses): readonly string[] {
  const most = row.packages.length > 0 ? mostCauses.packages : mostCauses.paths
  const causes = causesOf(row)
  const told = causes.slice(0, most).map((cause) => cause.words(name))
  const rest = causes.length - told.length
  const words = [...statusWords(row, name), ...told, ...(rest > 0 && most > 0 ? [`and ${rest} more`] : [])]
  return words.length > 0 ? words : ['other contents']
}

/** What grew or shrank most first. */
function causesOf({
  packages,
  paths,
}: GrowthRow): readonly { readonly growth: number; readonly words: (name: Name) => string }[] {
  return [
    ...packages.map((one) => ({ growth: one.growth, words: (name: Name) => packageWords(one, name) })),
    ...paths.map((path) => ({
      growth: (path.after ?? 0) - (path.before ?? 0),
      words: (name: Name) => pathWords(path, name),
    })),
  ].sort((a, b) => Math.abs(b.growth) - Math.abs(a.growth))
}

function statusWords(row: GrowthRow, name: Name): string[] {
  if (row.kind === 'base') return [baseWords(row, name)]
  return [
    ...(row.status === 'added'
      ? ['new layer']
      : row.status === 'removed'
        ? ['layer removed']
        : row.edited
          ? ['instruction edited']
          : []),
    ...(row.moved ? ['moved to another place'] : []),
    ...(row.cause === 'base-image' ? ['ran again on the moved base image'] : []),
    ...(row.cause === 'drift'
      ? [hasSameContents(row) ? 'same contents, different file times' : 'rebuild drift: same step, different bytes']
      : []),
    ...(row.cause === 'unknown' ? ['this change or rebuild drift, not known which'] : []),
    ...(row.codec === null ? [] : [`${row.codec.before} to ${row.codec.after}: not counted`]),
  ]
}

/** All that differs is when the files were made, and what compression makes of that. */
function hasSameContents({ before, after }: GrowthRow): boolean {
  const digest = before?.timelessDigest ?? null
  return digest !== null && digest === after?.timelessDigest
}

function baseWords({ baseImage, codec }: GrowthRow, name: Name): string {
  const recoded = codec === null ? '' : `, ${codec.before} to ${codec.after}: not counted`
  switch (baseImage?.kind) {
    case 'moved':
      return `moved base image${digests(baseImage, name)}${recoded}`
    case 'edited':
      if (baseImage.before?.reference === baseImage.after?.reference) return `base image edited${recoded}`
      return `FROM edited${baseImage.before ? `, was ${name(baseImage.before.reference)}` : ''}${recoded}`
    case 'same':
    case 'unknown':
    case undefined:
      return `base image, cause not known${recoded}`
  }
}

function pathWords(
  { kind, path, before, after, package: packageName, besidePackages }: PathGrowth,
  name: Name,
): string {
  const told =
    packageName === null
      ? name(shortenPath(kind === 'directory' && !path.endsWith('/') ? `${path}/` : path, 48))
      : `package ${name(packageName)}`
  const shown = besidePackages ? `other files in ${told}` : told
  if (before === null) return `${shown} new, ${formatBytes(after)}`
  if (after === null) return `${shown} gone, was ${formatBytes(before)}`
  return `${shown} ${formatChange(before, after)}`
}
