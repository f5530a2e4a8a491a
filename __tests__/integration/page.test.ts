/** The page of a build has every file of every layer. */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { expect, test } from '@jest/globals'
import { mapOf, type MapNode } from '../../src/page/map-node.ts'
import { unpack } from '../../src/page/unpack.ts'
import { folderWith, footprint, requireEngine } from '../support/program.ts'

requireEngine()

const leaves = (node: MapNode): readonly MapNode[] =>
  node.children.length === 0 ? [node] : node.children.flatMap(leaves)

test('shows every file of every stage, and the line that brought it', async () => {
  const files = Object.fromEntries(
    Array.from({ length: 400 }, (_, at) => [`app/${at % 7}/file${at}`, 'x'.repeat(500 + at)]),
  )
  await using folder = await folderWith({
    ...files,
    Dockerfile: 'FROM scratch AS build\nCOPY app /app\nFROM scratch\nCOPY --from=build /app/1 /one\n',
  })
  const html = join(folder.path, 'page.html')
  const { status, stderr } = await footprint(['build', '--quiet', '--html', html, folder.path], {
    env: { XDG_CACHE_HOME: join(folder.path, 'cache') },
  })
  expect({ status, stderr }).toMatchObject({ status: 0 })
  const page = await readFile(html, 'utf8')
  const packed = /id="data">([^<]*)/.exec(page)?.[1] ?? ''
  const data = unpack(gunzipSync(Buffer.from(packed, 'base64')))
  const [final, build] = data.images[0]!.stages
  expect([final?.role, build?.name]).toEqual(['final', 'build'])
  const inOne = Object.entries(files).filter(([path]) => path.startsWith('app/1/'))
  expect(
    leaves(mapOf(data, final!))
      .map(({ after }) => after)
      .toSorted(),
  ).toEqual(inOne.map(([, text]) => text.length).toSorted())
  expect(leaves(mapOf(data, build!))).toHaveLength(400)
  expect(final?.layers.map(({ line, title }) => [line, title])).toEqual([[4, 'COPY --from=build /app/1 /one']])
  expect(page).not.toContain('This page was made from a record')
})
