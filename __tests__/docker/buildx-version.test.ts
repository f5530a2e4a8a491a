import { expect, test } from '@jest/globals'
import { isAtLeast } from '../../src/docker/buildx-version.ts'

test.each<[string | null, boolean]>([
  ['github.com/docker/buildx v0.29.0 28f6246', true],
  ['github.com/docker/buildx 0.29.1+ds1 0.29.1+ds1-4', true],
  ['github.com/docker/buildx v0.38.2 ', true],
  ['github.com/docker/buildx v1.0.0 28f6246', true],
  ['github.com/docker/buildx v0.28.0 28f6246', false],
  ['github.com/docker/buildx v0.9.1 28f6246', false],
  ['github.com/docker/buildx 28f6246 28f6246', true],
  ['buildah 1.39.3', false],
  ['', false],
  [null, false],
])('%j is 0.29 or newer: %j', (answer, expected) => {
  expect(isAtLeast(answer, 29)).toBe(expected)
})
