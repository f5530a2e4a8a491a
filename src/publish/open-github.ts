/** GitHub's client is more than half of the program, and many a run has no use for it. */
import type { GitHub, GitHubOptions } from './github.ts'

/** GitHub's API. The client is loaded when it is first asked for. */
export async function openGitHub(options: GitHubOptions): Promise<GitHub> {
  const { connectGitHub } = await import('./connect-github.ts')
  return connectGitHub(options)
}
