/** For docker/bake-action. What differs on purpose says why; rows without `differs` must be exactly the same. */
import { named, type PeerCase, type Surroundings } from './peer-case.ts'

const provenanceOf = (target: string): string =>
  `word: --set ${target}.attest=type=provenance,mode=max,builder-id=https://github.com/octo/app/actions/runs/42/attempts/1`

/** Nothing is attested if nothing is built. */
const asks = (...targets: string[]): Required<Surroundings>['differs'] => ({
  why: 'A call that asks a question makes no image, so it gets no provenance.',
  theirs: targets.map(provenanceOf),
  ours: [],
})

/** They send it to any server. */
const elsewhere: Surroundings = {
  differs: {
    why: 'github-token is sent only to the server of the run; for another one, set BUILDX_BAKE_GIT_AUTH_TOKEN.',
    theirs: ['env: BUILDX_BAKE_GIT_AUTH_TOKEN=a-token'],
    ours: [],
  },
}

const older: Surroundings = {
  differs: {
    why: 'The variable that replaces --allow fs=* is always set: buildx before 0.18 ignores it.',
    theirs: [],
    ours: ['word: --allow fs=*'],
  },
}

const here = { source: '.' }
const two = {
  group: { default: { targets: ['app', 'web'] } },
  target: { app: { context: '.' }, web: { context: 'web', tags: ['user/web:1'] } },
}

/** Each input alone. */
const alone = named(
  [
    {},
    { allow: 'network.host' },
    { allow: 'security.insecure,network.host\nfs.read=..' },
    { allow: 'fs=*' },
    { builder: 'mine' },
    { call: 'build' },
    { files: 'a.hcl' },
    { files: 'a.hcl, b.json\ncompose.yaml' },
    { files: 'cwd://a.hcl' },
    { load: 'true' },
    { 'no-cache': 'true' },
    { provenance: 'true' },
    { provenance: 'false' },
    { provenance: 'mode=max' },
    { provenance: 'mode=min,builder-id=https://example.com/mine' },
    { pull: 'true' },
    { push: 'true' },
    { push: 'True' },
    { sbom: 'true' },
    { sbom: 'generator=image:1' },
    { set: '*.platform=linux/amd64,linux/arm64' },
    { set: 'app.args.A="x"\n# b\n*.tags=a,b' },
    { set: 'app.args.KEY=-----BEGIN-----' },
    { targets: 'app' },
    { targets: 'app,db\nweb' },
    { vars: 'A=1' },
    { vars: 'A=1,2\nB="x"\nC=' },
    { 'github-token': '' },
  ].map((inputs) => [{ ...here, ...inputs }] as const),
)

const questions = named([
  [
    { ...here, call: 'check' },
    { differs: asks('default'), call: { metadata: { default: {} } } },
  ],
  [
    { ...here, call: 'outline' },
    { differs: asks('default'), call: { metadata: { default: {} } } },
  ],
])

const sources = named([
  [
    {},
    {
      differs: {
        why: 'Bake runs in the checkout by default, since it can use uncommitted files there; their default is source: "{{defaultContext}}".',
        theirs: [
          'operand: https://github.com/octo/app.git#0123456789abcdef0123456789abcdef01234567',
          'env: BUILDX_BAKE_GIT_AUTH_TOKEN=a-token',
        ],
        ours: [],
      },
    },
  ],
  [{ source: './deploy' }, { files: { 'deploy/docker-bake.hcl': '' } }],
  [{ source: '{{defaultContext}}' }],
  [{ source: '{{defaultContext}}:deploy' }],
  [{ source: 'https://github.com/other/private.git#main' }],
  [{ source: 'https://gitlab.com/octo/app.git' }, elsewhere],
  [{ source: 'https://example.org/bake.tar.gz', targets: 'app' }, elsewhere],
  [{ source: 'git@github.com:octo/app.git' }, elsewhere],
  [{ source: './nowhere' }],
  [
    { source: '{{defaultContext}}', targets: 'app', files: 'x.hcl', 'github-token': '' },
    { differs: { why: 'An empty token is not set.', theirs: ['env: BUILDX_BAKE_GIT_AUTH_TOKEN='], ours: [] } },
  ],
])

