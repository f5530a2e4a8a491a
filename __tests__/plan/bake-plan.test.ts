import { readFileSync } from 'node:fs'
import { describe, expect, test } from '@jest/globals'
import { FootprintError } from '../../src/errors.ts'
import { parseDefinition, targetsWithoutProvenance } from '../../src/plan/bake-definition.ts'
import { planBake, type BakeTarget } from '../../src/plan/bake-plan.ts'

/** As printed by buildx 0.29. The definition had a matrix, inheritance, overrides, and strings in short form. */
const printed = JSON.parse(readFileSync(new URL('bake-print.json', import.meta.url), 'utf8')) as {
  group: Record<string, unknown>
  target: Record<string, Record<string, unknown>>
}
interface BakePlace {
  readonly folder: string
  readonly builder: string | null
}

const here: BakePlace = { folder: '.', builder: null }
const plan = (print: unknown, { folder, builder } = here): readonly BakeTarget[] =>
  planBake(parseDefinition(print, folder), { builder, allow: [] })

const planned = (print: unknown, place: BakePlace = here): readonly BakeTarget[] => plan(print, place)
/** The first target of a definition with one target of these properties. */
function target(properties: Readonly<Record<string, unknown>>, place: BakePlace = here): BakeTarget {
  const [only] = planned(
    {
      group: { default: { targets: ['only'] } },
      target: { only: { context: '.', dockerfile: 'Dockerfile', ...properties } },
    },
    place,
  )
  if (!only) throw new Error('nothing is planned')
  return only
}

describe('the printed definition', () => {
  test('gives the targets in order, with groups and matrices resolved, and what they build on', () => {
    const targets = planned(printed)
    expect(targets.map(({ name, linked }) => [name, [...(linked?.others.keys() ?? [])]])).toEqual([
      ['app', ['tool-a']],
      ['tool-a', []],
      ['tool-b', []],
    ])
    expect(targets[0]?.build.buildContexts.get('stage')).toBe('target:tool-a')
    expect(targets[0]?.build.stepArgv.join(' ')).not.toContain('target:')
  })

  test.each(['constructor', 'prototype', '__proto__'])('gives a target, a group and a context called %s', (name) => {
    const named = (value: unknown): unknown => JSON.parse(JSON.stringify({ NAME: value }).replace('NAME', name))
    const [only, ...others] = planned({
      group: named({ targets: ['only'] }),
      target: { only: { contexts: named('/srv/x'), args: named('value') } },
    })
    expect([only?.name, only?.build.buildContexts.get(name), only?.build.buildArgs]).toEqual([
      'only',
      '/srv/x',
      [`${name}=value`],
    ])
    expect(others).toEqual([])
    expect(planned({ target: named({}) }).map((one) => one.name)).toEqual([name])
  })

  test('gives no target that others only build on', () => {
    const linked = {
      group: { default: { targets: ['app'] } },
      target: { app: printed.target['app'], 'tool-a': printed.target['tool-a'] },
    }
    expect(planned(linked).map(({ name }) => name)).toEqual(['app'])
  })

  test('gives an inline Dockerfile, and a context at an address', () => {
    const [, a] = planned(printed)
    expect(a?.dockerfile).toBe('FROM scratch\nCOPY f-a /\n')
    expect(a?.build).toMatchObject({ file: '-', context: 'https://github.com/a/b.git#main', builder: null, call: null })
    expect(a?.build.stepArgv).toEqual([
      '--add-host',
      'foo=1.2.3.4',
      '--build-arg',
      'EMPTY=',
      '--build-arg',
      'ODD=a${X}%{y}$b',
      '--build-arg',
      'Q=1',
      '--build-arg',
      'VERSION=1',
      '--shm-size',
      '64m',
      '--ulimit',
      'nofile=100:100',
    ])
    expect(a?.build.imageArgv).toEqual(['--label', 'org.a=q"u,o${t}'])
  })

  test('gives every flag of a target', () => {
    const app = target(
      { ...printed.target['app'], contexts: { base: 'docker-image://scratch2', lib: './lib' } },
      { folder: 'deploy', builder: 'mine' },
    )
    expect(app.build).toMatchObject({
      context: 'deploy/app',
      file: 'deploy/app/Docker.file',
      target: 'run',
      platforms: ['linux/amd64', 'linux/arm64'],
      tags: ['x/app:1', 'x/app:2'],
      builder: 'mine',
      outputs: ['type=image,compression=zstd'],
      imageArgv: ['--label', 'org.a=q"u,o${t}', '--annotation', 'manifest:org.b=c,d'],
    })
    expect(app.build.stepArgv).toEqual([
      '--builder',
      'mine',
      '--add-host',
      'foo=1.2.3.4',
      '--allow',
      'network.host',
      '--build-arg',
      'EMPTY=',
      '--build-arg',
      'ODD=a${X}%{y}$b',
      '--build-arg',
      'Q=1',
      '--build-arg',
      'VERSION=1',
      '--build-context',
      'base=docker-image://scratch2',
      '--build-context',
      'lib=deploy/lib',
      '--cache-from',
      'scope=x,type=gha',
      '--cache-from',
      'ref=user/app:cache,type=registry',
      '--network',
      'none',
      '--secret',
      'id=foo,env=BAR',
      '--secret',
      'id=k,src=deploy/s.txt',
      '--shm-size',
      '64m',
      '--ssh',
      'd=deploy/k1',
      '--ssh',
      'f=deploy/k1',
      '--ulimit',
      'nofile=100:100',
    ])
  })
})

