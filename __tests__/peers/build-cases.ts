/** For docker/build-push-action. What differs on purpose says why; rows without `differs` must be exactly the same. */
import { built } from '../support/peer-client.ts'
import { named, type PeerCase } from './peer-case.ts'

const provenance =
  'word: --attest type=provenance,mode=max,builder-id=https://github.com/octo/app/actions/runs/42/attempts/1'

const outputsOfOne = [
  `output: imageid=${built['containerimage.config.digest']}`,
  `output: digest=${built['containerimage.digest']}`,
  `output: metadata=${JSON.stringify(built)}`,
]

/** Nothing is attested if nothing is built. */
const asks = {
  why: 'A call that asks a question makes no image, so it gets no provenance.',
  theirs: [provenance],
  ours: [],
}

const masked = {
  why: 'Values of build arguments are masked, and buildConfig, which contains them expanded, is left out.',
  theirs: [
    'output: metadata={"buildx.build.provenance":{"invocation":{"parameters":{"args":{"build-arg:PW":"hunter2"}}},"buildConfig":{"llbDefinition":[]}},"containerimage.digest":"sha256:1"}',
  ],
  ours: [
    'output: metadata={"buildx.build.provenance":{"invocation":{"parameters":{"args":{"build-arg:PW":"***"}}}},"containerimage.digest":"sha256:1"}',
  ],
}

const token = 'secret: id=GIT_AUTH_TOKEN.github.com = "a-token"'

const ofOtherRefs = {
  why: 'github-token also fetches this repository at a ref other than that of the run.',
  theirs: [],
  ours: [token],
}

const remote = 'https://github.com/octo/app.git'

/** Each input alone. */
const alone = named(
  [
    { 'add-hosts': 'docker:10.180.0.1' },
    { 'add-hosts': 'docker:10.180.0.1,foo:10.0.0.1\nbar:10.0.0.2' },
    { allow: 'network.host' },
    { allow: 'security.insecure,network.host' },
    { annotations: 'example.com/key=value' },
    { annotations: 'manifest,index:a=b,c\n"quoted=1"' },
    { attests: 'type=sbom,generator=docker/scout-sbom-indexer:1' },
    { attests: 'type=provenance,mode=min' },
    { attests: 'type=provenance,mode=min\ntype=sbom,true' },
    { attests: 'type=provenance,disabled=true' },
    { attests: 'type=custom,true' },
    { 'build-args': 'A=1' },
    { 'build-args': 'A=1,2\nB="quoted"\n"C=with ""quotes"" and , commas"\nD' },
    { 'build-args': '# not a comment\nA=#1' },
    { 'build-args': '"MULTI=a\nb"' },
    { 'build-contexts': 'app=docker-image://alpine:3.20' },
    { 'build-contexts': 'lib=./lib\nother=https://github.com/a/b.git#main' },
    { 'build-contexts': 'lib={{defaultContext}}:sub\nroot={{defaultContext}}' },
    { builder: 'mine' },
    { 'cache-from': 'type=gha' },
    { 'cache-from': 'type=registry,ref=user/app:cache\nuser/app:1' },
    { 'cache-to': 'type=gha,mode=max' },
    { 'cache-to': 'type=local,dest=/tmp/cache' },
    { call: 'build' },
    { 'cgroup-parent': 'foo' },
    { file: './Dockerfile' },
    { labels: 'a=b\nc=d,e' },
    { labels: 'org.opencontainers.image.description="Say ""hi"""' },
    { load: 'true' },
    { load: 'TRUE' },
    { network: 'host' },
    { 'no-cache': 'true' },
    { 'no-cache-filters': 'a,b\nc' },
    { outputs: 'type=docker' },
    { outputs: 'type=image,"name=a,b",push=true' },
    { outputs: 'type=oci,dest=/tmp/x.tar\ntype=registry' },
    { platforms: 'linux/amd64' },
    { platforms: 'linux/amd64,linux/arm64\nlinux/arm/v7' },
    { provenance: 'true' },
    { provenance: 'false' },
    { provenance: 'False' },
    { provenance: 'mode=max' },
    { provenance: 'mode=min,builder-id=https://example.com/mine' },
    { provenance: 'mode=min,inline-only=true,disabled=false' },
    { pull: 'true' },
    { push: 'true' },
    { sbom: 'true' },
    { sbom: 'false' },
    { sbom: 'generator=image:1' },
    { secrets: 'a=b' },
    { secrets: 'a=b\nc=d,e\nf="g"' },
    { secrets: '"key=-----BEGIN KEY-----\nMIIB\n  indented\n-----END KEY-----\n"' },
    { secrets: '"a=  blanks  "' },
    { secrets: '"a=x ""y"" z"' },
    { secrets: 'a={"json":1}' },
    { secrets: 'GIT_AUTH_TOKEN=mine' },
    { 'secret-envs': 'a=MY_VARIABLE' },
    { 'secret-files': 'a=./file' },
    { 'secret-files': 'a=./nothing' },
    { 'shm-size': '2g' },
    { ssh: 'default' },
    { ssh: 'default,key=/a/b' },
    { tags: 'user/app:1' },
    { tags: 'user/app:1,user/app:2\nghcr.io/user/app:1' },
    { target: 'final' },
    { ulimit: 'nofile=1024:1024\nnproc=3' },
    { 'github-token': '' },
  ].map(
    (inputs) =>
      [
        { context: '.', ...inputs },
        { files: { file: 'x' }, env: { MY_VARIABLE: 'v' } },
      ] as const,
  ),
)

