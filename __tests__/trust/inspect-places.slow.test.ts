/** What is found out about real folders, files and checkouts. */
import { afterEach, beforeEach, expect, test } from '@jest/globals'
import { existsSync, mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Place } from '../../src/trust/build-places.ts'
import type { Source } from '../../src/trust/decision.ts'
import { inspectPlaces } from '../../src/trust/inspect-places.ts'
import { commit, gitEnv, newRepository, put, remove, sh, temporaryFolder } from '../support/repositories.ts'

let folder = ''
let job = ''
let base = ''
let head = ''
beforeEach(() => {
  folder = temporaryFolder()
  mkdirSync(join(folder, 'temp'))
  job = newRepository(join(folder, 'job'))
  base = commit(job, {
    Dockerfile: 'FROM scratch\n',
    'app/file': '1',
    '.dockerignore': 'Dockerfile\nout\n.git\n',
    '.gitignore': 'dist\nout\n',
  })
  newRepository(join(folder, 'fork'))
  sh(job, 'clone', '--quiet', job, join(job, 'head'))
  head = commit(join(job, 'head'), { Dockerfile: 'FROM evil\n' })
})
afterEach(() => {
  expect(readdirSync(join(folder, 'temp'))).toEqual([])
  remove(folder)
})

async function look(place: Place, env: Record<string, string> = {}): Promise<readonly Source[]> {
  return inspectPlaces([place], {
    env: { ...gitEnv, ...env },
    tempFolders: [join(folder, 'temp')],
    signal: new AbortController().signal,
  })
}
const of = (...path: readonly string[]): string => join(job, ...path)
const folderAt = (path: string): Place => ({ kind: 'folder', what: 'it', path, dockerfile: join(path, 'Dockerfile') })
const fileAt = (path: string, optional = false): Place => ({ kind: 'file', what: 'it', path, optional })
const found = async (place: Place, env?: Record<string, string>): Promise<unknown> => {
  const [source] = await look(place, env)
  return source?.kind === 'local' ? source.found : source
}

test('finds the commit of a clean checkout and of a folder in it, and nothing outside of one', async () => {
  remove(of('head'))
  const state = readdirSync(of('.git'))
  expect(await found(folderAt(job))).toEqual({ commit: base, changed: [] })
  expect(await found(folderAt(of('app')))).toEqual({ commit: base, changed: [] })
  expect(await found(fileAt(of('Dockerfile')))).toEqual({ commit: base, changed: [] })
  expect(readdirSync(of('.git'))).toEqual(state)
  expect(existsSync(of('.git/index.lock'))).toBe(false)
  expect(await found(folderAt(join(folder, 'temp')))).toEqual({ why: 'it is in no Git checkout' })
  expect(await found(folderAt(of('gone')))).toEqual({ why: 'it is in no Git checkout' })
  expect(await found(fileAt(of('gone')))).toEqual({ why: 'it is not there' })
  expect(await look(fileAt(of('gone'), true))).toEqual([])
  expect(await found(folderAt(join(folder, 'fork')))).toEqual({ why: 'its checkout has no commit' })
  expect(await found(folderAt(job), { PATH: folder })).toEqual({
    why: expect.stringContaining('there is no `git` on the PATH'),
  })
})