const runs: readonly PeerCase[] = [
  {
    name: 'a token of their own',
    inputs: { source: '{{defaultContext}}' },
    env: { BUILDX_BAKE_GIT_AUTH_TOKEN: 'theirs' },
  },
  {
    name: 'a pull request',
    inputs: { source: '{{defaultContext}}' },
    env: { GITHUB_REF: 'refs/pull/7/merge', GITHUB_EVENT_NAME: 'pull_request' },
    differs: {
      why: 'The commit of the run, as in docker/build-push-action, and not a ref that may move.',
      theirs: ['operand: https://github.com/octo/app.git#refs/pull/7/merge'],
      ours: ['operand: https://github.com/octo/app.git#0123456789abcdef0123456789abcdef01234567'],
    },
  },
]

const attestations: readonly PeerCase[] = [
  { name: 'two targets', inputs: here, definition: two },
  {
    name: 'two targets of a private repository',
    inputs: here,
    definition: two,
    event: { repository: { private: true } },
  },
  { name: 'two targets, pushed', inputs: { ...here, push: 'true' }, definition: two },
  { name: 'two targets on overlay2', inputs: here, definition: two, builder: 'docker' },
  { name: 'two targets on a docker driver that attests', inputs: here, definition: two, builder: 'docker-moby' },
  { name: 'two targets, BuildKit before 0.11', inputs: here, definition: two, builder: 'container-old' },
  { name: 'no default attestations', inputs: here, definition: two, env: { BUILDX_NO_DEFAULT_ATTESTATIONS: '1' } },
  {
    name: 'default attestations wanted',
    inputs: here,
    definition: two,
    env: { BUILDX_NO_DEFAULT_ATTESTATIONS: 'false' },
  },
  {
    name: 'one target says its provenance',
    inputs: here,
    definition: { target: { app: { attest: [{ type: 'provenance', mode: 'min' }] }, web: {} } },
  },
  {
    name: 'one target says its provenance in a row',
    inputs: here,
    definition: { target: { app: { attest: ['type=provenance,mode=min'] }, web: {} } },
  },
  {
    name: 'one target wants no provenance',
    inputs: here,
    definition: { target: { app: { attest: [{ type: 'provenance', disabled: true }] }, web: {} } },
  },
  { name: 'an SBOM and no provenance', inputs: here, definition: { target: { app: { attest: [{ type: 'sbom' }] } } } },
  {
    name: 'one target goes to docker',
    inputs: here,
    definition: { target: { app: { output: [{ type: 'docker' }] }, web: {} } },
  },
  {
    name: 'one target goes to docker in a row',
    inputs: here,
    definition: { target: { app: { output: ['type=docker,dest=x'] }, web: {} } },
  },
  {
    name: 'one target goes to a folder',
    inputs: here,
    definition: { target: { app: { output: ['out'] }, web: { output: ['-'] } } },
  },
  {
    name: 'a target that is only built on',
    inputs: here,
    definition: {
      group: { default: { targets: ['app'] } },
      target: { app: { contexts: { base: 'target:base' } }, base: { output: [{ type: 'cacheonly' }] } },
    },
  },
  { name: 'provenance and SBOM', inputs: { ...here, provenance: 'mode=min', sbom: 'true' }, definition: two },
  { name: 'provenance by a set', inputs: { ...here, set: 'app.attest=type=provenance,mode=min' }, definition: two },
]

const versions: readonly PeerCase[] = [
  { name: 'buildx 0.17, nothing allowed', inputs: here, buildx: '0.17.1', ...older },
  { name: 'buildx 0.17, something allowed', inputs: { ...here, allow: 'network.host' }, buildx: '0.17.1', ...older },
  { name: 'buildx 0.18', inputs: here, buildx: '0.18.0' },
]

