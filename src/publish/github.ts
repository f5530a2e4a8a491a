/** What the rest needs of GitHub's API. */
import type { getOctokit } from '@actions/github'
import * as v from 'valibot'
import type { Fault } from './faults.ts'

export interface GitHubRepository {
  readonly owner: string
  readonly repo: string
}

export interface GitHub {
  readonly request: ReturnType<typeof getOctokit>['request']
  /** Whom this token writes as, such as `github-actions[bot]`; null where GitHub does not tell. Asked once. */
  readonly viewer: () => Promise<string | null>
  /** Whether it is worth trying again; if so, after the time that it takes. */
  readonly wait: (fault: Fault, attempt: number) => Promise<boolean>
  readonly fault: (error: unknown) => Fault
}

export interface Clock {
  /** Milliseconds since the epoch. */
  readonly now: () => number
  readonly sleep: (milliseconds: number) => Promise<void>
}

export interface GitHubOptions {
  readonly token: string
  /** `GITHUB_API_URL`, which on GitHub Enterprise Server is not github.com's. */
  readonly apiUrl: string
  readonly clock?: Clock
  /** Milliseconds after which an answer is not waited for. */
  readonly timeout?: number
}

/** All pages of a list, each item as the schema has it. */
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
