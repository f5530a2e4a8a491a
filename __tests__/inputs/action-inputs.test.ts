import { describe, expect, test } from '@jest/globals'
import { parseActionInputs, type ReportInputs } from '../../src/inputs/action-inputs.ts'
import type { GetInput } from '../../src/inputs/boolean-input.ts'
import type { GitContextFacts } from '../../src/inputs/git-context.ts'
import type { Environment } from '../../src/inputs/inputs.ts'
import { thrownBy } from '../support/thrown-by.ts'

const environment: Environment = {
  GITHUB_REPOSITORY: 'octo/app',
  GITHUB_SERVER_URL: 'https://github.com',
  GITHUB_REF: 'refs/heads/main',
  GITHUB_SHA: '860c1904a1ce19322e91ac35af1ab07466440c37',
  GITHUB_RUN_ID: '123456789',
  GITHUB_RUN_ATTEMPT: '2',
}
const run = 'https://github.com/octo/app/actions/runs/123456789/attempts/2'
const defaultContext = 'https://github.com/octo/app.git#860c1904a1ce19322e91ac35af1ab07466440c37'

function parse(
  inputs: Record<string, string>,
  env: Environment = {},
  {
    isPrivate = false,
    exists = true,
    ...git
  }: GitContextFacts & { readonly isPrivate?: boolean; readonly exists?: boolean } = {},
): ReportInputs {
  const get: GetInput = (name, { trimWhitespace } = { trimWhitespace: true }) =>
    trimWhitespace ? (inputs[name] ?? '').trim() : (inputs[name] ?? '')
  const parsed = parseActionInputs(get, { ...environment, ...env }, { isPrivate, fileExists: () => exists, ...git })
  if (parsed.mode !== 'report') throw new Error(`mode is ${parsed.mode}`)
  return parsed
}

describe('flags', () => {
  test.each<[Record<string, string>, string[]]>([
    [{}, []],
    [
      { 'add-hosts': 'docker:10.180.0.1,foo:10.0.0.1' },
      ['--add-host', 'docker:10.180.0.1', '--add-host', 'foo:10.0.0.1'],
    ],
    [{ allow: 'security.insecure,network.host' }, ['--allow', 'security.insecure', '--allow', 'network.host']],
    [{ annotations: 'index:a=b\nc=d, e' }, ['--annotation', 'index:a=b', '--annotation', 'c=d, e']],
    [
      { 'build-args': 'A=1\nB=x,y\n\n"C=q,""z"""' },
      ['--build-arg', 'A=1', '--build-arg', 'B=x,y', '--build-arg', 'C=q,"z"'],
    ],
    [{ 'build-contexts': 'a=docker-image://x' }, ['--build-context', 'a=docker-image://x']],
    [
      { 'cache-from': 'type=registry,ref=a\ntype=gha' },
      ['--cache-from', 'type=registry,ref=a', '--cache-from', 'type=gha'],
    ],
    [{ 'cache-to': 'type=gha,mode=max' }, ['--cache-to', 'type=gha,mode=max']],
    [{ call: 'check' }, ['--call', 'check']],
    [{ 'cgroup-parent': 'foo' }, ['--cgroup-parent', 'foo']],
    [{ file: './test/Dockerfile' }, ['--file', './test/Dockerfile']],
    [{ labels: 'a=b\nc=d,e' }, ['--label', 'a=b', '--label', 'c=d,e']],
    [{ 'no-cache-filters': 'a,b' }, ['--no-cache-filter', 'a', '--no-cache-filter', 'b']],
    [{ outputs: 'type=oci,"dest=x"\n.' }, ['--output', 'type=oci,"dest=x"', '--output', '.']],
    [{ platforms: 'linux/amd64, linux/arm64\nlinux/386' }, ['--platform', 'linux/amd64,linux/arm64,linux/386']],
    [{ 'shm-size': '2g' }, ['--shm-size', '2g']],
    [{ ssh: 'default' }, ['--ssh', 'default']],
    [{ tags: 'a:1,b:2\nc' }, ['--tag', 'a:1', '--tag', 'b:2', '--tag', 'c']],
    [{ target: 'run' }, ['--target', 'run']],
    [{ ulimit: 'nofile=1024:1024\nnproc=3' }, ['--ulimit', 'nofile=1024:1024', '--ulimit', 'nproc=3']],
    [{ builder: 'b' }, ['--builder', 'b']],
    [{ load: 'true' }, ['--load']],
    [{ network: 'host' }, ['--network', 'host']],
    [{ 'no-cache': 'True' }, ['--no-cache']],
    [{ pull: 'TRUE' }, ['--pull']],
    [{ push: 'true', load: 'false' }, ['--push']],
  ])('are made from %j', (inputs, argv) => {
    expect(parse(inputs).build.argv).toEqual(argv)
  })

  test('give the same fields of the build', () => {
    const { build } = parse({
      context: '.',
      tags: 'a',
      target: 't',
      file: 'F',
      push: 'true',
      platforms: 'p,q',
      builder: 'b',
      labels: 'x=y',
      'build-args': 'A=1',
    })
    expect(build).toMatchObject({
      context: '.',
      tags: ['a'],
      target: 't',
      file: 'F',
      push: true,
      platforms: ['p', 'q'],
      builder: 'b',
    })
    expect(build.stepArgv).toEqual(['--build-arg', 'A=1', '--builder', 'b'])
    expect(build.imageArgv).toEqual(['--label', 'x=y'])
  })
})

