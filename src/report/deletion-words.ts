/** Says which packages of lower layers a layer removes. Pure. */
import type { DeletedCopy, Deletions } from '../compare/comparison.ts'
import { packageLabel } from './package-words.ts'
import type { GrowthRow } from './growth-rows.ts'
import type { Name } from './sentences.ts'
import { formatBytes, formatCount } from './units.ts'

const maxNames = 3

/**
 * Returns words such as `removes jq 1.7 and libjq1 1.7 of line 2, whose 1.20 MB are still shipped` and `no longer removes
 * gcc 14`.
 */
export function deletionWords({ removes, keeps }: Pick<GrowthRow, 'removes' | 'keeps'>, name: Name): readonly string[] {
  return [
    ...(removes ? [`removes ${namesOf(removes, name)}${placeOf(removes)}, ${stillShipped(removes)}`] : []),
    ...(keeps ? [`no longer removes ${namesOf(keeps, name)}`] : []),
  ]
}

function namesOf({ packages, isCut }: Deletions, name: Name): string {
  // One more name takes no more room than to count it.
  const shown = packages.slice(0, packages.length === maxNames + 1 ? maxNames + 1 : maxNames)
  const names = shown.map(({ name: own, version }) => name(packageLabel(own, version)))
  const more = packages.length - shown.length
  if (isCut || more > 0)
    return `${names.join(', ')} and ${isCut ? 'at least ' : ''}${formatCount(more, 'more package')}`
  return names.length === 1 ? names.join('') : `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`
}

/** Returns words such as ` of line 2`. */
function placeOf({ packages }: Deletions): string {
  const placeOfCopy = ({ base, line }: DeletedCopy): string =>
    base ? 'the base image' : line === null ? 'a lower layer' : `line ${line}`
  const places = [...new Set(packages.map(placeOfCopy))]
  return places.length === 1 ? ` of ${places.join('')}` : ' of lower layers'
}

function stillShipped({ packages, isCut }: Deletions): string {
  const bytes = packages.reduce((sum, { fileBytes }) => sum + fileBytes, 0)
  return isCut ? 'whose bytes are still shipped' : `whose ${formatBytes(bytes)} are still shipped`
}