const questions = named([
  [
    { context: '.', call: 'check' },
    { differs: asks, call: { metadata: {} } },
  ],
  [
    { context: '.', call: 'outline' },
    { differs: asks, call: { metadata: {} } },
  ],
])

/** Values that are hard to read as lists. */
const lists = named(
  [
    { annotations: 'index,manifest:a=b, c\n"quoted=1"' },
    { attests: 'type=sbom,generator=image\ntype=provenance,mode=min' },
    { 'build-args': 'A=1,2\n"B=x ""y"""\n# no comment\nC' },
    { 'build-contexts': 'lib={{defaultContext}}:sub\napp=docker-image://alpine' },
    { labels: 'a=b, c\nd="e"' },
    { outputs: 'type=oci,"dest=x"\ntype=image,name=a' },
    { platforms: 'linux/amd64, linux/arm64\nlinux/386' },
    { provenance: 'mode=min,builder-id=me' },
    { secrets: 'A=1\nB=x,y \n"PEM=-----BEGIN\n  MIIB\n-----END\n"' },
    { 'secret-envs': 'A=NAME,B=OTHER' },
  ].map((inputs) => [{ context: '.', ...inputs }] as const),
)

/** Without an image there are no digests. */
const files = named(
  [{ outputs: 'type=local,dest=./out' }, { outputs: './out' }, { outputs: 'type=tar,dest=/tmp/x.tar' }].map(
    (inputs) => [{ context: '.', ...inputs }, { call: { metadata: { 'buildx.build.ref': 'one/one0/abc' } } }],
  ),
)

const contexts = named([
  [{}],
  [{ context: '.' }],
  [{ context: './sub' }, { files: { 'sub/Dockerfile': 'FROM scratch\n' } }],
  [{ context: '{{defaultContext}}' }],
  [{ context: '{{defaultContext}}:sub' }],
  [{ context: '{{ defaultContext }}:sub', file: 'x/Dockerfile' }],
  [{ context: remote }, { differs: ofOtherRefs }],
  [{ context: `${remote}#main` }, { differs: ofOtherRefs }],
  [{ context: `${remote}#0123456789abcdef0123456789abcdef01234567` }],
  [{ context: 'https://github.com/other/app.git' }],
  [{ secrets: 'GIT_AUTH_TOKEN=mine' }],
  [
    { secrets: 'GIT_AUTH_TOKEN.github.com=mine' },
    {
      differs: {
        why: 'A secret with that id is not added a second time with another value.',
        theirs: [token],
        ours: [],
      },
    },
  ],
  [{ secrets: 'GIT_AUTH_TOKENS=mine' }],
  [{ 'github-token': '' }],
])

const events: readonly PeerCase[] = [
  {
    name: 'a pull request',
    inputs: {},
    env: { GITHUB_REF: 'refs/pull/7/merge', GITHUB_EVENT_NAME: 'pull_request' },
    event: { repository: { private: false }, pull_request: { number: 7, head: { sha: 'f'.repeat(40) } } },
  },
  {
    name: 'the head of a pull request',
    inputs: {},
    env: {
      GITHUB_REF: 'refs/pull/7/merge',
      GITHUB_EVENT_NAME: 'pull_request',
      DOCKER_DEFAULT_GIT_CONTEXT_PR_HEAD_REF: 'true',
    },
    event: { repository: { private: false }, pull_request: { number: 7, head: { sha: 'f'.repeat(40) } } },
  },
  { name: 'a tag', inputs: {}, env: { GITHUB_REF: 'refs/tags/v1' } },
  { name: 'a private repository', inputs: { context: '.' }, event: { repository: { private: true } } },
  { name: 'an event without a repository', inputs: { context: '.' }, event: {} },
  { name: 'another server', inputs: {}, env: { GITHUB_SERVER_URL: 'https://ghe.example.org:8443' } },
  { name: 'queries as input', inputs: {}, env: { BUILDX_SEND_GIT_QUERY_AS_INPUT: 'true' } },
  {
    name: 'queries as input, and a folder',
    inputs: { context: '{{defaultContext}}:sub' },
    env: { BUILDX_SEND_GIT_QUERY_AS_INPUT: 'true' },
    differs: {
      why: `The folder is the query's subdir; they write "=" as HTML, and BuildKit takes all of it as a name.`,
      theirs: ['operand: https://github.com/octo/app.git?ref&#x3D;0123456789abcdef0123456789abcdef01234567:sub'],
      ours: [token, 'operand: https://github.com/octo/app.git?ref=0123456789abcdef0123456789abcdef01234567&subdir=sub'],
    },
  },
]

