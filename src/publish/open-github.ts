/** Loads GitHub's client on demand. It is more than half of the program, and many runs do not need it. */
import type { GitHub, GitHubOptions } from './github.ts'

/** Returns a client for GitHub's API. The code of the client is loaded on first use. */
export async function openGitHub(options: GitHubOptions): Promise<GitHub> {
  const { connectGitHub } = await import('./connect-github.ts')
  return connectGitHub(options)
}
