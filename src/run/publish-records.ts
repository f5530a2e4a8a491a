/**
 * `mode: publish`: makes one report from the records of other jobs. Nothing is built, and no text of the records is
 * trusted.
 */
import type { BaselineNote } from '../base/baseline-note.ts'
import { wantedRecord, type Baseline } from '../base/find-baseline.ts'
import { openRecordStore } from '../base/record-store.ts'
import type { BaselineOrigin } from '../compare/comparison.ts'
import { FootprintError, messageOf } from '../errors.ts'
import { readRecords } from '../publish/read-job-records.ts'
import type { Footprint } from '../record/footprint.ts'
import { withDisplayNames, joinFootprints, withUniqueNames, type NamedRecord } from './unique-names.ts'

/** The records of other jobs that could be read. */
export interface CollectedRecords {
  readonly records: readonly NamedRecord[]
  /** Plain sentences about what was left out, and why. */
  readonly problems: readonly string[]
}

/**
 * Reads the records of other jobs.
 *
 * @param patterns paths and globs
 * @throws FootprintError UNREADABLE_INPUT if no record can be read
 */
export async function collectRecords(
  patterns: readonly string[],
  workspace: string,
  folders: readonly string[],
): Promise<CollectedRecords> {
  if (patterns.length === 0)
    throw new FootprintError('USAGE', 'mode publish needs the input records: paths or globs of records, one per line')
  const { records, problems } = await readRecords(patterns.join('\n'), workspace, folders)
  const [first] = problems
  if (records.length === 0) throw first ?? new FootprintError('UNREADABLE_INPUT', 'no record was found')
  return { records: withUniqueNames(records), problems: problems.map((problem) => messageOf(problem, 'action')) }
}

/** The base of a pull request. Both values come from GitHub. */
export interface StoredBase {
  readonly commit: string
  readonly branch: string
}

/** Where stored records are, and which of them are used. */
export interface KeptRecords {
  /** Null if there is no folder for records. */
  readonly recordFolder: string | null
  /** As in `Revision`. Only records of this repository are used. */
  readonly repository: string | null
}

/**
 * Returns the stored record of the base commit for each record, or otherwise the newest one of the branch. Only records
 * that trusted runs stored are used, never what the records say about themselves.
 */
export async function storedBaseline(
  records: readonly NamedRecord[],
  base: StoredBase | null,
  { recordFolder, repository }: KeptRecords,
): Promise<Baseline> {
  if (base === null)
    return { found: null, notes: [{ kind: 'no-base-commit', why: 'no pull request is known' }], unmet: null }
  if (recordFolder === null) return { found: null, notes: [{ kind: 'no-record-folder' }], unmet: null }
  const store = openRecordStore(recordFolder)
  const notes: BaselineNote[] = []
  const found: Footprint[] = []
  let exact = true
  for (const named of records) {
    const { footprint } = named
    const wanted = wantedRecord(footprint, repository)
    const same = await store.exactly(base.commit, wanted)
    const { record, notes: skipped } = same.record ? same : await store.newestOf(base.branch, wanted, null)
    notes.push(...skipped)
    if (record === null) notes.push({ kind: 'no-record-of-branch', branch: base.branch, name: wanted.name })
    else {
      exact &&= same.record !== null
      found.push(withDisplayNames(record, [named]))
    }
  }
  if (found.length === 0) return { found: null, notes, unmet: null }
  const origin: BaselineOrigin = {
    kind: exact ? 'record' : 'newest-record',
    commit: exact ? base.commit : null,
    reference: base.branch,
  }
  return { found: { footprint: joinFootprints(found), origin, sameBuilder: false }, notes, unmet: null }
}
