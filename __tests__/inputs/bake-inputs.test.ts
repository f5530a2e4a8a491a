import { describe, expect, test } from '@jest/globals'
import { settingsOfBake } from '../../src/base/build-settings.ts'
import {
  parseActionInputs,
  type ActionInputs,
  type BakeReportInputs,
  type ImagesReportInputs,
} from '../../src/inputs/action-inputs.ts'
import { bakeArguments } from '../../src/inputs/bake-inputs.ts'
import { maskCall } from '../../src/inputs/mask.ts'
import { thrownBy } from '../support/thrown-by.ts'

const env = {
  GITHUB_REPOSITORY: 'octo/app',
  GITHUB_SERVER_URL: 'https://github.com',
  GITHUB_REF: 'refs/heads/main',
  GITHUB_SHA: 'abc',
}
const run = 'https://github.com/octo/app/actions/runs/0/attempts/1'
const getFrom = (inputs: Readonly<Record<string, string>>) => (name: string) => inputs[name] ?? ''

interface Surroundings {
  readonly env?: Readonly<Record<string, string>>
  readonly isPrivate?: boolean
}

const parse = (
  inputs: Readonly<Record<string, string>>,
  { env: more = {}, isPrivate = false }: Surroundings = {},
): ActionInputs => parseActionInputs(getFrom(inputs), { ...env, ...more }, { isPrivate, fileExists: () => true })

function bake(inputs: Readonly<Record<string, string>>, surroundings: Surroundings = {}): BakeReportInputs['bake'] {
  const parsed = parse(inputs, surroundings)
  if (parsed.mode !== 'bake') throw new Error(`mode is ${parsed.mode}`)
  return parsed.bake
}

