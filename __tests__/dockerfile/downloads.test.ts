import { expect, test } from '@jest/globals'
import { unpinnedDownload } from '../../src/dockerfile/downloads.ts'

test.each<[string, boolean]>([
  ['ADD https://example.com/a.tar /a', true],
  ['add --link http://example.com/a /a', true],
  ['ADD a https://example.com/b /b/', true],
  ['ADD ["https://example.com/a", "/a"]', true],
  ['ADD --chmod=600 \\\n  https://example.com/a /a', true],
  ['ADD --checksum=sha256:12 https://example.com/a /a', false],
  ['ADD a.tar /https://', false],
  ['COPY https://example.com/a /a', false],
  ['RUN ADD https://example.com/a /a', false],
])('%s', (text, isUnpinned) => {
  expect(unpinnedDownload([{ text: 'RUN a', line: 1 }, { text, line: 2 }])).toBe(isUnpinned ? 2 : null) // prettier-ignore
})
