/** Bakes the base revision in the same job, and compares each target with the base weighed separately. */
import { mkdir, mkdtemp, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import type { Baseline } from '../../src/base/find-baseline.ts'
import { baselineSentence } from '../../src/report/baseline-sentences.ts'
import { compareFootprints } from '../../src/compare/compare.ts'
import type { Comparison } from '../../src/compare/comparison.ts'
import type { Footprint, Image } from '../../src/record/footprint.ts'
import { checkout, publish, stateOf } from '../support/repositories.ts'
import { bakeIn, imageOf, weighedOf, type BakeOptions } from '../support/bake.ts'
import { recordedEvent, sum } from '../support/hosted.ts'
import { processesLeft, requireEngine, succeed } from '../support/program.ts'
import { plainLayers, project, watchedClient, weighedLayers, type Files, type Project } from '../support/revisions.ts'
import { runAction } from '../support/runner.ts'
import { busybox, onceOnly } from '../support/weigh.ts'

const bakeFile = (more = ''): string => `
variable "WHO" { default = "somebody" }
group "default" { targets = ["app", "tool"] }
target "app" {
  context = ".."
  dockerfile = "docker/app.Dockerfile"
  contexts = { lib = "../lib" }
  args = { WHO = WHO }
  secret = ["id=token,src=token.txt"]
}
target "tool" {
  context = "../tool"
  dockerfile-inline = "FROM scratch\\nCOPY busybox /busybox\\n${onceOnly.replaceAll('"', '\\"')}\\nCOPY in /in\\n"
}
target "other" { context = "../other" }
${more}`

const app = `FROM scratch AS build
COPY busybox /busybox
ARG WHO
${onceOnly}
RUN --mount=type=secret,id=token ["/busybox", "sh", "-c", "cat /run/secrets/token > /who; echo $WHO >> /who"]
FROM scratch
COPY --from=build /id /who /
COPY in /in
COPY --from=lib . /lib/
`

let source: Project
let state: string

beforeAll(async () => {
  requireEngine()
  state = await mkdtemp(join(tmpdir(), 'sf-bake-base-'))
  source = await project()
  await source.branch('main', 'main', {
    'deploy/docker-bake.hcl': bakeFile(),
    'docker/app.Dockerfile': app,
    'other/Dockerfile': 'FROM scratch\nCOPY Dockerfile /\n',
    '.gitignore': 'token.txt\n*.made\n',
    '.dockerignore': '.git\ndeploy\n',
    busybox,
    'in/one': 'one\n',
    'lib/note': 'lib\n',
    'tool/busybox': busybox,
    'tool/in/one': 'one\n',
  })
  await source.put({ 'deploy/token.txt': 'a token\n' })
})
afterAll(async () => {
  await source[Symbol.asyncDispose]()
  await rm(state, { recursive: true, force: true })
})

const sentencesOf = ({ notes }: Baseline): readonly string[] => notes.map(baselineSentence)

type Baked = { readonly head: Footprint; readonly baseline: Baseline }

async function bake(
  inputs: Readonly<Record<string, string>>,
  options: Pick<BakeOptions, 'baseline' | 'timeout' | 'env'> = {},
): Promise<Baked> {
  const event = { name: 'workflow_dispatch', ref: 'refs/heads/topic' }
  const report = weighedOf(
    await bakeIn({ folder: source.folder, state, event, ...options }, { files: 'docker-bake.hcl', ...inputs }),
  )
  expect(await source.git('status', '--porcelain')).toBe('')
  return { head: report.footprint, baseline: report.baseline }
}

const topic = (files: Files, from = 'main'): Promise<string> => source.branch('topic', from, files)

/** Weighs what is checked out on a branch, in a build of its own. */
async function alone(branch: string, inputs: Readonly<Record<string, string>> = {}): Promise<Footprint> {
  await source.git('checkout', '--quiet', branch)
  return (await bake(inputs)).head
}

function compared({ head, baseline }: Baked): Comparison {
  if (baseline.found === null) throw new Error(sentencesOf(baseline).join(' '))
  const { footprint, origin, sameBuilder } = baseline.found
  expect(origin.kind).toBe('built')
  return compareFootprints(footprint, head, origin, { sameBuilder })
}

const layersOf = (image: Image): unknown => image.stages.map((stage) => weighedLayers(stage))
const raise = (message: string): never => {
  throw new Error(message)
}

describe('the targets of the base', () => {
  test('are weighed like plain builds, and a target whose files did not change is not built again', async () => {
    const before = await alone('main')
    await topic({ 'tool/in/two': 'x'.repeat(5_000) })
    const { env, calls } = await watchedClient(source.beside)
    const path = process.env['PATH']
    process.env['PATH'] = env['PATH']
    const baked = await bake({}, { baseline: 'main', env }).finally(() => (process.env['PATH'] = path))
    const { images, added, removed } = compared(baked)
    expect([added, removed]).toEqual([[], []])
    expect(images.map(({ after, unchanged }) => [after.name, unchanged])).toEqual([
      ['app', true],
      ['tool', false],
    ])
    const { footprint } = baked.baseline.found ?? raise('no baseline')
    for (const name of ['app', 'tool'])
      expect(layersOf(imageOf(footprint, name))).toEqual(layersOf(imageOf(before, name)))
    const tool = images[1]?.final ?? raise('no tool')
    expect(tool.growth.byCause.drift.uncompressedSize).toBe(0)
    expect(tool.growth.byCause.change.uncompressedSize).toBe(tool.growth.total.uncompressedSize)
    expect(tool.growth.total.uncompressedSize).toBeGreaterThan(5_000)
    // Each target of the base is built by one export of its final stage. It is not known what app reads from its named
    // context. The other stages are read from what the builder then reports.
    const exports = (await calls()).filter(
      (call) => call.startsWith('docker buildx build') && call.includes('type=oci'),
    )
    expect(exports).toHaveLength(2)
    expect((await calls()).filter((call) => call.startsWith('docker buildx bake'))).toHaveLength(3)
    // One for each of both targets and the named context.
    expect((await calls()).filter((call) => /^git status /.test(call))).toHaveLength(1)
  })

  test('use the definition of the base: its arguments, contexts and Dockerfile paths', async () => {
    await source.branch('older', 'main', {
      'deploy/docker-bake.hcl': bakeFile()
        .replace('"somebody"', `"${'somebody else '.repeat(90)}"`)
        .replace('../lib', '../old lib')
        .replace('docker/app', 'docker/old/app'),
      'docker/app.Dockerfile': null,
      'docker/old/app.Dockerfile': app,
      'old lib/note': 'an older and longer note\n',
    })
    const before = await alone('older')
    await topic(
      { 'deploy/docker-bake.hcl': bakeFile(), 'docker/app.Dockerfile': app, 'docker/old': null, 'old lib': null },
      'older',
    )
    const baked = await bake({}, { baseline: 'older' })
    const { images } = compared(baked)
    const { footprint } = baked.baseline.found ?? raise('no baseline')
    for (const name of ['app', 'tool'])
      expect(layersOf(imageOf(footprint, name))).toEqual(layersOf(imageOf(before, name)))
    expect(images.map(({ after, unchanged }) => [after.name, unchanged])).toEqual([
      ['app', false],
      ['tool', true],
    ])
    expect(sentencesOf(baked.baseline)).toEqual([
      'Nothing that tool reads differs between the two commits, so for the base only the other targets were built.',
    ])
  })

  test('have the numbers of a plain build', async () => {
    await topic({ 'other/Dockerfile': 'FROM scratch\nCOPY Dockerfile /longer\n# more\n' })
    const baked = await bake({ targets: 'other' }, { baseline: 'main' })
    await source.git('checkout', '--quiet', 'main')
    const { footprint } = baked.baseline.found ?? raise('no baseline')
    expect(imageOf(footprint, 'other').stages.map(weighedLayers)).toEqual([
      await plainLayers([join(source.folder, 'other')]),
    ])
  })

  test('are not built if nothing that they read changed', async () => {
    await topic({ 'notes.md': 'read by none\n' })
    const baked = await bake({ targets: 'tool,other' }, { baseline: 'main' })
    expect(compared(baked).images.every(({ unchanged }) => unchanged)).toBe(true)
    expect(sentencesOf(baked.baseline)).toEqual([
      'Nothing that other, tool read differs between the two commits, so the figures of this build count for both.',
    ])
  })
})

describe('a target that builds on another target', () => {
  const linked = (from = 'scratch'): string => `
target "below" {
  context = "../tool"
  dockerfile-inline = "FROM ${from}\\nCOPY busybox /busybox\\nCOPY in /in\\n"
}
target "above" {
  context = "../other"
  contexts = { below = "target:below" }
  dockerfile-inline = "FROM below\\n${onceOnly.replaceAll('"', '\\"')}\\nCOPY Dockerfile /\\n"
}
`

  test('counts the growth of the other target as the change', async () => {
    await source.branch('linking', 'main', { 'deploy/docker-bake.hcl': bakeFile(linked()) })
    const before = await alone('linking', { targets: 'above' })
    await topic({ 'tool/in/two': 'x'.repeat(5_000) }, 'linking')
    const baked = await bake({ targets: 'above' }, { baseline: 'linking' })
    const { images } = compared(baked)
    const { footprint } = baked.baseline.found ?? raise('no baseline')
    expect(layersOf(imageOf(footprint, 'above'))).toEqual(layersOf(imageOf(before, 'above')))
    const { growth, baseImage } = images[0]?.final ?? raise('no image')
    expect(baseImage).toMatchObject({ kind: 'edited', before: { reference: 'target:below', layers: 2 } })
    expect(growth.byCause.change.uncompressedSize).toBe(growth.total.uncompressedSize)
    expect(growth.total.uncompressedSize).toBeGreaterThan(5_000)
  })

  test('is not compared if the other target reads files that an earlier step left', async () => {
    await source.branch('linking', 'main', { 'deploy/docker-bake.hcl': bakeFile(linked()) })
    await topic({}, 'linking')
    await source.put({ 'tool/in/left.made': 'm' })
    try {
      const { baseline } = await bake({ targets: 'above' }, { baseline: 'main' })
      expect(sentencesOf(baseline).join(' ')).toMatch(
        /was not built: target above: target below, which it builds on: the context holds 1 file/,
      )
    } finally {
      await source.put({ 'tool/in/left.made': null })
    }
  })
})

describe('a base that lacks something', () => {
  const short = (revision: string): Promise<string> => source.git('rev-parse', '--short=7', revision)

  test('names targets that are missing, removed or do not build, and compares the others', async () => {
    const broken = 'target "fails" {\n context = "../other"\n dockerfile-inline = "FROM scratch\\nCOPY nothing /"\n}\n'
    await source.branch('before', 'main', { 'deploy/docker-bake.hcl': bakeFile(broken) })
    await topic(
      {
        'deploy/docker-bake.hcl': bakeFile(
          `${broken.replace('nothing', 'Dockerfile')}target "new" { context = "../other" }\n`,
        ),
        'other/more': 'm',
      },
      'before',
    )
    const baked = await bake({ targets: 'tool,fails,new', set: 'new.labels.a=b\n*.labels.c=d' }, { baseline: 'before' })
    const comparison = compared(baked)
    expect(comparison.images.map(({ after }) => after.name)).toEqual(['tool'])
    expect(comparison.added.map(({ name }) => name)).toEqual(['new'])
    expect((comparison.notWeighed ?? []).map(({ name }) => name)).toEqual(['fails'])
    const at = await short('before')
    expect(sentencesOf(baked.baseline)).toEqual([
      'Nothing that tool reads differs between the two commits, so for the base only the other targets were built.',
      expect.stringMatching(`^Target fails of the base commit ${at} was not weighed: .*"/nothing": not found`),
      `The base commit ${at} has no target new.`,
    ])
  })

  test('does not compare targets that read files left by an earlier step', async () => {
    await topic({ 'tool/in/two': 'x'.repeat(5_000) })
    await source.put({ 'in/left.made': 'm' })
    try {
      const baked = await bake({}, { baseline: 'main' })
      expect(compared(baked).images.map(({ after }) => after.name)).toEqual(['tool'])
      expect(sentencesOf(baked.baseline)).toEqual([
        expect.stringMatching(
          /^Target app of the base commit \w+ was not weighed: the context holds 1 file that the build reads and the commit does not contain \(ignored by Git\): in\/left\.made\.$/,
        ),
      ])
      const { baseline } = await bake({ targets: 'app' }, { baseline: 'main' })
      expect(baseline.found).toBeNull()
      expect(sentencesOf(baseline)[1]).toMatch(
        /^The base commit \w+ was not built: target app: the context holds 1 file/,
      )
    } finally {
      await source.put({ 'in/left.made': null })
    }
  })

  test.each([
    ['not the bake file', { files: 'new.hcl', targets: 'tool' }, 'bake file deploy/new.hcl'],
    ['no bake file', { source: 'lib', files: '', targets: 'tool' }, 'bake file'],
    ['no folder', { source: 'fresh', targets: 'tool' }, 'folder fresh'],
    ['none of the targets', { targets: 'fresh' }, 'target fresh'],
  ])('reports a base with %s', async (_what, inputs: Readonly<Record<string, string>>, missing) => {
    const file = bakeFile('target "fresh" { context = "../other" }\n')
    const names = ['deploy/docker-bake.hcl', 'deploy/new.hcl', 'fresh/docker-bake.hcl', 'lib/docker-bake.hcl']
    await topic(Object.fromEntries(names.map((name) => [name, file])))
    const { baseline } = await bake(
      { ...inputs, ...(inputs['source'] === undefined ? {} : { source: join(source.folder, inputs['source']) }) },
      { baseline: 'main' },
    )
    expect(baseline.found).toBeNull()
    expect(sentencesOf(baseline)).toContain(
      `The base commit ${await short('main')} could not be weighed: it has no ${missing}, so it has no image to compare with.`,
    )
  })

  test('reports a base that is not built within the time limit', async () => {
    const slow = (seconds: number): string =>
      `target "slow" {\n context = "../tool"\n dockerfile-inline = "FROM scratch\\nCOPY busybox /busybox\\nENV AT=${Date.now()}\\nRUN [\\"/busybox\\", \\"sleep\\", \\"${seconds}\\"]"\n}\n`
    await source.branch('before', 'main', { 'deploy/docker-bake.hcl': bakeFile(slow(600)) })
    await topic({ 'deploy/docker-bake.hcl': bakeFile(slow(0)) }, 'before')
    const { baseline } = await bake({ targets: 'slow' }, { baseline: 'before', timeout: 3_000 })
    expect(sentencesOf(baseline)).toContain(
      `The base commit ${await short('before')} could not be weighed: it took longer than 3 s (baseline-timeout).`,
    )
  })
})

describe('the action in bake mode', () => {
  const inputs = {
    source: 'deploy',
    files: 'docker-bake.hcl',
    allow: 'fs=*',
    baseline: 'main',
    comment: 'off',
    budgets: 'final unpacked growth <= 1kB',
  }
  const run = (
    given: Readonly<Record<string, string>>,
    env: Readonly<Record<string, string>> = {},
    workspace = source.folder,
  ): ReturnType<typeof runAction> =>
    runAction(workspace, given, {
      env: { GITHUB_EVENT_NAME: 'workflow_dispatch', XDG_CACHE_HOME: join(state, 'cache'), ...env },
    })

  test('judges each target by its growth over the base', async () => {
    await topic({ 'tool/in/two': 'x'.repeat(5_000), 'in/two': 'x'.repeat(5_000) })
    const { status, outputs, summary, left, stdout } = await run(inputs)
    expect([status, outputs['verdict']]).toEqual([1, 'fail'])
    expect(stdout).not.toContain('a token')
    expect(summary).toContain('built by the same builder')
    // The path is that of the target's Dockerfile from the root of the repository; an inline Dockerfile has none.
    expect(stdout).toContain(
      '::error title=Grew more than its budget,file=docker/app.Dockerfile,line=8::app linux/amd64: final stage: grew by',
    )
    expect(stdout).toContain('::error title=Grew more than its budget::tool linux/amd64: final stage: grew by')
    expect(left.toSorted()).toEqual(['stage-footprint.html', 'stage-footprint.md', 'stage-footprint.record.json'])
  })

  test('fetches and bakes the base of a pull request from a checkout of depth 1, and leaves the checkout as it was', async () => {
    const base = await source.git('rev-parse', 'main')
    const head = await topic({ 'other/more': 'x'.repeat(5_000), 'other/Dockerfile': 'FROM scratch\nCOPY . /\n' })
    await source.git('checkout', '--quiet', '-B', 'merged', 'main')
    await source.git('merge', '--quiet', '--no-ff', '--message=Merge', 'topic')
    const merge = await source.git('rev-parse', 'HEAD')
    const after = await plainLayers([join(source.folder, 'other')])
    await source.git('checkout', '--quiet', 'main')
    const before = await plainLayers([join(source.folder, 'other')])
    const workspace = checkout(publish(source.folder, join(state, 'origin.git')), join(state, 'app'), merge)
    const untouched = stateOf(workspace)

    const event = join(state, 'pull-request.json')
    const payload = recordedEvent('pull_request', 'opened')
    await writeFile(
      event,
      JSON.stringify({
        ...payload,
        pull_request: {
          ...(payload['pull_request'] as object),
          head: { sha: head, ref: 'topic' },
          base: { sha: base, ref: 'main' },
        },
      }),
    )
    const env = {
      GITHUB_EVENT_NAME: 'pull_request',
      GITHUB_EVENT_PATH: event,
      GITHUB_REF: 'refs/pull/7/merge',
      GITHUB_SHA: merge,
    }
    const { status, outputs, summary } = await run({ ...inputs, baseline: 'auto', targets: 'other' }, env, workspace)
    expect([status, outputs['verdict']]).toEqual([1, 'fail'])
    expect(summary).toContain(`Compared with \`main\` at \`${base.slice(0, 7)}\`, built by the same builder`)
    expect(outputs['delta-uncompressed-bytes']).toBe(
      String(sum(after, 'uncompressedSize') - sum(before, 'uncompressedSize')),
    )
    expect(outputs['delta-change-compressed-bytes']).toBe(outputs['delta-compressed-bytes'])
    expect(stateOf(workspace)).toBe(untouched)
  })

  test('writes nothing through a link in the base', async () => {
    const outside = await mkdtemp(join(state, 'outside-'))
    const keys = join(source.folder, 'deploy', 'keys')
    const secret = { 'deploy/docker-bake.hcl': bakeFile().replace('src=token.txt', 'src=keys/token.txt') }
    await source.branch('linked', 'main', secret)
    await symlink(outside, keys)
    await source.git('add', 'deploy/keys')
    await source.git('commit', '--quiet', '--amend', '--no-edit')
    await source.git('checkout', '--quiet', '-B', 'topic')
    await source.git('rm', '--quiet', 'deploy/keys')
    await source.git('commit', '--quiet', '--message', 'no link')
    await mkdir(keys, { recursive: true })
    await writeFile(join(keys, 'token.txt'), 'a token\n')
    try {
      const { mtimeMs } = await stat(outside)
      const { baseline } = await bake({ targets: 'app' }, { baseline: 'linked' })
      expect([baseline.found, (await stat(outside)).mtimeMs]).toEqual([null, mtimeMs])
      expect(sentencesOf(baseline).join(' ')).toContain('keys/token.txt')
    } finally {
      await rm(keys, { recursive: true })
    }
  })

  test('leaves nothing behind if it is stopped while it builds the base', async () => {
    const inline = (command: string): string =>
      bakeFile().replace(
        /dockerfile-inline = .*/,
        `dockerfile-inline = "FROM scratch\\nCOPY busybox /busybox\\nENV AT=${Date.now()}\\nRUN [\\"/busybox\\", ${command}]"`,
      )
    await source.branch('before', 'main', { 'deploy/docker-bake.hcl': inline('\\"sleep\\", \\"600\\"') })
    await topic({ 'deploy/docker-bake.hcl': inline('\\"true\\"') }, 'before')
    const docker = (await succeed('sh', ['-c', 'command -v docker'])).trim()
    const bin = await mkdtemp(join(state, 'bin-'))
    await writeFile(
      join(bin, 'docker'),
      `#!/bin/sh\ncase "$*" in *base-target-tool*) (sleep 2; kill -s TERM $PPID) & ;; esac\nexec '${docker}' "$@"\n`,
      { mode: 0o755 },
    )
    const begun = String(Date.now())
    const { status, left, outputs, summary } = await run(
      { ...inputs, baseline: 'before', targets: 'tool' },
      { PATH: `${bin}:${process.env['PATH'] ?? ''}`, STOPPED: begun },
    )
    expect([status === 0, outputs['verdict'], summary]).toEqual([false, undefined, ''])
    expect(left).toEqual([])
    expect(await processesLeft('STOPPED', begun)).toEqual([])
  })
})
