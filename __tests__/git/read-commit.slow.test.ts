/** What a commit says about itself, compared with `git log`. */
import { afterAll, expect, test } from '@jest/globals'
import { openCheckout } from '../../src/git/checkout.ts'
import { readCommit } from '../../src/git/read-commit.ts'
import type { Git } from '../../src/git/run-git.ts'
import { commit, newRepository, remove, sh, temporaryFolder } from '../support/repositories.ts'

const folder = newRepository(temporaryFolder())
afterAll(() => remove(folder))

async function open(): Promise<Git> {
  const opened = await openCheckout({ folder, env: process.env, signal: new AbortController().signal })
  if ('why' in opened) throw new Error(opened.why)
  return opened.git
}

test.each([
  ['one line', 'Add a model'],
  ['a body', 'Add a model\n\nIt is large.\n\nReally.'],
  ['a subject of two lines', 'Add a model\nthat is large\n\nReally.'],
  ['a line that looks like a header', 'committer Eve <e@example.com> 1 +0000'],
  ['hostile text', '$(id) `id` <b> | \u001b[31m %s'],
])('subject and time of a commit are those of git log: %s', async (_, message) => {
  const sha = commit(folder, {}, message)
  const [subject, seconds] = sh(folder, 'log', '-1', '--format=%s%n%ct', sha).split('\n')
  expect(await readCommit(await open(), sha)).toEqual({ subject, committedAt: Number(seconds) * 1000 })
})

test('nothing is known of a commit without a message, or that the checkout does not have', async () => {
  const git = await open()
  sh(folder, 'commit', '--quiet', '--allow-empty', '--allow-empty-message', '--message', '')
  expect((await readCommit(git, sh(folder, 'rev-parse', 'HEAD'))).subject).toBeNull()
  expect(await readCommit(git, '0'.repeat(40))).toEqual({ committedAt: null, subject: null })
})
