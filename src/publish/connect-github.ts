/**
 * Connects to GitHub's API with retries. Requests that only read are repeated after temporary failures. Requests that
 * write are never repeated here, because a request without an answer may have succeeded. The code that writes reads
 * again first (`comment.ts`).
 */
import { getOctokit } from '@actions/github'
import * as v from 'valibot'
import { faultOf, isPassing, type Fault } from './faults.ts'
import type { Clock, GitHub, GitHubOptions } from './github.ts'

const systemClock: Clock = {
  now: () => Date.now(),
  sleep: (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds)),
}

/**
 * Limit for all waiting of one run, in milliseconds. It allows for a minute, which GitHub often asks for, and some
 * earlier attempts.
 */
const patience = 75_000
const maxAttempts = 5

/** Returns a client for GitHub's API. */
export function connectGitHub({ token, apiUrl, clock = systemClock, timeout = 15_000 }: GitHubOptions): GitHub {
  let spent = 0
  const spend = (milliseconds: number): boolean => {
    if (spent + milliseconds > patience) return false
    spent += milliseconds
    return true
  }
  const wait = async (fault: Fault, attempt: number): Promise<boolean> => {
    const pause = Math.max(fault.retryAfter ?? 0, 1_000 * 2 ** (attempt - 1))
    if (!isPassing(fault) || attempt >= maxAttempts || !spend(pause)) return false
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
        // Octokit returns the text if it could not parse the JSON, which happens if the connection broke.
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

/** Octokit would log each failed request. One sentence at the end says what matters. */
const silent = { debug: ignore, info: ignore, warn: ignore, error: ignore }

function ignore(): void {
  // Deliberately empty.
}
