/** The list of what a build takes in is complete. */
import { expect, test } from '@jest/globals'
import { resolve } from 'node:path'
import { parseDefinition } from '../../src/plan/bake-definition.ts'
import {
  placesOfBuild,
  placesOfDefinition,
  placesOfEnvironment,
  placesOfTargets,
  type Place,
} from '../../src/trust/build-places.ts'

/** In short: the kind, and what it is about. */
const short = (places: readonly Place[]): readonly string[] =>
  places.map(
    (place) =>
      `${place.kind} ${'path' in place ? place.path : 'address' in place ? place.address : 'reference' in place ? place.reference : place.why}`,
  )

const build = (
  context: string,
  file: string | null = null,
  stepArgv: readonly string[] = [],
  unknownFlags: readonly string[] = [],
): readonly string[] => short(placesOfBuild({ context, file, stepArgv, unknownFlags }))

/** A Dockerfile, and the files that are found by its name. */
const dockerfile = (path: string): readonly string[] =>
  ['', '.dockerignore', '.rego'].map((end) => `file ${path}${end}`)

const usual = ['file .dockerignore', ...dockerfile('Dockerfile'), ...dockerfile('dockerfile')]

test.each<[string, readonly string[], readonly string[]]>([
  ['a folder', build('.'), ['folder .', ...usual]],
  [
    'a subfolder',
    build('head'),
    ['folder head', 'file head/.dockerignore', ...dockerfile('head/Dockerfile'), ...dockerfile('head/dockerfile')],
  ],
  [
    'a Dockerfile in another folder',
    build('.', 'head/Dockerfile'),
    ['folder .', 'file .dockerignore', ...dockerfile('head/Dockerfile')],
  ],
  ['a remote Dockerfile', build('.', 'https://host.invalid/Dockerfile'), ['unknown it comes from an address']],
  ['standard input', build('-'), ['unknown it comes from standard input']],
  ['a Dockerfile from standard input', build('.', '-'), ['unknown it comes from standard input']],
  ['a remote context', build('https://host.invalid/x.git#main'), ['remote https://host.invalid/x.git#main']],
  [
    'a remote context with its own Dockerfile',
    build('https://host.invalid/x.git', 'sub/Dockerfile'),
    ['remote https://host.invalid/x.git'],
  ],
  [
    'a remote context with a Dockerfile of this machine',
    build('https://host.invalid/x.git', '/head/Dockerfile'),
    ['remote https://host.invalid/x.git', ...dockerfile('/head/Dockerfile')],
  ],
  [
    'policies',
    build('app', null, [
      '--policy',
      'filename=p.rego,strict=true',
      '--policy=FILENAME=cwd://own/q.rego,"filename=a,b"',
      '--policy',
      'reset=true',
    ]),
    [
      'folder app',
      'file app/.dockerignore',
      ...dockerfile('app/Dockerfile'),
      ...dockerfile('app/dockerfile'),
      'file app/p.rego',
      'file own/q.rego',
      'file app/a,b',
    ],
  ],
  [
    'policies of a remote context',
    build('https://host.invalid/x.git', null, ['--policy', 'filename=p.rego', '--policy', 'filename=cwd://q.rego']),
    ['remote https://host.invalid/x.git', 'file q.rego'],
  ],
  [
    'flags of a newer buildx',
    build('.', null, [], ['--hermetic']),
    ['folder .', ...usual, 'unknown the flag belongs to a newer buildx than this program supports'],
  ],
  [
    'named contexts',
    build('.', null, [
      '--build-context',
      'app=./head',
      '--build-context=fork=https://host.invalid/f.git',
      '--build-context',
      'i=docker-image://alpine',
      '--build-context',
      'o=oci-layout://out@sha256:1',
      '--build-context',
      'x=store:x',
    ]),
    [
      'folder .',
      ...usual,
      'folder ./head',
      'file head/.dockerignore',
      'remote https://host.invalid/f.git',
      'image alpine',
      'image out@sha256:1',
      'unknown store:x is not a folder, address or image',
    ],
  ],
  [
    'secrets, keys and caches',
    build('.', null, [
      '--secret',
      'id=a,src=head/a',
      '--secret',
      'id=b,env=B',
      '--secret',
      'id=head/c',
      '--secret=type=file,"source=d,e",id=d',
      '--secret',
      'ID=s,SRC=head/s',
      '--ssh',
      'default=head/key,/k',
      '--ssh',
      'default',
      '--cache-from',
      'type=local,SRC=cache',
      '--cache-from',
      'type=gha',
    ]),
    [
      'folder .',
      ...usual,
      ...['head/a', 'head/c', 'd,e', 'head/s', 'head/key', '/k', 'cache'].map((path) => `file-handed-over ${path}`),
    ],
  ],
])('lists the sources of a build: %s', (_what, found, expected) => {
  expect(found).toEqual(expected)
})

