/**
 * The bundled action on events that have the rights of the default branch. Nothing that belongs to a stranger is built,
 * however it is named, and the repository's own code is built as usual.
 */
import { afterAll, afterEach, describe, expect, test } from '@jest/globals'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, readdir, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { grown, hosted, recordedEvent, type ActionRun, type Place } from '../support/hosted.ts'
import { requireEngine, succeed } from '../support/program.ts'
import { stateOf } from '../support/repositories.ts'
import { plainLayout, watchedClient } from '../support/revisions.ts'
import type { Step } from '../support/runner.ts'

requireEngine()
const host = await hosted()
const { server, source, main, change, place, checkoutOf, act, url } = host
const fork = { id: 2, full_name: 'stranger/repository', owner: { login: 'stranger' } }
const bakeFile = 'target "default" {}\n'
const base = await source.branch('main', 'main', {
  'docker-bake.hcl': bakeFile,
  '.dockerignore': '.git\n*.md\n.github\nhead\n',
})
const pull = await change(7, { 'in/two': grown, 'docker-bake.hcl': `${bakeFile}\n` })
/** A branch of this repository, made by somebody with write access. */
const own = await source.branch('own', 'main', { 'in/three': 'three\n' })
await host.push(`${own}:refs/heads/own`)

afterEach(() => {
  expect(server.defects).toEqual([])
})

afterAll(async () => {
  await host[Symbol.asyncDispose]()
})

type Event = Pick<ActionRun, 'event' | 'payload' | 'sha'>

const target = (): Event => {
  const payload = recordedEvent('pull_request', 'opened')
  const said = payload['pull_request'] as Readonly<Record<'head' | 'base', { readonly repo: object }>>
  return {
    event: 'pull_request_target',
    sha: base,
    payload: {
      ...payload,
      number: 7,
      repository: host.repositoryOf(payload),
      pull_request: {
        ...said,
        number: 7,
        head: { ...said.head, sha: pull.head, ref: 'topic-7', repo: { ...said.head.repo, ...fork } },
        base: { ...said.base, sha: base, ref: 'main', repo: { ...said.base.repo, ...server.repository } },
      },
    },
  }
}

const ended = (sha: string, by: object = fork, of = 'pull_request'): Event => {
  const payload = recordedEvent('workflow_run', 'completed')
  return {
    event: 'workflow_run',
    sha: base,
    payload: {
      ...payload,
      repository: host.repositoryOf(payload),
      workflow_run: {
        ...(payload['workflow_run'] as object),
        event: of,
        head_sha: sha,
        head_branch: 'topic-7',
        head_repository: by,
        pull_requests: [],
      },
    },
  }
}

const comment = (): Event => {
  const payload = recordedEvent('issue_comment', 'created')
  return { event: 'issue_comment', sha: base, payload: { ...payload, repository: host.repositoryOf(payload) } }
}

const events = { pull_request_target: target, workflow_run: () => ended(pull.head), issue_comment: comment }

/** Checkouts of refused runs, which leave them as they were. So one of each kind serves all cases. */
const checkouts = new Map<string, Promise<Place>>()
function once(name: string, make: () => Promise<Place>): Promise<Place> {
  const made = checkouts.get(name) ?? make()
  checkouts.set(name, made)
  return made
}

/** The base with the head in an ignored folder, as in a workflow that compares the two itself. */
const both = (): Promise<Place> =>
  once('both', async () => {
    const at = await place(base)
    await checkoutOf(pull.head, join(at.workspace, 'head'))
    return at
  })

async function expectRefused(
  at: Place,
  run: Omit<ActionRun, 'sha'> & { readonly sha: string },
  why: RegExp,
): Promise<void> {
  const watched = await watchedClient(await mkdtemp(join(source.beside, 'calls-')))
  const before = stateOf(at.workspace)
  const step = await act(at, { env: watched.env, ...run })
  expect(step.stdout).toMatch(
    new RegExp(
      `^::error::Refused to build on the event ${run.event}, which runs with this repository's secrets and a token that writes: .*docs/threat-model\\.md \\[USAGE\\]$`,
      'm',
    ),
  )
  expect(step.stdout).toMatch(why)
  expect([step.status, step.outputs]).toEqual([1, {}])
  // At most, bake was asked to print its files.
  expect(
    (await watched.calls()).filter(
      (call) => call.startsWith('docker') && !call.startsWith('docker buildx bake --print '),
    ),
  ).toEqual([])
  expect(existsSync(join(at.cache, 'stage-footprint/records'))).toBe(false)
  expect(step.left).toEqual([])
  expect(stateOf(at.workspace)).toBe(before)
}

