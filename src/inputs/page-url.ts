/** Parses the input `page-url`. */
import { FootprintError } from '../errors.ts'
import type { Environment } from './inputs.ts'

/** Limit for the characters of an address, because it takes space in the comment. */
const maxUrlLength = 1_000

/**
 * Returns the address at which readers find the page. The word `artifacts` stands for the artifacts of this workflow
 * run, whose address is known before the page is uploaded. Null if there is no address.
 *
 * @throws FootprintError USAGE if it is neither that word nor an address
 */
export function parsePageUrl(text: string, env: Environment): string | null {
  if (text === '') return null
  if (text === 'artifacts') {
    const { GITHUB_SERVER_URL: server, GITHUB_REPOSITORY: repository, GITHUB_RUN_ID: run } = env
    return server && repository && run ? `${server}/${repository}/actions/runs/${run}#artifacts` : null
  }
  const url = URL.canParse(text) ? new URL(text) : null
  if (url === null || !['http:', 'https:'].includes(url.protocol) || url.href.length > maxUrlLength)
    throw new FootprintError(
      'USAGE',
      `input page-url must be "artifacts" or an address that begins with https:// and has at most ${maxUrlLength} characters, not "${text.slice(0, 200)}"`,
    )
  return url.href
}
