import { describe, expect, test } from '@jest/globals'
import { parseActionInputs, type ActionInputs, type BakeReportInputs, type ImagesReportInputs } from '../../src/inputs/action.ts'
import { bakeWords } from '../../src/inputs/bake.ts'
import { maskCall } from '../../src/inputs/mask.ts'
import { thrownBy } from './thrown-by.ts'

const env = { GITHUB_REPOSITORY: 'octo/app', GITHUB_SERVER_URL: 'https://github.com', GITHUB_REF: 'refs/heads/main', GITHUB_SHA: 'abc' }
const getFrom = (inputs: Readonly<Record<string, string>>) => (name: string) => inputs[name] ?? ''
const parse = (inputs: Readonly<Record<string, string>>): ActionInputs => parseActionInputs(getFrom(inputs), env, { isPrivate: false, fileExists: () => true })

function bake(inputs: Readonly<Record<string, string>>): BakeReportInputs['bake'] {
  const parsed = parse(inputs)
  if (parsed.mode !== 'bake') throw new Error(`mode is ${parsed.mode}`)
  return parsed.bake
}

describe('bake', () => {
  test.each([
    [{ files: 'a.hcl, b.json\ncompose.yaml' }, ['--file', 'a.hcl', '--file', 'b.json', '--file', 'compose.yaml']],
    [{ targets: 'app,db\nweb' }, ['app', 'db', 'web']],
    [{ set: '*.platform=linux/amd64,linux/arm64\napp.args.A="x"' }, ['--set', '*.platform=linux/amd64,linux/arm64', '--set', 'app.args.A="x"']],
    [{ targets: 'app', allow: 'network.host,fs.read=..' }, ['--allow', 'network.host', '--allow', 'fs.read=..', 'app']],
    [{ targets: 'app', provenance: 'mode=max', sbom: 'true', builder: 'b' }, ['--provenance', 'mode=max', '--sbom', 'true', '--builder', 'b', 'app']],
    [{ targets: 'app', load: 'true', push: 'TRUE', pull: 'True', 'no-cache': 'true' }, ['--load', '--no-cache', '--pull', '--push', 'app']],
    [{ targets: 'app', load: 'false', push: 'false', 'github-token': 'x' }, ['app']],
    [{ targets: 'app', source: '{{defaultContext}}:deploy' }, ['https://github.com/octo/app.git#abc:deploy', 'app']],
  ])('%j', (inputs, argv) => {
    expect(bakeWords(bake(inputs))).toEqual(argv)
  })

  test('where it runs, with which builder, and what it asks', () => {
    expect(bake({ targets: 'app' })).toMatchObject({ folder: '.', remote: false, builder: null, call: null })
    expect(bake({ targets: 'app', source: './deploy', builder: 'b', call: 'check' })).toMatchObject({ folder: './deploy', remote: false, builder: 'b', call: 'check' })
    expect(bake({ targets: 'app', call: 'build' }).call).toBeNull()
    expect(bake({ targets: 'app', source: 'https://x.org/y.git' })).toMatchObject({ folder: '.', remote: true })
    expect(bake({ targets: 'https://x.org/y.git,app' })).toMatchObject({ folder: '.', remote: true })
  })

  test.each([
    [{ targets: 'app', context: '.' }, 'input context does not go with files, targets or set: write it in the bake file, or as set: TARGET.context=VALUE'],
    [{ targets: 'app', 'build-args': 'A=hidden' }, 'as set: TARGET.args.NAME=VALUE'],
    [{ targets: 'app', secrets: 'a=hidden' }, 'input secrets does not go with files, targets or set: write it in the bake file'],
    [{ files: 'a.hcl', tags: 'a' }, 'as set: TARGET.tags=VALUE'],
    [{ targets: '--push' }, 'input targets holds "--push"'],
    [{ files: '-' }, 'no standard input'],
    [{ source: '.' }, 'input source is where bake files lie'],
    [{ targets: 'app', push: 'yes' }, 'input push is true or false'],
  ])('%j is refused', (inputs, message) => {
    const error = thrownBy(() => parse(inputs))
    expect(error).toMatchObject({ code: 'USAGE' })
    expect(error.message).toContain(message)
    expect(error.message).not.toContain('hidden')
  })

  test('every input of a build either is a flag of bake or is refused', () => {
    const read = new Set<string>()
    parseActionInputs((name) => (read.add(name), ''), env, { isPrivate: false, fileExists: () => true })
    const ours = ['files', 'targets', 'set', 'source', 'images', 'name', 'github-token', 'budgets', 'comment', 'override-label', 'fail-on-report-error', 'records', 'mode', 'baseline', 'baseline-timeout', 'stage-compression']
    const flags = ['allow', 'builder', 'call', 'load', 'no-cache', 'provenance', 'pull', 'push', 'sbom']
    for (const name of read) {
      if (ours.includes(name) || flags.includes(name)) continue
      expect([name, thrownBy(() => parse({ targets: 'app', [name]: 'x' })).message]).toEqual([name, expect.stringContaining(`input ${name} does not go`)])
    }
    expect(read.size).toBeGreaterThan(ours.length + flags.length)
  })

  test('an argument among overrides is masked where a call is shown', () => {
    expect(maskCall(['buildx', 'bake', ...bakeWords(bake({ targets: 'app', set: '*.args.A=hidden' }))])).toEqual(['buildx', 'bake', '--set', '*.args.A=***', 'app'])
  })
})

describe('images', () => {
  test('one a line, each once, as they are written', () => {
    expect(parse({ images: 'docker://a/b:1\n\n oci-archive:x,y.tar \ndocker://a/b:1' })).toMatchObject({ mode: 'images', images: ['docker://a/b:1', 'oci-archive:x,y.tar'], baseline: 'auto' } satisfies Partial<ImagesReportInputs>)
  })

  test.each([
    [{ images: 'a', files: 'b' }, 'input files is for a build'],
    [{ images: 'a', context: '.' }, 'input context is for a build'],
    [{ images: 'a', push: 'true' }, 'input push is for a build'],
    [{ images: '-' }, 'no standard input'],
  ])('%j is refused', (inputs, message) => {
    expect(thrownBy(() => parse(inputs))).toMatchObject({ code: 'USAGE', message: expect.stringContaining(message) })
  })
})
