/** Which runs add to a trend, and where it is. */
import { describe, expect, test } from '@jest/globals'
import { recordedRevision } from '../../src/base/recorded-revision.ts'
import { eventRule, type RunEvent } from '../../src/git/event-rule.ts'
import type { Places } from '../../src/inputs/places.ts'
import { githubRunOf } from '../../src/run/github-run.ts'
import type { HistoryRequest } from '../../src/run/run-history.ts'
import { historyRequestOf } from '../../src/run/trend-place.ts'
import { footprintOf } from '../support/footprints.ts'

const [sha, other] = ['a'.repeat(40), 'b'.repeat(40)]
const repository = { default_branch: 'main' }
const side = (ref: string): unknown => ({ sha, ref })
const env = { GITHUB_REPOSITORY: 'octo/app', GITHUB_WORKSPACE: '/checkout' }
const places: Places = { cacheFolder: '/home/x/cache', tempFolders: [], dockerConfigFolder: null, warnings: [] }

const eventOf = (name: string, payload: Readonly<Record<string, unknown>> = {}, ref = 'refs/heads/main'): RunEvent => ({
  ...{ name, ref, sha, given: null },
  payload: { repository, ...payload },
})

interface Weighed {
  /** The commit that was weighed. */
  readonly commit?: string
  readonly exact?: boolean
  readonly isOwn?: boolean
  readonly wish?: string
  readonly cacheFolder?: string | null
  readonly env?: Readonly<Record<string, string>>
}

/** Returns the request of a run that weighed a commit, with the revision that its record has. */
function requestOf(event: RunEvent, weighed: Weighed = {}): HistoryRequest | null {
  const { commit = sha, exact = true, isOwn = true, wish = 'auto', cacheFolder = places.cacheFolder } = weighed
  const surroundings = weighed.env ?? env
  const head = { commit, branch: eventRule(event).headBranch }
  const revision = recordedRevision({ event, head, exact, repository: 'github.com/octo/app' })
  const footprint = { ...footprintOf([]), revision: { ...revision, weighedAt: 0, settings: '' } }
  const run = githubRunOf(surroundings, event, { ...places, cacheFolder })
  const signal = new AbortController().signal
  return historyRequestOf(wish, footprint, run, { env: surroundings, signal, recordFolder: null, isOwn })
}

const push = (ref: string): RunEvent => eventOf('push', { ref, before: other }, ref)
const pullRequest = { pull_request: { head: side('main'), base: side('main') } }

describe('a run adds to the trend', () => {
  test.each<[string, RunEvent, Weighed]>([
    ['a push to the default branch', push('refs/heads/main'), {}],
    ['a schedule', { ...eventOf('schedule'), payload: {} }, {}],
    ['a run by hand on the default branch', eventOf('workflow_dispatch'), {}],
  ])('%s', (_, event, weighed) => {
    expect(requestOf(event, weighed)).toMatchObject({ adds: true, workspace: '/checkout' })
  })
})

describe('a run only reads the trend', () => {
  test.each<[string, RunEvent, Weighed]>([
    ['a push to another branch', push('refs/heads/topic'), {}],
    ['a tag with the name of the default branch', push('refs/tags/main'), {}],
    ['a run by hand on another branch', eventOf('workflow_dispatch', {}, 'refs/heads/topic'), {}],
    ['a pull request from a branch called main', eventOf('pull_request', pullRequest, 'refs/pull/1/merge'), {}],
    ['the same with the rights of the base', eventOf('pull_request_target', pullRequest), {}],
    [
      'a merge queue',
      eventOf('merge_group', {
        merge_group: {
          base_sha: other,
          base_ref: 'refs/heads/main',
          head_ref: 'refs/heads/gh-readonly-queue/main/pr-1',
        },
      }),
      {},
    ],
    ['a comment for which another commit is checked out', eventOf('issue_comment'), { commit: other }],
    ['a finished workflow for which another commit is checked out', eventOf('workflow_run'), { commit: other }],
    ['a push with changes that are not committed', push('refs/heads/main'), { exact: false }],
    ['records of other jobs', push('refs/heads/main'), { isOwn: false }],
    ['an event that does not name the default branch', { ...push('refs/heads/main'), payload: {} }, {}],
  ])('%s', (_, event, weighed) => {
    expect(requestOf(event, weighed)).toMatchObject({ adds: false })
  })

  test('a pull request reads that of its target branch', () => {
    expect(requestOf(eventOf('pull_request', pullRequest, 'refs/pull/1/merge'))?.branches).toEqual(['main'])
  })
})

describe('the place', () => {
  const main = push('refs/heads/main')

  test('is a folder of the repository in the cache folder, and not in the checkout', () => {
    expect(requestOf(main)?.place).toMatch(/^\/home\/x\/cache\/trend\/github-com-octo-app-[0-9a-f]{16}\/$/)
  })

  test.each([
    ['trend.jsonl', '/checkout/trend.jsonl'],
    ['trend/', '/checkout/trend/'],
    ['/data/trend/', '/data/trend/'],
  ])('for %s is %s', (wish, place) => {
    expect(requestOf(main, { wish })?.place).toBe(place)
  })

  test.each<[string, Weighed]>([
    ['with none', { wish: 'none' }],
    ['if nothing is kept', { cacheFolder: null }],
    ['if the repository is not known, since several may share the folder', { env: {} }],
  ])('is nowhere %s', (_, weighed) => {
    expect(requestOf(main, weighed)).toBeNull()
  })
})