test.each([
  [{ secret: ['id=a,src=x', 'type=env,id=b'] }, 'd', ['--secret', 'id=a,src=d/x', '--secret', 'type=env,id=b']],
  [{ secret: [{ id: 'a', src: '/abs,solute' }] }, 'd', ['--secret', 'id=a,"src=/abs,solute"']],
  [{ ssh: ['default', 'k=/one,two'] }, 'd', ['--ssh', 'default', '--ssh', 'k=/one,d/two']],
  [{ ssh: [{ id: 'default' }] }, 'd', ['--ssh', 'default']],
  [
    { 'cache-from': ['user/app:cache', 'type=local,src=cache'] },
    'd',
    ['--cache-from', 'user/app:cache', '--cache-from', 'type=local,src=d/cache'],
  ],
  [
    { contexts: { a: 'target-less', b: 'oci-layout://lay@sha256:0', c: 'https://x.org/y.git', d: 'cwd://z' } },
    'd',
    [
      '--build-context',
      'a=d/target-less',
      '--build-context',
      'b=oci-layout://d/lay@sha256:0',
      '--build-context',
      'c=https://x.org/y.git',
      '--build-context',
      'd=d/z',
    ],
  ],
  [
    { args: { A: '$$${b}', B: '%%%{', C: '$$x', D: null } },
    '.',
    ['--build-arg', 'A=$${b}', '--build-arg', 'B=%%{', '--build-arg', 'C=$$x'],
  ],
  [
    { resources: { memory: '512m', 'cpu-shares': 512, 'cpuset-cpus': '0', 'memory-swap': null } },
    'd',
    ['--resource', 'memory=512m', '--resource', 'cpu-shares=512', '--resource', 'cpuset-cpus=0'],
  ],
  // As printed by buildx 0.38.
  [
    {
      policy: [
        {
          Files: [
            { Filename: 'p,q.rego', Data: null },
            { Filename: 'cwd://c.rego', Data: null },
          ],
          Reset: false,
          Disabled: false,
          Strict: true,
          LogLevel: 'debug',
        },
        { Files: null, Reset: true, Disabled: false, Strict: false, LogLevel: null },
      ],
    },
    'd',
    [
      '--policy',
      '"filename=p,q.rego",filename=cwd://d/c.rego,strict=true,log-level=debug',
      '--policy',
      'reset=true,strict=false',
    ],
  ],
  [
    { policy: [{ Files: null, Reset: false, Disabled: true, Strict: null, LogLevel: null }] },
    'd',
    ['--policy', 'disabled=true'],
  ],
  [{ network: '', 'shm-size': null, args: null, ulimits: null }, '.', []],
])('turns %j in %s into flags', (properties, folder, argv) => {
  expect(target(properties, { folder, builder: null }).build.stepArgv).toEqual(argv)
})

