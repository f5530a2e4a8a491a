/** What is hidden in URLs, in messages of any kind. */
import { afterEach, expect, jest, test } from '@jest/globals'
import { FootprintError, messageOf } from '../src/errors.ts'
import { runnerLog } from '../src/publish/runner-log.ts'
import { warn } from '../src/run/terminal-messages.ts'
import { maskUrls } from '../src/url-secrets.ts'

afterEach(() => {
  jest.restoreAllMocks()
})

test.each([
  ['docker://u:PASSWORD@host/x is no image', 'docker://***@host/x is no image'],
  ['Get "http://u@h/c.tar.gz?token=S3CR3T": refused', 'Get "http://***@h/c.tar.gz?token=***": refused'],
  ['https://h/c?X-Amz-Signature=S3CR3T&expires=9#f', 'https://h/c?X-Amz-Signature=***&expires=***#f'],
  ['https://h/x#token=S3CR3T', 'https://h/x#token=***'],
  ['https://github.com/o/r.git#main:sub?x', 'https://github.com/o/r.git#main:sub?x'],
  ['u:PASSWORD@host/x and "u:PASS:WORD@h.org:5000/x"', '***@host/x and "***@h.org:5000/x"'],
  [
    'app:1.0@sha256:ab/c, npm:n@1.0, git@h.org:o/r, pkg:docker/p@3/x',
    'app:1.0@sha256:ab/c, npm:n@1.0, git@h.org:o/r, pkg:docker/p@3/x',
  ],
  ['https://github.com/o/r.git?ref=main&subdir=a', 'https://github.com/o/r.git?ref=main&subdir=a'],
  ['ssh://git@host/x?y=z is fine, and so is what?a=b', 'ssh://git@host/x?y=z is fine, and so is what?a=b'],
])('masks credentials and queries: %s', (text, expected) => {
  expect(maskUrls(text)).toBe(expected)
})

test('every error that a user reads is masked, also if its words depend on the entry point', () => {
  const plain = new FootprintError('USAGE', 'docker://u:PASSWORD@host/x is no image')
  const worded = new FootprintError('USAGE', (option) => `${option('file')} https://h/?token=S3CR3T`)
  for (const error of [plain, worded]) {
    expect(error.message).not.toMatch(/PASSWORD|S3CR3T/)
    expect(messageOf(error, 'action')).not.toMatch(/PASSWORD|S3CR3T/)
  }
})

test.each<[string, 'stdout' | 'stderr', (sentence: string) => void]>([
  ['a warning of the command line', 'stderr', warn],
  ['a line in the log of the runner', 'stdout', runnerLog.info],
  ['a warning of the action', 'stdout', runnerLog.warning],
  ['an error annotation', 'stdout', runnerLog.error],
])('%s is masked', (_, stream, tell) => {
  const write = jest.spyOn(process[stream], 'write').mockReturnValue(true)
  tell('the context https://u:PASSWORD@h/c.tar?token=S3CR3T was not read')
  const said = write.mock.calls.map(([text]) => String(text)).join('')
  expect(said).toContain('h/c.tar?token=*** was not read')
  expect(said).not.toMatch(/PASSWORD|S3CR3T/)
})
