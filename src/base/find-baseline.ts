/** The baseline of a report: the rungs of the ladder tried in order, until one gives a footprint. */
import { existsSync, statSync } from 'node:fs'
import { join } from 'node:path'
import type { BaselineOrigin } from '../compare/comparison.ts'
import { FootprintError, messageOf } from '../errors.ts'
import type { Footprint } from '../record/footprint.ts'
import type { Unavailable } from '../unavailable.ts'
import { baselineLadder, parseBaseline, type Attempt, type BaselineInput } from './baseline-choice.ts'
import type { TimeLimit } from './build-base.ts'
import type { Located } from './locate-revisions.ts'
import { openRecordStore, type StoredRecord, type WantedRecord } from './record-store.ts'

/** How the user wants a baseline to be found. */
export interface BaselineWish {
  readonly input: BaselineInput
  /** A revision that cannot be found ends the run before anything is built; otherwise the report goes without it. */
  readonly required: boolean
  /** Milliseconds that building the base may take. */
  readonly timeout: number
  /** Null where no records are kept. */
  readonly recordFolder: string | null
  /** Why a commit may not be built in this run; null if it may. */
  readonly refusal: (commit: string) => string | null
  /** Reads what was named: a record or a SOURCE. */
  readonly read: (text: string) => Promise<Footprint>
}

/** How the base revision of what was built is built and weighed. */
export interface Rebuild {
  /** What keeps it from being built, told before anything is made for it; null if nothing does. */
  readonly obstacle: (located: Located) => Promise<string | null>
  /** @throws Cancelled; whatever else goes wrong is a clause */
  readonly weigh: (located: Located, commit: string, limit: TimeLimit) => Promise<WeighedBase>
}

export type WeighedBase = { readonly footprint: Footprint; readonly notes: readonly string[] } | Unavailable

export interface WeighedHead {
  readonly footprint: Footprint
  /** Null where it was not built in this run. */
  readonly rebuild: Rebuild | null
  readonly located: Located | Unavailable
}

export interface Baseline {
  readonly found: {
    readonly footprint: Footprint
    readonly origin: BaselineOrigin
    readonly sameBuilder: boolean
  } | null
  /** Sentences: why there is none, or which better ones were passed over. */
  readonly notes: readonly string[]
  /** What somebody named and nobody can find or read; null where there is no such thing. */
  readonly unmet: FootprintError | null
}

export const noBaseline: Baseline = { found: null, notes: [], unmet: null }

/** `auto`, `none`, a revision, a SOURCE or a record. */
export function parseBaselineWish(text: string): BaselineInput {
  return parseBaseline(text, (path) => {
    try {
      return statSync(path).isFile() || existsSync(join(path, 'oci-layout'))
    } catch {
      return false
    }
  })
}

/** Under which name records of a job are kept. */
export const recordNameOf = ({ images }: Footprint): string => images[0]?.name ?? 'image'

/** The records that one can be compared with. @param repository that it is to be of, whatever it says itself */
export function wantedRecord(footprint: Footprint, repository: string | null): WantedRecord {
  return { repository, name: recordNameOf(footprint), settings: footprint.revision?.settings ?? '' }
}

