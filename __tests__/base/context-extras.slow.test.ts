import { afterEach, beforeEach, expect, jest, test } from '@jest/globals'
import { mkdirSync, rmSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { contextExtras, type ContextExtras } from '../../src/base/context-extras.ts'
import { obstacleOfExtras } from '../../src/base/decide-base.ts'
import { readChanges } from '../../src/base/unchanged-inputs.ts'
import {
  contextSources,
  mayReadBelow,
  sourceMatcher,
  throughLinks,
  type ContextSources,
} from '../../src/dockerfile/copied-paths.ts'
import { planStages } from '../../src/dockerfile/plan-stages.ts'
import { baseObjects } from '../../src/git/check-out-base.ts'
import { statusBelow, type WorkTreeStatus } from '../../src/git/work-tree-status.ts'
import { obstacleClause } from '../../src/report/baseline-sentences.ts'
import {
  checkout,
  commit,
  gitIn,
  newRepository,
  publish,
  put,
  remove,
  repositoryAt,
  sh,
  temporaryFolder,
} from '../support/repositories.ts'
import { stepCounter } from '../support/steps.ts'

function clauseOf(extras: ContextExtras, { local }: { local: boolean }): string | null {
  const obstacle = obstacleOfExtras(extras, { local })
  return obstacle && obstacleClause(obstacle)
}

const countSteps = await stepCounter()

// Every test here runs git many times.
let folder = ''
let source = ''
beforeEach(() => {
  folder = temporaryFolder()
  source = newRepository(join(folder, 'project'))
})
afterEach(() => remove(folder))

function sourcesIn(dockerfile: string, target: string | null = null): ContextSources {
  const { stages } = planStages({ dockerfile, list: null, target, buildContexts: new Set(), buildArgs: new Map() })
  return contextSources(stages, '\\')
}

const texts = (sources: ContextSources): string | readonly string[] =>
  sources === 'all' ? 'all' : sources.map(({ text }) => text)

test('lists the sources of COPY, ADD and bind mounts', () => {
  const of = (...lines: string[]): string | readonly string[] =>
    texts(sourcesIn(['FROM scratch AS a', ...lines].join('\n')))
  expect(of('COPY a b /x/', 'ADD ./c/../d /y', 'COPY --chown=1:1 /e/ .')).toEqual(['a', 'b', 'd', 'e'])
  expect(of('COPY ["a b", "c", "/x"]')).toEqual(['a b', 'c'])
  expect(of('COPY a \\', '  # comment', '  b /x')).toEqual(['a', 'b'])
  expect(
    of('COPY --from=other a /x', 'RUN --mount=from=other,target=/x true', 'RUN --mount=type=cache,target=/c true'),
  ).toEqual([])
  expect(of('RUN --mount=type=bind,source=src,target=/s --mount=src=other,target=/o true')).toEqual(['src', 'other'])
  expect(of('RUN --mount=type=bind,target=/s true')).toBe('all')
  expect(of('ADD https://example.com/x git@github.com:o/r.git#v1 /x')).toEqual([])
  expect(of('COPY <<EOF /x', 'COPY a /b', 'EOF')).toEqual([])
  expect(of('ONBUILD COPY later /x')).toEqual(['later'])
  expect(of('COPY $WHAT /x')).toBe('all')
  expect(of('COPY ${WHAT:-a} /x')).toBe('all')
  expect(of('RUN --mount=type=bind,source=$X,target=/s true')).toBe('all')
  expect(of('COPY . /x')).toBe('all')
  expect(of('COPY ../../ /x')).toBe('all')
  expect(of('COPY ../a /x')).toEqual(['a'])
  expect(of('WORKDIR /x', 'RUN echo COPY a b')).toEqual([])
})

test('ignores the sources of stages that the target does not need', () => {
  const dockerfile = 'FROM scratch AS a\nCOPY a /\nFROM scratch AS b\nCOPY b /\nFROM a\nCOPY c /\n'
  expect(texts(sourcesIn(dockerfile))).toEqual(['a', 'c'])
  expect(texts(sourcesIn(dockerfile, 'b'))).toEqual(['b'])
})

test('matches the paths that a source reads', () => {
  const reads = (line: string, path: string): boolean => sourceMatcher(sourcesIn(`FROM scratch\n${line}`))(path)
  expect(reads('COPY src /x', 'src/a/b')).toBe(true)
  expect(reads('COPY src /x', 'src')).toBe(true)
  expect(reads('COPY src /x', 'srcs/a')).toBe(false)
  expect(reads('COPY src/a /x', 'src/b')).toBe(false)
  expect(reads('COPY *.txt /x', 'a.txt')).toBe(true)
  expect(reads('COPY *.txt /x', 'sub/a.txt')).toBe(false)
  expect(reads('COPY */a /x', 'sub/a/deep')).toBe(true)
  expect(reads('COPY package*.json tsconfig.json /x', 'package-lock.json')).toBe(true)
  expect(reads('COPY [ab].txt /x', 'b.txt')).toBe(true)
  expect(reads('COPY --parents **/*.go /x', 'cmd/deep/a.go')).toBe(true)
  expect(mayReadBelow(sourcesIn('FROM scratch\nCOPY a/b/c /x'), 'a')).toBe(true)
  expect(mayReadBelow(sourcesIn('FROM scratch\nCOPY a/b/c /x'), 'b')).toBe(false)
  expect(throughLinks(sourcesIn('FROM scratch\nCOPY link/a /x'), ['link'])).toBe('all')
  expect(throughLinks(sourcesIn('FROM scratch\nCOPY */a /x'), ['link'])).toBe('all')
  expect(texts(throughLinks(sourcesIn('FROM scratch\nCOPY src /x'), ['src/link', 'other', 'srcs']))).toEqual(['src'])
})

async function extras(
  sources: ContextSources,
  context = source,
  dockerfilePath: string | null = join(context, 'Dockerfile'),
  walked?: number,
): Promise<ContextExtras> {
  const found = await contextExtras(
    { repository: await repositoryAt(source), git: gitIn(source), context, dockerfilePath, sources },
    walked,
  )
  if ('why' in found) throw new Error(found.why)
  return found
}

const named = ({ extras: found }: ContextExtras): string[] => found.map(({ kind, path }) => `${kind} ${path}`)

test('finds nothing in a clean checkout', async () => {
  commit(source, { Dockerfile: 'FROM scratch\n', '.dockerignore': '.git\n', 'a/b': '1' })
  const found = await extras('all')
  expect(found).toEqual({
    extras: [],
    counts: { untracked: 0, ignored: 0, modified: 0, lfs: 0, submodule: 0 },
    more: false,
    gitFolder: false,
  })
  expect(clauseOf(found, { local: false })).toBeNull()
})

test('finds the untracked, ignored and modified files that the build reads, and no others', async () => {
  commit(source, {
    '.gitignore': 'dist/\n*.log\nnode_modules/\n',
    '.dockerignore': '**/node_modules\n.git\nout\n!out/keep\n',
    'src/a': '1',
    'src/b': '1',
    gone: '1',
  })
  put(source, {
    'dist/x/app.js': '1',
    'dist/y.js': '2',
    'src/new.ts': '1',
    'a.log': '1',
    'node_modules/x/i.js': '1',
    'src/a': '2',
    'out/keep/me': '1',
    'out/drop': '1',
    'untracked/deep/f': '1',
  })
  rmSync(join(source, 'gone'))
  expect(named(await extras('all'))).toEqual([
    'ignored a.log',
    'ignored dist/x/app.js',
    'ignored dist/y.js',
    'modified gone',
    'untracked out/keep/me',
    'modified src/a',
    'untracked src/new.ts',
    'untracked untracked/deep/f',
  ])
  const some = await extras(sourcesIn('FROM scratch\nCOPY src /src\nCOPY dist/*.js /d/\n'))
  expect(named(some)).toEqual(['ignored dist/y.js', 'modified src/a', 'untracked src/new.ts'])
  expect(clauseOf(some, { local: false })).toBe(
    'the context holds 3 files that the build reads and the commit does not contain (untracked, ignored by Git, modified): dist/y.js, src/a, src/new.ts',
  )
  expect(clauseOf(some, { local: true })).toBe(
    'the context holds 1 file that the build reads and the commit does not contain (ignored by Git): dist/y.js',
  )
  expect(named(await extras(sourcesIn('FROM scratch\nCOPY src/b /b\n')))).toEqual([])
})

test('finds the files that the build reads in an untracked or ignored context, at any depth', async () => {
  commit(source, { '.gitignore': 'made/\n', a: '1' })
  put(source, { 'made/deep/a': '1', 'made/deep/b': '1', 'made/deep/.dockerignore': 'b\n', 'made/c': '1', 'new/a': '1' })
  const of = async (context: string, sources: ContextSources): Promise<string[]> =>
    named(await extras(sources, join(source, context), null))
  const a = sourcesIn('FROM scratch\nCOPY a /\n')
  for (const sources of ['all', a] as const)
    expect([await of('new', sources), (await of('made/deep', sources)).includes('ignored a')]).toEqual([
      ['untracked a'],
      true,
    ])
  expect(await of('made/deep', 'all')).toEqual(['ignored .dockerignore', 'ignored a'])
  expect(await of('made', 'all')).toEqual([
    'ignored c',
    'ignored deep/.dockerignore',
    'ignored deep/a',
    'ignored deep/b',
  ])
})

test('reads the work tree once for several contexts', async () => {
  commit(source, { '.gitignore': 'made/\n', 'app/a': '1', 'apple/a': '1' })
  put(source, { 'app/new': '1', 'app/a': '2', 'apple/new': '1', 'made/deep/a': '1', other: '1' })
  const repository = await repositoryAt(source)
  for (const prefixes of [['app', 'made/deep', 'apple'], ['']]) {
    const told = await statusBelow(gitIn(source), prefixes)
    const status = (): Promise<WorkTreeStatus> => Promise.resolve(told)
    const of = async (context: string): Promise<string[]> => {
      const found = await contextExtras({
        repository,
        git: gitIn(source),
        context: join(source, context),
        dockerfilePath: null,
        sources: 'all',
        status,
      })
      if ('why' in found) throw new Error(found.why)
      return named(found)
    }
    expect(await of('app')).toEqual(['modified a', 'untracked new'])
    expect(await of('apple')).toEqual(['untracked new'])
    expect(await of('made/deep')).toEqual(['ignored a'])
  }
  expect(await statusBelow(gitIn(source), [])).toEqual([])
})

test('prefers the ignore file of the Dockerfile to that of the context', async () => {
  commit(source, { 'x.Dockerfile.dockerignore': 'new\n', '.dockerignore': '' })
  put(source, { new: '1' })
  expect(named(await extras('all', source, join(source, 'x.Dockerfile')))).toEqual([])
  expect(named(await extras('all', source, join(source, 'Dockerfile')))).toEqual(['untracked new'])
})

test('reports paths relative to a context in a subfolder, and reads nothing outside of it', async () => {
  commit(source, { 'app/Dockerfile': 'FROM scratch\n', 'application/x': '1' })
  put(source, { 'app/new': '1', other: '1', 'application/new': '1' })
  const found = await extras('all', join(source, 'app'))
  expect(named(found)).toEqual(['untracked new'])
  expect(found.gitFolder).toBe(false)
  const outside = await contextExtras({
    repository: await repositoryAt(source),
    git: gitIn(source),
    context: folder,
    dockerfilePath: null,
    sources: 'all',
  })
  expect(outside).toEqual({ why: 'the context is outside of the Git checkout' })
})

test('finds Git LFS contents and checked-out submodules, but not pointers and empty submodules', async () => {
  const other = newRepository(join(folder, 'other'))
  commit(other, { f: '1' })
  sh(source, '-c', 'protocol.file.allow=always', 'submodule', '--quiet', 'add', `file://${other}`, 'vendor/sub')
  const pointer = 'version https://git-lfs.github.com/spec/v1\noid sha256:1\nsize 1\n'
  sh(source, 'config', 'filter.lfs.clean', `printf '${pointer.replaceAll('\n', '\\n')}'`)
  commit(source, {
    '.gitattributes': '*.bin filter=lfs\n',
    'big.bin': 'content',
    'pointer.bin': pointer,
    '.dockerignore': '.git\n',
  })
  const found = await extras('all')
  expect(named(found)).toEqual(['lfs big.bin', 'submodule vendor/sub'])
  expect(clauseOf(found, { local: true })).toContain('2 files')
  sh(source, 'submodule', '--quiet', 'deinit', '--force', 'vendor/sub')
  rmSync(join(source, '.git/modules'), { recursive: true })
  expect(named(await extras(sourcesIn('FROM scratch\nCOPY pointer.bin vendor /\n')))).toEqual([])
})

test('does not take a symbolic link for Git LFS content, wherever it leads', async () => {
  for (const [name, target] of [
    ['file.bin', 'plain'],
    ['device.bin', '/dev/zero'],
    ['nowhere.bin', 'nothing'],
  ] as const)
    symlinkSync(target, join(source, name))
  commit(source, { '.gitattributes': '*.bin filter=lfs\n', plain: 'content', '.dockerignore': '.git\n' })
  expect(named(await extras('all'))).toEqual([])
})

test('notices if the build reads .git', async () => {
  commit(source, { Dockerfile: 'FROM scratch\n', 'src/a': '1' })
  expect((await extras('all')).gitFolder).toBe(true)
  expect((await extras(sourcesIn('FROM scratch\nCOPY src /\n'))).gitFolder).toBe(false)
  expect((await extras(sourcesIn('FROM scratch\nCOPY .git/HEAD /\n'))).gitFolder).toBe(true)
  put(source, { '.dockerignore': '**\n!src\n' })
  expect((await extras('all')).gitFolder).toBe(false)
})

test('counts every file if a source contains a link', async () => {
  mkdirSync(join(source, 'real'))
  symlinkSync('real', join(source, 'link'))
  commit(source, { Dockerfile: 'FROM scratch\n', 'real/a': '1', '.dockerignore': '.git' })
  put(source, { 'real/new': '1' })
  expect(named(await extras(sourcesIn('FROM scratch\nCOPY link/ /\n')))).toEqual(['untracked real/new'])
  expect(named(await extras(sourcesIn('FROM scratch\nCOPY Dockerfile /\n')))).toEqual([])
})

test('counts many files, names some of them, and stops at a limit', async () => {
  commit(source, { '.gitignore': 'big/\n' })
  put(source, Object.fromEntries(Array.from({ length: 30 }, (_, nth) => [`big/${nth}`, '1'])))
  const found = await extras(sourcesIn('FROM scratch\nCOPY big /\n'))
  expect(found.extras).toHaveLength(20)
  expect(found.counts.ignored).toBe(30)
  const more = await extras(sourcesIn('FROM scratch\nCOPY big /\n'), source, null, 12)
  expect(more).toMatchObject({ more: true, counts: { ignored: 12 } })
  expect(clauseOf(more, { local: false })).toContain('at least 12 files')
  put(source, { '.dockerignore': 'big/*\n' })
  const none = await extras('all', source, null, 12)
  expect(none.counts.ignored).toBe(0)
  expect(clauseOf(none, { local: true })).toContain('than can be examined')
})

test('runs Git four times for any number of files, and takes few steps for each file at any depth', async () => {
  const repository = await repositoryAt(source)
  const costFor = async (files: number): Promise<{ readonly calls: number; readonly steps: number }> => {
    const below = (top: string): Record<string, string> =>
      Object.fromEntries(Array.from({ length: files }, (_, nth) => [`${top}/${'deep/'.repeat(30)}${nth}`, '1']))
    commit(source, { '.gitignore': 'made/\n', '.dockerignore': '**/*.log\n.git\n!x\n', ...below('src') })
    put(source, below('made'))
    const git = jest.fn(gitIn(source))
    const steps = await countSteps(async () => {
      const found = await contextExtras({ repository, git, context: source, dockerfilePath: null, sources: 'all' })
      expect(found).toMatchObject({ counts: { ignored: files, modified: 0, untracked: 0 } })
    })
    return { calls: git.mock.calls.length, steps }
  }
  const some = await costFor(200)
  const more = await costFor(600)
  expect([some.calls, more.calls]).toEqual([4, 4])
  expect(some.steps).toBeGreaterThan(200)
  expect((more.steps - some.steps) / 400).toBeLessThan(100)
})

test('counts the Dockerfile, ignore file and policies, although no stage copies them', async () => {
  const dockerfile = 'FROM scratch\nCOPY src /src\n'
  commit(source, {
    'docker/Dockerfile': dockerfile,
    'app/.dockerignore': '*.rego\npolicies\n',
    'app/src/a': '1',
    'app/policies/p.rego': '1',
    'app/lib.rego': '1',
    'other.rego': '1',
  })
  const [context, dockerfilePath] = [join(source, 'app'), join(source, 'docker/Dockerfile')]
  const named = async (policies: readonly string[] = []): Promise<readonly string[]> => {
    const found = await contextExtras({
      repository: await repositoryAt(source),
      git: gitIn(source),
      context,
      dockerfilePath,
      policies,
      sources: sourcesIn(dockerfile),
    })
    if ('why' in found) throw new Error(found.why)
    return found.extras.map(({ kind, path }) => `${kind} ${path}`)
  }
  const policy = join(source, 'app/policies/p.rego')
  expect(await named([policy])).toEqual([])
  put(source, {
    'docker/Dockerfile': 'FROM scratch\n',
    'app/.dockerignore': '',
    'app/policies/p.rego': '2',
    'app/lib.rego': '2',
    'other.rego': '2',
  })
  expect(await named()).toEqual(['modified ../docker/Dockerfile', 'modified .dockerignore'])
  expect(await named([policy])).toEqual([
    'modified ../docker/Dockerfile',
    'modified .dockerignore',
    'modified lib.rego',
    'modified policies/p.rego',
  ])
  sh(source, 'checkout', '--quiet', '.')
  put(source, { 'docker/Dockerfile.rego': '1', 'docker/Dockerfile.dockerignore': '1' })
  expect(await named()).toEqual(['untracked ../docker/Dockerfile.dockerignore', 'untracked ../docker/Dockerfile.rego'])
  // Inside a folder that Git reports as a whole.
  remove(join(source, 'docker/Dockerfile.rego'))
  remove(join(source, 'docker/Dockerfile.dockerignore'))
  put(source, { 'new/policy.txt': '1', 'new/other': '1' })
  expect(await named([join(source, 'new/policy.txt')])).toEqual(['untracked ../new/policy.txt'])
  const extras = await contextExtras({
    repository: await repositoryAt(source),
    git: gitIn(source),
    context,
    dockerfilePath,
    policies: [join(source, 'new/policy.txt')],
    sources: [],
  })
  expect(clauseOf(extras as ContextExtras, { local: false })).toBe(
    'the checkout holds 1 file that the build reads and the commit does not contain (untracked): ../new/policy.txt',
  )
})

test('finds the changed files that the build reads, between two commits and from a checkout', async () => {
  const dockerfile = 'FROM scratch\nCOPY src /src\n'
  const base = commit(source, {
    Dockerfile: dockerfile,
    '.dockerignore': 'src/**/*.md\n.git\n',
    'src/a': '1',
    'README.md': '1',
    'src/doc.md': '1',
  })
  const same = commit(source, { 'README.md': '2', 'src/doc.md': '2', other: '1' })
  const edited = commit(source, { 'src/a': '2' })
  const rules = commit(source, { '.dockerignore': '' })
  const instructions = commit(source, { Dockerfile: `${dockerfile}COPY other /\n` })
  const attributes = commit(source, { '.gitattributes': '* -text\n' })
  const policies = commit(source, { 'own/policy.txt': '1', 'lib.rego': '1' })
  const url = publish(source, join(folder, 'origin.git'))
  const changes = async (
    from: string,
    to: string,
    named: readonly string[] = [],
  ): Promise<readonly string[] | null> => {
    const job = checkout(url, join(folder, `job-${from}-${to}`), to)
    mkdirSync(join(folder, 'temp'), { recursive: true })
    const request = { git: gitIn(job), repository: await repositoryAt(job) }
    const objects = await baseObjects({ ...request, commit: from, tempFolder: join(folder, 'temp') })
    if ('why' in objects) throw new Error(objects.why)
    const found = await readChanges({
      ...request,
      objects: objects.git,
      base: from,
      head: to,
      context: job,
      dockerfilePath: join(job, 'Dockerfile'),
      policies: named.map((path) => join(job, path)),
      sources: sourcesIn(dockerfile),
    })
    expect(found?.count).toBe(found?.paths.length)
    return found?.paths ?? null
  }
  expect(await changes(base, same)).toEqual([])
  expect(await changes(same, edited)).toEqual(['src/a'])
  expect(await changes(edited, rules)).toEqual(['.dockerignore'])
  expect(await changes(rules, instructions)).toEqual(['Dockerfile'])
  expect(await changes(instructions, attributes)).toEqual(['.gitattributes'])
  expect(await changes(attributes, policies)).toEqual([])
  remove(join(folder, `job-${attributes}-${policies}`))
  // A policy may import any of the others.
  expect(await changes(attributes, policies, ['own/policy.txt'])).toEqual(['lib.rego', 'own/policy.txt'])
  expect(await changes(base, attributes)).toEqual([
    '.dockerignore',
    '.gitattributes',
    'Dockerfile',
    'src/a',
    'src/doc.md',
  ])
})