const attestations: readonly PeerCase[] = [
  { name: 'no default attestations', inputs: { context: '.' }, env: { BUILDX_NO_DEFAULT_ATTESTATIONS: '1' } },
  { name: 'default attestations wanted', inputs: { context: '.' }, env: { BUILDX_NO_DEFAULT_ATTESTATIONS: 'false' } },
  { name: 'overlay2', inputs: { context: '.' }, builder: 'docker' },
  { name: 'overlay2, pushed', inputs: { context: '.', push: 'true', tags: 'user/app:1' }, builder: 'docker' },
  { name: 'overlay2 and provenance', inputs: { context: '.', provenance: 'true' }, builder: 'docker' },
  { name: 'a docker driver that attests', inputs: { context: '.' }, builder: 'docker-moby' },
  { name: 'BuildKit before 0.11', inputs: { context: '.' }, builder: 'container-old' },
  { name: 'BuildKit of no version', inputs: { context: '.' }, builder: 'container-unknown' },
  { name: 'provenance twice', inputs: { context: '.', provenance: 'mode=max', attests: 'type=provenance,mode=min' } },
  { name: 'sbom twice', inputs: { context: '.', sbom: 'true', attests: 'type=sbom,generator=x' } },
  { name: 'provenance and load', inputs: { context: '.', provenance: 'true', load: 'true' } },
]

const outcomes: readonly PeerCase[] = [
  {
    name: 'a build that fails',
    inputs: { context: '.' },
    call: { status: 1, stderr: 'ERROR: failed to solve: no such file\n', metadata: undefined },
  },
  {
    name: 'a failure after metadata',
    inputs: { context: '.' },
    call: { status: 1, stderr: 'ERROR: failed to push\n' },
  },
  {
    name: 'check that finds',
    inputs: { context: '.', call: 'check' },
    call: { status: 1, stdout: 'Check complete, 1 warning has been found!\n', metadata: {} },
    differs: asks,
  },
  {
    name: 'check that finds nothing',
    inputs: { context: '.', call: 'check' },
    call: { stdout: 'Check complete, no warnings found.\n', metadata: {} },
    differs: asks,
  },
  { name: 'metadata null', inputs: { context: '.' }, call: { metadata: null } },
  { name: 'no metadata', inputs: { context: '.' }, call: { metadata: undefined } },
  {
    name: 'metadata with provenance',
    inputs: { context: '.' },
    call: {
      metadata: {
        'buildx.build.provenance': {
          invocation: { parameters: { args: { 'build-arg:PW': 'hunter2' } } },
          buildConfig: { llbDefinition: [] },
        },
        'containerimage.digest': 'sha256:1',
      },
    },
    differs: masked,
  },
]

const wrong = named([
  [{ context: '.', push: 'yes' }],
  [
    { context: '.', load: '' },
    {
      differs: {
        why: 'An empty boolean is false, so an expression without a value does not fail the step.',
        theirs: ['outcome: failed', 'no call'],
        ours: [
          'outcome: succeeded',
          'folder: <workspace>',
          provenance,
          'operand: .',
          'env: BUILDX_METADATA_WARNINGS=true',
          ...outputsOfOne,
        ],
      },
    },
  ],
  [{ context: '.', tags: '"a' }],
  [{ context: '.', 'build-args': 'A="b' }],
  [{ context: '.', secrets: 'no-equals' }],
  [{ context: '.', secrets: '=x' }],
  [{ context: '.', secrets: 'a=' }],
  [{ context: '.', 'secret-envs': 'a' }],
])

const together: readonly PeerCase[] = [
  {
    name: 'what a release workflow has',
    inputs: {
      context: '.',
      platforms: 'linux/amd64,linux/arm64',
      push: 'true',
      tags: 'user/app:1\nuser/app:latest',
      labels: 'org.opencontainers.image.created=2026-01-01T00:00:00.000Z\norg.opencontainers.image.title=app',
      annotations: 'index:org.opencontainers.image.title=app',
      'cache-from': 'type=gha',
      'cache-to': 'type=gha,mode=max',
      'build-args': 'VERSION=1\nCOMMIT=abc',
      secrets: 'npm=//npm.example.com/:_authToken=x',
    },
  },
  { name: 'lines of Windows', inputs: { context: '.', tags: 'a:1\r\nb:2\r\n', 'build-args': 'A=1\r\nB=2\r\n' } },
  {
    name: 'blank lines and blanks',
    inputs: { context: '.', tags: '\n  a:1  \n\n , b:2\n', labels: '\n\n  a=b  \n' },
    differs: { why: 'A blank entry is ignored.', theirs: ['word: --tag '], ours: [] },
  },
  { name: 'push and load', inputs: { context: '.', push: 'true', load: 'true' } },
]

export const buildCases: readonly PeerCase[] = [
  ...alone,
  ...questions,
  ...lists,
  ...files,
  ...contexts,
  ...events,
  ...attestations,
  ...outcomes,
  ...wrong,
  ...together,
].filter(({ name }, at, all) => all.findIndex((other) => other.name === name) === at)
