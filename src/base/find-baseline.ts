/** Finds the baseline of a report: what the user named, a stored record, or the base revision weighed in this job. */
import type { BaselineOrigin } from '../compare/comparison.ts'
import { FootprintError, messageOf } from '../errors.ts'
import type { Footprint } from '../record/footprint.ts'
import { firstName } from '../record/lost-targets.ts'
import type { Unavailable } from '../unavailable.ts'
import type { BaselineInput } from './baseline-input.ts'
import type { BaseFailure, BaselineNote, Obstacle } from './baseline-note.ts'
import { decideBase, type BaseDecision, type BaseFacts, type Rebuild } from './decide-base.ts'
import type { Located } from './locate-revisions.ts'
import { lostRevision } from './lost-revision.ts'
import { openRecordStore, type StoredRecord, type WantedRecord } from './record-store.ts'

/** How the user wants a baseline to be found. */
export interface BaselineOptions {
  readonly input: BaselineInput
  /**
   * Whether a revision that cannot be found ends the run before anything is built. Otherwise the report is made without
   * a baseline.
   */
  readonly required: boolean
  /** Time limit for building the base, in milliseconds. */
  readonly timeout: number
  /** Null if no records are kept. */
  readonly recordFolder: string | null
  /** Returns why a commit must not be built in this run, or null if it may be built. */
  readonly refusal: (commit: string) => string | null
  /** Called before the base is built, which may take long. */
  readonly onBaseBuild: (commit: string) => void
  /** Reads what the user named: a record or a SOURCE. */
  readonly read: (text: string) => Promise<Footprint>
}

/** The weighed base revision, or why it could not be weighed. */
export type WeighedBase = { readonly footprint: Footprint; readonly notes: readonly BaselineNote[] } | BaseFailure

/** The result of the search. */
export interface Baseline {
  readonly found: {
    readonly footprint: Footprint
    readonly origin: BaselineOrigin
    readonly sameBuilder: boolean
  } | null
  /** Why there is no baseline, or why a better one could not be used. */
  readonly notes: readonly BaselineNote[]
  /**
   * For a baseline that the user named: the error if it cannot be found or read, or the note that says why a required
   * revision has no figures. Otherwise null.
   */
  readonly unmet: FootprintError | UnweighedNote | null
}

/** Why there are no figures of a revision that exists. */
export type UnweighedNote = Extract<BaselineNote, { readonly kind: 'not-built' | 'not-weighed' }>

/** The result if no baseline is wanted. */
export const noBaseline: Baseline = { found: null, notes: [], unmet: null }

/** Returns the name under which the records of a job are stored. */
export const recordNameOf = (footprint: Footprint): string => firstName(footprint) ?? 'image'

/**
 * Returns a query for the records that a footprint can be compared with.
 *
 * @param repository the repository that they must belong to, whatever the footprint itself says
 */
export function wantedRecord(footprint: Footprint, repository: string | null): WantedRecord {
  return { repository, name: recordNameOf(footprint), settings: footprint.revision?.settings ?? '' }
}

/** What is available for a comparison before anything is built for it. */
export type Search =
  /** The search is complete, and nothing has to be built. */
  { readonly baseline: Baseline } | OpenSearch

/** A search that needs a decision on building the base. */
export interface OpenSearch {
  /** All facts for the decision except `rebuild`. */
  readonly facts: Omit<BaseFacts, 'rebuild'>
  readonly located: Located
  /** The base commit if there is no record of it, or only one that lacks targets. Otherwise null. */
  readonly commit: string | null
  readonly exact: StoredRecord
  readonly newest: StoredRecord
  readonly unmet: FootprintError | null
  /** Whether the user named a revision that must be compared with. */
  readonly required: boolean
}

