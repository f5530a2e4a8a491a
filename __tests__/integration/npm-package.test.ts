/** A build with the npm package alone, with an engine. */
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from '@jest/globals'
import { packed } from '../support/npm-package.ts'
import { requireEngine } from '../support/program.ts'

requireEngine()

test('the installed package builds a Dockerfile and weighs its stages', async () => {
  await using folder = await packed()
  const { place, npx } = await folder.installed()
  await mkdir(join(place, 'app'))
  await writeFile(join(place, 'app/hello'), 'hello')
  await writeFile(
    join(place, 'app/Dockerfile'),
    'FROM scratch AS part\nCOPY hello /one\nFROM scratch\nCOPY --from=part /one /two\n',
  )
  const built = await npx('build', 'app', '--format', 'json')
  expect([built.status, JSON.parse(built.stdout)]).toMatchObject([
    0,
    {
      images: [
        {
          stages: [
            { name: 'part', layers: [{ fileBytes: 5, instruction: { line: 2 } }] },
            { role: 'final', layers: [{ fileBytes: 5, instruction: { line: 4 } }] },
          ],
        },
      ],
    },
  ])
})
