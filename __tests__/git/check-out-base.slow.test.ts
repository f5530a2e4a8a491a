import { afterEach, beforeEach, expect, test } from '@jest/globals'
import { execFileSync } from 'node:child_process'
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  readlinkSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { basename, join } from 'node:path'
import { baseSourceOf, gitContextAt, gitContextUrl, gitRevisionOf } from '../../src/base/base-source.ts'
import { placeGitFolder } from '../../src/git/align-tree.ts'
import { makeBaseTree, type BaseTree } from '../../src/git/check-out-base.ts'
import { tokenConfig } from '../../src/git/run-git.ts'
import {
  checkout,
  commit,
  gitEnv,
  gitIn,
  newRepository,
  privateCheckout,
  publish,
  put,
  remove,
  repositoryAt,
  sh,
  stateOf,
  temporaryFolder,
} from '../support/repositories.ts'

let folder = ''
let temp = ''
let source = ''
beforeEach(() => {
  folder = temporaryFolder()
  temp = join(folder, 'temp')
  mkdirSync(temp)
  source = newRepository(join(folder, 'project'))
})
afterEach(() => remove(folder))

async function treeOf(job: string, sha: string, config: ReturnType<typeof tokenConfig> = []): Promise<BaseTree> {
  const made = await makeBaseTree({
    git: gitIn(job, [], gitEnv, config),
    repository: await repositoryAt(job),
    commit: sha,
    tempFolder: temp,
  })
  if ('why' in made) throw new Error(made.why)
  return made
}

/** Every entry with its mode, time and content, except `.git`. */
function listing(at: string): string {
  return execFileSync('find', ['.', '-name', '.git', '-prune', '-o', '-printf', '%P %y %m %l\n'], {
    cwd: at,
    encoding: 'utf8',
  })
    .split('\n')
    .sort()
    .join('\n')
}

test('writes the same files, modes, links and line ends as a checkout of that commit', async () => {
  put(source, {
    'run.sh': '#!/bin/sh\n',
    'plain.txt': 'one\n',
    'crlf.txt': 'a\nb\n',
    'secret/x': 'kept\n',
    'deep/er/f': '1',
  })
  chmodSync(join(source, 'run.sh'), 0o755)
  symlinkSync('plain.txt', join(source, 'link'))
  symlinkSync('/nowhere', join(source, 'dangling'))
  const base = commit(source, {
    '.gitattributes': 'crlf.txt text eol=crlf\nsecret export-ignore\n',
    'ünï cödé ☃.txt': 'x',
  })
  const head = commit(source, { 'plain.txt': 'two\n', new: 'n', '.gitattributes': '' })
  const url = publish(source, join(folder, 'origin.git'))
  const job = checkout(url, join(folder, 'job', 'project'), head)
  const before = stateOf(job)
  const tree = await treeOf(job, base)
  expect(stateOf(job)).toBe(before)
  const usual = checkout(url, join(folder, 'usual'), base)
  expect(listing(tree.folder)).toBe(listing(usual))
  expect(readFileSync(join(tree.folder, 'plain.txt'), 'utf8')).toBe('one\n')
  expect(readFileSync(join(tree.folder, 'crlf.txt'), 'utf8')).toBe('a\r\nb\r\n')
  expect(readFileSync(join(tree.folder, 'secret/x'), 'utf8')).toBe('kept\n')
  expect(readlinkSync(join(tree.folder, 'dangling'))).toBe('/nowhere')
  expect(existsSync(join(tree.folder, 'new'))).toBe(false)
  expect(existsSync(join(tree.folder, '.git'))).toBe(false)
  expect(basename(tree.folder)).toBe('project')
})

test('gives unchanged files the modes and times of the work tree, and leaves changed files their own time', async () => {
  const base = commit(source, { 'a/same.txt': 'same', 'a/other.txt': 'one!', 'a/edited.txt': 'e' })
  commit(source, { 'a/other.txt': 'two!' })
  writeFileSync(join(source, 'a/edited.txt'), 'f')
  const time = new Date('2020-01-02T03:04:05Z')
  for (const path of ['a/same.txt', 'a/other.txt', 'a/edited.txt', 'a']) utimesSync(join(source, path), time, time)
  chmodSync(join(source, 'a/same.txt'), 0o664)
  chmodSync(join(source, 'a'), 0o775)
  sh(source, 'status')
  const tree = await treeOf(source, base)
  const times = Object.fromEntries(
    ['a', 'a/same.txt', 'a/other.txt', 'a/edited.txt'].map((path) => [
      path,
      statSync(join(tree.folder, path)).mtime.toISOString() === time.toISOString(),
    ]),
  )
  expect(times).toEqual({ a: true, 'a/same.txt': true, 'a/other.txt': false, 'a/edited.txt': false })
  expect(statSync(join(tree.folder, 'a/same.txt')).mode & 0o777).toBe(0o664)
  expect(statSync(join(tree.folder, 'a')).mode & 0o777).toBe(0o775)
})