describe('the context', () => {
  test.each<[string, Environment, string]>([
    ['', {}, defaultContext],
    ['.', {}, '.'],
    ['{{defaultContext}}:docker', {}, `${defaultContext}:docker`],
    ['{{ defaultContext }}:docker', {}, `${defaultContext}:docker`],
    ['', { GITHUB_REF: 'refs/pull/15/merge' }, defaultContext],
    [
      '',
      { GITHUB_REF: 'refs/pull/15/merge', DOCKER_DEFAULT_GIT_CONTEXT_PR_HEAD_REF: 'true' },
      'https://github.com/octo/app.git#refs/pull/15/head',
    ],
    ['', { GITHUB_REF: 'refs/pull/15/merge', GITHUB_SHA: '' }, 'https://github.com/octo/app.git#refs/pull/15/merge'],
    ['', { GITHUB_REF: 'main', GITHUB_SHA: '' }, 'https://github.com/octo/app.git#refs/heads/main'],
    ['', { GITHUB_REF: 'refs/tags/v1' }, defaultContext],
    ['', { GITHUB_REF: 'refs/tags/v1', GITHUB_SHA: '' }, 'https://github.com/octo/app.git#refs/tags/v1'],
    ['', { GITHUB_SERVER_URL: 'https://git.example.com' }, defaultContext.replace('github.com', 'git.example.com')],
  ])('is resolved from %j with %j', (context, env, expected) => {
    expect(parse({ context }, env).build.context).toBe(expected)
  })

  const head = 'c0ffee0000000000000000000000000000000000'
  test.each<[string, Environment, GitContextFacts, string]>([
    // The head of a pull request is pinned too, if it was asked for.
    ['', { GITHUB_REF: 'refs/pull/15/merge' }, { pullRequestHead: head }, defaultContext],
    [
      '',
      { GITHUB_REF: 'refs/pull/15/merge', DOCKER_DEFAULT_GIT_CONTEXT_PR_HEAD_REF: '1' },
      { pullRequestHead: head },
      `https://github.com/octo/app.git#${head}`,
    ],
    ['', { DOCKER_DEFAULT_GIT_CONTEXT_PR_HEAD_REF: '1' }, { pullRequestHead: head }, defaultContext],
    ['', {}, { asQuery: true }, defaultContext.replace('#', '?ref=')],
    ['{{defaultContext}}:docker', {}, { asQuery: true }, `${defaultContext.replace('#', '?ref=')}&subdir=docker`],
    [
      '',
      { GITHUB_REF: 'refs/pull/15/merge', DOCKER_DEFAULT_GIT_CONTEXT_PR_HEAD_REF: '1' },
      { pullRequestHead: head, asQuery: true },
      `https://github.com/octo/app.git?ref=${head}`,
    ],
  ])('is resolved from %j with %j and %j', (context, env, facts, expected) => {
    expect(parse({ context }, env, facts).build.context).toBe(expected)
  })

  test('may be the default context as a named context', () => {
    const { argv, buildContexts } = parse({
      context: '.',
      'build-contexts': 'a={{defaultContext}}\nb={{ defaultContext }}:docker\nc=./c',
    }).build
    expect(argv).toEqual([
      '--build-context',
      `a=${defaultContext}`,
      '--build-context',
      `b=${defaultContext}:docker`,
      '--build-context',
      'c=./c',
    ])
    expect(buildContexts.get('b')).toBe(`${defaultContext}:docker`)
  })

  test('must be set outside of a repository', () => {
    expect(thrownBy(() => parse({}, { GITHUB_REPOSITORY: '' })).message).toContain('set context to a path')
    expect(parse({ context: '.' }, { GITHUB_REPOSITORY: '' }).build.argv).toEqual([])
  })
})

