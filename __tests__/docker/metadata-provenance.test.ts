import { describe, expect, test } from '@jest/globals'
import { asTheUserAsked, frontendVersion, provenanceFor, provenanceIn } from '../../src/docker/metadata-provenance.ts'
import { buildOutputs } from '../../src/docker/metadata.ts'

const usual = { builder: { id: '' }, materials: [], invocation: { environment: {} } }
const whole = { ...usual, buildConfig: { llbDefinition: [] }, metadata: { reproducible: false } }

describe('the provenance in the output metadata', () => {
  test('is what buildx writes by default', () => {
    expect(asTheUserAsked(whole, {})).toEqual(usual)
    expect(asTheUserAsked(whole, { BUILDX_METADATA_PROVENANCE: 'min' })).toEqual(usual)
    expect(asTheUserAsked(whole, { BUILDX_METADATA_PROVENANCE: 'true' })).toEqual(usual)
  })

  test('is complete or left out if the user asked for that', () => {
    expect(asTheUserAsked(whole, { BUILDX_METADATA_PROVENANCE: 'max' })).toEqual(whole)
    for (const wish of ['disabled', 'false', '0'])
      expect(asTheUserAsked(whole, { BUILDX_METADATA_PROVENANCE: wish })).toBeUndefined()
  })

  test('is shortened for each platform', () => {
    const { metadata, provenance } = buildOutputs(
      JSON.stringify({ 'buildx.build.provenance/linux/arm64': whole, 'containerimage.digest': 'x' }),
    )
    expect(JSON.parse(metadata)).toEqual({ 'buildx.build.provenance/linux/arm64': usual, 'containerimage.digest': 'x' })
    expect(provenanceFor(provenance, 'linux/arm64')).toEqual(whole)
  })
})

test('provenance is found by platform, and a single one counts for any', () => {
  const two = provenanceIn({
    'buildx.build.provenance/linux/amd64': 1,
    'buildx.build.provenance/linux/arm/v7': 2,
    other: 3,
  })
  expect(['linux/amd64', 'linux/arm', 'linux/arm64', null].map((platform) => provenanceFor(two, platform))).toEqual([
    1,
    2,
    null,
    null,
  ])
  expect(provenanceFor(provenanceIn({ 'buildx.build.provenance': 1 }), 'linux/arm64')).toBe(1)
})

test.each([
  ['SLSA v0.2', { invocation: { environment: { dockerfileVersion: '1.28.0' } } }, '1.28.0'],
  ['SLSA v1', { buildDefinition: { internalParameters: { dockerfileVersion: '1.28.0' } } }, '1.28.0'],
  ['a builder that does not tell', { invocation: { environment: { platform: 'linux/amd64' } } }, null],
  ['another type', { invocation: { environment: { dockerfileVersion: 1 } } }, null],
])('reads the version of the frontend: %s', (_, provenance, version) => {
  expect(frontendVersion(new Map([['', provenance]]))).toBe(version)
  expect(frontendVersion(new Map())).toBeNull()
})
