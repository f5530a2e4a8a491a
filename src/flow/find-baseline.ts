/** The baseline of a report: the rungs of the ladder tried in order, until one gives a footprint. */
import { existsSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { baselineLadder, parseBaseline, type Attempt, type BaselineInput } from '../baseline/baseline-choice.ts'
import { contextSources } from '../baseline/context-sources.ts'
import { readChanges } from '../baseline/nothing-changed.ts'
import { openRecordStore, type StoredRecord } from '../baseline/record-store.ts'
import { Cancelled } from '../build/client.ts'
import type { BaselineOrigin } from '../compare/comparison.ts'
import { FootprintError, messageOf } from '../errors.ts'
import type { Footprint } from '../inspect/footprint.ts'
import { readDirectives } from '../plan/directives.ts'
import { extrasOf, obstacleOf, weighBase } from './base-build.ts'
import type { Located } from './locate.ts'
import type { WeighingSubject, WeighingTools } from './weigh.ts'

/** How the user wants a baseline to be found. */
export interface BaselineWish {
  readonly input: BaselineInput
  /** Milliseconds that building the base may take. */
  readonly timeout: number
  /** Null where no records are kept. */
  readonly recordFolder: string | null
  /** Reads what was named: a record or a SOURCE. */
  readonly read: (text: string) => Promise<Footprint>
}

export interface WeighedHead {
  readonly footprint: Footprint
  /** What its base can be built with; null where it is not of one build. */
  readonly rebuild: { readonly subject: WeighingSubject; readonly tools: WeighingTools } | null
  readonly located: Located | { readonly why: string }
}

export interface Baseline {
  readonly found: { readonly footprint: Footprint; readonly origin: BaselineOrigin; readonly sameBuilder: boolean } | null
  /** Sentences: why there is none, or which better ones were passed over. */
  readonly notes: readonly string[]
}

export const noBaseline: Baseline = { found: null, notes: [] }

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

/** @throws Cancelled; whatever else goes wrong is a note */
export async function findBaseline(head: WeighedHead, wish: BaselineWish, signal: AbortSignal): Promise<Baseline> {
  const { input } = wish
  if (input.kind === 'off') return noBaseline
  if (input.kind === 'source' || input.kind === 'path') {
    const reference = input.kind === 'source' ? input.source : input.path
    return readGiven(reference, wish)
  }
  const { located, footprint } = head
  if ('why' in located) return { found: null, notes: [`There is no base commit: ${located.why}.`] }
  const { revisions } = located
  const settings = footprint.revision?.settings ?? ''
  const store = wish.recordFolder === null ? null : openRecordStore(wish.recordFolder)
  const none: StoredRecord = { record: null, notes: [] }
  const name = recordNameOf(footprint)
  const { base, targetBranch } = revisions
  const exact = base && store ? await store.exactly(base.commit, name, settings) : none
  const newest = targetBranch !== null && store ? await store.newestOf(targetBranch, name, settings, revisions.head.commit) : none
  const cannotBuild = base === null || exact.record !== null ? null : head.rebuild === null ? notOneBuild : await obstacleOf(head.rebuild.subject, located)
  const { attempts, passedOver } = baselineLadder({
    input,
    revisions,
    exactRecord: exact.record !== null,
    cannotBuild,
    newestRecord: newest.record === null ? null : { commit: newest.record.revision?.commit ?? null },
  })
  const notes = [...exact.notes, ...newest.notes, ...passedOver]
  for (const attempt of attempts) {
    const tried = await climb(attempt, head, located, { exact: exact.record, newest: newest.record }, wish.timeout, signal)
    if ('why' in tried) notes.push(`The base commit ${(attempt.commit ?? '').slice(0, 7)} could not be weighed: ${tried.why}.`)
    else return { found: { ...tried, origin: attempt }, notes: [...withoutRecordNote(notes, attempt), ...tried.notes] }
  }
  return { found: null, notes }
}

const notOneBuild = 'only a build of one image is repeated for the base, no bake file and no image that exists'

/** That no record is kept is no news where the base was built all the same. */
function withoutRecordNote(notes: readonly string[], { kind }: Attempt): readonly string[] {
  return kind === 'built' ? notes.filter((note) => !note.startsWith('No stored record is of the base commit')) : notes
}

type Climbed = { readonly footprint: Footprint; readonly sameBuilder: boolean; readonly notes: readonly string[] } | { readonly why: string }

async function climb(
  { kind, commit }: Attempt,
  head: WeighedHead,
  located: Located,
  records: { readonly exact: Footprint | null; readonly newest: Footprint | null },
  timeout: number,
  signal: AbortSignal,
): Promise<Climbed> {
  const record = kind === 'record' ? records.exact : kind === 'newest-record' ? records.newest : null
  if (record !== null) return { footprint: record, sameBuilder: false, notes: [] }
  if (commit === null) return { why: 'there is no commit' }
  const { rebuild } = head
  if (rebuild === null) return { why: notOneBuild }
  if (await readsTheSame(rebuild, located, commit))
    return { footprint: head.footprint, sameBuilder: true, notes: ['Nothing that the build reads differs between the two commits, so the base was not built again.'] }
  const weighed = await weighBase(rebuild.subject, located, commit, rebuild.tools, { timeout, signal })
  return 'why' in weighed ? weighed : { ...weighed, sameBuilder: true }
}

/** Whether no file that the build reads differs; then the same builder gives the same image for both. */
async function readsTheSame({ subject }: NonNullable<WeighedHead['rebuild']>, located: Located, commit: string): Promise<boolean> {
  const { git, repository, revisions } = located
  const { source, plan } = subject
  if (repository === null || revisions.head.commit === null || source.kind !== 'local' || source.dockerfilePath === null) return false
  if (subject.build.buildContexts.size > 0) return false
  try {
    const extras = await extrasOf(subject, located)
    if ('why' in extras || extras.gitFolder || extras.more || extras.extras.length > 0) return false
    const objects = await located.objectsOf(commit)
    if ('why' in objects) return false
    const changes = await readChanges({
      repository,
      git,
      context: source.context,
      dockerfilePath: source.dockerfilePath,
      sources: contextSources(
        plan.platforms.flatMap(({ stages }) => stages),
        readDirectives((source.dockerfile ?? '').split('\n')).escape,
      ),
      objects: objects.git,
      base: commit,
      head: revisions.head.commit,
    })
    return changes?.count === 0
  } catch (error) {
    if (error instanceof Cancelled) throw error
    return false
  }
}

/** An image that is not there yet, or a registry that does not answer, takes nothing from the head's figures. */
async function readGiven(reference: string, { read }: BaselineWish): Promise<Baseline> {
  try {
    return givenBaseline(reference, await read(reference))
  } catch (error) {
    if (!(error instanceof FootprintError)) throw error
    return { found: null, notes: [`The baseline ${reference} cannot be read: ${messageOf(error).replace(/\.$/, '')}.`] }
  }
}

/** What somebody named. */
export function givenBaseline(reference: string, footprint: Footprint): Baseline {
  const commit = footprint.revision?.commit ?? null
  return { found: { footprint, origin: { kind: 'given', commit, reference }, sameBuilder: false }, notes: [] }
}