test.each([
  ['.', 'Dockerfile', '.', null],
  ['./app/', 'Dockerfile', 'd/app/', null],
  ['./app', 'sub/x.Dockerfile', 'd/app', 'd/app/sub/x.Dockerfile'],
  ['/abs', 'x', '/abs', '/abs/x'],
  ['app', '/else/x', 'd/app', '/else/x'],
  ['app', '../x', 'd/app', 'd/x'],
  ['cwd://app', 'cwd://x', 'd/app', 'd/x'],
  ['https://x.org/y.git', 'sub/x', 'https://x.org/y.git', 'sub/x'],
])('resolves context %s and dockerfile %s', (context, dockerfile, asContext, asFile) => {
  const { build } = target({ context, dockerfile }, { folder: context === '.' ? '.' : 'd', builder: null })
  expect([build.context, build.file]).toEqual([asContext, asFile])
})

test.each([
  [
    { group: { default: { targets: ['only'] } }, target: { only: { context: 7, args: { A: 'hidden' } } } },
    'target.only.context',
  ],
  [{ target: { only: { args: { A: ['hidden'] } } } }, 'target.only.args.A'],
  [{ target: { '../only': {} } }, 'target.../only'],
  ['hidden', 'the bake definition cannot be parsed'],
])('refuses %j without showing any value', (print, where) => {
  const thrown = ((): unknown => {
    try {
      return plan(print)
    } catch (error) {
      return error
    }
  })()
  expect(thrown).toBeInstanceOf(FootprintError)
  expect((thrown as FootprintError).message).toContain(where)
  expect((thrown as FootprintError).message).not.toContain('hidden')
})

test.each([
  [{ a: {}, b: { attest: [{ type: 'sbom' }] } }, ['a', 'b']],
  [{ a: { attest: ['type=provenance,mode=min'] }, b: {} }, ['b']],
  [{ a: { attest: [{ type: 'provenance', disabled: 'true' }] } }, []],
  [{ a: {}, b: { output: [{ type: 'docker' }] } }, []],
  [{ a: { output: ['type=docker,dest=x'] } }, []],
  [{ a: { output: ['type=registry', 'docker'] } }, ['a']],
])('adds provenance by default in %j to %j', (targets, names) => {
  expect(targetsWithoutProvenance(parseDefinition({ target: targets }, '.'))).toEqual(names)
})

test('accepts a group with a target of its own name, and a group that contains itself', () => {
  const print = {
    group: { default: { targets: ['a', 'b'] }, a: { targets: ['a', 'c'] }, b: { targets: ['b', 'a'] } },
    target: { a: {}, c: {} },
  }
  expect(planned(print).map(({ name }) => name)).toEqual(['a', 'c'])
})

test('plans every target that makes an image if there are no groups', () => {
  expect(planned({ target: { a: {}, b: { call: 'build' }, c: { call: 'outline' } } }).map(({ name }) => name)).toEqual([
    'a',
    'b',
  ])
})

test('the places that all targets export to are relative to the folder of the bake', () => {
  const target = { context: '.', dockerfile: 'Dockerfile' }
  const print = {
    group: { default: { targets: ['a', 'b'] } },
    target: {
      a: { ...target, 'cache-to': [{ type: 'local', dest: '.bc', mode: 'max' }, 'type=registry,ref=r/a'] },
      b: { ...target, output: ['type=local,dest=/out', { type: 'tar', dest: '../b.tar' }, { type: 'docker' }] },
      // It is only built for others, so it has no output.
      c: { ...target, output: [{ type: 'local', dest: 'c' }], 'cache-to': ['type=local,dest=.c'] },
    },
  }
  const planned = planBake(parseDefinition(print, 'deploy'), { builder: null, allow: [] })
  for (const { destinations } of planned)
    expect(destinations.map(({ path }) => path)).toEqual(['/out', 'b.tar', 'deploy/.bc', 'deploy/.c'])
})
