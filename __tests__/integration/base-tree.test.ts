/**
 * Builds from our copy of the base's files: it makes the same layers as the user's own files, as far as the commits
 * agree.
 */
import { expect, test } from '@jest/globals'
import { mkdirSync, readdirSync, readFileSync, utimesSync } from 'node:fs'
import { join } from 'node:path'
import { contextExtras } from '../../src/base/context-extras.ts'
import { contextSources } from '../../src/dockerfile/copied-paths.ts'
import { planStages } from '../../src/dockerfile/plan-stages.ts'
import { makeBaseTree } from '../../src/git/check-out-base.ts'
import { commit, gitIn, newRepository, put, remove, repositoryAt, temporaryFolder } from '../support/repositories.ts'
import { requireEngine, succeed } from '../support/program.ts'

interface BuiltLayer {
  readonly digest: string
}

async function layersOf(context: string, dest: string): Promise<string[]> {
  await succeed('docker', [
    'buildx',
    'build',
    '--no-cache',
    '--provenance=false',
    `--output=type=oci,tar=false,dest=${dest}`,
    context,
  ])
  const read = (path: string): unknown => JSON.parse(readFileSync(join(dest, path), 'utf8'))
  const index = read('index.json') as { manifests: [{ digest: string }] }
  const manifest = read(`blobs/sha256/${index.manifests[0].digest.slice(7)}`) as { layers: readonly BuiltLayer[] }
  return manifest.layers.map(({ digest }) => digest)
}

test('makes the same layers of the same files without the cache', async () => {
  requireEngine()
  const folder = temporaryFolder()
  try {
    const source = newRepository(join(folder, 'project'))
    const dockerfile = 'FROM scratch\nCOPY same /same\nCOPY *.txt /\nCOPY changed /changed\n'
    put(source, { 'same/deep/a': '1', 'same/b': '2', 'x.txt': 'x' })
    const base = commit(source, {
      Dockerfile: dockerfile,
      '.dockerignore': '.git\n',
      'changed/a': '1',
      'changed/b': '1',
    })
    commit(source, { 'changed/a': '2' })
    const old = new Date('2021-02-03T04:05:06Z')
    for (const path of ['same/deep/a', 'same/deep', 'same/b', 'same', 'x.txt', 'changed/b'])
      utimesSync(join(source, path), old, old)
    const temp = join(folder, 'temp')
    mkdirSync(temp)
    const request = { git: gitIn(source), repository: await repositoryAt(source) }
    await request.git(['status'], { env: { GIT_OPTIONAL_LOCKS: '1' } })
    const tree = await makeBaseTree({ ...request, commit: base, tempFolder: temp })
    if ('why' in tree) throw new Error(tree.why)
    const before = await layersOf(tree.folder, join(folder, 'before'))
    const after = await layersOf(source, join(folder, 'after'))
    expect(before.slice(0, 2)).toEqual(after.slice(0, 2))
    expect(before[2]).not.toBe(after[2])
    expect(before).toHaveLength(3)
  } finally {
    remove(folder)
  }
})

/** Returns every file of the context that a build in BuildKit can read, found by building it. */
async function filesIn(context: string, dest: string): Promise<string[]> {
  await succeed('docker', ['buildx', 'build', `--output=type=local,dest=${dest}`, context])
  return readdirSync(dest, { recursive: true, withFileTypes: true })
    .filter((entry) => !entry.isDirectory())
    .map((entry) => join(entry.parentPath, entry.name).slice(dest.length + '/out/'.length))
    .sort()
}

test('names the extra files that BuildKit lets into the context', async () => {
  requireEngine()
  const folder = temporaryFolder()
  try {
    const source = newRepository(join(folder, 'project'))
    const plain = 'FROM scratch\nCOPY src/*/a.ts dist *.log sub/../keep/ /out/\n'
    commit(source, {
      Dockerfile: plain,
      '.gitignore': 'dist\n',
      '.dockerignore': '**/secret\ndist/*\n!dist/app*\n**.tmp\nb.log\n',
    })
    put(source, {
      'src/one/a.ts': '1',
      'src/a.ts': '1',
      'src/two/b.ts': '1',
      'dist/app.js': '1',
      'dist/app/x': '1',
      'dist/app/secret': '1',
      'dist/lib.js': '1',
      'a.log': '1',
      'b.log': '1',
      'deep/c.log': '1',
      'keep/secret/x': '1',
      'keep/k.tmp': '1',
      'keep/k': '1',
      'other/x': '1',
    })
    const { stages } = planStages({
      dockerfile: plain,
      list: null,
      target: null,
      buildContexts: new Set(),
      buildArgs: new Map(),
    })
    const found = await contextExtras({
      git: gitIn(source),
      repository: await repositoryAt(source),
      context: source,
      dockerfilePath: join(source, 'Dockerfile'),
      sources: contextSources(stages, '\\'),
    })
    if ('why' in found) throw new Error(found.why)
    // COPY puts the contents of a folder into its destination, without the name of the folder.
    const copied = found.extras.map(({ path }) => path.replace(/^(?:dist|keep|src\/[^/]+)\//, '')).sort()
    expect(await filesIn(source, join(folder, 'dest'))).toEqual(copied)
    expect(copied).toEqual(['a.log', 'a.ts', 'app.js', 'app/secret', 'app/x', 'k'])
  } finally {
    remove(folder)
  }
})
