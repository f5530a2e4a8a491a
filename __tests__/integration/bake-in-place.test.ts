/** Replaces docker/bake-action: a workflow that changes only its `uses:`. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { baselineSentence } from '../../src/report/baseline-sentences.ts'
import { readBakeDefinition } from '../../src/docker/user-bake.ts'
import { parseBake } from '../../src/inputs/bake-inputs.ts'
import { renderRecord } from '../../src/report/record.ts'
import { bakeIn, weighedOf } from '../support/bake.ts'
import { remoteBuilder, type RemoteBuilder } from '../support/builder.ts'
import { serveOverHttp, serveRepository } from '../support/git.ts'
import { folderWith, requireEngine, succeed } from '../support/program.ts'
import { project } from '../support/revisions.ts'
import { describeWith, rig, testWith } from '../support/rig.ts'
import { runAction } from '../support/runner.ts'
import { busybox } from '../support/weigh.ts'

const run = 'https://github.invalid/owner/repository/actions/runs/1/attempts/1'

/** Its context, its Dockerfile and a secret are outside of its folder, and its cache is written outside too. */
const definition = `
variable "WHO" { default = "of the file" }
target "default" {
  context = "../app"
  dockerfile = "../docker/app.Dockerfile"
  args = { WHO = WHO }
  secret = ["id=token,src=../token.txt"]
}
`
const dockerfile = `FROM scratch AS build
COPY busybox /busybox
ARG WHO
RUN --mount=type=secret,id=token ["/busybox", "sh", "-c", "cat /run/secrets/token > /note; echo $WHO >> /note"]
FROM scratch
COPY --from=build /note /note
`

let state: string
let files: Awaited<ReturnType<typeof folderWith>>

beforeAll(async () => {
  requireEngine()
  state = await mkdtemp(join(tmpdir(), 'sf-in-place-'))
  files = await folderWith({
    'deploy/docker-bake.hcl': definition,
    'docker/app.Dockerfile': dockerfile,
    'app/busybox': busybox,
    'token.txt': 'a token\n',
  })
})
afterAll(async () => {
  await rm(state, { recursive: true, force: true })
  await files[Symbol.asyncDispose]()
})

/** Returns the contents of a file in an image. */
async function inImage(image: string, path: string, env: Readonly<Record<string, string>> = {}): Promise<string> {
  const id = (await succeed('docker', ['create', image, '/none'], { env })).trim()
  try {
    return await succeed('sh', ['-c', 'docker cp "$1:$2" - | tar -xO', '-', id, path], { env })
  } finally {
    await succeed('docker', ['rm', id], { env })
  }
}

describe.each([
  ['the containerd store', null],
  ['overlay2', rig.overlay2],
] as const)('mode bake with default inputs on %s', (_, host) => {
  const onIt = host === null ? test : testWith('overlay2')
  const env = host === null ? {} : { DOCKER_HOST: host }

  onIt('bakes the default target with paths outside its folder, and weighs it', async () => {
    const tag = `in-place:${process.pid}`
    const step = await runAction(files.path, { mode: 'bake', source: 'deploy', set: `*.tags=${tag}` }, { env })
    expect([step.status, step.stdout.includes('::warning')]).toEqual([0, false])
    expect(step.outputs).toMatchObject({ 'final-layers': '1', 'fat-layers': '2', verdict: 'pass' })
    expect(Object.keys(JSON.parse(step.outputs['metadata'] ?? '') as object)).toEqual(['default'])
    expect(await inImage(tag, '/note', env)).toBe('a token\nof the file\n')
    await succeed('docker', ['image', 'rm', tag], { env })
  })

  onIt('bakes for a private repository', async () => {
    const event = join(state, 'private.json')
    await writeFile(event, '{"repository":{"private":true}}')
    const step = await runAction(
      files.path,
      { mode: 'bake', source: 'deploy' },
      { env: { ...env, GITHUB_EVENT_PATH: event } },
    )
    expect([step.status, step.stdout.includes('::warning')]).toEqual([0, false])
  })
})