describe('attestations', () => {
  test.each<[Record<string, string>, { env?: Environment; isPrivate?: boolean }, string[]]>([
    [{}, {}, [`type=provenance,mode=max,builder-id=${run}`]],
    [{}, { isPrivate: true }, [`type=provenance,mode=min,inline-only=true,builder-id=${run}`]],
    [{}, { env: { BUILDX_NO_DEFAULT_ATTESTATIONS: 'true' } }, []],
    [{ load: 'true' }, {}, []],
    [{ call: 'check' }, {}, []],
    [{ outputs: 'type=docker,dest=x' }, {}, []],
    [{ outputs: 'type=oci,dest=docker' }, {}, [`type=provenance,mode=max,builder-id=${run}`]],
    [{ provenance: 'true' }, {}, [`type=provenance,builder-id=${run}`]],
    [{ provenance: 'true', load: 'true' }, {}, [`type=provenance,builder-id=${run}`]],
    [{ provenance: 'false' }, {}, ['type=provenance,disabled=true']],
    [{ provenance: 'mode=max' }, {}, [`type=provenance,mode=max,builder-id=${run}`]],
    [{ provenance: 'mode=min,builder-id=me' }, {}, ['type=provenance,mode=min,builder-id=me']],
    [{ provenance: 'false', sbom: 'true' }, {}, ['type=provenance,disabled=true', 'type=sbom,disabled=false']],
    [{ provenance: 'false', sbom: 'generator=x' }, {}, ['type=provenance,disabled=true', 'type=sbom,generator=x']],
    [{ attests: 'type=provenance,mode=min' }, {}, [`type=provenance,mode=min,builder-id=${run}`]],
    [
      { attests: 'type=sbom,generator=x', sbom: 'false', provenance: 'false' },
      {},
      ['type=provenance,disabled=true', 'type=sbom,disabled=true'],
    ],
    [
      { attests: 'type=sbom,generator=x\ntype=provenance,mode=min', provenance: 'false' },
      {},
      ['type=provenance,disabled=true', 'type=sbom,generator=x'],
    ],
  ])('are added for %j %j', (inputs, { env = {}, isPrivate = false }, expected) => {
    const { build, defaultAttestation } = parse(inputs, env, { isPrivate })
    const { argv } = build
    const attached = argv.flatMap((word, index) => (argv[index - 1] === '--attest' ? [word] : []))
    expect([...attached, ...(defaultAttestation === null ? [] : [defaultAttestation])]).toEqual(expected)
  })

  test('that are added by default are separate, since the builder must support them', () => {
    expect(parse({}).build.argv).toEqual([])
    expect(parse({ provenance: 'mode=max' }).defaultAttestation).toBeNull()
  })
})

