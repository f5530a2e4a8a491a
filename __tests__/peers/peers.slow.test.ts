/** Our calls compared with those of docker/build-push-action and docker/bake-action for the same inputs, as `script/peers --record` stored them. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { beforeAll, describe, expect, test } from '@jest/globals'
import { differenceOf, linesOf, prepare, type Ended, type Kind, type Prepared } from '../support/peer-run.ts'
import { succeed } from '../support/program.ts'
import { bakeCases } from './bake-cases.ts'
import { buildCases } from './build-cases.ts'
import type { PeerCase } from './peer-case.ts'

const program = fileURLToPath(new URL('../support/peer-ours.ts', import.meta.url))

const theirsOf = async (kind: Kind): Promise<Readonly<Record<string, readonly string[]>>> =>
  JSON.parse(await readFile(new URL(`../fixtures/peers/${kind}.json`, import.meta.url), 'utf8')) as Record<
    string,
    string[]
  >

/** All cases of a table, in one process. */
async function run(cases: readonly PeerCase[], kind: Kind): Promise<ReadonlyMap<string, readonly string[]>> {
  const folder = await mkdtemp(join(tmpdir(), 'sf-peers-'))
  const prepared: Prepared[] = []
  try {
    for (const given of cases) prepared.push(await prepare(given, kind))
    await writeFile(join(folder, 'prepared.json'), JSON.stringify(prepared))
    await succeed(process.execPath, [program, join(folder, 'prepared.json'), join(folder, 'results.json')])
    const results = JSON.parse(await readFile(join(folder, 'results.json'), 'utf8')) as Ended[]
    return new Map(
      await Promise.all(
        cases.map(async ({ name }, at) => [name, await linesOf(kind, prepared[at]!, results[at]!)] as const),
      ),
    )
  } finally {
    await Promise.all(
      [folder, ...prepared.map((each) => each.folder)].map((path) => rm(path, { recursive: true, force: true })),
    )
  }
}

describe.each([
  ['build', 'docker/build-push-action', buildCases],
  ['bake', 'docker/bake-action', bakeCases],
] as const)('%s, in place of %s', (kind, _peer, cases) => {
  const theirs = theirsOf(kind)
  let ours: ReadonlyMap<string, readonly string[]>
  beforeAll(async () => {
    ours = await run(cases, kind)
  })

  test.each(cases.map(({ name, differs }) => [name, differs?.why ?? 'the same', differs] as const))(
    '%s: %s',
    async (name, _why, differs) => {
      const recorded = (await theirs)[name]
      expect(recorded).toBeDefined()
      expect(differenceOf(recorded ?? [], ours.get(name) ?? [])).toEqual({
        theirs: differs?.theirs ?? [],
        ours: differs?.ours ?? [],
      })
    },
  )

  test('has a record for every case, and a name for each', async () => {
    expect(Object.keys(await theirs)).toEqual(cases.map(({ name }) => name))
    expect(new Set(cases.map(({ name }) => name)).size).toBe(cases.length)
  })
})