describeWith('buildKit')('a bake on a builder that supports attestations', () => {
  let builder: RemoteBuilder
  beforeAll(async () => {
    builder = await remoteBuilder()
  })
  afterAll(async () => {
    await builder[Symbol.asyncDispose]()
  })

  /** Returns the provenance of each pushed target. */
  async function provenance(inputs: Readonly<Record<string, string>>, isPrivate = false): Promise<readonly unknown[]> {
    // Both are pushed at the same time, and the registry refuses two uploads of one blob to one repository.
    const name = `${rig.registry}/in-place-${process.pid}/app`
    const folder = await folderWith({
      'docker-bake.hcl':
        'group "default" { targets = ["one", "two"] }\ntarget "one" {}\ntarget "two" {\n  attest = ["type=provenance,mode=min"]\n}\n',
      Dockerfile: 'FROM scratch\nCOPY Dockerfile /\n',
      'event.json': JSON.stringify({ repository: { private: isPrivate } }),
    })
    try {
      const env = { ...builder.env, GITHUB_EVENT_PATH: join(folder.path, 'event.json') }
      const step = await runAction(
        folder.path,
        { mode: 'bake', push: 'true', set: `one.tags=${name}-one\ntwo.tags=${name}-two`, ...inputs },
        { env },
      )
      expect([step.status, step.stdout]).toEqual([0, expect.any(String)])
      const metadata = JSON.parse(step.outputs['metadata'] ?? '') as Record<
        string,
        { readonly 'containerimage.digest': string }
      >
      return await Promise.all(
        ['one', 'two'].map((target) =>
          attested(`${name}-${target}@${metadata[target]?.['containerimage.digest'] ?? ''}`),
        ),
      )
    } finally {
      await folder[Symbol.asyncDispose]()
    }
  }

  /** Returns the statement attached to an image, read by skopeo. */
  async function attested(reference: string): Promise<unknown> {
    const raw = async (of: string): Promise<Record<string, unknown>> =>
      JSON.parse(await succeed('skopeo', ['inspect', '--raw', '--tls-verify=false', `docker://${of}`])) as Record<
        string,
        unknown
      >
    const { manifests } = (await raw(reference)) as {
      manifests?: readonly { readonly digest: string; readonly annotations?: Readonly<Record<string, string>> }[]
    }
    const found = manifests?.find(
      ({ annotations }) => annotations?.['vnd.docker.reference.type'] === 'attestation-manifest',
    )
    if (found === undefined) return null
    const repository = reference.replace(/@.*$/, '')
    const { layers } = (await raw(`${repository}@${found.digest}`)) as {
      layers: readonly { readonly digest: string }[]
    }
    const url = `http://${repository.replace('/', '/v2/')}/blobs/${layers[0]?.digest ?? ''}`
    const text = await (await fetch(url)).text()
    return {
      builder: /"(?:id|builder-id)":\s*"(https:[^"]*attempts[^"]*)"/.exec(text)?.[1] ?? null,
      max: text.includes('"llbDefinition"'),
    }
  }

  testWith('registry')(
    'attaches provenance of mode=max with its run if the target does not set provenance',
    async () => {
      expect(await provenance({})).toEqual([
        { builder: run, max: true },
        { builder: null, max: false },
      ])
    },
  )

  testWith('registry')('attaches provenance of mode=min for a private repository', async () => {
    expect(await provenance({}, true)).toEqual([
      { builder: run, max: false },
      { builder: null, max: false },
    ])
  })

  testWith('registry')('attaches provenance as the input says, with its run', async () => {
    expect(await provenance({ provenance: 'mode=min' })).toEqual([
      { builder: run, max: false },
      { builder: run, max: false },
    ])
    expect(await provenance({ provenance: 'false' })).toEqual([null, null])
  })
})

