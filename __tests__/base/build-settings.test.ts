import { expect, test } from '@jest/globals'
import { basename, dirname, join } from 'node:path'
import { settingsOf, settingsOfBake } from '../../src/base/build-settings.ts'
import { parseBake } from '../../src/inputs/bake-inputs.ts'
import { parseBuild } from '../support/build-command.ts'

const settings = (...argv: string[]): string => settingsOf(parseBuild(argv).build, 'auto', '/repository')

test('the settings contain what decides the bytes of the layers, and no values of build arguments', () => {
  expect(
    settings(
      '--build-arg',
      'B=secret',
      '--build-arg',
      'A',
      '-f',
      '/repository/docker/Dockerfile',
      '--target',
      'api',
      '-o',
      'type=oci,dest=x,compression=zstd',
      '/repository/app',
    ),
  ).toBe('context: app; file: docker/Dockerfile; target: api; build arguments: A B; layers: compression=zstd')
})

test('the settings do not depend on the folder that the program was run in', () => {
  const here = process.cwd()
  const at = (root: string | null, ...argv: string[]): string => settingsOf(parseBuild(argv).build, 'auto', root)
  // The same project in this folder and in one beside it.
  expect(at(here, '-f', 'docker/Dockerfile', 'app')).toBe('context: app; file: docker/Dockerfile')
  expect(at(join(here, 'head'), '-f', 'head/docker/Dockerfile', 'head/app')).toBe(
    at(here, '-f', 'docker/Dockerfile', 'app'),
  )
  expect(at(dirname(here), `../${basename(here)}`)).toBe(`context: ${basename(here)}`)
  expect(at(here, './app')).toBe('context: ./app')
  // Without a repository.
  expect(at(null, 'app')).toBe('')
  expect(at(null, '-f', 'app/docker/Dockerfile', 'app')).toBe('file: docker/Dockerfile')
  expect(at(null, '-f', '/x/app/docker/Dockerfile', '/x/app')).toBe('file: docker/Dockerfile')
  expect(at(null, 'https://example.com/r.git#main')).toBe('context: https://example.com/r.git')
})

test('the settings do not depend on the commit of a Git context, on tags, on caches or on platforms', () => {
  const one = settings('-t', 'a:1', '--platform', 'linux/amd64', 'https://example.com/r.git#refs/pull/1/merge:app')
  expect(one).toBe(settings('--no-cache', 'https://example.com/r.git#0123abc:app'))
  expect(one).not.toBe(settings('https://example.com/r.git#0123abc:web'))
})

test.each([
  ['https://me:s3cret@example.com/r.git#main:app', 'context: https://***@example.com/r.git#:app'],
  ['https://s3cret@example.com/r.git', 'context: https://***@example.com/r.git'],
  ['https://example.com/r.git?ref=main&token=s3cret&subdir=app', 'context: https://example.com/r.git#:app'],
  ['https://example.com/context.tar?X-Amz-Signature=s3cret', 'context: https://example.com/context.tar'],
  ['ssh://git@example.com/r.git', 'context: ssh://git@example.com/r.git'],
])('the settings contain no credentials of the context %s', (context, expected) => {
  expect(settings(context)).toBe(expected)
})

test('the settings contain no credentials of a remote Dockerfile', () => {
  expect(settings('-f', 'https://me:s3cret@example.com/Dockerfile', 'https://example.com/r.git')).toBe(
    'context: https://example.com/r.git; file: https://***@example.com/Dockerfile',
  )
})

test('the settings contain no values of bake overrides that may be private', () => {
  const overrides = [
    '*.labels.x=s3cret',
    '*.args.A=s3cret',
    'app.annotations=s3cret',
    '*.secrets=id=a,src=s3cret',
    '*.contexts.a=s3cret',
    '*.cache-to=type=s3,secret_access_key=s3cret',
    '*.context=https://me:s3cret@example.com/r.git',
    '*.attest=s3cret',
    '*.output+=type=s3,token=s3cret',
  ]
  const bake = parseBake(
    (name) => (name === 'set' ? [...overrides, '*.platform=linux/arm64', '*.no-cache=true'].join('\n') : ''),
    {},
    { isPrivate: false, wanted: false },
  )
  if (bake === null) throw new Error('no bake')
  const said = settingsOfBake(bake, 'auto', '/repository')
  expect(said).not.toContain('s3cret')
  for (const shown of ['*.args.A=***', '*.platform=linux/arm64']) expect(said).toContain(shown)
})

test.each([
  ['caches', ['*.cache-to=type=registry,ref=r.example/app:cache,mode=max', 'app.cache-from+=type=gha'], true],
  [
    'tags, labels and the like',
    [
      '*.tags=r.example/app:1',
      'app.tags+=x',
      '*.labels.a=b',
      'app.annotations=c',
      '*.attest=d',
      '*.push=true',
      '*.no-cache=true',
    ],
    true,
  ],
  ['an output', ['*.output=type=registry'], true],
  ['an output with a compression', ['*.output=type=registry,compression=zstd'], false],
  ['platforms', ['*.platform=linux/arm64'], false],
  ['an argument that is called like a cache option', ['*.args.x=.cache-to=1'], false],
])('overrides of a bake: %s', (_what, overrides, isSame) => {
  const said = (set: readonly string[]): string => {
    const bake = parseBake(
      (name) => (name === 'set' ? set.join('\n') : name === 'targets' ? 'app' : ''),
      {},
      { isPrivate: false, wanted: true },
    )
    return settingsOfBake(bake!, 'auto', '/repository')
  }
  expect(said(overrides) === said([])).toBe(isSame)
})

test('the settings of a bake do not depend on where its result goes, or where another action wrote a bake file', () => {
  const said = (inputs: Readonly<Record<string, string>>): string =>
    settingsOfBake(
      parseBake((name) => inputs[name] ?? '', {}, { isPrivate: false, wanted: true })!,
      'auto',
      '/repository',
    )
  const [one, other] = ['a', 'b'].map((random) => ({
    files: `bake.hcl\ncwd:///tmp/${random}/meta.json`,
    targets: 'app',
    builder: random,
    push: String(random === 'a'),
  }))
  expect(said(one!)).toBe('bake: --file bake.hcl --file meta.json app')
  expect(said(other!)).toBe(said(one!))
})
