import { resolve } from 'node:path'
import { expect, test } from '@jest/globals'
import type { PlannedStage } from '../../src/dockerfile/stage.ts'
import { parseDefinition } from '../../src/plan/bake-definition.ts'
import { planBake } from '../../src/plan/bake-plan.ts'
import { linkedCacheCall, linkedCall } from '../../src/plan/linked-weighing-calls.ts'

const printed = {
  group: { default: { targets: ['app'] } },
  target: {
    app: {
      context: 'app',
      contexts: { base: 'target:mid', lib: 'lib' },
      dockerfile: 'x.Dockerfile',
      'dockerfile-inline': null,
      args: { A: '$${b}', NONE: null },
      labels: { l: '%%{x}' },
      annotations: ['index,manifest:k=$${v}', 'index:only=index'],
      tags: ['t:1'],
      platforms: ['linux/amd64', 'linux/arm64'],
      entitlements: ['network.host'],
      output: ['type=image,compression=zstd,push=true'],
      target: 'run',
      resources: { memory: '1g' },
      policy: [
        {
          Files: [{ Filename: 'cwd://p.rego', Data: null }],
          Reset: true,
          Disabled: false,
          Strict: null,
          LogLevel: null,
        },
      ],
    },
    mid: {
      context: 'mid',
      contexts: { low: 'target:low' },
      labels: { of: 'mid' },
      tags: ['t:2'],
      platforms: ['linux/arm64', 'linux/amd64'],
      ssh: ['default'],
      secret: ['id=s,src=s.txt'],
      target: 'm',
    },
    low: {
      context: 'https://x.org/y.git',
      dockerfile: 'sub/Dockerfile',
      platforms: ['linux/amd64'],
      output: [{ type: 'cacheonly' }],
    },
  },
}

const stage = (index: number, final: boolean): PlannedStage => ({
  index,
  name: null,
  base: 'base',
  line: 1,
  endLine: 1,
  needed: true,
  final,
  uses: [],
  instructions: [],
})

test('defines the weighed target, and leaves the targets that it builds on unchanged', () => {
  const [app] = planBake(parseDefinition(printed, 'deploy'), { builder: 'mine', allow: ['--allow', 'fs.read=.'] })
  if (!app?.linked) throw new Error('nothing is linked')
  const { linked } = app
  const calls = [stage(1, true), stage(0, false)].map((each) =>
    linkedCall(linked, each, {
      stepArgv: app.build.stepArgv,
      imageArgv: app.build.imageArgv,
      platforms: ['linux/arm64'],
      outputs: app.build.outputs,
      context: 'deploy/app',
      dockerfile: '/tmp/copy/x.Dockerfile',
      targets: new Map([
        [0, 'zero'],
        [1, 'one${'],
      ]),
      builderStageCompression: 'uncompressed',
      mark: null,
    }),
  )
  expect(calls.map(({ id, metadata }) => [id, metadata])).toEqual([
    ['stage-1-linux-arm64', { target: 'app', others: ['mid', 'low'] }],
    ['stage-0-linux-arm64', { target: 'app', others: ['mid', 'low'] }],
  ])
  const [final, builder] = calls.map((call) => call.layout({ layout: '/tmp/out', metadataFile: 'm.json' }))
  expect(final?.args).toEqual([
    ...[
      'buildx',
      'bake',
      '--file',
      '-',
      '--builder',
      'mine',
      '--allow',
      'fs.read=.',
      '--allow',
      'network.host',
      '--allow',
      'ssh',
    ],
    ...['--provenance=false', '--sbom=false', '--progress=rawjson', '--metadata-file', 'm.json', 'app'],
  ])
  const definition = (words: typeof final): { readonly target: Readonly<Record<string, object>> } =>
    JSON.parse(words?.stdin?.toString() ?? '') as never
  expect(definition(final).target).toEqual({
    app: {
      ...{
        context: 'deploy/app',
        contexts: { base: 'target:mid', lib: 'deploy/lib' },
        dockerfile: '/tmp/copy/x.Dockerfile',
        args: { A: '$${b}' },
      },
      ...{ labels: { l: '%%{x}' }, annotations: ['manifest:k=$${v}'], target: 'one$${', platforms: ['linux/arm64'] },
      ...{ output: ['type=oci,tar=false,dest=/tmp/out,compression=zstd'], entitlements: ['network.host'] },
      ...{ secret: [], ssh: [], 'cache-from': [], ulimits: [], 'extra-hosts': {} },
      ...{ resources: { memory: '1g' }, policy: ['filename=cwd://deploy/p.rego,reset=true'] },
    },
    mid: {
      ...{
        context: 'deploy/mid',
        contexts: { low: 'target:low' },
        dockerfile: 'Dockerfile',
        args: {},
        labels: { of: 'mid' },
        target: 'm',
        platforms: ['linux/arm64'],
      },
      ...{
        secret: ['id=s,src=deploy/s.txt'],
        ssh: ['default'],
        'cache-from': [],
        ulimits: [],
        'extra-hosts': {},
        entitlements: [],
      },
    },
    low: {
      ...{
        context: 'https://x.org/y.git',
        contexts: {},
        dockerfile: 'sub/Dockerfile',
        args: {},
        labels: {},
        platforms: ['linux/amd64'],
      },
      ...{ secret: [], ssh: [], 'cache-from': [], ulimits: [], 'extra-hosts': {}, entitlements: [] },
    },
  })
  expect(definition(builder).target['app']).toMatchObject({
    labels: {},
    annotations: [],
    target: 'zero',
    output: ['type=oci,tar=false,dest=/tmp/out,compression=uncompressed'],
  })
})