describe.each(Object.entries(events))('the event %s', (_name, event) => {
  test.each<[string, string]>([
    ['the head', pull.head],
    ['the merge commit', pull.merge],
  ])('%s in the workspace is not built', async (_what, commit) => {
    await expectRefused(await once(commit, () => place(commit)), event(), new RegExp(`commit ${commit.slice(0, 7)}`))
  })

  const fromFork = `${url.replace('owner/', 'stranger/')}#${pull.head}`
  test.each<[string, Readonly<Record<string, string>>, RegExp]>([
    ['the head in a folder', { context: 'head' }, /the build context head comes from commit/],
    [
      'its Dockerfile',
      { file: 'head/Dockerfile' },
      /the build context \. has files that are in no commit \(head\/Dockerfile\)/,
    ],
    [
      'a named context of it',
      { 'build-contexts': 'app=./head' },
      /the build context app \(\.\/head\) comes from commit/,
    ],
    ['the fork at an address', { context: fromFork }, /is not this repository at the full hash/],
    [
      'a named context at its address',
      { 'build-contexts': `app=${fromFork}` },
      /the build context app is not this repository/,
    ],
    [
      'a short hash of the head',
      { context: `${url}#${pull.head.slice(0, 7)}` },
      /is not this repository at the full hash/,
    ],
    ['the merge reference', { context: `${url}#refs/pull/7/merge` }, /is not this repository at the full hash/],
    ['the base branch by its name', { context: `${url}#refs/heads/main` }, /is not this repository at the full hash/],
    [
      'a file of a secret that it has chosen',
      { 'secret-files': 'id=./head/Dockerfile' },
      /the file of a secret \.\/head\/Dockerfile comes from commit/,
    ],
    [
      'bake with the head for a context',
      { context: '', targets: 'default', set: '*.context=head' },
      /the build context head of target default comes from commit/,
    ],
    [
      'bake with its Dockerfile',
      { context: '', targets: 'default', set: '*.dockerfile=head/Dockerfile' },
      /the build context \. of target default has files that are in no commit \(head\/Dockerfile\)/,
    ],
    [
      'bake of the base at its address with its Dockerfile',
      { context: '', targets: 'default', set: `*.context=${url}#${base}\n*.dockerfile=cwd://head/Dockerfile` },
      /the Dockerfile .*\/head\/Dockerfile of target default comes from commit/,
    ],
    [
      'bake with a named context of it',
      { context: '', targets: 'default', set: '*.contexts.app=head' },
      /the build context app \(head\) of target default comes from commit/,
    ],
    [
      'bake with its files',
      { context: '', files: 'head/docker-bake.hcl' },
      /the bake file head\/docker-bake\.hcl comes from commit/,
    ],
    [
      'bake in its folder',
      { context: '', targets: 'default', source: 'head' },
      /the bake file docker-bake\.hcl comes from commit/,
    ],
    [
      'bake at its address',
      { context: '', targets: 'default', source: fromFork },
      /the bake definition .* is not this repository/,
    ],
  ])('%s is not built beside the base', async (_what, inputs, why) => {
    await expectRefused(await both(), { ...event(), inputs }, why)
  })

  test('a policy of the head is not applied beside the base', async () => {
    await expectRefused(
      await both(),
      { ...event(), env: { EXPERIMENTAL_BUILDKIT_SOURCE_POLICY: 'head/Dockerfile' } },
      /the source policy head\/Dockerfile comes from commit/,
    )
    const at = await place(base)
    await writeFile(join(at.workspace, 'Dockerfile.rego'), 'package docker\n')
    await expectRefused(
      at,
      event(),
      /the policy Dockerfile\.rego has files that are in no commit|the build context \. has files that are in no commit \(Dockerfile\.rego\)/,
    )
  })

  test('the base is built, from a folder, from an address and by bake', async () => {
    const runs: readonly Readonly<Record<string, string>>[] = [
      {},
      { context: '' },
      { context: `${url}#${base}` },
      { context: '', targets: 'default' },
    ]
    const at = await place(base)
    for (const inputs of runs) {
      const step = await act(at, { ...event(), inputs: { comment: 'off', ...inputs } })
      expect([step.status, step.outputs['verdict']]).toEqual([0, 'pass'])
      expect(step.summary).toContain('Stage Footprint')
    }
  })

  test('the base is not built without git, nor with uncommitted files', async () => {
    const bin = join((await place(base)).workspace, '../bin')
    await mkdir(bin)
    await symlink((await succeed('sh', ['-c', 'command -v docker'])).trim(), join(bin, 'docker'))
    const without = await act(await place(base), { ...event(), env: { PATH: bin } })
    expect([without.status, without.outputs]).toEqual([1, {}])
    expect(without.stdout).toContain('there is no `git` on the PATH')
    const at = await place(base)
    await writeFile(join(at.workspace, 'in/artifact'), '')
    await expectRefused(at, event(), /has files that are in no commit \(in\/artifact\)/)
    // Files that the ignore file keeps out of the build do not matter.
    const kept = await place(base)
    await writeFile(join(kept.workspace, 'artifact.md'), '')
    expect((await act(kept, { ...event(), inputs: { comment: 'off' } })).status).toBe(0)
  })

  test('no other commit is built for the comparison', async () => {
    await host.push(`${pull.head}:refs/heads/topic-7`)
    const step = await act(await place(base), { ...event(), inputs: { baseline: pull.head, comment: 'off' } })
    expect(step.status).toBe(0)
    expect(step.summary).toContain("only the workflow's own commit and the base's are built")
    expect(step.outputs['delta-compressed-bytes']).toBe('')
  })
})