test('finds the head in a subfolder, also through links', async () => {
  expect(await found(folderAt(of('head')))).toEqual({ commit: head, changed: [] })
  expect(await found(fileAt(of('head/Dockerfile')))).toEqual({ commit: head, changed: [] })
  symlinkSync('head', of('link'))
  symlinkSync('head/Dockerfile', of('Dockerfile.link'))
  expect(await found(folderAt(of('link')))).toEqual({ commit: head, changed: [] })
  expect(await found(fileAt(of('Dockerfile.link')))).toEqual({ commit: head, changed: [] })
  // In the checkout around it, it is an uncommitted folder that reaches the build.
  expect(await found(folderAt(job))).toMatchObject({
    commit: base,
    changed: expect.arrayContaining([expect.stringMatching(/^head\//)]),
  })
})

test('finds uncommitted files that reach the build', async () => {
  remove(of('head'))
  put(job, { 'app/new': '', 'out/file': '', 'dist/bundle.js': '' })
  expect(await found(folderAt(job))).toEqual({ commit: base, changed: ['app/new', 'dist/bundle.js'] })
  remove(of('app/new'))
  remove(of('dist'))
  expect(await found(folderAt(job))).toEqual({ commit: base, changed: [] })
  put(job, { 'app/file': '2' })
  expect(await found(folderAt(job))).toEqual({ commit: base, changed: ['app/file'] })
  // The index of the checkout may claim that nothing has changed.
  sh(job, 'update-index', '--assume-unchanged', 'app/file')
  expect(sh(job, 'status', '--porcelain')).toBe('')
  expect(await found(folderAt(job))).toEqual({ commit: base, changed: ['app/file'] })
  // A deleted file adds nothing to the build.
  remove(of('app/file'))
  expect(await found(folderAt(job))).toEqual({ commit: base, changed: [] })
})

test('finds files that attributes of the work tree make equal to the commit', async () => {
  remove(of('head'))
  const trusted = commit(job, { 'app/id.sh': '# $Id$\n' })
  put(job, { 'app/id.sh': "# $Id: ';touch /tmp/made;' $\n" })
  expect(await found(folderAt(of('app')))).toEqual({ commit: trusted, changed: ['id.sh'] })
  // Git converts the file before it compares it. The file with attributes is in no commit and above the context.
  put(job, { '.gitattributes': 'app/id.sh ident\n' })
  expect(sh(job, 'diff', '--name-only')).toBe('')
  expect(await found(folderAt(of('app')))).toEqual({ commit: trusted, changed: ['id.sh'] })
  expect(await found(fileAt(of('app/id.sh')))).toEqual({ commit: trusted, changed: ['app/id.sh'] })
  put(job, { '.gitattributes': 'app/file working-tree-encoding=UTF-16BE\n', 'app/id.sh': '# $Id$\n' })
  expect(await found(fileAt(of('app/file')))).toMatchObject({ changed: expect.arrayContaining(['app/file']) })
})

test('finds a changed Dockerfile and ignore file although the ignore file excludes them', async () => {
  remove(of('head'))
  put(job, { Dockerfile: 'FROM evil\n' })
  expect(await found(folderAt(job))).toEqual({ commit: base, changed: ['Dockerfile'] })
  expect(await found(fileAt(of('Dockerfile')))).toEqual({ commit: base, changed: ['Dockerfile'] })
  sh(job, 'checkout', '--quiet', 'Dockerfile')
  put(job, { 'Dockerfile.dockerignore': '*' })
  expect(await found(folderAt(job))).toEqual({ commit: base, changed: ['Dockerfile.dockerignore'] })
  expect(await found(fileAt(of('Dockerfile.dockerignore')))).toEqual({
    commit: base,
    changed: ['Dockerfile.dockerignore'],
  })
  remove(of('Dockerfile.dockerignore'))
  put(job, { '.dockerignore': '*' })
  expect(await found(folderAt(job))).toEqual({ commit: base, changed: ['.dockerignore'] })
  expect(await found(fileAt(of('.dockerignore')))).toEqual({ commit: base, changed: ['.dockerignore'] })
  put(job, { 'out/Dockerfile': '' })
  expect(await found(fileAt(of('out/Dockerfile')))).toMatchObject({ changed: [expect.stringContaining('out/')] })
})

test("ignores Git's replacement objects", async () => {
  remove(of('head'))
  put(job, { 'app/file': 'evil' })
  const evil = commit(job, {})
  sh(job, 'checkout', '--quiet', '--detach', base)
  sh(job, 'replace', base, evil)
  put(job, { 'app/file': 'evil' })
  expect(await found(folderAt(job))).toEqual({ commit: base, changed: ['app/file'] })
})

test('finds who chose a secret file, by its path and by where that leads', async () => {
  writeFileSync(join(folder, 'secret'), '')
  const handed = async (path: string): Promise<readonly unknown[]> =>
    (await look({ kind: 'file-handed-over', what: 'it', path })).map((source) =>
      'commit' in source ? source.commit : source,
    )
  expect(await handed(join(folder, 'secret'))).toEqual([null])
  put(job, { secret: '' })
  expect(await handed(of('secret'))).toEqual([base])
  symlinkSync(join(folder, 'secret'), of('head/link'))
  symlinkSync(folder, of('head/folder'))
  expect(await handed(of('head/link'))).toEqual([head])
  expect(await handed(of('head/folder/secret'))).toEqual([head])
  symlinkSync('head/Dockerfile', of('link'))
  expect(await handed(of('link'))).toEqual([base, head])
})

test('finds a nested .git folder, which git status does not show', async () => {
  remove(of('head'))
  put(job, { 'app/.git/config': '[core]\nfsmonitor = evil\n' })
  expect(sh(job, 'status', '--porcelain', '--ignored')).toBe('')
  expect(await found(folderAt(job))).toEqual({ commit: base, changed: ['app/.git/config'] })
  remove(of('app/.git'))
  put(job, { 'new/deep/.git/config': '' })
  expect(await found(folderAt(job))).toEqual({ commit: base, changed: ['new/deep/.git/config'] })
  remove(of('new'))
  // Excluded by the ignore file.
  put(job, { 'out/.git/config': '' })
  expect(await found(folderAt(job))).toEqual({ commit: base, changed: [] })
})

test('finds no commit for files in the .git folder', async () => {
  const own = { why: expect.stringContaining('in a folder .git') }
  put(job, { '.git/lfs/evil': 'FROM evil\n' })
  expect(await found(fileAt(of('.git/lfs/evil')))).toEqual(own)
  expect(await found(folderAt(of('.git/lfs')))).toEqual(own)
  symlinkSync('../.git/lfs/evil', of('head/link'))
  expect(await found(fileAt(of('head/link')))).toEqual(own)
})

test('finds both commits for a link of the head to a file or folder of the base', async () => {
  symlinkSync('../Dockerfile', of('head/link'))
  symlinkSync('../app', of('head/folder'))
  symlinkSync('head/folder', of('app.link'))
  const commits = async (place: Place): Promise<readonly unknown[]> =>
    (await look(place)).map((source) =>
      source.kind === 'local' && 'commit' in source.found
        ? source.found.commit
        : 'commit' in source
          ? source.commit
          : source,
    )
  expect(await commits(fileAt(of('head/link')))).toEqual([base, head])
  expect(await commits(folderAt(of('head/folder')))).toEqual([base, head])
  expect(await commits(folderAt(of('app.link')))).toEqual([base, base, head])
})

test('finds the ignore file that BuildKit uses, with a file named `dockerfile` and without a Dockerfile', async () => {
  remove(of('head'))
  const commits = {
    lower: commit(job, {
      'Dockerfile.dockerignore': '*\n',
      'dockerfile.dockerignore': '.git\n',
      '.dockerignore': '.git\n',
    }),
  }
  sh(job, 'mv', 'Dockerfile', 'dockerfile')
  commits.lower = commit(job, {})
  put(job, { 'app/new': '' })
  expect(await found(folderAt(job))).toEqual({ commit: commits.lower, changed: ['app/new'] })
  expect(await found({ kind: 'folder', what: 'it', path: job, dockerfile: null })).toEqual({
    commit: commits.lower,
    changed: ['app/new'],
  })
})

test('refuses an address that is also a folder of this machine', async () => {
  const address = 'https://host.invalid/x.git'
  const previous = process.cwd()
  const place: Place = { kind: 'remote', what: 'it', address }
  try {
    process.chdir(job)
    expect(await look(place)).toEqual([place])
    mkdirSync(of('https:/host.invalid/x.git'), { recursive: true })
    expect(await look(place)).toEqual([{ kind: 'unknown', what: 'it', why: expect.stringContaining('a folder') }])
  } finally {
    process.chdir(previous)
  }
})

test('does not count a file as missing that cannot be determined', async () => {
  symlinkSync('loop', of('loop'))
  const why = 'it cannot be read: its symbolic links form a loop'
  expect(await found(fileAt(of('loop'), true))).toEqual({ why })
  expect(await found(fileAt(of('loop')))).toEqual({ why })
  // Nobody knows which checkout contains it.
  expect(await look({ kind: 'file-handed-over', what: 'it', path: of('loop/in/it') })).toContainEqual({
    kind: 'unknown',
    what: 'it',
    why: 'it is in no Git checkout',
  })
})