const definition = (some: Partial<Parameters<typeof placesOfDefinition>[0]>, env = false): readonly string[] =>
  short(placesOfDefinition({ files: [], folder: '.', remote: false, address: null, ...some }, env))

test('lists where a bake definition is read from', () => {
  expect(definition({ files: ['a.hcl', 'cwd:///tmp/meta.json'], folder: 'deploy' })).toEqual([
    'file deploy/a.hcl',
    'file /tmp/meta.json',
  ])
  expect(definition({ folder: 'deploy' })).toEqual(
    expect.arrayContaining([
      'file deploy/docker-bake.hcl',
      'file deploy/docker-bake.override.json',
      'file deploy/compose.yaml',
      'file deploy/.env',
    ]),
  )
  for (const name of ['a.yml', 'A.YAML', 'compose.prod'])
    expect(definition({ files: [name], folder: 'deploy' })).toEqual([`file deploy/${name}`, 'file deploy/.env'])
  const address = 'https://host.invalid/x.git#main'
  expect(definition({ remote: true, address, files: ['a.hcl', 'cwd://b.hcl'] })).toEqual([
    `remote ${address}`,
    'file b.hcl',
  ])
  expect(definition({ remote: true })).toEqual([expect.stringContaining('unknown the input targets names an address')])
  expect(definition({}, true)).toEqual([expect.stringContaining('BUILDX_BAKE_FILE')])
})

test('lists what the targets of a bake take in, also targets that others build on', () => {
  const print = {
    group: { default: { targets: ['app'] } },
    target: {
      app: {
        context: 'head',
        dockerfile: 'docker/Dockerfile',
        contexts: {
          base: 'target:base',
          fork: 'https://host.invalid/f.git',
          files: './files',
          img: 'docker-image://alpine',
        },
        secret: ['id=a,src=a'],
        ssh: [{ id: 'default', paths: ['key'] }],
        'cache-from': ['type=local,src=cache'],
        policy: [{ Files: [{ Filename: 'p.rego' }, { Filename: 'cwd://q.rego' }] }],
      },
      base: { context: 'cwd://elsewhere', 'dockerfile-inline': 'FROM scratch' },
    },
  }
  const places = (isRemote: boolean, of: unknown = print): readonly string[] =>
    short(placesOfTargets(parseDefinition(of, 'deploy'), JSON.stringify(of), isRemote))
  expect(places(false)).toEqual([
    ...['folder deploy/head', 'file deploy/head/.dockerignore', ...dockerfile('deploy/head/docker/Dockerfile')],
    ...[
      'remote https://host.invalid/f.git',
      'folder deploy/files',
      'file deploy/files/.dockerignore',
      'image alpine',
      'file deploy/head/p.rego',
      'file deploy/q.rego',
    ],
    ...['deploy/a', 'deploy/key', 'deploy/cache'].map((path) => `file-handed-over ${path}`),
    // The Dockerfile is inline, so nothing lies beside it.
    ...['folder deploy/elsewhere', 'file deploy/elsewhere/.dockerignore'],
  ])
  expect(
    placesOfTargets(parseDefinition(print, 'deploy'), '', false).flatMap((place) =>
      place.kind === 'folder' ? [place.dockerfile] : [],
    ),
  ).toEqual(['deploy/head/docker/Dockerfile', null, null])
  // Folders are in the remote definition, unless it says otherwise.
  expect(places(true)).toEqual([expect.stringContaining('names files of this machine')])
  const app = {
    ...print,
    target: {
      app: { ...print.target.app, policy: [{ Files: [{ Filename: 'p.rego' }] }], dockerfile: '/head/Dockerfile' },
    },
  }
  expect(places(true, app)).toEqual([
    ...dockerfile('/head/Dockerfile'),
    'remote https://host.invalid/f.git',
    'image alpine',
    'file-handed-over deploy/a',
    'file-handed-over deploy/key',
    'file-handed-over deploy/cache',
  ])
})

test('lists a Dockerfile of this machine for a remote context of a bake', () => {
  const print = { target: { app: { context: 'https://host.invalid/x.git#main', dockerfile: 'cwd://head/Dockerfile' } } }
  const path = resolve('deploy/head/Dockerfile')
  expect(short(placesOfTargets(parseDefinition(print, 'deploy'), JSON.stringify(print), false))).toEqual([
    'remote https://host.invalid/x.git#main',
    ...dockerfile(path),
  ])
})

test('lists the source policy of the environment', () => {
  expect(short(placesOfEnvironment({ EXPERIMENTAL_BUILDKIT_SOURCE_POLICY: 'head/policy.json' }))).toEqual([
    'file head/policy.json',
  ])
  expect(placesOfEnvironment({ EXPERIMENTAL_BUILDKIT_SOURCE_POLICY: '' })).toEqual([])
})
