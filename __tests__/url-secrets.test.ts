/** What is hidden in URLs, in messages of any kind. */
import { expect, test } from '@jest/globals'
import { FootprintError, messageOf } from '../src/errors.ts'
import { maskUrls } from '../src/url-secrets.ts'

test.each([
  ['docker://u:PASSWORD@host/x is no image', 'docker://***@host/x is no image'],
  ['Get "http://u@h/c.tar.gz?token=S3CR3T": refused', 'Get "http://***@h/c.tar.gz?token=***": refused'],
  ['https://h/c?X-Amz-Signature=S3CR3T&expires=9#f', 'https://h/c?X-Amz-Signature=***&expires=***#f'],
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
