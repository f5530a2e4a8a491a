/** Packages of the final stage, with their versions before and after. Pure. */
import { comparePackages, type PackageChange } from '../../compare/packages.ts'
import type { LayerLists } from '../../layer/layer-lists.ts'
import { packageKey } from '../../packages/package-key.ts'
import { placeOf } from '../../weigh/replaced-packages.ts'
import { headlineOf } from '../../report/headline.ts'
import type { ImageReport } from '../../report/report.ts'
import { formatBytes, formatCount } from '../../report/units.ts'
import { maxVersionLength } from '../../trend/point.ts'
import { code, foreign, html, nothing, type Html } from '../html.ts'
import type { ImagePart } from '../image-part.ts'
import { placesOf, withoutGapsOfBoth, type LayerPlace, type PlacedPackage, type Places } from './package-places.ts'
import { packagesCaption, type Presence } from './packages-caption.ts'
import { breakOf, bytesCell, growthCell, section, table, type Column } from './parts.ts'

/** Limit for the rows of the table. */
const maxRows = 1_000

/**
 * Kinds of packages that may have no files. The list of such packages in a layer names those of lower layers, too, so a
 * package without bytes in it may have its files below, and is not counted.
 */
const withMetapackages: ReadonlySet<string> = new Set(['deb', 'apk', 'rpm', 'conda'])

interface Row {
  readonly ecosystem: string
  readonly name: string
  readonly before: string | null
  readonly after: string | null
  /** Null if it is not known whether the head has the package. */
  readonly bytes: number | null
  /** Null if nothing was compared, or the growth is not known. */
  readonly growth: number | null
  /** `not-known`: only one side has it, as far as is known, but not all packages of the other side are. */
  readonly kind: PackageChange['kind'] | 'same' | 'not-known'
  readonly copies: { readonly before: Copies; readonly after: Copies }
}

/** How often a side has a package. */
interface Copies {
  readonly count: number
  /** Those that a copy in a higher layer replaces. Their bytes are still shipped. */
  readonly hidden: number
  /** Those whose files a higher layer deletes. Their bytes are still shipped, too. */
  readonly deleted: number
}

/** Returns the section with the packages of the final stage. */
export function packagesOf({ image, comparison }: ImageReport, part: ImagePart, lists: LayerLists | null): Html {
  const final = headlineOf(image)?.final
  if (final === undefined) return nothing
  const places = placesOf(final, comparison?.final ?? null, lists)
  const rows = rowsOf(places, comparison !== null).toSorted(
    (a, b) => Math.abs(b.growth ?? 0) - Math.abs(a.growth ?? 0) || (b.bytes ?? 0) - (a.bytes ?? 0),
  )
  if (rows.length === 0) return nothing
  const isCompared = comparison !== null
  const columns: readonly Column[] = [
    { title: 'Package' },
    { title: 'Kind' },
    ...(isCompared ? [{ title: 'Before' }, { title: 'After' }] : [{ title: 'Version' }]),
    { title: 'Copies', isNumber: true },
    { title: 'Files', isNumber: true, ...(isCompared ? {} : { sorted: 'descending' as const }) },
    ...(isCompared ? [{ title: 'Change', isNumber: true, sorted: 'descending' as const }] : []),
  ]
  const shown = rows.slice(0, maxRows)
  const rest = rows.slice(maxRows)
  const isComplete = places.after.every(({ packages }) => packages?.complete === true && packages.folded.packages === 0)
  const hidden = rows.filter(({ copies }) => copies.after.hidden > 0).length
  const deleted = rows.filter(({ copies }) => copies.after.deleted > 0).length
  const notes = [
    ...(rows.some(({ ecosystem }) => withMetapackages.has(ecosystem))
      ? ['Packages without any bytes in these layers, such as metapackages, are not in the table.']
      : []),
    ...(deleted > 0
      ? [
          `${formatCount(deleted, 'package')} ${deleted === 1 ? 'has' : 'have'} copies that a higher layer deletes. These copies are still shipped, and their bytes count.`,
        ]
      : []),
    ...(hidden > 0
      ? [
          `${formatCount(hidden, 'package')} ${hidden === 1 ? 'has' : 'have'} copies that a higher layer replaces. These copies are still shipped, and their bytes count.`,
        ]
      : []),
    ...(rest.length > 0
      ? [
          `${formatCount(rest.length, 'smaller package')}, ${formatBytes(rest.reduce((sum, { bytes }) => sum + (bytes ?? 0), 0))}, ${rest.length === 1 ? 'is' : 'are'} not in the table.`,
        ]
      : []),
    ...(isComplete
      ? []
      : ['The packages of some layers, such as those of the base image in a record, are not known or not all listed.']),
  ]
  return section(
    `packages-${part.at}`,
    'Packages',
    html`<div class="packages">
        ${table(
          columns,
          shown.map((row) => htmlOf(row, isCompared)),
          { part, sortable: true, stacks: true, caption: packagesCaption(rows.map(presenceOf)) },
        )}
      </div>
      ${notes.map((note) => html`<p class="hint">${note}</p>`)}`,
    html`<p class="hint filtering">
      <label>Filter <input type="search" class="filter" data-filters="packages-${part.at}" /></label>
      <span role="status"></span>
    </p>`,
  )
}

