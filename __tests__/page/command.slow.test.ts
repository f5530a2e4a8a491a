/** The page as the bundled programs write it. */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { expect, test } from '@jest/globals'
import { everySectionReport } from '../../script/lib/every-section.ts'
import { makePageAssets } from '../../script/lib/page-assets.ts'
import { pageParts } from '../../script/lib/page-parts.ts'
import type { PageData, TreeNode } from '../../src/page/model.ts'
import { renderPage } from '../../src/page/page.ts'
import { unpack } from '../../src/page/unpack.ts'
import { blobs, temporary, writeLayout } from '../support/layouts.ts'
import { folderWith, footprint, succeed } from '../support/program.ts'
import { runAction } from '../support/runner.ts'

/** More files than a record lists. */
const files = Object.fromEntries(
  Array.from({ length: 700 }, (_, at) => [`data/${at % 9}/file${at}`, 'x'.repeat(1_000 - at)]),
)
const bytes = Object.values(files).reduce((sum, text) => sum + text.length, 0)

function dataIn(page: string): PageData {
  const packed = /<script type="application\/octet-stream" id="data">([^<]*)/.exec(page)?.[1] ?? ''
  return unpack(gunzipSync(Buffer.from(packed, 'base64')))
}

const leaves = (node: TreeNode): readonly TreeNode[] =>
  node.children.length === 0 ? [node] : node.children.flatMap(leaves)

async function layoutOf(folder: string, some: Readonly<Record<string, string>>): Promise<void> {
  await using source = await folderWith(some)
  await succeed('tar', ['--create', '--file', join(folder, 'layer.tar'), '-C', source.path, '.'])
  const all = blobs()
  await writeLayout(join(folder, 'layout'), all, [all.image(await readFile(join(folder, 'layer.tar')))])
}

test('inspect writes every file of a layer, and render what the record lists', async () => {
  await using folder = await temporary()
  await layoutOf(folder.path, files)
  const at = (name: string): string => join(folder.path, name)
  const options = { env: { XDG_CACHE_HOME: at('cache') } }
  const args = ['--quiet', '--json', at('record.json'), '--html', at('page.html'), `oci:${at('layout')}`]
  expect(await footprint(['inspect', ...args], options)).toMatchObject({ status: 0, stderr: '' })
  const [tree] = dataIn(await readFile(at('page.html'), 'utf8')).trees
  expect(leaves(tree!).filter(({ kind }) => kind === 'file')).toHaveLength(700)
  expect(tree?.after).toBe(bytes)

  // Known layers are not read again, but still shown.
  const again = await footprint(['inspect', '--quiet', '--format', 'html', `oci:${at('layout')}`], options)
  expect(dataIn(again.stdout).trees).toEqual([tree])

  const rendered = await footprint(['render', '--format', 'html', at('record.json')], options)
  expect(rendered.status).toBe(0)
  const [recorded] = dataIn(rendered.stdout).trees
  expect(leaves(recorded!).length).toBeLessThan(400)
  expect(recorded?.after).toBe(bytes)
  expect(rendered.stdout).toContain('This page was made from a record')
  expect(await readFile(at('page.html'), 'utf8')).not.toContain('This page was made from a record')
})

test('script, style and the markup of every page take less than 150 kB', async () => {
  const { stdout } = await footprint(['render', '--format', 'html', 'docs/report.record.json'])
  const parts = pageParts(stdout)
  expect(parts.all).toBe(Buffer.byteLength(stdout))
  expect(parts.program + parts.markup).toBeLessThan(150_000)
  // All of them were found.
  expect(parts.packed).toBe(/id="data">([^<]*)/.exec(stdout)?.[1]?.length)
  for (const bytes of Object.values(parts)) expect(bytes).toBeGreaterThan(1_000)
  expect(parts.program).toBeGreaterThan(30_000)
})

test('a page with every section stays below 150 kB together with its data', async () => {
  expect(pageParts(renderPage(everySectionReport(), null, await makePageAssets())).all).toBeLessThan(150_000)
})

test('a page that cannot be written is reported before anything is read', async () => {
  const { status, stderr } = await footprint(['render', '--html', '/nowhere/page.html', 'docs/report.record.json'])
  expect(status).toBe(2)
  expect(stderr).toContain('the report cannot be written to /nowhere/page.html: there is no folder /nowhere')
})

test('the action outputs the path of the page, which has the files of the images', async () => {
  await using folder = await temporary()
  await layoutOf(folder.path, files)
  const env = { XDG_CACHE_HOME: join(folder.path, 'cache') }
  const inputs = { images: 'oci:layout', name: 'app', comment: 'off', 'page-url': 'artifacts' }
  await runAction(folder.path, inputs, { env }, async (step) => {
    expect(step.status).toBe(0)
    expect(step.summary).toMatch(
      /^\[The report as a page\]\(<https:\/\/github\.invalid\/[\w-]+\/[\w-]+\/actions\/runs\/1#artifacts>\)/m,
    )
    expect(step.outputs['html']).toMatch(/\.html$/)
    const data = dataIn(await step.read(step.outputs['html']))
    expect(leaves(data.trees[0]!).filter(({ kind }) => kind === 'file')).toHaveLength(700)
  })
})
