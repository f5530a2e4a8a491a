/** What is read from buildx's metadata files, and what is passed on. The warnings are those of buildx 0.29. */
import { truncate } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from '@jest/globals'
import { bakeOutputs, buildOutputs } from '../../src/docker/metadata.ts'
import { readMetadata } from '../../src/docker/user-build.ts'
import { buildArgMask } from '../../src/inputs/mask.ts'
import { folderWith } from '../support/program.ts'

const base64 = (text: string): string => Buffer.from(text).toString('base64')
const decoded = (text: string): string => Buffer.from(text, 'base64').toString()

const workdir = {
  vertex: 'sha256:110c91521db0f17c8af8f9c6e54a8094939d5d6ce6ae3edfa09ef630f3bf50c1',
  level: 1,
  short: base64(
    'WorkdirRelativePath: Relative workdir "hunter2" can have unexpected results if the base image changes (line 5)',
  ),
  detail: [
    base64(
      'Relative workdir without an absolute workdir declared within the build can have unexpected results if the base image changes',
    ),
  ],
  url: 'https://docs.docker.com/go/dockerfile/rule/workdir-relative-path/',
  sourceInfo: { filename: 'Dockerfile', data: base64('FROM scratch\n'), language: 'Dockerfile' },
  range: [{ start: { line: 5 }, end: { line: 5 } }],
}
const mask = buildArgMask(['PW=hunter2', 'N=1', 'HOME'], { HOME: '/home/me' })

test('knows the manifest beside an index from the log of the build, also for each target of a bake', () => {
  const log = { manifestOf: (digest: string) => (digest === 'sha256:index' ? 'sha256:manifest' : null) }
  const metadata = { 'containerimage.digest': 'sha256:index' }
  expect(buildOutputs(JSON.stringify(metadata), undefined, log).manifestDigest).toBe('sha256:manifest')
  const { targets } = bakeOutputs(JSON.stringify({ app: metadata, other: {} }), undefined, log)
  expect([...targets].map(([name, { manifestDigest }]) => [name, manifestDigest])).toEqual([
    ['app', 'sha256:manifest'],
    ['other', null],
  ])
})

test('says why metadata cannot be read, for which everything is unknown', () => {
  const unknown = { digest: '', configDigest: null, metadata: '', unreadable: 'it has more than 256 MB' }
  expect(buildOutputs({ why: 'it has more than 256 MB' })).toMatchObject(unknown)
  const { all, targets } = bakeOutputs({ why: 'it has more than 256 MB' })
  expect(all).toMatchObject(unknown)
  expect(targets.size).toBe(0)
})

test('reads no metadata file that is too large or endless', async () => {
  await using folder = await folderWith({ small: '{}', large: '' })
  const path = (name: string): string => join(folder.path, name)
  await truncate(path('large'), 256_000_001)
  expect(await readMetadata(path('small'))).toBe('{}')
  expect(await readMetadata(path('none'))).toBe('')
  expect(await readMetadata(null)).toBe('')
  expect(await readMetadata(path('large'))).toEqual({ why: 'it has more than 256 MB' })
  expect(await readMetadata('/dev/zero')).toEqual({ why: 'it is not a regular file' })
})

describe('warnings', () => {
  test('have their check, line and text, without values of build arguments', () => {
    const { warnings, metadata } = buildOutputs(
      JSON.stringify({ 'buildx.build.ref': 'a/b/c', 'buildx.build.warnings': [workdir] }),
      mask,
    )
    const message = 'WorkdirRelativePath: Relative workdir "***" can have unexpected results if the base image changes'
    expect(warnings).toEqual([
      {
        rule: 'WorkdirRelativePath',
        message,
        about: decoded(workdir.detail[0] ?? ''),
        url: workdir.url,
        file: 'Dockerfile',
        line: 5,
        source: base64('FROM scratch\n'),
      },
    ])
    const passedOn = JSON.parse(metadata) as Record<string, unknown>
    expect(passedOn).toEqual({
      'buildx.build.ref': 'a/b/c',
      'buildx.build.warnings': [{ ...workdir, short: base64(`${message} (line 5)`) }],
    })
  })

  test.each<[string, unknown, unknown]>([
    ['are empty if the value is not a list', { short: 'x' }, []],
    ['are empty if the list has no warnings', [null, 1, {}, { short: 1 }], []],
    [
      'may belong to no check',
      [{ short: base64('something') }],
      [{ rule: null, message: 'something', about: '', url: null, file: null, line: null, source: null }],
    ],
    [
      'are shortened if the text is too long',
      [{ short: base64('x'.repeat(10_000)) }],
      [expect.objectContaining({ message: `${'x'.repeat(500)}…` })],
    ],
  ])('%s', (_, value, expected) => {
    expect(buildOutputs(JSON.stringify({ 'buildx.build.warnings': value }), mask).warnings).toEqual(expected)
  })

  test('are cut to a thousand', () => {
    expect(
      buildOutputs(JSON.stringify({ 'buildx.build.warnings': Array.from({ length: 3_000 }, () => workdir) }), mask)
        .warnings,
    ).toHaveLength(1_000)
  })

  test('of a bake are not taken for a target', () => {
    const { all, targets } = bakeOutputs(
      JSON.stringify({ app: { 'containerimage.digest': 'sha256:1' }, 'buildx.build.warnings': [workdir] }),
      mask,
    )
    expect([all.warnings.length, all.digest, [...targets.keys()]]).toEqual([1, 'sha256:1', ['app']])
  })
})

