/** Packages that a later line uninstalls, with the real pip and dpkg. The final file system does not have them. */
import { expect, test } from '@jest/globals'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { python, wheelFolder } from '../support/package-stores.ts'
import { folderWith, footprint } from '../support/program.ts'
import { parseRecord } from '../../src/record/parse-record.ts'

const dockerfile = `FROM python:3.13
COPY node_modules /app/node_modules
RUN --mount=type=bind,source=wheels,target=/wheels python3 -m pip install --no-index --find-links=/wheels --break-system-packages gone stays
RUN python3 -m pip uninstall -y --break-system-packages gone
RUN touch /etc/ssl/openssl.cnf && dpkg --remove --force-depends openssl && rm -rf /app/node_modules/left
`

/** The Dockerfile of the baseline, which uninstalls nothing. */
const installing = dockerfile.split('\n').slice(0, 3).join('\n')

const wheels = wheelFolder(
  ['gone', 'stays'].map((name) => ({ name, version: '1.4.0', files: { [`${name}/__init__.py`]: python(200_000) } })),
)

test('packages that a later line uninstalls are shown as deleted', async () => {
  await using context = await folderWith({
    Dockerfile: dockerfile,
    ...Object.fromEntries(Object.entries(wheels).map(([name, bytes]) => [`wheels/${name}`, bytes])),
    'node_modules/left/package.json': '{"name":"left","version":"1.0.0"}',
    'node_modules/right/package.json': '{"name":"right","version":"1.0.0"}',
  })
  const [html, json] = ['page.html', 'record.json'].map((name) => join(context.path, name)) as [string, string]
  const run = await footprint(['build', '--html', html, '--json', json, context.path])
  expect(run).toMatchObject({ status: 0 })
  const record = parseRecord(await readFile(json, 'utf8'), json)
  const final = record.images[0]!.stages.find(({ role }) => role === 'final')!
  const lineOf = (at: number): number | null => final.layers[at]?.instruction?.line ?? null
  expect(
    final.deletedPackages!.map(({ name, addedBy, deletedBy }) => [name, lineOf(addedBy), lineOf(deletedBy)]),
  ).toEqual([
    ['openssl', null, 5],
    ['gone', 3, 4],
    ['left', 2, 5],
  ])
  // A page of a record has only the packages above the base image, and there the settings of openssl are left.
  const rendered = await footprint(['render', json, '--format', 'html'])
  for (const page of [await readFile(html, 'utf8'), rendered.stdout]) {
    const table = page.slice(page.indexOf('id="packages-0"'))
    const rows = table.slice(0, table.indexOf('</table>')).matchAll(/<tr class="[^"]*">([^]*?)<\/tr>/g)
    const cells = [...rows].map(([, row]) => row!.split('</td>').map((cell) => cell.replaceAll(/<[^>]*>/g, '').trim()))
    expect(cells.flatMap(([name, , version]) => (version === 'deleted' ? [name] : [])).sort()).toEqual([
      ...['gone', 'left', 'openssl'],
    ])
    expect(cells.find(([name]) => name === 'stays')?.[2]).toBe('1.4.0')
  }
  const baseline = join(context.path, 'baseline.json')
  await writeFile(join(context.path, 'installing.Dockerfile'), installing)
  const built = await footprint([
    ...['build', '--json', baseline, '-f', join(context.path, 'installing.Dockerfile')],
    context.path,
  ])
  expect(built).toMatchObject({ status: 0 })
  const { stdout } = await footprint(['compare', '--all', baseline, json])
  const grew = stdout.slice(stdout.indexOf('What grew'), stdout.indexOf('Savings:')).replaceAll(/\s+/g, ' ')
  expect(grew).toMatch(/ removes gone 1\.4\.0 of line 3, whose \d+ kB are still shipped /)
  // The settings stay, and are in this layer again.
  expect(grew).toMatch(/ what is left of openssl \S+, \+\S+ kB /)
  expect(grew).toMatch(/ removes openssl \S+ and left 1\.0\.0 of lower layers, whose \S+ [kM]B are still shipped /)
})
