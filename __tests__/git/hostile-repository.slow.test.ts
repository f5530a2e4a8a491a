/** Files of a commit are data: no program that they name is run, and only calls that fetch get a token. */
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { locate, type Located } from '../../src/base/locate-revisions.ts'
import type { RunEvent } from '../../src/git/event-rule.ts'
import { statusBelow } from '../../src/git/work-tree-status.ts'
import { clientEnvironment } from '../../src/inputs/child-environment.ts'
import {
  commit,
  gitEnv,
  newRepository,
  privateCheckout,
  publish,
  put,
  remove,
  sh,
  temporaryFolder,
} from '../support/repositories.ts'

let folder = ''
let ran = ''
beforeEach(() => {
  folder = temporaryFolder()
  ran = join(folder, 'ran')
})
afterEach(() => remove(folder))

/** Records that it was run, and with which environment. */
function program(): string {
  const path = join(folder, 'program')
  writeFileSync(path, `#!/bin/sh\nenv >>'${ran}'\n`)
  chmodSync(path, 0o755)
  return path
}

/** A folder that Git takes for a repository, made only of files that a commit can contain. */
function bareFolder(path: string, worktree: string): void {
  const made = join(folder, 'made')
  sh(folder, 'init', '--quiet', '--initial-branch=other', made)
  commit(made, { other: 'of another history' })
  mkdirSync(path, { recursive: true })
  for (const name of ['HEAD', 'objects', 'refs']) renameSync(join(made, '.git', name), join(path, name))
  put(path, {
    Dockerfile: 'FROM scratch\n',
    'refs/.keep': '',
    'objects/.keep': '',
    config: `[core]\n\trepositoryformatversion = 0\n\tbare = false\n\tworktree = ${worktree}\n\tfsmonitor = ${program()}\n\tsshCommand = ${program()}\n\taskPass = ${program()}\n[diff]\n\texternal = ${program()}\n[remote "origin"]\n\turl = ssh://host.invalid/x\n[credential]\n\thelper = "!${program()}"\n`,
  })
}

async function at(context: string, env: Record<string, string> = {}, event: Partial<RunEvent> = {}): Promise<Located> {
  const tempFolder = join(folder, 'temp')
  mkdirSync(tempFolder, { recursive: true })
  const located = await locate({
    context,
    event: { name: null, payload: null, ref: null, sha: null, given: null, ...event },
    env: { ...gitEnv, ...env },
    token: 'tok',
    tempFolder,
    signal: new AbortController().signal,
  })
  if ('why' in located) throw new Error(located.why)
  return located
}

describe('a committed folder with HEAD, config, objects and refs', () => {
  test.each(['.', '..', 'deeper'])(
    'is not used as a repository, with %s as its work tree',
    async (worktree) => {
      const job = newRepository(join(folder, 'job'))
      bareFolder(join(job, 'app'), worktree)
      mkdirSync(join(job, 'app/deeper'))
      writeFileSync(join(job, 'app/deeper/file'), '')
      const head = commit(job, {})
      // Git itself takes it for a repository, and runs what it names.
      execFileSync('git', ['status'], { cwd: join(job, 'app/deeper'), env: gitEnv, stdio: 'pipe' })
      expect(existsSync(ran)).toBe(true)
      remove(ran)
      for (const context of ['app', 'app/deeper']) {
        const located = await at(join(job, context), {}, { given: 'main' })
        expect(located.repository).toMatchObject({ root: job, gitFolder: join(job, '.git') })
        expect(located.revisions.head.commit).toBe(head)
        expect(await statusBelow(located.git, [context])).toEqual([])
      }
      expect(existsSync(ran)).toBe(false)
    },
    60_000,
  )

  test('is not used if there is no other repository', async () => {
    bareFolder(join(folder, 'app'), '.')
    await expect(at(join(folder, 'app'))).rejects.toThrow('neither it nor a folder above it')
    expect(existsSync(ran)).toBe(false)
  })

  test('is not used by the docker client, which also calls Git', () => {
    bareFolder(join(folder, 'app'), '.')
    expect(() =>
      execFileSync('git', ['status'], { cwd: join(folder, 'app'), env: clientEnvironment(gitEnv), stdio: 'pipe' }),
    ).toThrow('safe.bareRepository')
    expect(existsSync(ran)).toBe(false)
  })
})