/** @throws Cancelled; whatever else goes wrong is a note */
export async function findBaseline(head: WeighedHead, wish: BaselineWish, signal: AbortSignal): Promise<Baseline> {
  const { input } = wish
  if (input.kind === 'off') return noBaseline
  if (input.kind === 'source' || input.kind === 'path') {
    const reference = input.kind === 'source' ? input.source : input.path
    return readGiven(reference, wish)
  }
  const { located, footprint } = head
  const unmet = lostRevision(input, located)
  if ('why' in located) return { found: null, notes: [`There is no base commit: ${located.why}.`], unmet }
  const { revisions } = located
  const wanted = wantedRecord(footprint, footprint.revision?.repository ?? null)
  const store = wish.recordFolder === null ? null : openRecordStore(wish.recordFolder)
  const none: StoredRecord = { record: null, notes: [] }
  const { base, targetBranch } = revisions
  const exact = base && store ? await store.exactly(base.commit, wanted) : none
  const newest =
    targetBranch !== null && store ? await store.newestOf(targetBranch, wanted, revisions.head.commit) : none
  const cannotBuild =
    base === null || exact.record !== null
      ? null
      : head.rebuild === null
        ? notBuilt
        : (wish.refusal(base.commit) ?? (await head.rebuild.obstacle(located)))
  const { attempts, passedOver } = baselineLadder({
    input,
    revisions,
    exactRecord: exact.record !== null,
    cannotBuild,
    newestRecord: newest.record === null ? null : { commit: newest.record.revision?.commit ?? null },
  })
  const notes = [...exact.notes, ...newest.notes, ...passedOver]
  for (const attempt of attempts) {
    const tried = await climb(
      attempt,
      head,
      located,
      { exact: exact.record, newest: newest.record },
      { timeout: wish.timeout, signal },
    )
    if ('why' in tried)
      notes.push(`The base commit ${(attempt.commit ?? '').slice(0, 7)} could not be weighed: ${tried.why}.`)
    else
      return {
        found: { ...tried, origin: attempt },
        notes: [...withoutRecordNote(notes, attempt), ...tried.notes],
        unmet: null,
      }
  }
  return { found: null, notes, unmet }
}

/** The revision that somebody named, where there is no such revision; null where there is, or where none was named. */
export function lostRevision(input: BaselineInput, located: Located | Unavailable): FootprintError | null {
  if (input.kind !== 'revision') return null
  if ('why' in located)
    return new FootprintError(
      'UNREADABLE_INPUT',
      (option) => `${option('baseline')} ${input.revision} cannot be found: ${located.why}`,
    )
  const { base, lost, why } = located.revisions
  return base === null && lost
    ? new FootprintError(
        'UNREADABLE_INPUT',
        (option) => `${option('baseline')} was not found: ${why}, and there is no such file either`,
      )
    : null
}

const notBuilt = 'existing images are not built, and neither is their base'

/** That no record is kept is no news where the base was built all the same. */
function withoutRecordNote(notes: readonly string[], { kind }: Attempt): readonly string[] {
  return kind === 'built' ? notes.filter((note) => !note.startsWith('No stored record is of the base commit')) : notes
}

type Climbed =
  { readonly footprint: Footprint; readonly sameBuilder: boolean; readonly notes: readonly string[] } | Unavailable

async function climb(
  { kind, commit }: Attempt,
  { rebuild }: WeighedHead,
  located: Located,
  records: { readonly exact: Footprint | null; readonly newest: Footprint | null },
  limit: TimeLimit,
): Promise<Climbed> {
  const record = kind === 'record' ? records.exact : kind === 'newest-record' ? records.newest : null
  if (record !== null) return { footprint: record, sameBuilder: false, notes: [] }
  if (commit === null) return { why: 'there is no commit' }
  if (rebuild === null) return { why: notBuilt }
  const weighed = await rebuild.weigh(located, commit, limit)
  return 'why' in weighed ? weighed : { ...weighed, sameBuilder: true }
}

/** An image that is not there yet, or a registry that does not answer, takes nothing from the head's figures. */
async function readGiven(reference: string, { read }: BaselineWish): Promise<Baseline> {
  try {
    return givenBaseline(reference, await read(reference))
  } catch (error) {
    if (!(error instanceof FootprintError)) throw error
    const said = messageOf(error).replace(/\.$/, '')
    const unmet = new FootprintError(
      error.code,
      (option) => `${option('baseline')} ${reference} cannot be read: ${error.wording(option)}`,
      { cause: error },
    )
    return { found: null, notes: [`The baseline ${reference} cannot be read: ${said}.`], unmet }
  }
}

/** What somebody named. */
export function givenBaseline(reference: string, footprint: Footprint): Baseline {
  const commit = footprint.revision?.commit ?? null
  return {
    found: { footprint, origin: { kind: 'given', commit, reference }, sameBuilder: false },
    notes: [],
    unmet: null,
  }
}