describe('values of build arguments', () => {
  test('are masked in the answer of a check', () => {
    const answer = {
      'result.json': { warnings: [{ detail: 'Relative workdir "hunter2"', count: 1 }] },
      'result.txt': 'a "1" of 10 in /home/me/x',
      'result.statuscode': '1',
    }
    expect(JSON.parse(buildOutputs(JSON.stringify(answer), mask).metadata)).toEqual({
      'result.json': { warnings: [{ detail: 'Relative workdir "***"', count: 1 }] },
      'result.txt': 'a "***" of 10 in ***/x',
      'result.statuscode': '1',
    })
  })

  test('are not masked within a digest', () => {
    const digest = `sha256:${'hunter2'.repeat(9)}`
    const outputs = buildOutputs(JSON.stringify({ 'containerimage.digest': digest }), mask)
    expect([outputs.digest, JSON.parse(outputs.metadata)]).toEqual([digest, { 'containerimage.digest': digest }])
  })
})

const digest = `sha256:${'1'.repeat(64)}`
const whole = JSON.stringify({
  'containerimage.digest': digest,
  'containerimage.config.digest': `sha256:${'2'.repeat(64)}`,
  'image.name': 'registry:5000/app:1',
})

test('returns the digest, the ID and the name of the image', () => {
  expect(buildOutputs(whole)).toMatchObject({
    digest,
    imageId: `sha256:${'2'.repeat(64)}`,
    name: 'registry:5000/app',
    unreadable: null,
  })
})

test.each([
  ['', 'the builder wrote none'],
  [' \n', 'the builder wrote none'],
  ['null', 'it is not a JSON object'],
  ['[]', 'it is not a JSON object'],
  ['"text"', 'it is not a JSON object'],
  ['\0\0\0', 'it is not a JSON object'],
  ...[1, whole.length >> 1, whole.length - 1].map((end): [string, string] => [
    whole.slice(0, end),
    'it is not a JSON object',
  ]),
])('accepts %j, and says why nothing is known', (text, unreadable) => {
  const nothing = {
    imageId: '',
    digest: '',
    metadata: '',
    manifestDigest: null,
    configDigest: null,
    name: null,
    warnings: [],
    unreadable,
    ref: null,
    provenance: new Map(),
  }
  expect(buildOutputs(text)).toEqual(nothing)
  expect(bakeOutputs(text)).toEqual({ all: nothing, targets: new Map() })
})

test.each(['containerimage.digest', 'containerimage.config.digest', 'image.name'])(
  'skips %s if its type is wrong, and keeps the rest',
  (key) => {
    const outputs = buildOutputs(JSON.stringify({ ...(JSON.parse(whole) as object), [key]: { not: 'text' } }))
    expect(outputs.unreadable).toBeNull()
    expect(
      [outputs.digest, outputs.configDigest, outputs.name].filter((value) => value === '' || value === null),
    ).toHaveLength(1)
  },
)

test.each([150, 10_000])('reads metadata that is nested %i levels deep without an error', (levels) => {
  const text = `{"containerimage.digest":"sha256:a","x":${'['.repeat(levels)}${']'.repeat(levels)}}`
  const unreadable = levels > 200 ? 'it is nested more than 200 levels deep' : null
  expect(buildOutputs(text)).toMatchObject({ unreadable, digest: unreadable === null ? 'sha256:a' : '' })
  expect(bakeOutputs(`{"app":${text}}`).all).toMatchObject({ unreadable })
})