describe('the findings of BuildKit’s checks', () => {
  const checked = (): ReturnType<typeof folderWith> =>
    folderWith({
      'docker-bake.hcl':
        'group "default" { targets = ["one", "two"] }\ntarget "one" {\n  context = "one"\n  args = { PW = "hunter2" }\n}\ntarget "two" { context = "two" }\n',
      'one/Dockerfile': 'FROM scratch\nARG PW\nCOPY Dockerfile /\nWORKDIR $PW\n',
      'two/Dockerfile': 'FROM scratch as two\nCOPY Dockerfile /\n',
    })
  const warningsOf = (stdout: string): unknown =>
    stdout
      .split('\n')
      .flatMap((line) => /^::warning .*file=([^,]*),line=(\d+)::(\w+): /.exec(line)?.slice(1, 4).join(' ') ?? [])
      .toSorted()

  test('are shown at the lines of each target’s Dockerfile and in the report', async () => {
    await using folder = await checked()
    const step = await runAction(folder.path, { mode: 'bake' })
    expect(step.status).toBe(0)
    expect(warningsOf(step.stdout)).toEqual(['one/Dockerfile 4 WorkdirRelativePath', 'two/Dockerfile 1 FromAsCasing'])
    expect(step.summary).toMatch(/Target one: The build gave 1 warning: WorkdirRelativePath &#40;line 4&#41;/)
    expect(step.outputs['metadata']).toContain('buildx.build.warnings')
    expect(step.summary + Object.values(step.outputs).join('\n')).not.toContain('hunter2')
  })

  test('are not annotated if annotations are switched off', async () => {
    await using folder = await checked()
    const step = await runAction(folder.path, { mode: 'bake' }, { env: { DOCKER_BUILD_CHECKS_ANNOTATIONS: 'false' } })
    expect([step.status, warningsOf(step.stdout)]).toEqual([0, []])
  })

  test('are in the output "metadata" if a check fails', async () => {
    await using folder = await checked()
    const step = await runAction(folder.path, { mode: 'bake', call: 'check' })
    expect(step.status).toBe(1)
    expect(Object.keys(JSON.parse(step.outputs['metadata'] ?? '{}') as object).toSorted()).toEqual(['one', 'two'])
    expect(step.outputs['metadata']).not.toContain('hunter2')
  })
})

test('writes cache-to type=local of the bake file beside its folder', async () => {
  const cache = join(files.path, 'cache')
  await writeFile(
    join(files.path, 'deploy/cached.hcl'),
    'target "default" {\n  cache-to = ["type=local,dest=../cache"]\n}\n',
  )
  weighedOf(await bakeIn({ folder: files.path, state }, { files: 'docker-bake.hcl\ncached.hcl' }))
  expect(JSON.parse(await readFile(join(cache, 'index.json'), 'utf8'))).toMatchObject({ manifests: [{}] })
})

describe('a private repository as source', () => {
  test('is read with the token of the step, which is sent to no other server', async () => {
    await using definition = await folderWith({
      'deploy/docker-bake.hcl': 'target "default" {\n  args = { WHO = "of the file" }\n}\n',
    })
    const repository = await serveRepository(definition.path)
    await repository[Symbol.asyncDispose]()
    await using origin = await folderWith({})
    await succeed('git', ['clone', '--quiet', '--bare', definition.path, join(origin.path, 'app.git')])
    await using server = await serveOverHttp(
      origin.path,
      `Basic ${Buffer.from('x-access-token:ghs_secret').toString('base64')}`,
    )
    await using other = await serveOverHttp(origin.path, null)
    const workflow = { GITHUB_SERVER_URL: server.url, GITHUB_REPOSITORY: 'owner/app' }
    const read = (source: string): Promise<unknown> => {
      const bake = parseBake((name) => ({ source, 'github-token': 'ghs_secret' })[name] ?? '', workflow, {
        isPrivate: true,
        wanted: true,
      })
      if (bake === null) throw new Error('no bake')
      return readBakeDefinition(bake, new AbortController().signal)
    }
    expect(await read(`${server.url}/app.git#main:deploy`)).toMatchObject({
      target: { default: { args: { WHO: 'of the file' } } },
    })
    expect(await read(`${other.url}/app.git#main:deploy`)).toMatchObject({ target: { default: {} } })
    expect(other.authorizations.filter((authorization) => authorization !== null)).toEqual([])
  })
})

describe('the input vars', () => {
  test('is refused in one sentence if buildx does not support it', async () => {
    await expect(bakeIn({ folder: files.path, state }, { vars: 'WHO=hidden' })).rejects.toMatchObject({
      code: 'ENGINE_TOO_OLD',
      message:
        'input vars needs buildx 0.31 or newer: run docker/setup-buildx-action before this step, or remove the input',
    })
  })

  testWith('buildx')('reaches the user’s bake, weighing and the base, and its values are in no record', async () => {
    await within({ DOCKER_CONFIG: rig.buildx }, async () => {
      await using source = await project()
      await source.branch('main', 'main', {
        'deploy/docker-bake.hcl': definition,
        'docker/app.Dockerfile': dockerfile,
        'app/busybox': busybox,
        'token.txt': 'a token\n',
      })
      // The length is unique, so the layer shows which value was used.
      const value = 'w'.repeat(1_234)
      await source.branch('topic', 'main', {
        'app/more': 'more\n',
        'docker/app.Dockerfile': `${dockerfile}COPY more /more\n`,
      })
      const tag = `in-place-vars:${process.pid}`
      const event = { name: 'workflow_dispatch', ref: 'refs/heads/topic' }
      const { footprint, baseline } = weighedOf(
        await bakeIn(
          { folder: source.folder, state, event, baseline: 'main' },
          { vars: `WHO=${value}`, set: `*.tags=${tag}` },
        ),
      )
      expect(await inImage(tag, '/note')).toBe(`a token\n${value}\n`)
      expect(footprint.images.map(({ matchesShipped }) => matchesShipped)).toEqual([true])
      const noteBytes = (from: typeof footprint): readonly number[] =>
        from.images.map(({ stages }) => stages.find(({ role }) => role === 'final')?.layers[0]?.fileBytes ?? 0)
      expect(noteBytes(footprint)).toEqual([8 + 1_235])
      if (baseline.found === null) throw new Error(baseline.notes.map(baselineSentence).join(' '))
      expect(noteBytes(baseline.found.footprint)).toEqual([8 + 1_235])
      expect(footprint.revision?.settings).toContain('--var WHO=***')
      expect(renderRecord(footprint)).not.toContain(value)
      await succeed('docker', ['image', 'rm', tag])
    })
  })
})

describeWith('buildx', 'buildKit')('policy and resources of a definition', () => {
  /**
   * The layer contains the memory limit of the step: 10 bytes with a limit, and 4 or 20 without one, depending on the
   * version of cgroups.
   */
  const limited = `FROM scratch
COPY busybox /busybox
RUN ["/busybox", "sh", "-c", "/busybox cat /sys/fs/cgroup/memory.max /sys/fs/cgroup/memory/memory.limit_in_bytes > /limit || true"]
`
  const file = (policy: string): string => `target "default" {
  context = "app"
  resources = { memory = "512m" }
  policy = [${policy}]
}
target "linked" {
  context = "app"
  contexts = { below = "target:default" }
  dockerfile-inline = "FROM below\\nCOPY words /\\n"
  resources = { memory = "512m" }
  policy = [${policy}]
}
`
  const allow = 'package docker\ndefault allow := true\ndecision := {"allow": allow}\n'

  test('apply to weighing and to the base too', async () => {
    await using builder = await remoteBuilder()
    await within({ DOCKER_CONFIG: rig.buildx, ...builder.env }, async () => {
      await using source = await project()
      await source.branch('main', 'main', {
        'docker-bake.hcl': file('"filename=all.rego,strict=true"'),
        'app/Dockerfile': limited,
        'app/all.rego': allow,
        'app/busybox': busybox,
        'app/words': 'words\n',
      })
      // The step of the base differs, and runs only for the base.
      await source.branch('topic', 'main', {
        'app/Dockerfile': `${limited}COPY words /words\n`.replace('|| true', '|| true; true'),
      })
      const event = { name: 'workflow_dispatch', ref: 'refs/heads/topic' }
      const { footprint, baseline } = weighedOf(
        await bakeIn(
          { folder: source.folder, state, event, baseline: 'main' },
          { source: source.folder, targets: 'default,linked', set: '*.output=type=oci,dest=out.tar' },
        ),
      )
      const limits = (from: typeof footprint): unknown =>
        from.images.map(({ name, stages }) => [name, stages.at(-1)?.layers.map(({ fileBytes }) => fileBytes)[1]])
      expect(limits(footprint)).toEqual([
        ['default', 10],
        ['linked', 10],
      ])
      if (baseline.found === null) throw new Error(baseline.notes.map(baselineSentence).join(' '))
      expect(limits(baseline.found.footprint)).toEqual([
        ['default', 10],
        ['linked', 10],
      ])
    })
  })
})

/** Runs code that starts clients from this process, with these variables. */
async function within(env: Readonly<Record<string, string>>, task: () => Promise<void>): Promise<void> {
  const before = { ...process.env }
  Object.assign(process.env, env)
  try {
    await task()
  } finally {
    for (const name of Object.keys(env)) {
      const value = before[name]
      if (value === undefined) Reflect.deleteProperty(process.env, name)
      else process.env[name] = value
    }
  }
}
