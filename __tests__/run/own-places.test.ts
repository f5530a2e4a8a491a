/** A warning before the build if our own files are in a context that it reads. */
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from '@jest/globals'
import { buildInputsOf } from '../../src/inputs/build-inputs.ts'
import { openBuildSource } from '../../src/plan/build-source.ts'
import { warnOfOwnPlaces } from '../../src/run/own-places.ts'
import { temporary } from '../support/layouts.ts'

test.each<[string, string, string | null, readonly string[]]>([
  [
    'copied with the whole context',
    'FROM scratch\nCOPY . .\n',
    null,
    [
      'Stage Footprint writes to its cache folder .cache/stage-footprint in the build context, so steps run again in each build and some stages cannot be weighed: add .cache/stage-footprint to .dockerignore, or set XDG_CACHE_HOME to another folder',
      'Stage Footprint writes to its temporary folder tmp in the build context, so steps run again in each build and some stages cannot be weighed: add tmp to .dockerignore, or set TMPDIR (RUNNER_TEMP on a runner) to another folder',
    ],
  ],
  ['ignored', 'FROM scratch\nCOPY . .\n', 'tmp\n.cache\n', []],
  ['not copied', 'FROM scratch\nCOPY src package*.json ./\n', null, []],
  ['copied only by a stage that is not needed', 'FROM scratch AS a\nCOPY . .\nFROM scratch\n', null, []],
  ['copied by a Dockerfile with an error', 'FROM scratch AS 0\nCOPY . .\n', null, []],
])('our own folders are %s', async (_, dockerfile, ignore, expected) => {
  await using folder = await temporary()
  const at = (path: string): string => join(folder.path, path)
  await mkdir(at('tmp/stage-footprint-a'), { recursive: true })
  await writeFile(at('Dockerfile'), dockerfile)
  if (ignore !== null) await writeFile(at('.dockerignore'), ignore)
  const build = buildInputsOf({ context: folder.path, uses: [], argv: [], env: new Map() })
  const source = await openBuildSource(build, () => Promise.reject(new Error('not read')))
  const warnings: string[] = []
  const request = { indexFolder: at('.cache/stage-footprint/layers'), onWarning: (...one: readonly string[]) => void warnings.push(one.join()) } // prettier-ignore
  // Two targets of a bake have the same context.
  await warnOfOwnPlaces(
    [
      { build, source },
      { build, source },
    ],
    request,
    at('tmp/stage-footprint-a'),
  )
  expect(warnings).toEqual(expected)
})