test("runs the filters of the checkout's configuration, and reports one that fails", async () => {
  const base = commit(source, { '.gitattributes': '*.up filter=up\n', 'a.up': 'hello\n' })
  commit(source, { b: '1' })
  sh(source, 'config', 'filter.up.smudge', 'tr a-z A-Z')
  const tree = await treeOf(source, base)
  expect(readFileSync(join(tree.folder, 'a.up'), 'utf8')).toBe('HELLO\n')
  sh(source, 'config', 'filter.up.smudge', 'false')
  sh(source, 'config', 'filter.up.required', 'true')
  const failed = await makeBaseTree({
    git: gitIn(source),
    repository: await repositoryAt(source),
    commit: base,
    tempFolder: temp,
  })
  expect(failed).toEqual({ why: expect.stringMatching(/^the files of commit .* cannot be written: .*filter/) })
})

test('lists submodules without fetching them, and keeps a sparse checkout sparse', async () => {
  const other = newRepository(join(folder, 'other'))
  commit(other, { f: '1' })
  sh(source, '-c', 'protocol.file.allow=always', 'submodule', '--quiet', 'add', `file://${other}`, 'vendor/sub')
  const base = commit(source, { 'in/a': '1', 'out/b': '1' })
  const head = commit(source, { 'in/a': '2' })
  const url = publish(source, join(folder, 'origin.git'))
  const job = checkout(url, join(folder, 'job'), head)
  const tree = await treeOf(job, base)
  expect(tree.submodules).toEqual(['vendor/sub'])
  expect(lstatSync(join(tree.folder, 'vendor/sub')).isDirectory()).toBe(true)
  sh(job, 'sparse-checkout', 'set', 'in')
  const sparse = await treeOf(job, base)
  expect(readFileSync(join(sparse.folder, 'in/a'), 'utf8')).toBe('1')
  expect(existsSync(join(sparse.folder, 'out/b'))).toBe(false)
})

test('fetches from a private repository, reports a commit that does not exist, and can write a commit twice', async () => {
  const base = commit(source, { a: '1' })
  const head = commit(source, { a: '2' })
  publish(source, join(folder, 'origin.git'))
  await using server = await privateCheckout(folder, head, 'tok')
  const { job } = server
  const tree = await treeOf(job, base, tokenConfig(server.url, 'tok'))
  expect(readFileSync(join(tree.folder, 'a'), 'utf8')).toBe('1')
  const again = await treeOf(job, base, tokenConfig(server.url, 'tok'))
  expect(again.folder).not.toBe(tree.folder)
  const missing = await makeBaseTree({
    git: gitIn(job, [], gitEnv, tokenConfig(server.url, 'tok')),
    repository: await repositoryAt(job),
    commit: 'f'.repeat(40),
    tempFolder: temp,
  })
  expect(missing).toEqual({ why: expect.stringMatching(/^the commit fffffff cannot be fetched: /) })
})

test('works in a linked work tree, and in a repository with SHA-256', async () => {
  const base = commit(source, { a: '1' })
  commit(source, { a: '2' })
  sh(source, 'worktree', 'add', '--quiet', join(folder, 'second'), '-b', 'second')
  expect(readFileSync(join((await treeOf(join(folder, 'second'), base)).folder, 'a'), 'utf8')).toBe('1')
  const long = join(folder, 'long')
  mkdirSync(long)
  sh(long, 'init', '--quiet', '--object-format=sha256')
  const first = commit(long, { a: '1' })
  commit(long, { a: '2' })
  expect(first).toHaveLength(64)
  expect(readFileSync(join((await treeOf(long, first)).folder, 'a'), 'utf8')).toBe('1')
})

test("links the files of the user's .git beside the base", async () => {
  const base = commit(source, { a: '1' })
  commit(source, { a: '2' })
  const tree = await treeOf(source, base)
  await placeGitFolder(source, tree.folder)
  expect(execFileSync('diff', ['-r', join(source, '.git'), join(tree.folder, '.git')], { encoding: 'utf8' })).toBe('')
  expect(statSync(join(tree.folder, '.git/HEAD')).ino).toBe(statSync(join(source, '.git/HEAD')).ino)
  expect(statSync(join(tree.folder, '.git/refs')).mtimeMs).toBeCloseTo(statSync(join(source, '.git/refs')).mtimeMs, 1)
})