describe('bake', () => {
  test.each([
    [{ files: 'a.hcl, b.json\ncompose.yaml' }, ['--file', 'a.hcl', '--file', 'b.json', '--file', 'compose.yaml']],
    [{ targets: 'app,db\nweb' }, ['app', 'db', 'web']],
    [
      { set: '*.platform=linux/amd64,linux/arm64\napp.args.A="x"' },
      ['--set', '*.platform=linux/amd64,linux/arm64', '--set', 'app.args.A="x"'],
    ],
    [{ targets: 'app', allow: 'network.host,fs.read=..' }, ['--allow', 'network.host', '--allow', 'fs.read=..', 'app']],
    [{ vars: 'A=1,2\nB="x"\nC=' }, ['--var', 'A=1,2', '--var', 'B="x"', '--var', 'C=']],
    [{ mode: 'bake' }, []],
    [{ mode: 'bake', source: './deploy' }, []],
    [
      { targets: 'app', provenance: 'mode=max', sbom: 'true', builder: 'b' },
      ['--provenance', `mode=max,builder-id=${run}`, '--sbom', 'true', '--builder', 'b', 'app'],
    ],
    [{ targets: 'app', provenance: 'mode=max,builder-id=mine' }, ['--provenance', 'mode=max,builder-id=mine', 'app']],
    [{ targets: 'app', provenance: 'TRUE' }, ['--provenance', `builder-id=${run}`, 'app']],
    [{ targets: 'app', provenance: 'False' }, ['--provenance', 'false', 'app']],
    [
      { targets: 'app', load: 'true', push: 'TRUE', pull: 'True', 'no-cache': 'true' },
      ['--load', '--no-cache', '--pull', '--push', 'app'],
    ],
    [{ targets: 'app', load: 'false', push: 'false', 'github-token': 'x' }, ['app']],
    [{ targets: 'app', source: '{{defaultContext}}:deploy' }, ['https://github.com/octo/app.git#abc:deploy', 'app']],
  ])('is called with the flags of %j', (inputs, argv) => {
    expect(bakeArguments(bake(inputs))).toEqual(argv)
  })

  test('runs in a folder with a builder, and may be a call', () => {
    expect(bake({ targets: 'app' })).toMatchObject({ folder: '.', remote: false, builder: null, call: null })
    expect(bake({ targets: 'app', source: './deploy', builder: 'b', call: 'check' })).toMatchObject({
      folder: './deploy',
      remote: false,
      builder: 'b',
      call: 'check',
    })
    expect(bake({ targets: 'app', call: 'build' }).call).toBeNull()
    expect(bake({ targets: 'app', source: 'https://x.org/y.git' })).toMatchObject({ folder: '.', remote: true })
    for (const targets of ['https://x.org/y.git,app', 'github.com/x/y', 'git@x.org:y.git', 'me@x.org:y.git#main'])
      expect(bake({ targets })).toMatchObject({ folder: '.', remote: true, address: null })
  })

  test('gets provenance by default if nothing else decides it', () => {
    const provenance = (inputs: Readonly<Record<string, string>>, surroundings: Surroundings = {}): string | null =>
      bake({ targets: 'app', ...inputs }, surroundings).defaultProvenance
    expect(provenance({})).toBe(`type=provenance,mode=max,builder-id=${run}`)
    expect(provenance({}, { isPrivate: true })).toBe(`type=provenance,mode=min,inline-only=true,builder-id=${run}`)
    expect(provenance({ push: 'true', sbom: 'true' })).toBe(`type=provenance,mode=max,builder-id=${run}`)
    expect(provenance({ load: 'true' })).toBeNull()
    expect(provenance({ provenance: 'false' })).toBeNull()
    expect(provenance({}, { env: { BUILDX_NO_DEFAULT_ATTESTATIONS: '1' } })).toBeNull()
    expect(provenance({}, { env: { GITHUB_REPOSITORY: '' } })).toBeNull()
  })

  test('may read files anywhere, and gets the token only for a definition on the server of the run', () => {
    const files = ['BUILDX_BAKE_ENTITLEMENTS_FS', '0']
    const token = ['BUILDX_BAKE_GIT_AUTH_TOKEN', 'ghs_x']
    const added = (source: string, more: Readonly<Record<string, string>> = {}): unknown => [
      ...bake({ targets: 'app', source, 'github-token': 'ghs_x' }, { env: more }).env,
    ]
    expect(added('.')).toEqual([files])
    expect(added('{{defaultContext}}:deploy')).toEqual([files, token])
    expect(added('https://github.com/other/private.git#v1')).toEqual([files, token])
    expect(added('github.com/other/private')).toEqual([files, token])
    expect(added('https://gitlab.com/octo/app.git')).toEqual([files])
    expect(added('https://github.com.evil.org/octo/app.git')).toEqual([files])
    expect(added('https://github.com@evil.org/octo/app.git')).toEqual([files])
    expect(added('http://github.com/octo/app.git')).toEqual([files])
    expect(added('git@github.com:octo/app.git')).toEqual([files])
    expect(added('https://ghe.corp/x/y.git', { GITHUB_SERVER_URL: 'https://ghe.corp' })).toEqual([files, token])
    expect(
      added('{{defaultContext}}', { BUILDX_BAKE_GIT_AUTH_TOKEN: 'theirs', BUILDX_BAKE_ENTITLEMENTS_FS: '1' }),
    ).toEqual([])
  })

  test('has the same settings in a record whatever the run and the values of variables are', () => {
    const settings = settingsOfBake(
      bake({ targets: 'app', vars: 'A=hidden', provenance: 'mode=max', sbom: 'true' }),
      'auto',
      process.cwd(),
    )
    expect(settings).toBe('bake: --var A=*** app')
  })

  test.each([
    [
      { targets: 'app', context: '.' },
      'input context is only for builds, but this step runs a bake: write it in the bake file, or as set: TARGET.context=VALUE',
    ],
    [{ targets: 'app', 'build-args': 'A=hidden' }, 'as set: TARGET.args.NAME=VALUE'],
    [
      { targets: 'app', secrets: 'a=hidden' },
      'input secrets is only for builds, but this step runs a bake: write it in the bake file',
    ],
    [{ files: 'a.hcl', tags: 'a' }, 'as set: TARGET.tags=VALUE'],
    [{ targets: '--push' }, 'input targets contains "--push"'],
    [{ files: '-' }, 'no standard input'],
    [{ source: '.' }, 'input source is only for bake files: set mode to bake'],
    [{ vars: 'A=1\n hidden' }, 'entry 2 of input vars is not NAME=VALUE'],
    [{ mode: 'bake', context: '.' }, 'input context is only for builds, but this step runs a bake'],
    [{ mode: 'bake', images: 'x' }, 'mode bake builds'],
    [{ mode: 'publishing' }, 'input mode'],
    [{ targets: 'app', push: 'yes' }, 'input push must be true or false'],
  ])('refuses %j', (inputs, message) => {
    const error = thrownBy(() => parse(inputs))
    expect(error).toMatchObject({ code: 'USAGE' })
    expect(error.message).toContain(message)
    expect(error.message).not.toContain('hidden')
  })

  test('takes or refuses every input of a build', () => {
    const read = new Set<string>()
    parseActionInputs((name) => (read.add(name), ''), env, { isPrivate: false, fileExists: () => true })
    const ours = [
      'files',
      'targets',
      'set',
      'vars',
      'source',
      'images',
      'name',
      'github-token',
      'budgets',
      'comment',
      'override-label',
      'trend',
      'page-url',
      'fail-on-report-error',
      'records',
      'mode',
      'baseline',
      'baseline-timeout',
      'stage-compression',
      'uncached-stages',
    ]
    const flags = ['allow', 'builder', 'call', 'load', 'no-cache', 'provenance', 'pull', 'push', 'sbom']
    for (const name of read) {
      if (ours.includes(name) || flags.includes(name)) continue
      expect([name, thrownBy(() => parse({ targets: 'app', [name]: 'x' })).message]).toEqual([
        name,
        expect.stringContaining(`input ${name} is only for builds`),
      ])
    }
    expect(read.size).toBeGreaterThan(ours.length + flags.length)
  })

  test('masks the arguments in overrides when a call is shown', () => {
    expect(
      maskCall([
        'buildx',
        'bake',
        ...bakeArguments(bake({ targets: 'app', set: '*.args.A=hidden', vars: 'B=hidden' })),
      ]),
    ).toEqual(['buildx', 'bake', '--set', '*.args.A=***', '--var', 'B=***', 'app'])
  })
})

describe('images', () => {
  test('are listed one per line, each once, as they are written', () => {
    expect(parse({ images: 'docker://a/b:1\n\n oci-archive:x,y.tar \ndocker://a/b:1' })).toMatchObject({
      mode: 'images',
      images: ['docker://a/b:1', 'oci-archive:x,y.tar'],
      baseline: 'auto',
    } satisfies Partial<ImagesReportInputs>)
  })

  test.each([
    [{ images: 'a', vars: 'A=1' }, 'input vars is for a build'],
    [{ images: 'a', files: 'b' }, 'input files is for a build'],
    [{ images: 'a', context: '.' }, 'input context is for a build'],
    [{ images: 'a', push: 'true' }, 'input push is for a build'],
    [{ images: '-' }, 'no standard input'],
  ])('are refused with %j', (inputs, message) => {
    expect(thrownBy(() => parse(inputs))).toMatchObject({ code: 'USAGE', message: expect.stringContaining(message) })
  })
})