function rowsOf(places: Places, isCompared: boolean): readonly Row[] {
  const { before, after } = places
  // Compared with nothing, each package is new, and all of its copies are combined.
  const now = comparePackages([], after).changes
  const copies = { before: copiesOf(before), after: copiesOf(after) }
  const asRow = (change: PackageChange, growth: number | null, kind: Row['kind']): Row =>
    rowOf(change, growth, kind, copies)
  if (!isCompared) return now.map((one) => asRow(one, null, 'same'))
  const old = comparePackages([], before).changes
  const known = withoutGapsOfBoth(places)
  const { changes } = comparePackages(known.before, known.after)
  const keysOf = (some: readonly PackageChange[]): ReadonlySet<string> => new Set(some.map(packageKey))
  const [changed, inOld, inNow] = [keysOf(changes), keysOf(old), keysOf(now)]
  return [
    ...changes.map((one) => asRow(one, one.growth, one.kind)),
    ...now
      .filter((one) => !changed.has(packageKey(one)))
      .map((one) =>
        inOld.has(packageKey(one))
          ? asRow({ ...one, before: one.after }, 0, 'same')
          : asRow({ ...one, before: null }, null, 'not-known'),
      ),
    ...old
      .filter((one) => !changed.has(packageKey(one)) && !inNow.has(packageKey(one)))
      .map((one) => asRow({ ...one, before: one.after, after: null }, null, 'not-known')),
  ]
}

type CopiesByKey = ReadonlyMap<string, Copies>

function copiesOf(places: readonly LayerPlace[]): CopiesByKey {
  const found = new Map<string, Copies>()
  const lower = new Set<string | null>()
  for (const { packages } of places) {
    const these = packages?.packages ?? []
    for (const one of these) {
      const { count, hidden, deleted } = found.get(packageKey(one)) ?? none
      // A record has no packages of base layers, but names the copy that was replaced.
      const isOver = one.replaces !== undefined || lower.has(pathOf(one) ?? '')
      found.set(packageKey(one), {
        count: count + 1,
        hidden: hidden + (isOver ? 1 : 0),
        deleted: deleted + (one.isDeleted === true ? 1 : 0),
      })
    }
    for (const one of these) lower.add(pathOf(one))
  }
  return found
}

/** Returns the place at which a higher layer replaces a package. Null if there is none, or the path is not known. */
const pathOf = ({ path, ...one }: PlacedPackage): string | null =>
  path === undefined ? null : placeOf({ ...one, path })

const none: Copies = { count: 0, hidden: 0, deleted: 0 }

function presenceOf({ after, kind, copies }: Row): Presence {
  if (isDeleted(copies.after)) return 'deleted'
  return after !== null ? 'there' : kind === 'not-known' ? 'not-known' : 'gone'
}

const isDeleted = ({ count, deleted }: Copies): boolean => count > 0 && count === deleted

function rowOf(
  { ecosystem, name, before, after }: PackageChange,
  growth: number | null,
  kind: Row['kind'],
  copies: { readonly before: CopiesByKey; readonly after: CopiesByKey },
): Row {
  const key = packageKey({ ecosystem, name })
  return {
    ecosystem,
    name,
    before: before && before.versions.join(', '),
    after: after && after.versions.join(', '),
    bytes: kind === 'not-known' && after === null ? null : (after?.fileBytes ?? 0),
    growth,
    kind,
    copies: { before: copies.before.get(key) ?? none, after: copies.after.get(key) ?? none },
  }
}

/** Marks the cells that the filter reads: names, kinds and versions. */
const findable = html` data-findable`

function htmlOf(row: Row, isCompared: boolean): Html {
  const { ecosystem, name, before, after, bytes, growth, kind, copies } = row
  const version = (text: string | null, otherwise: string, of: Copies): Html =>
    html`<td class="${breakOf(text)}" ${text === null || isDeleted(of) ? null : findable}>
      ${isDeleted(of) ? html`<i>deleted</i>` : text === null ? html`<i>${otherwise}</i>` : foreign(text, maxVersionLength)}
    </td>`
  const absent = kind === 'not-known' ? ['not known', 'not known'] : ['new', 'gone']
  const versions = isCompared
    ? html`${version(before, absent[0] ?? '', copies.before)}${version(after, absent[1] ?? '', copies.after)}`
    : version(after, '', copies.after)
  return html`<tr class="${kind}">
    <td${findable}>${code(foreign(name, 100))}</td>
    <td${findable}>${foreign(ecosystem, 20)}</td>
    ${versions}${copiesCell(row, isCompared)}${bytesCell(bytes, 'package')}${isCompared ? growthCell(growth, 'growth') : null}
  </tr> `
}

/** Returns `2`, `1 → 2` or `2, 1 hidden`. New and removed packages are known as such from their versions. */
function copiesCell({ kind, copies: { before, after } }: Row, isCompared: boolean): Html {
  // The sides of an unchanged package may know different lists of its layers.
  const isOther = isCompared && kind !== 'same' && before.count > 0 && after.count > 0 && before.count !== after.count
  const counts = isOther ? `${before.count} → ${after.count}` : String(after.count || '')
  return html`<td class="n" data-k="copies" data-v="${after.count}">
    ${counts}${after.hidden > 0 ? `, ${after.hidden} hidden` : null}${after.deleted > 0 && !isDeleted(after) ? `, ${after.deleted} deleted` : null}
  </td>`
}
