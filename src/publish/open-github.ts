/** Loads GitHub's client on demand. It is more than half of the program, and many runs do not need it. */
import type { GitHub, GitHubOptions } from './github.ts'

/**
 * Returns whether a text can be a token. Other characters cannot be in a header, and the error of a header repeats its
 * value.
 */
export const isToken = (text: string): boolean => /^[\x21-\x7e]+$/.test(text)

/** Returns a client for GitHub's API. The code of the client is loaded on first use. */
export async function openGitHub(options: GitHubOptions): Promise<GitHub> {
  const { connectGitHub } = await import('./connect-github.ts')
  return connectGitHub(options)
}
