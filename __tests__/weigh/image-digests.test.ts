import { expect, test } from '@jest/globals'
import type { BuildStep } from '../../src/graph/provenance.ts'
import { imageDigests } from '../../src/weigh/image-digests.ts'
import { digestOf } from '../support/footprints.ts'

const step = (source: string): BuildStep => ({
  ...{ kind: 'source', on: [], uses: [], source, places: [], chains: [] },
  ...{ llbDigest: null, exported: false },
})

const [one, two] = [digestOf('one'), digestOf('two')]
const digests = imageDigests([
  step(`docker-image://docker.io/library/node:22@${one}`),
  step(`docker-image://ghcr.io/astral-sh/uv:latest@${two}`),
  step(`docker-image://ghcr.io/astral-sh/uv:latest@${two}`),
  step(`docker-image://a.io/twice:1@${one}`),
  step(`docker-image://a.io/twice:1@${two}`),
  step('docker-image://a.io/open:1'),
  step('docker-image://'),
  step(`local://node:22@${two}`),
])

test.each([
  ['node:22', one],
  ['docker.io/library/node:22', one],
  ['ghcr.io/astral-sh/uv', two],
  [`other@${one}`, one],
  ['node:20', null],
  ['a.io/twice:1', null],
  ['a.io/open:1', null],
  ['', null],
  ['not an image', null],
])('the digest of %s is %s', (reference, digest) => {
  expect(digests(reference)).toBe(digest)
})

test('no digest is known without a graph', () => {
  expect(imageDigests(null)('node:22')).toBeNull()
})
