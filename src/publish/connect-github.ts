/**
 * GitHub's API, with patience: what only reads is asked again after passing faults. What writes is never sent again
 * here, since a request without an answer may have worked; who writes looks first (`comment.ts`).
 */
import { getOctokit } from '@actions/github'
import * as v from 'valibot'
import { faultOf, isPassing, type Fault } from './faults.ts'
import type { Clock, GitHub, GitHubOptions } from './github.ts'

const systemClock: Clock = {
  now: () => Date.now(),
  sleep: (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds)),
}

/** All waiting of one run together, in milliseconds: a minute, which GitHub likes to ask for, and some tries before. */
const patience = 75_000
const mostAttempts = 5

export function connectGitHub({ token, apiUrl, clock = systemClock, timeout = 15_000 }: GitHubOptions): GitHub {
  let spent = 0
  const spend = (milliseconds: number): boolean => {
    if (spent + milliseconds > patience) return false
    spent += milliseconds
    return true
  }
  const wait = async (fault: Fault, attempt: number): Promise<boolean> => {
    const pause = Math.max(fault.retryAfter ?? 0, 1_000 * 2 ** (attempt - 1))
    if (!isPassing(fault) || attempt >= mostAttempts || !spend(pause)) return false
    await clock.sleep(pause)
    return true
  }
  const fault = (error: unknown): Fault => faultOf(error, clock.now())

  const octokit = getOctokit(token, { baseUrl: apiUrl, log: silent })
  octokit.hook.wrap('request', async (request, options) => {
    for (let attempt = 1; ; attempt++) {
      const started = clock.now()
      try {
        const answer = await request({
          ...options,
          request: { ...options.request, signal: AbortSignal.timeout(timeout) },
        })
        // Octokit gives the text of JSON that it could not read, which is how a broken connection shows.
        if (answer.status === 200 && typeof answer.data === 'string') throw new SyntaxError('the answer is not whole')
        return answer
      } catch (error) {
        const reads = options.method === 'GET' || options.url.endsWith('/graphql')
        if (!reads || !spend(clock.now() - started) || !(await wait(fault(error), attempt))) throw error
      }
    }
  })

  let viewer: Promise<string | null> | undefined
  return {
    request: octokit.request,
    wait,
    fault,
    viewer: () =>
      (viewer ??= octokit.graphql('query { viewer { login } }').then(
        (data) => v.parse(ViewerSchema, data).viewer.login,
        () => null,
      )),
  }
}

const ViewerSchema = v.object({ viewer: v.object({ login: v.pipe(v.string(), v.minLength(1)) }) })

/** Octokit would tell the log of each failed request; what matters is told in one sentence at the end. */
const silent = { debug: ignore, info: ignore, warn: ignore, error: ignore }

function ignore(): void {
  // Nothing.
}
