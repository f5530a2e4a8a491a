/** Says what a change did in the stages that a COPY takes files from. Pure. */
import type { SourceEdit } from '../compare/source-edit.ts'
import type { GrowthRow } from './growth-rows.ts'
import { shortenPath } from './escape.ts'
import { versionWords } from './package-words.ts'
import type { Name } from './sentences.ts'
import { formatCount } from './units.ts'

/** Limits for what a row names. */
const maxStages = 2
const maxLines = 3
const maxInputs = 3

/**
 * Returns words for each stage, such as "stage `build`: line 6 edited, 1 line removed" and "stage `web`: other files in
 * line 4 (`web/package.json`), changed packages in line 5 (`preact 10.19.6 → 10.26.4`)".
 */
export function sourceEditWords(row: Pick<GrowthRow, 'sourceEdits' | 'packages'>, name: Name): readonly string[] {
  const told = new Set(row.packages.flatMap((change) => [change, ...change.parts]).map((one) => one.name))
  const untold = row.sourceEdits.flatMap((edit) => withoutPackages(edit, told))
  return [...Map.groupBy(untold, ({ stage }) => stage)].slice(0, maxStages).map(([stage, edits]) => {
    const linesOf = (kind: SourceEdit['kind']): readonly number[] =>
      edits.flatMap((edit) => (edit.kind === kind ? (edit.line ?? []) : []))
    const removed = edits.filter(({ kind }) => kind === 'removed').length
    const words = [
      ...inLines(linesOf('edited'), 'edited'),
      ...inLines(linesOf('added'), 'new'),
      ...linesOf('base').map((line) => `another base image in line ${line}`),
      ...(removed === 0 ? [] : [`${formatCount(removed, 'line')} removed`]),
      ...edits
        .filter((edit) => edit.kind === 'inputs')
        .slice(0, maxInputs)
        .map((inputs) => inputWords(inputs, name)),
    ]
    return `stage ${name(stage)}: ${words.join(', ')}`
  })
}

/** Returns an edit without packages that the row names itself. Empty if nothing is left. */
function withoutPackages(edit: SourceEdit, told: ReadonlySet<string>): readonly SourceEdit[] {
  if (edit.kind !== 'inputs' || edit.packages.length === 0) return [edit]
  const packages = edit.packages.filter(({ name }) => !told.has(name))
  return packages.length === 0 ? [] : [{ ...edit, packages }]
}

function inLines(lines: readonly number[], word: string): readonly string[] {
  if (lines.length === 0) return []
  const more = lines.length > maxLines ? ` and ${lines.length - maxLines} more` : ''
  return [`${lines.length === 1 ? 'line' : 'lines'} ${lines.slice(0, maxLines).join(', ')}${more} ${word}`]
}

/** Returns words such as "changed packages in line 5 (`preact 10.19.6 → 10.26.4`, `chart.js 4.4.9 new` and 3 more)". */
function inputWords({ line, files, packages }: SourceEdit & { readonly kind: 'inputs' }, name: Name): string {
  if (packages.length > 0) {
    // What a maintainer has updated comes before what came with it.
    const updatedFirst = packages.toSorted(
      (one, other) => Number(other.kind === 'updated') - Number(one.kind === 'updated'),
    )
    return `changed packages in line ${line} (${listed(
      updatedFirst.map((change) => versionWords(change, name)),
      packages.length,
    )})`
  }
  const paths = files?.paths.map((path) => name(shortenPath(path, 48))) ?? []
  return `changed files in line ${line}${files === null ? '' : ` (${listed(paths, files.isComplete ? files.count : null)})`}`
}

/**
 * Returns the first words, and how many others there are.
 *
 * @param count null if there may be more than are known
 */
function listed(all: readonly string[], count: number | null): string {
  const shown = all.slice(0, maxInputs)
  const more =
    count === null ? ' and perhaps others' : count === shown.length ? '' : ` and ${count - shown.length} more`
  return `${shown.join(', ')}${more}`
}
