import { expect, test } from '@jest/globals'
import { discard } from '../../src/images/registry-body.ts'

test('ends a response, also one whose connection has broken', async () => {
  const reasons: unknown[] = []
  const answers = [
    new Response(null),
    new Response(new ReadableStream({ cancel: (reason) => void reasons.push(reason) })),
    new Response(new ReadableStream({ start: (stream) => stream.error(new Error('socket closed')) })),
  ]
  for (const answer of answers) await expect(discard(answer)).resolves.toBeUndefined()
  expect(reasons).toEqual([undefined])
})