describe('secrets', () => {
  const secretsOf = ({ build }: ReportInputs) =>
    build.argv.flatMap((word, index) => (build.argv[index - 1] === '--secret' ? [word] : []))

  test('are passed through the environment, never as arguments', () => {
    const inputs = parse({
      context: '.',
      secrets: 'a=one\n"b=two\nlines"',
      'secret-envs': 'c=NPM_TOKEN',
      'secret-files': 'd=./x.txt\n"e=a,b"',
    })
    expect(secretsOf(inputs)).toEqual([
      'id=c,env=NPM_TOKEN',
      'id=a,env=STAGE_FOOTPRINT_SECRET_0',
      'id=b,env=STAGE_FOOTPRINT_SECRET_1',
      'id=d,src=./x.txt',
      'id=e,"src=a,b"',
    ])
    expect([...inputs.build.env]).toEqual([
      ['STAGE_FOOTPRINT_SECRET_0', 'one'],
      ['STAGE_FOOTPRINT_SECRET_1', 'two\nlines'],
    ])
    expect(inputs.build.stepArgv).toContain('id=a,env=STAGE_FOOTPRINT_SECRET_0')
  })

  test('keep blanks and newlines', () => {
    const pem = '-----BEGIN KEY-----\n  MIIB\n-----END KEY-----\n'
    const inputs = parse({ context: '.', secrets: `"key=${pem}"\r\n\n  \nA= one \nB=two ` })
    expect([...inputs.build.env.values()]).toEqual([pem, ' one ', 'two '])
    expect(secretsOf(inputs)).toEqual([
      'id=key,env=STAGE_FOOTPRINT_SECRET_0',
      'id=A,env=STAGE_FOOTPRINT_SECRET_1',
      'id=B,env=STAGE_FOOTPRINT_SECRET_2',
    ])
  })

  test.each<[Environment, string]>([
    [{}, 'github.com'],
    [{ GITHUB_SERVER_URL: 'https://git.example.com:8443/' }, 'git.example.com:8443'],
  ])('include github-token only for its own server: %j', (env, host) => {
    const inputs = parse({ 'github-token': 'ghs_x' }, env)
    expect(secretsOf(inputs)).toEqual([`id=GIT_AUTH_TOKEN.${host},env=STAGE_FOOTPRINT_SECRET_0`])
    expect([...inputs.build.env.values()]).toEqual(['ghs_x'])
  })

  test('are left out with a warning if a fork has no value for them', () => {
    const inputs = parse({ context: '.', secrets: 'a=\nb=2\nhidden' })
    expect(secretsOf(inputs)).toEqual(['id=b,env=STAGE_FOOTPRINT_SECRET_0'])
    expect(inputs.warnings).toEqual([
      'input secrets: "a" is empty, it is left out',
      'input secrets: entry 3 is not ID=…, it is left out',
    ])
  })

  test('are left out with a warning if their file is missing', () => {
    const inputs = parse({ context: '.', 'secret-files': 'a=./x' }, {}, { exists: false })
    expect(secretsOf(inputs)).toEqual([])
    expect(inputs.warnings).toEqual(['input secret-files: there is no file "./x", secret "a" is left out'])
  })

  test.each<[string, Record<string, string>, boolean]>([
    ['include github-token with the default context', {}, true],
    ['include github-token with a folder of it', { context: '{{defaultContext}}:sub' }, true],
    ['include github-token with another commit of it', { context: 'https://github.com/octo/app.git#v1' }, true],
    ['do not include github-token with a path', { context: '.' }, false],
    ['do not include github-token with another repository', { context: 'https://github.com/evil/app.git#v1' }, false],
    [
      'do not include github-token with a server of a similar name',
      { context: 'https://github.com.example/octo/app.git' },
      false,
    ],
    [
      'do not include github-token with a repository of a similar name',
      { context: 'https://github.com/octo/app.git2' },
      false,
    ],
    ['do not include github-token if the user has a token', { secrets: 'GIT_AUTH_TOKEN=mine' }, false],
    [
      'do not include github-token if the user has a token for this server',
      { secrets: 'GIT_AUTH_TOKEN.github.com=mine' },
      false,
    ],
    [
      'include github-token if the user has a token for another server',
      { secrets: 'GIT_AUTH_TOKEN.example.com=mine' },
      true,
    ],
    [
      'do not include github-token if the user has a token from the environment',
      { 'secret-envs': 'GIT_AUTH_TOKEN=MINE' },
      false,
    ],
  ])('%s', (_, inputs, expected) => {
    const { build } = parse({ ...inputs, 'github-token': 'ghs_x' })
    expect([...build.env.values()].includes('ghs_x')).toBe(expected)
    expect(build.argv.join(' ')).not.toContain('ghs_x')
  })
})

describe('our own inputs', () => {
  test('have defaults', () => {
    expect(parse({})).toMatchObject({
      name: null,
      fileName: 'stage-footprint',
      failOnReportError: false,
      stageCompression: 'auto',
      warnings: [],
    })
  })

  test('set the name of the image and of its files, the errors and the compression', () => {
    expect(parse({ name: '../Web & API', 'fail-on-report-error': 'true', 'stage-compression': 'keep' })).toMatchObject({
      name: '../Web & API',
      fileName: 'stage-footprint-Web-API',
      failOnReportError: true,
      stageCompression: 'keep',
    })
  })

  test.each<[Record<string, string>, string]>([
    [{ push: 'yes' }, 'input push must be true or false (also True, TRUE, False, FALSE), not "yes"'],
    [{ 'stage-compression': 'zip' }, 'input stage-compression must be one of auto, keep, uncompressed, not "zip"'],
    [{ comment: 'sometimes' }, 'input comment must be one of always, changes, failures, off, not "sometimes"'],
    [
      { 'baseline-timeout': '10' },
      'input baseline-timeout must be a time such as 90s, 10m or 1h30m, at most one day, not "10"',
    ],
    [{ 'baseline-timeout': '25h' }, 'at most one day'],
    [{ mode: 'publish', baseline: 'main' }, 'input baseline cannot be used with mode publish: remove it.'],
    [{ mode: 'other' }, 'input mode must be one of report, bake, publish, not "other"'],
    [{ 'build-contexts': 'x' }, 'build context "x" must be NAME='],
    [{ tags: '"a' }, 'input tags has a quote (") that is never closed'],
  ])('refuse %j', (inputs, message) => {
    const error = thrownBy(() => parse({ context: '.', ...inputs }))
    expect(error.code).toBe('USAGE')
    expect(error.message).toContain(message)
  })
})
