/** What becomes of a run whose base revision exists, but cannot be built or weighed. */
import { expect, test } from '@jest/globals'
import type { BaselineInput } from '../../src/base/baseline-input.ts'
import {
  baselineOf,
  baselineOfBuilt,
  decide,
  prevented,
  searchBaseline,
  type Baseline,
  type OpenSearch,
} from '../../src/base/find-baseline.ts'
import type { Located } from '../../src/base/locate-revisions.ts'
import { describe as messageOf } from '../../src/errors.ts'
import { makeReport, unmetBaseline } from '../../src/run/make-report.ts'
import { footprintOf, image } from '../support/footprints.ts'

const head = footprintOf([image()])
const named: BaselineInput = { kind: 'revision', revision: 'v1' }
const located: Located = {
  git: () => Promise.reject(new Error('Git was called')),
  repository: null,
  url: null,
  revisions: {
    head: { commit: 'a'.repeat(40), branch: 'topic' },
    base: { commit: 'b'.repeat(40), branch: null, parted: false },
    lost: false,
    targetBranch: null,
    why: 'it is the commit of v1',
  },
  exact: true,
  local: true,
  objectsOf: () => Promise.resolve({ why: 'there is no checkout' }),
}

async function openSearch(input: BaselineInput, required: boolean): Promise<OpenSearch> {
  const search = await searchBaseline(head, located, {
    input,
    required,
    timeout: 1_000,
    recordFolder: null,
    refusal: () => null,
    onBaseBuild: () => undefined,
    read: () => Promise.reject(new Error('a SOURCE was read')),
  })
  if ('baseline' in search) throw new Error('the search is complete')
  return search
}

function unmet(baseline: Baseline): string | null {
  const made = { footprint: head, baseline, rules: null, title: null, reportedByFork: false, dockerfile: null }
  const error = unmetBaseline(baseline, makeReport(made))
  return error && messageOf(error, 'command line')
}

const failed = (search: OpenSearch): Baseline => baselineOfBuilt(search, { why: 'its RUN failed' }, head)
const obstructed = (search: OpenSearch): Baseline =>
  baselineOf(search, decide(search, prevented({ kind: 'standard-input' })), head)
const weighed = (search: OpenSearch): Baseline => baselineOfBuilt(search, { footprint: head, notes: [] }, head)

test.each<[string, (search: OpenSearch) => Baseline, BaselineInput, boolean, string | null]>([
  [
    'a required revision whose build failed',
    failed,
    named,
    true,
    'the base commit bbbbbbb could not be weighed: its RUN failed [WEIGHING_FAILED]',
  ],
  [
    'a required revision that cannot be built',
    obstructed,
    named,
    true,
    'the base commit bbbbbbb was not built: the build reads standard input, which belongs only to the head [WEIGHING_FAILED]',
  ],
  ['a required revision that was weighed', weighed, named, true, null],
  ['a revision named in the action, whose build failed', failed, named, false, null],
  ['auto, whose build failed', failed, { kind: 'auto' }, true, null],
  ['auto, if the base cannot be built', obstructed, { kind: 'auto' }, true, null],
])('says that nothing was compared: %s', async (_, end, input, required, sentence) => {
  expect(unmet(end(await openSearch(input, required)))).toBe(sentence)
})

test('says once that a record was skipped, although it was looked for as that of the commit and as the newest one', async () => {
  const search = await openSearch({ kind: 'auto' }, false)
  const notes = [{ kind: 'record-skipped', file: '1-b-none-c.json', fault: { kind: 'not-a-file' } }] as const
  const searched: OpenSearch = { ...search, exact: { record: null, notes }, newest: { record: null, notes } }
  expect(obstructed(searched).notes.filter(({ kind }) => kind === 'record-skipped')).toEqual(notes)
})
