/** What the rest needs of GitHub's API. */
import type { getOctokit } from '@actions/github'
import * as v from 'valibot'
import type { GitHubOptions } from './connect-github.ts'
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

/** GitHub's client is more than half of the program, and many a run has no use for it. */
export async function openGitHub(options: GitHubOptions): Promise<GitHub> {
  const { connectGitHub } = await import('./connect-github.ts')
  return connectGitHub(options)
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