test('finds the context and the Dockerfile of the base', async () => {
  const base = commit(source, {
    'app/dockerfile': 'FROM scratch\n',
    'build/Dockerfile.x': 'FROM scratch\n',
    'app/a': '1',
  })
  commit(source, { 'new/Dockerfile': 'FROM scratch\n', 'app/Dockerfile': 'FROM scratch\nCOPY . .\n' })
  const { folder: baseFolder } = await treeOf(source, base)
  const of = (context: string, dockerfilePath: string, named: boolean): ReturnType<typeof baseSourceOf> =>
    baseSourceOf({ root: source, baseFolder, context: join(source, context), dockerfilePath, named })
  expect(await of('app', join(source, 'app/Dockerfile'), false)).toEqual({
    contextFolder: join(baseFolder, 'app'),
    dockerfilePath: join(baseFolder, 'app/dockerfile'),
    notes: [],
  })
  expect(await of('app', join(source, 'app/Dockerfile'), true)).toEqual({
    contextFolder: join(baseFolder, 'app'),
    dockerfilePath: null,
    why: 'the base has no app/Dockerfile',
  })
  expect(await of('app', join(source, 'build/Dockerfile.x'), true)).toMatchObject({
    dockerfilePath: join(baseFolder, 'build/Dockerfile.x'),
  })
  expect(await of('.', join(source, 'build/Dockerfile.x'), true)).toMatchObject({ contextFolder: baseFolder })
  expect(await of('new', join(source, 'new/Dockerfile'), false)).toEqual({
    contextFolder: null,
    dockerfilePath: null,
    why: 'the base has no folder new',
  })
  writeFileSync(join(folder, 'Elsewhere'), 'FROM scratch\n')
  expect(await of('.', join(folder, 'Elsewhere'), true)).toMatchObject({
    contextFolder: baseFolder,
    dockerfilePath: join(folder, 'Elsewhere'),
    notes: [{ kind: 'dockerfile-outside' }],
  })
  expect(await of('..', join(source, 'app/Dockerfile'), true)).toMatchObject({
    contextFolder: null,
    why: 'the build context is outside of the Git checkout',
  })
})

test.each<[string, string]>([
  ['https://github.com/o/r.git', ''],
  ['https://github.com/o/r.git#:app', ''],
  ['https://github.com/o/r.git#main:app', 'main'],
  ['https://github.com/o/r.git?ref=v1&subdir=app', 'v1'],
  ['https://github.com/o/r.git?ref=v1&checksum=abc', 'abc'],
  ['https://github.com/o/r.git?keep-git-dir=1#main:app', 'main'],
])('the revision of %s is "%s"', (context, revision) => {
  expect(gitRevisionOf(context)).toBe(revision)
})

test('changes the commit of a Git URL context', () => {
  const sha = 'a'.repeat(40)
  const cases: [string, string | null][] = [
    ['https://github.com/o/r.git', `https://github.com/o/r.git#${sha}`],
    ['https://github.com/o/r.git#refs/pull/1/merge', `https://github.com/o/r.git#${sha}`],
    ['https://github.com/o/r.git#refs/pull/1/merge:docker/app', `https://github.com/o/r.git#${sha}:docker/app`],
    ['https://github.com/o/r.git#:app', `https://github.com/o/r.git#${sha}:app`],
    ['https://github.com/o/r.git?branch=x&subdir=app&checksum=1', `https://github.com/o/r.git?ref=${sha}&subdir=app`],
    ['https://github.com/o/r.git?keep-git-dir=1#main:app', `https://github.com/o/r.git?keep-git-dir=1#${sha}:app`],
    ['git@github.com:o/r.git#main', `git@github.com:o/r.git#${sha}`],
    ['github.com/o/r', `github.com/o/r#${sha}`],
    ['https://example.com/context.tar.gz', null],
    ['.', null],
  ]
  for (const [context, at] of cases) expect([context, gitContextAt(context, sha)]).toEqual([context, at])
  expect(gitContextAt('https://github.com/o/r.git', 'main')).toBeNull()
  expect(gitContextUrl('github.com/o/r#x')).toBe('https://github.com/o/r')
  expect(gitContextUrl('https://h/o/r.git?ref=a#b:c')).toBe('https://h/o/r.git')
})
