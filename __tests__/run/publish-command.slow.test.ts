/** What `publish` says if it gets no answer. It tries several times, which takes seconds. */
import { createServer } from 'node:net'
import { join } from 'node:path'
import { expect, test } from '@jest/globals'
import { footprint, type Ran } from '../support/program.ts'

const publish = (env: Readonly<Record<string, string>>): Promise<Ran> =>
  footprint(
    [
      ...['publish', '--repository', 'octo/app', '--pull-request', '7'],
      join(import.meta.dirname, '../fixtures/page/head.record.json'),
    ],
    { env },
  )

test.each(['ghp_SECRET\nexport X=1', 'ghp_SECRET\r\nghp_B', 'ghp_SECRET x', 'ghp_SECRET\u0001'])(
  'a token with a character that no token has is refused and not shown: %j',
  async (token) => {
    const { status, stdout, stderr } = await publish({ GITHUB_TOKEN: token })
    expect([status, stdout]).toEqual([2, ''])
    expect(stderr).toContain('GITHUB_TOKEN has a space, a line break or another character that no token has [USAGE]')
    expect(stderr).not.toContain('SECRET')
  },
)

test('publish ends with status 4 if GitHub cannot be reached', async () => {
  const server = createServer().listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  await new Promise((resolve) => server.close(resolve))
  const { status, stdout, stderr } = await publish({
    GITHUB_API_URL: `http://127.0.0.1:${address.port}`,
    GITHUB_TOKEN: 'token',
  })
  expect([status, stdout]).toEqual([4, ''])
  expect(stderr).toMatch(
    /pull request #7 of octo\/app cannot be read: GitHub could not be reached, .*\[GITHUB_UNREACHABLE\]/,
  )
})
