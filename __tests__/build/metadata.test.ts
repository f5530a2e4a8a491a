import { expect, test } from '@jest/globals'
import { bakeOutputs, buildOutputs } from '../../src/build/metadata.ts'

const digest = `sha256:${'1'.repeat(64)}`
const whole = JSON.stringify({ 'containerimage.digest': digest, 'containerimage.config.digest': `sha256:${'2'.repeat(64)}`, 'image.name': 'registry:5000/app:1' })

test('metadata is read', () => {
  expect(buildOutputs(whole)).toMatchObject({ digest, imageId: `sha256:${'2'.repeat(64)}`, name: 'registry:5000/app', unreadable: null })
})

test.each([
  ['', 'the builder wrote none'],
  [' \n', 'the builder wrote none'],
  ['null', 'it is not a JSON object'],
  ['[]', 'it is not a JSON object'],
  ['"text"', 'it is not a JSON object'],
  ['\0\0\0', 'it is not a JSON object'],
  ...[1, whole.length >> 1, whole.length - 1].map((end): [string, string] => [whole.slice(0, end), 'it is not a JSON object']),
])('%j leaves the build fine, and says why nothing is known', (text, unreadable) => {
  expect(buildOutputs(text)).toEqual({ imageId: '', digest: '', metadata: '', configDigest: null, name: null, unreadable })
  expect(bakeOutputs(text)).toEqual({ all: { imageId: '', digest: '', metadata: '', configDigest: null, name: null, unreadable }, targets: new Map() })
})

test.each(['containerimage.digest', 'containerimage.config.digest', 'image.name'])('%s of another type takes nothing from the rest', (key) => {
  const outputs = buildOutputs(JSON.stringify({ ...(JSON.parse(whole) as object), [key]: { not: 'text' } }))
  expect(outputs.unreadable).toBeNull()
  expect([outputs.digest, outputs.configDigest, outputs.name].filter((value) => value === '' || value === null)).toHaveLength(1)
})
