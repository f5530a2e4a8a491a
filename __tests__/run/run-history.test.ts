/** What a run reads of its trend. */
import { describe, expect, test } from '@jest/globals'
import { mkdir, readFile, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { givenBaseline, noBaseline } from '../../src/base/find-baseline.ts'
import { judge } from '../../src/budget/judge.ts'
import { parseBudgets } from '../../src/budget/sources.ts'
import type { BudgetResult } from '../../src/budget/verdict.ts'
import type { Footprint } from '../../src/record/footprint.ts'
import { readHistory, type RunHistory } from '../../src/run/run-history.ts'
import { lineOf } from '../../src/trend/point.ts'
import { folderWith } from '../support/program.ts'
import { hash, pointsOf, recordAt, type CommitOf } from '../support/trend-points.ts'

const linesOf = (commits: readonly CommitOf[]): string => pointsOf(commits).map(lineOf).join('')

/** Weighs the nth commit, with an application of these bytes to pull, for the trend at a place. */
function history(
  place: string,
  {
    app,
    nth = 1,
    adds = true,
    workspace = null,
  }: { app: number; nth?: number; adds?: boolean; workspace?: string | null },
): Promise<RunHistory> {
  return readHistory(recordAt(nth, { app }), noBaseline, null, {
    ...{ place, branches: ['main'], adds, recordFolder: null, workspace },
    checkout: { folder: '/', env: {}, signal: new AbortController().signal },
  })
}

/** Weighs a commit whose point, of an application of 1 MB to pull, is in the trend. */
async function again(app: number, adds: boolean): Promise<RunHistory> {
  await using folder = await folderWith({ 'trend.jsonl': linesOf([{ app: 1_000_000 }]) })
  return await history(join(folder.path, 'trend.jsonl'), { app, adds })
}

test('notes that another image has the same name, and adds no point for it', async () => {
  const { added, notes } = await again(9_000_000, true)
  expect(added).toEqual([])
  expect(notes).toEqual([
    'the trend has app at this commit with 360000000 bytes unpacked instead of 440000000; if two steps build different images, give each its own input name',
  ])
})

test('has no note if a commit is built again with nearly the same size, or if nothing is added', async () => {
  expect((await again(1_000_900, true)).notes).toEqual([])
  expect((await again(9_000_000, false)).notes).toEqual([])
})

test('says that a revision cannot be looked up outside of a Git checkout', async () => {
  await using folder = await folderWith({ 'trend.jsonl': linesOf([{ app: 1_000_000 }]) })
  const footprint = recordAt(2, { app: 2_000_000 })
  const { rules, noise } = parseBudgets(
    [{ kind: 'input', name: 'budgets', text: 'pull growth since v1 <= 1MB' }],
    new Map(),
  )
  const { askEarlier } = await readHistory(
    footprint,
    noBaseline,
    { rules, noise, edited: null, notes: [] },
    {
      ...{ place: folder.path, branches: ['main'], adds: false, recordFolder: null, workspace: null },
      checkout: { folder: '/', env: {}, signal: new AbortController().signal },
    },
  )
  const [judged] = judge(rules, noise, footprint, null, { askEarlier })
  expect(judged).toMatchObject({ outcome: 'not-known', reason: 'v1 cannot be looked up outside of a Git checkout' })
})

describe('a trend of two branches', () => {
  const head: CommitOf = { app: 2_000_000, branch: 'topic' }
  const main: readonly CommitOf[] = [{ app: 1_000_000 }, { app: 1_100_000 }]

  /** Judges growth since a day before the last commit, which is of branch `topic`. */
  async function judged(
    commits: readonly CommitOf[],
    branches: readonly string[],
    baseline: Footprint | null = null,
  ): Promise<BudgetResult | undefined> {
    await using folder = await folderWith({ 'trend.jsonl': linesOf(commits) })
    const now = recordAt(commits.length, head)
    const found = baseline === null ? noBaseline : givenBaseline('base.json', baseline)
    const { askEarlier } = await readHistory(now, found, null, {
      ...{ place: join(folder.path, 'trend.jsonl'), branches, adds: false, recordFolder: null },
      ...{ workspace: null, checkout: { folder: '/', env: {}, signal: new AbortController().signal } },
    })
    const { rules, noise } = parseBudgets(
      [{ kind: 'input', name: 'budgets', text: 'pull growth since 1d <= 1MB' }],
      new Map(),
    )
    return judge(rules, noise, now, null, { askEarlier })[0]
  }

  test('is read where it has earlier commits, and not where it has only the commit that is weighed', async () => {
    const grown = { outcome: 'pass', measured: 900_000 }
    expect(await judged([...main, head], ['topic', 'main'], recordAt(2, main[1]!))).toMatchObject(grown)
    // Without a baseline and a checkout, it is not known where the branch began.
    expect(await judged([...main, head], ['topic'])).toMatchObject({ outcome: 'not-known' })
    expect(await judged([...main, { ...head, branch: 'other' }, head], ['topic'])).toMatchObject({
      outcome: 'not-known',
      reason: 'the trend of branch topic has no points of app (linux/amd64) before this commit',
    })
  })

  test('is read where it has the baseline, also if the other branch has earlier commits', async () => {
    const earlier: CommitOf = { app: 1_900_000, branch: 'topic' }
    const commits = [...main, earlier, head]
    expect(await judged(commits, ['topic', 'main'])).toMatchObject({ measured: 100_000, since: { commit: hash(3) } })
    for (const branches of [
      ['topic', 'main'],
      ['origin/main', 'topic'],
    ])
      expect(await judged(commits, branches, recordAt(2, main[1]!))).toMatchObject({ since: { commit: hash(2) } })
  })
})

describe('a link in the checkout of a workflow', () => {
  /** Calls `use` with a checkout whose commit has links to a trend of somebody else. */
  async function inCheckout(use: (checkout: string, lines: string) => Promise<void>): Promise<void> {
    await using folder = await folderWith({ 'others/trend.jsonl': linesOf([{ app: 1_000_000 }]) })
    const at = (name: string): string => join(folder.path, name)
    await mkdir(at('checkout'))
    await symlink(at('others'), at('checkout/linked'))
    await symlink(at('others/trend.jsonl'), at('checkout/trend.jsonl'))
    await symlink(at('others/new.jsonl'), at('checkout/new.jsonl'))
    await symlink(at('checkout'), at('workspace'))
    await use(at('checkout'), at('others/trend.jsonl'))
  }

  test.each(['trend.jsonl', 'new.jsonl', 'linked', 'linked/', 'linked/trend.jsonl', 'linked/new/'])(
    'is followed neither to read nor to add to a trend: %s',
    async (place) => {
      await inCheckout(async (checkout, lines) => {
        const before = await readFile(lines, 'utf8')
        const found = await history(join(checkout, place), { app: 2_000_000, nth: 2, workspace: checkout })
        expect(found).toMatchObject({ trend: null, latest: null, added: [] })
        expect(found.notes).toEqual([
          expect.stringMatching(
            /^the trend cannot be used: .* is a link in the checkout, and such links are not followed$/,
          ),
        ])
        expect(await readFile(lines, 'utf8')).toBe(before)
      })
    },
  )

  test('is found whichever name of the workspace and of the trend is a link itself', async () => {
    await inCheckout(async (checkout, lines) => {
      const beside = (name: string): string => join(checkout, '..', name)
      await symlink(join(checkout, 'linked'), beside('shortcut'))
      for (const [workspace, place] of [
        [checkout, 'workspace/linked/trend.jsonl'],
        [checkout, 'workspace/trend.jsonl'],
        [beside('workspace'), 'checkout/linked/'],
        [beside('workspace'), 'workspace/linked/trend.jsonl'],
        [checkout, 'shortcut/trend.jsonl'],
      ] as const) {
        const before = await readFile(lines, 'utf8')
        const found = await history(beside(place), { app: 2_000_000, nth: 2, workspace })
        expect([place, found.added, found.notes]).toEqual([
          place,
          [],
          [expect.stringMatching(new RegExp(`: ${checkout}/\\S+ is a link in the checkout`))],
        ])
        expect(await readFile(lines, 'utf8')).toBe(before)
      }
      await symlink('one', beside('two'))
      await symlink('two', beside('one'))
      expect((await history(beside('one/trend.jsonl'), { app: 1, workspace: checkout })).trend).toBeNull()
    })
  })

  test('does not matter for a trend outside of it, or for a workspace that is a link', async () => {
    await inCheckout(async (checkout, lines) => {
      const of = { app: 2_000_000, nth: 2 }
      expect((await history(lines, { ...of, workspace: checkout })).trend?.series[0]?.points).toHaveLength(2)
      const workspace = join(checkout, '../workspace')
      await writeFile(join(checkout, 'own.jsonl'), await readFile(lines))
      expect((await history(join(workspace, 'own.jsonl'), { ...of, workspace })).added).toHaveLength(1)
    })
  })
})
