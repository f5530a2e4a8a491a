/** Helpers for the tests of publishing. */
import type { CommentRequest } from '../../src/publish/comment.ts'
import { connectGitHub } from '../../src/publish/connect-github.ts'
import type { Clock, GitHub } from '../../src/publish/github.ts'
import type { GitHubServer } from './github-server.ts'

export const headA = 'a'.repeat(40)
export const headB = 'b'.repeat(40)

export interface FakeClock extends Clock {
  /** The milliseconds slept in total. */
  readonly slept: () => number
}

/** Sleeps without waiting. */
export function fakeClock(): FakeClock {
  let slept = 0
  return {
    now: () => 1_767_225_600_000 + slept,
    sleep: (milliseconds) => {
      slept += milliseconds
      return Promise.resolve()
    },
    slept: () => slept,
  }
}

export function connect(server: GitHubServer, some: { clock?: Clock; token?: string; timeout?: number } = {}): GitHub {
  return connectGitHub({ token: 'a-token', apiUrl: server.url, clock: fakeClock(), ...some })
}

export function reportOf(server: GitHubServer, some: Partial<CommentRequest> = {}): CommentRequest {
  return {
    github: some.github ?? connect(server),
    repository: { owner: 'owner', repo: 'repository' },
    pullRequest: 7,
    name: 'app',
    mode: 'changes',
    state: 'changed',
    headSha: headA,
    run: { id: 100, attempt: 1 },
    override: null,
    body: 'the report',
    line: 'one line',
    unchangedWords: 'no layer changed',
    ...some,
  }
}