const outcomes: readonly PeerCase[] = [
  {
    name: 'a bake that fails',
    inputs: here,
    call: { status: 1, stderr: 'ERROR: failed to solve: no such file\n', metadata: undefined },
  },
  { name: 'a failure after metadata', inputs: here, call: { status: 1, stderr: 'ERROR: failed to push\n' } },
  {
    name: 'check that finds',
    inputs: { ...here, call: 'check' },
    definition: two,
    call: {
      status: 1,
      stdout:
        'app\n\nCheck complete, 1 warning has been found!\n\nweb\n\nCheck complete, 2 warnings have been found!\n',
      metadata: { app: {}, web: {} },
    },
    differs: asks('app', 'web'),
  },
  { name: 'metadata null', inputs: here, call: { metadata: null } },
  { name: 'no metadata', inputs: here, call: { metadata: undefined } },
  {
    name: 'metadata with provenance',
    inputs: here,
    call: {
      metadata: {
        app: {
          'buildx.build.provenance': {
            invocation: { parameters: { args: { 'build-arg:PW': 'hunter2' } } },
            buildConfig: { llbDefinition: [] },
          },
          'containerimage.digest': 'sha256:1',
        },
      },
    },
    differs: {
      why: 'Values of build arguments are masked, and buildConfig, which contains them expanded, is left out.',
      theirs: [
        'output: metadata={"app":{"buildx.build.provenance":{"invocation":{"parameters":{"args":{"build-arg:PW":"hunter2"}}},"buildConfig":{"llbDefinition":[]}},"containerimage.digest":"sha256:1"}}',
      ],
      ours: [
        'output: metadata={"app":{"buildx.build.provenance":{"invocation":{"parameters":{"args":{"build-arg:PW":"***"}}}},"containerimage.digest":"sha256:1"}}',
      ],
    },
  },
  {
    name: 'metadata with warnings',
    inputs: here,
    call: {
      metadata: {
        app: { 'buildx.build.ref': 'one/one0/abc' },
        'buildx.build.warnings': [{ vertex: 'sha256:3', level: 1, short: 'c2hvcnQ=', detail: ['ZGV0YWls'] }],
      },
    },
  },
]

const wrong = named([[{ ...here, push: 'yes' }], [{ ...here, targets: '"a' }]])

const together: readonly PeerCase[] = [
  {
    name: 'what a release workflow has',
    inputs: {
      ...here,
      files: './docker-bake.hcl\ncwd://meta.json',
      targets: 'release',
      set: '*.cache-from=type=gha\n*.cache-to=type=gha,mode=max',
      push: 'true',
      sbom: 'true',
      pull: 'true',
    },
    definition: two,
  },
  {
    name: 'all flags',
    inputs: {
      ...here,
      builder: 'mine',
      allow: 'ssh',
      'no-cache': 'true',
      pull: 'true',
      load: 'true',
      push: 'true',
      provenance: 'mode=max',
      sbom: 'true',
      call: 'build',
      vars: 'A=1',
      set: 'a.b=c',
      files: 'f',
      targets: 't,u',
    },
  },
  { name: 'lines of Windows', inputs: { ...here, files: 'a.hcl\r\nb.hcl\r\n', set: 'a.b=c\r\nd.e=f\r\n' } },
  {
    name: 'blank lines and blanks',
    inputs: { ...here, targets: '\n  app  \n\n , web\n', set: '\n\n  a.b=c  \n' },
    differs: { why: 'A blank entry is ignored.', theirs: ['operand: '], ours: [] },
  },
]

export const bakeCases: readonly PeerCase[] = [
  ...alone,
  ...questions,
  ...sources,
  ...runs,
  ...attestations,
  ...versions,
  ...outcomes,
  ...wrong,
  ...together,
]
