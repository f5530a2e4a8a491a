/** The interface to GitHub's API that the rest of the program uses. */
import type { getOctokit } from '@actions/github'
import * as v from 'valibot'
import type { Fault } from './faults.ts'

/** A repository on GitHub, as the API names it. */
export interface GitHubRepository {
  readonly owner: string
  readonly repo: string
}

/** A client for GitHub's API. */
export interface GitHub {
  readonly request: ReturnType<typeof getOctokit>['request']
  /**
   * Returns the account that this token writes as, such as `github-actions[bot]`. Returns null if GitHub does not say.
   * GitHub is asked only once.
   */
  readonly viewer: () => Promise<string | null>
  /** Returns whether to try again. If so, it has already waited for the necessary time. */
  readonly wait: (fault: Fault, attempt: number) => Promise<boolean>
  readonly fault: (error: unknown) => Fault
}

/** The time and a way to wait, which tests replace. */
export interface Clock {
  /** Returns the current time in milliseconds since the epoch. */
  readonly now: () => number
  readonly sleep: (milliseconds: number) => Promise<void>
}

/** How to connect to GitHub. */
export interface GitHubOptions {
  readonly token: string
  /** The value of `GITHUB_API_URL`. GitHub Enterprise Server has its own. */
  readonly apiUrl: string
  readonly clock?: Clock
  /** Time limit for one request, in milliseconds. */
  readonly timeout?: number
}

/**
 * Returns the items on all pages of a list.
 *
 * @throws ValiError if a page does not match the schema
 */
export async function allPages<const Schema extends v.GenericSchema>(
  item: Schema,
  ask: (page: number) => Promise<{ readonly data: unknown; readonly headers: { readonly link?: string | undefined } }>,
): Promise<readonly v.InferOutput<Schema>[]> {
  const items: v.InferOutput<Schema>[] = []
  for (let page = 1; ; page++) {
    const { data, headers } = await ask(page)
    items.push(...v.parse(v.array(item), data))
    if (!/;\s*rel="?next"?/.test(headers.link ?? '')) return items
  }
}
