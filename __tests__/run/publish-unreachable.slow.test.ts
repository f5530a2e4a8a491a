/** What `publish` says if nothing answers at the address of GitHub's API. It tries several times, which takes seconds. */
import { createServer } from 'node:net'
import { join } from 'node:path'
import { expect, test } from '@jest/globals'
import { footprint } from '../support/program.ts'

test('publish ends with status 4 if GitHub cannot be reached', async () => {
  const server = createServer().listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  await new Promise((resolve) => server.close(resolve))
  const { status, stdout, stderr } = await footprint(
    [
      ...['publish', '--repository', 'octo/app', '--pull-request', '7'],
      join(import.meta.dirname, '../fixtures/page/head.record.json'),
    ],
    { env: { GITHUB_API_URL: `http://127.0.0.1:${address.port}`, GITHUB_TOKEN: 'token' } },
  )
  expect([status, stdout]).toEqual([4, ''])
  expect(stderr).toMatch(
    /pull request #7 of octo\/app cannot be read: GitHub could not be reached, .*\[GITHUB_UNREACHABLE\]/,
  )
})