test('a repository whose work tree does not contain the context is refused', async () => {
  const job = newRepository(join(folder, 'job'))
  commit(job, { 'app/file': '' })
  mkdirSync(join(folder, 'elsewhere'))
  sh(job, 'config', 'core.worktree', join(folder, 'elsewhere'))
  await expect(at(join(job, 'app'))).rejects.toThrow('not in the work tree of the Git repository at')
})

test('hooks and a file monitor in a committed folder are not run', async () => {
  const job = newRepository(join(folder, 'job'))
  const first = commit(job, { file: '1' })
  put(job, { file: '2' })
  mkdirSync(join(job, '.husky'))
  for (const hook of ['post-index-change', 'reference-transaction', 'post-checkout', 'fsmonitor', 'pre-auto-gc']) {
    writeFileSync(join(job, '.husky', hook), readFileSync(program()), { mode: 0o755 })
  }
  commit(job, {})
  sh(job, 'config', 'core.hooksPath', '.husky')
  sh(job, 'config', 'core.fsmonitor', '.husky/fsmonitor')
  remove(ran)
  put(job, { file: '3' })
  const located = await at(job, {}, { given: first })
  expect(await statusBelow(located.git, [''])).toEqual([{ kind: 'modified', path: 'file' }])
  const objects = await located.objectsOf(first)
  expect(objects).not.toHaveProperty('why')
  expect(existsSync(ran)).toBe(false)
})

test('only calls that fetch get the token, and none gets the inputs of the step', async () => {
  const source = newRepository(join(folder, 'project'))
  const base = commit(source, { a: '1' })
  const head = commit(source, { a: '2' })
  publish(source, join(folder, 'origin.git'))
  await using server = await privateCheckout(folder, head, 'tok')
  const { job } = server
  const bin = join(folder, 'bin')
  const calls = join(folder, 'calls')
  mkdirSync(bin)
  mkdirSync(calls)
  const real = execFileSync('sh', ['-c', 'command -v git'], { encoding: 'utf8' }).trim()
  writeFileSync(
    join(bin, 'git'),
    `#!/bin/sh\nfile=$(mktemp '${calls}/XXXXXX')\n{ echo "$*"; env; } >"$file"\nexec '${real}' "$@"\n`,
    { mode: 0o755 },
  )
  const located = await at(
    job,
    {
      PATH: `${bin}:${process.env['PATH'] ?? ''}`,
      GITHUB_SERVER_URL: server.url,
      GITHUB_TOKEN: 'tok',
      'INPUT_GITHUB-TOKEN': 'tok',
      INPUT_SECRETS: 'id=s3cr3t',
      ACTIONS_RUNTIME_TOKEN: 's3cr3t',
    },
    {
      name: 'push',
      payload: { ref: 'refs/heads/main', before: base, repository: { default_branch: 'main' } },
      sha: head,
    },
  )
  expect(located.revisions.base?.commit).toBe(base)
  expect(await located.objectsOf(base)).not.toHaveProperty('why')
  const texts = readdirSync(calls).map((name) => readFileSync(join(calls, name), 'utf8'))
  const secret = ['tok', Buffer.from('x-access-token:tok').toString('base64')]
  const holds = (text: string): boolean =>
    text.split('\n').some((line) => secret.some((word) => line.endsWith(`=${word}`) || line.endsWith(` ${word}`)))
  const [fetching, others] = [
    texts.filter((text) => /^(?:fetch|ls-remote) /.test(text)),
    texts.filter((text) => !/^(?:fetch|ls-remote) /.test(text)),
  ]
  expect(fetching.length).toBeGreaterThan(0)
  expect(fetching.every(holds)).toBe(true)
  expect(others.length).toBeGreaterThan(5)
  expect(others.filter(holds)).toEqual([])
  for (const text of texts) expect(text).not.toMatch(/s3cr3t|^INPUT_/m)
})