test('the commit of a deployment, which a service makes for forks too, is built only if a branch contains it', async () => {
  const payload = recordedEvent('deployment_status', 'created')
  const deployed = (sha: string, ref: string): Omit<ActionRun, 'sha'> & { readonly sha: string } => ({
    event: 'deployment_status',
    sha,
    ref,
    payload: { ...payload, repository: host.repositoryOf(payload) },
  })
  await expectRefused(await place(pull.head), deployed(pull.head, ''), new RegExp(`commit ${pull.head.slice(0, 7)}`))
  const step = await act(await place(own), { ...deployed(own, 'refs/heads/own'), inputs: { comment: 'off' } })
  expect([step.status, step.outputs['verdict']]).toEqual([0, 'pass'])
})

test('files that reach the build through another ignore file, or unseen by Git, are refused', async () => {
  const whole = 'FROM scratch\nCOPY . /all\n'
  const branch = async (name: string, files: Readonly<Record<string, string>>): Promise<string> => {
    const commit = await source.branch(name, 'main', files)
    await host.push(`${commit}:refs/heads/${name}`)
    return commit
  }
  const bare = await branch('ignoring', {
    'docker-bake.hcl': `target "default" {\n  dockerfile-inline = ${JSON.stringify(whole)}\n}\n`,
    'Dockerfile.dockerignore': '.git\nhead\n',
    '.dockerignore': '.git\n',
  })
  const inlined = await place(bare)
  await checkoutOf(pull.head, join(inlined.workspace, 'head'))
  await expectRefused(
    inlined,
    { ...comment(), sha: bare, inputs: { context: '', targets: 'default' } },
    /has files that are in no commit \(head\//,
  )
  const hidden = await place(base)
  await mkdir(join(hidden.workspace, 'in/.git'))
  await writeFile(join(hidden.workspace, 'in/.git/config'), '')
  await expectRefused(hidden, { ...comment(), sha: base }, /has files that are in no commit \(in\/\.git\/config\)/)
})

test('a policy that may import uncommitted policies is refused', async () => {
  const importing = await source.branch('importing', 'main', {
    'Dockerfile.rego': 'package docker\nimport data.left.by.a.step\n',
    '.dockerignore': '*.rego\n.git\n',
  })
  await host.push(`${importing}:refs/heads/importing`)
  await expectRefused(
    await place(importing),
    { ...comment(), sha: importing },
    /the policy Dockerfile\.rego is, since it may take in other files \(import data\)/,
  )
})

describe('code of this repository', () => {
  const expectBuilt = (step: Step): void => expect([step.status, step.outputs['final-layers']]).toEqual([0, '2'])

  test('is built on a branch, after a run of it', async () => {
    expectBuilt(
      await act(await place(own), {
        ...ended(own, { ...server.repository, owner: { login: 'owner' } }, 'push'),
        inputs: { comment: 'off' },
      }),
    )
  })

  test('is built in whatever a person with write access starts, with another commit or files of earlier steps', async () => {
    const at = await place(own)
    await writeFile(join(at.workspace, 'in/artifact'), '')
    expectBuilt(
      await act(at, {
        event: 'workflow_dispatch',
        payload: { repository: host.repositoryOf(recordedEvent('push', null)) },
        sha: base,
        inputs: { comment: 'off' },
      }),
    )
    const [repository = ''] = await readdir(join(at.cache, 'stage-footprint/records/v2'))
    const [name = ''] = await readdir(join(at.cache, 'stage-footprint/records/v2', repository))
    // The commit is not the newest one of the branch that the dispatch ran on.
    expect(await readdir(join(at.cache, 'stage-footprint/records/v2', repository, name))).toEqual([
      expect.stringMatching(new RegExp(`-${own}-none-`)),
    ])
  })
})

test('an image made elsewhere leaves no record of the default branch, whoever caused the run', async () => {
  const at = await place(base)
  await source.git('checkout', '--quiet', '--detach', pull.head)
  await plainLayout([source.folder], join(at.workspace, '../layout'))
  const inputs = { context: '', images: `oci:${join(at.workspace, '../layout')}`, comment: 'off' }
  for (const event of Object.values(events)) {
    const step = await act(at, { ...event(), inputs })
    expect(step.status).toBe(0)
    expect(existsSync(join(at.cache, 'stage-footprint/records'))).toBe(false)
  }
  // Only somebody with write access can push, so the results of its steps are trusted.
  expect(
    (
      await act(at, {
        event: 'push',
        payload: { ref: 'refs/heads/main', before: main, repository: host.repositoryOf(recordedEvent('push', null)) },
        sha: base,
        inputs,
      })
    ).status,
  ).toBe(0)
  expect(existsSync(join(at.cache, 'stage-footprint/records'))).toBe(true)
})