test('stores a stage in the engine, and reads the Dockerfile from its place', () => {
  const [app] = planBake(parseDefinition(printed, 'deploy'), { builder: null, allow: [] })
  if (!app?.linked) throw new Error('nothing is linked')
  const inputs = {
    stepArgv: [],
    imageArgv: [],
    platforms: [],
    outputs: [],
    context: '.',
    dockerfile: 'deploy/app/x.Dockerfile',
    targets: new Map<number, string>(),
    builderStageCompression: 'keep',
    mark: null,
  } as const
  const words = linkedCall(app.linked, stage(0, true), inputs).store({
    label: { name: 'n', value: 'v' },
    metadataFile: 'm.json',
  })
  const { target } = JSON.parse(words.stdin?.toString() ?? '') as { target: { app: object } }
  expect(target.app).toMatchObject({
    labels: { l: '%%{x}', n: 'v' },
    output: ['type=image'],
    dockerfile: resolve('deploy/app/x.Dockerfile'),
    platforms: [],
  })
  expect(target.app).not.toHaveProperty('target')
})

test('exports the cache of all stages with one bake, in the compression of the user', () => {
  const [app] = planBake(parseDefinition(printed, 'deploy'), { builder: null, allow: [] })
  if (!app?.linked) throw new Error('nothing is linked')
  const call = linkedCacheCall(app.linked, stage(1, true), {
    stepArgv: app.build.stepArgv,
    imageArgv: app.build.imageArgv,
    platforms: ['linux/arm64'],
    outputs: app.build.outputs,
    context: 'deploy/app',
    dockerfile: '/tmp/copy/x.Dockerfile',
    targets: new Map([[1, 'one']]),
    builderStageCompression: 'keep',
    mark: { name: 'mark', folder: '/tmp/mark' },
  })
  expect([call.id, call.metadata]).toEqual(['cache-linux-arm64', { target: 'app', others: ['mid', 'low'] }])
  const { args, stdin } = call.words({ cache: '/tmp/cache', metadataFile: 'm.json' })
  expect(args.slice(-2)).toEqual(['m.json', 'app'])
  const { target } = JSON.parse(stdin?.toString() ?? '') as { target: Readonly<Record<string, object>> }
  expect(target['app']).toMatchObject({
    contexts: { base: 'target:mid', lib: 'deploy/lib', mark: '/tmp/mark' },
    target: 'one',
    output: ['type=cacheonly'],
    'cache-to': ['type=local,dest=/tmp/cache,mode=max,compression=zstd'],
  })
  expect(target['mid']).not.toHaveProperty('cache-to')
  // Each target has a record of its own in the builder's history.
  for (const name of ['mid', 'low']) expect(target[name]).toMatchObject({ contexts: { mark: '/tmp/mark' } })
})