/** Reads the baseline that the user named, or looks for stored records. */
export async function searchBaseline(
  footprint: Footprint,
  located: Located | Unavailable,
  options: BaselineOptions,
): Promise<Search> {
  const { input } = options
  if (input.kind === 'off') return { baseline: noBaseline }
  if (input.kind === 'source' || input.kind === 'path')
    return { baseline: await readGiven(input.kind === 'source' ? input.source : input.path, options) }
  const unmet = lostRevision(input, located)
  if ('why' in located)
    return { baseline: { found: null, notes: [{ kind: 'no-base-commit', why: located.why }], unmet } }
  const { revisions } = located
  const wanted = wantedRecord(footprint, footprint.revision?.repository ?? null)
  const store = options.recordFolder === null ? null : openRecordStore(options.recordFolder)
  const none: StoredRecord = { record: null, notes: [] }
  const { base, targetBranch } = revisions
  const exact = base && store ? await store.exactly(base.commit, wanted) : none
  const wantedTargets = footprint.images.map(({ name }) => name)
  const lacksTargets = (exact.record?.unweighedTargets ?? []).some((name) => wantedTargets.includes(name))
  const newest =
    targetBranch !== null && store ? await store.newestOf(targetBranch, wanted, revisions.head.commit) : none
  return {
    facts: {
      revisions,
      named: input.kind === 'revision' ? input.revision : null,
      exactRecord: exact.record !== null,
      lacksTargets,
      newestRecord: newest.record === null ? null : { commit: newest.record.revision?.commit ?? null },
    },
    located,
    commit: exact.record === null || lacksTargets ? (base?.commit ?? null) : null,
    exact,
    newest,
    unmet,
    required: options.required && input.kind === 'revision',
  }
}

/** Returns the baseline of existing images. Their base revision is not built. */
export async function baselineOfImages(
  footprint: Footprint,
  located: Located | Unavailable,
  options: BaselineOptions,
): Promise<Baseline> {
  const search = await searchBaseline(footprint, located, options)
  if ('baseline' in search) return search.baseline
  return baselineOf(search, decide(search, prevented({ kind: 'existing-images' })), footprint)
}

/**
 * Decides on the baseline.
 *
 * @param rebuild what is known about building the base commit; ignored if the search has no commit to build
 */
export function decide({ facts, commit }: OpenSearch, rebuild: Rebuild | null): BaseDecision {
  return decideBase({ ...facts, rebuild: commit === null ? null : rebuild })
}

/** Returns the fact that an obstacle prevents the base commit from being built. */
export const prevented = (obstacle: Obstacle): Rebuild => ({ kind: 'prevented', obstacle })

/**
 * Returns the baseline that was decided on, with its figures.
 *
 * @param weighed the footprint of the base if it was built, otherwise that of the head
 */
export function baselineOf(search: OpenSearch, decision: BaseDecision, weighed: Footprint): Baseline {
  const { exact, newest, unmet, required } = search
  // The record of the commit may also be the newest one of the branch.
  const skipped = new Map([...exact.notes, ...newest.notes].map((note) => [note.file, note]))
  const notes = [...skipped.values(), ...decision.notes]
  if (decision.from === 'nothing')
    return { found: null, notes, unmet: unmet ?? (required ? (notes.find(isUnweighed) ?? null) : null) }
  const { from, origin } = decision
  const record = from === 'record' ? exact.record : from === 'newest-record' ? newest.record : null
  return { found: { footprint: record ?? weighed, origin, sameBuilder: record === null }, notes, unmet: null }
}

const isUnweighed = (note: BaselineNote): note is UnweighedNote =>
  note.kind === 'not-built' || note.kind === 'not-weighed'

/** Returns the baseline after the base was built, or after its build failed. */
export function baselineOfBuilt(search: OpenSearch, built: WeighedBase, head: Footprint): Baseline {
  if (!('footprint' in built)) return baselineOf(search, decide(search, { kind: 'failed', failure: built }), head)
  const baseline = baselineOf(search, decide(search, { kind: 'possible' }), built.footprint)
  const isHead = built.notes.some((note) => note.kind === 'targets-with-same-inputs' && note.all)
  const { found } = baseline
  return {
    ...baseline,
    found: found === null || !isHead ? found : { ...found, origin: { ...found.origin, isHead } },
    notes: [...baseline.notes, ...built.notes],
  }
}

// The head's figures are reported even if the named image does not exist yet or its registry does not answer.
async function readGiven(reference: string, { read }: BaselineOptions): Promise<Baseline> {
  try {
    return givenBaseline(reference, await read(reference))
  } catch (error) {
    if (!(error instanceof FootprintError)) throw error
    const why = messageOf(error).replace(/\.$/, '')
    const unmet = new FootprintError(
      error.code,
      (option) => `${option('baseline')} ${reference} cannot be read: ${error.wording(option)}`,
      { cause: error },
    )
    return { found: null, notes: [{ kind: 'unreadable', reference, why }], unmet }
  }
}

/** Returns the baseline for what the user named. */
export function givenBaseline(reference: string, footprint: Footprint): Baseline {
  const commit = footprint.revision?.commit ?? null
  return {
    found: { footprint, origin: { kind: 'given', commit, reference }, sameBuilder: false },
    notes: [],
    unmet: null,
  }
}
