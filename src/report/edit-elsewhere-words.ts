/** Says what a change did elsewhere so that a COPY or a RUN made other files. Pure. */
import type { PackageChange } from '../compare/packages.ts'
import type { EditElsewhere } from '../compare/edit-elsewhere.ts'
import type { GrowthRow } from './growth-rows.ts'
import { shortenPath } from './escape.ts'
import { listWords } from './list-words.ts'
import { versionWords } from './package-words.ts'
import type { Name } from './sentences.ts'
import { formatCount } from './units.ts'

/** Limits for what a row names. */
const maxStages = 3
const maxLines = 3
const maxInputs = 3

/**
 * Returns words for each stage, such as "stage `build`: line 6 edited, 1 line removed" and "stage `web`: changed files in
 * line 4 (`web/package.json`), changed packages in line 5 (`preact 10.19.6 → 10.26.4`)". If there are many, those that
 * changed most are named, and for the others only the lines and stages.
 */
export function editElsewhereWords(
  row: Pick<GrowthRow, 'editsElsewhere' | 'packages' | 'paths'>,
  name: Name,
  isAll: boolean,
): readonly string[] {
  const isNoReason = noReasonTest(row)
  const untold = row.editsElsewhere.flatMap((edit) => withoutPackages(edit, isNoReason))
  const stages = [...Map.groupBy(untold, ({ stage }) => stage)]
  // One more would take as much space as its name alone.
  const shown = heaviest(stages, isAll || stages.length === maxStages + 1 ? Infinity : maxStages, ([, edits]) =>
    Math.max(...edits.map(weightOf)),
  )
  const others = stages.filter((stage) => !shown.includes(stage)).flatMap(([stage]) => stage ?? [])
  return [
    ...shown.map(([stage, edits]) => {
      const words = wordsOf(edits, name, isAll).join(', ')
      return stage === null ? words : `stage ${name(stage)}: ${words}`
    }),
    ...(others.length === 0
      ? []
      : [`and changes in ${others.length === 1 ? 'stage' : 'stages'} ${firstOf(others.map(name), others.length)}`]),
  ]
}

function wordsOf(edits: readonly EditElsewhere[], name: Name, isAll: boolean): readonly string[] {
  const linesOf = (kind: EditElsewhere['kind']): readonly number[] =>
    edits.flatMap((edit) => (edit.kind === kind ? (edit.line ?? []) : []))
  const removed = edits.filter(({ kind }) => kind === 'removed').length
  const inputs = edits.filter((edit) => edit.kind === 'inputs')
  const shown = heaviest(inputs, isAll || inputs.length === maxInputs + 1 ? Infinity : maxInputs, weightOf)
  const others = inputs.filter((one) => !shown.includes(one)).flatMap(({ line }) => line ?? [])
  const words = [
    ...inLines(linesOf('edited'), 'edited', isAll),
    ...inLines(linesOf('added'), 'new', isAll),
    ...inLines(linesOf('moved'), 'moved', isAll),
    ...linesOf('base').map((line) => `another base image in line ${line}`),
    ...linesOf('moved-base').map((line) => `moved base image in line ${line}`),
    ...(removed === 0 ? [] : [`${formatCount(removed, 'line')} removed`]),
    ...shown.map((one) => inputWords(one, name)),
    ...inLines(others, '', isAll).map((lines) => `and more in ${lines}`),
  ]
  const start = words.length === 0 ? '' : 'and '
  return [...words, ...inLines(linesOf('row'), '', isAll).map((lines) => `${start}what changed in ${lines}`)]
}

/** Returns the heaviest of these, in their order. */
function heaviest<One>(all: readonly One[], count: number, weight: (one: One) => number): readonly One[] {
  const chosen = new Set(all.toSorted((one, other) => weight(other) - weight(one)).slice(0, count))
  return all.filter((one) => chosen.has(one))
}

/** Returns the bytes by which files or packages changed. Those of an edited line are not known. */
function weightOf(edit: EditElsewhere): number {
  if (edit.kind !== 'inputs') return Infinity
  return edit.files?.weight ?? edit.packages.reduce((sum, { growth }) => sum + Math.abs(growth), 0)
}

/** Returns a function for packages that a row names itself, and for modules that its program does not have. */
function noReasonTest({ packages, paths }: Pick<GrowthRow, 'packages' | 'paths'>): (change: PackageChange) => boolean {
  const told = new Set(packages.flatMap((change) => [change, ...change.parts]).map(({ name }) => name))
  const programs = paths.length > 0 ? [] : packages.filter(({ parts }) => parts.length > 0)
  const complete = new Set(programs.map(({ ecosystem }) => ecosystem))
  return ({ name, ecosystem }) => told.has(name) || complete.has(ecosystem)
}

/** Returns an edit without packages that are no reason. Empty if nothing is left. */
function withoutPackages(
  edit: EditElsewhere,
  isNoReason: (change: PackageChange) => boolean,
): readonly EditElsewhere[] {
  if (edit.kind !== 'inputs' || edit.packages.length === 0) return [edit]
  const packages = edit.packages.filter((change) => !isNoReason(change))
  return packages.length === 0 ? [] : [{ ...edit, packages }]
}

function inLines(lines: readonly number[], word: string, isAll: boolean): readonly string[] {
  if (lines.length === 0) return []
  const shown = isAll ? lines : lines.slice(0, maxLines)
  const more = lines.length > shown.length ? ` and ${lines.length - shown.length} more` : ''
  return [`${lines.length === 1 ? 'line' : 'lines'} ${shown.join(', ')}${more} ${word}`.trim()]
}

/** Returns words such as "changed packages in line 5 (`preact 10.19.6 → 10.26.4`, `chart.js 4.4.9 new` and 3 more)". */
function inputWords({ line, files, packages }: EditElsewhere & { readonly kind: 'inputs' }, name: Name): string {
  if (packages.length > 0) {
    // What a maintainer has updated comes before what came with it.
    const updatedFirst = packages.toSorted(
      (one, other) => Number(other.kind === 'updated') - Number(one.kind === 'updated'),
    )
    return `changed packages in line ${line} (${firstOf(
      updatedFirst.map((change) => versionWords(change, name)),
      packages.length,
    )})`
  }
  if (files === null) return `changed files in line ${line}`
  const words = files.files.map(
    ({ path, kind }) => `${name(shortenPath(path, 48))}${kind === 'changed' ? '' : ` ${kind}`}`,
  )
  return `changed files in line ${line} (${firstOf(words, files.isComplete ? files.count : null)})`
}

/**
 * Returns the first words, and how many others there are.
 *
 * @param count null if there may be more than are known
 */
function firstOf(all: readonly string[], count: number | null): string {
  const shown = all.slice(0, maxInputs)
  return listWords(shown, count === null ? null : count - shown.length)
}
