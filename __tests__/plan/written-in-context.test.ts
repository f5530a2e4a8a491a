/** What a run writes into the contexts of its own build, and which stages read it. */
import { mkdir, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from '@jest/globals'
import { parseDefinition } from '../../src/plan/bake-definition.ts'
import { planStages } from '../../src/dockerfile/plan-stages.ts'
import {
  destinationsOf,
  ownDestinations,
  writtenByStage,
  writtenInContexts,
  writtenInTargets,
  type Destination,
} from '../../src/plan/written-in-context.ts'
import { temporary } from '../support/layouts.ts'

test('the outputs and the exported caches of a build have their places', () => {
  const argv = [
    '--a-flag-of-a-newer-buildx',
    '--cache-to',
    'type=local,dest=.bc,mode=max',
    '--cache-to=type=registry,ref=r/a',
    '--cache-to',
    'user/app:cache',
  ]
  const outputs = ['out', 'type=image,push=true', 'type=local,dest=o2', '"type=tar","dest=a,b.tar"']
  expect(destinationsOf({ argv, outputs }).map(({ path }) => path)).toEqual(['out', 'o2', 'a,b.tar', '.bc'])
})

describe('what is written into a context', () => {
  const shown = async (ignore: string | null, at: (path: string) => string, places: readonly Destination[]) => {
    if (ignore !== null) await writeFile(at('context/.dockerignore'), ignore)
    const written = await writtenInContexts(
      places,
      { buildContexts: new Map([['other', at('other')], ['i', 'docker-image://alpine']]) }, // prettier-ignore
      { kind: 'local', context: at('context'), dockerfilePath: null },
    )
    return written.map(({ context, shown }) => [context, shown])
  }

  test.each<[string, string | null, readonly string[], readonly [string | null, string][]]>([
    ['is found', null, ['context/.cache/a', 'elsewhere/a'], [[null, '.cache']]],
    ['is found through a link, even if it does not exist yet', null, ['link/new/folder/a'], [[null, 'new/folder']]],
    ['is found in a named context', null, ['other/b/a'], [['other', 'b']]],
    ['may be in the folder of the context itself', null, ['context/a'], [[null, 'stage-footprint-*']]],
    ['is left out if it is ignored', '.cache\n', ['context/.cache/a'], []],
    ['is left out if everything is ignored', '*\n!src\n', ['context/.cache/a'], []],
    ['counts if an exception includes it again', '.cache\n!.cache/**\n', ['context/.cache/a'], [[null, '.cache']]],
    ['is not the context itself', null, ['context', '.'], []],
    ['may be an output in the context itself', null, ['output:context'], [[null, '.']]],
  ])('%s', async (_, ignore, paths, expected) => {
    await using folder = await temporary()
    const at = (path: string): string => join(folder.path, path)
    for (const name of ['context', 'other', 'elsewhere']) await mkdir(at(name))
    await symlink('context', at('link'))
    const places = paths.map((path): Destination => {
      const output = /^output:(.*)/.exec(path)?.[1]
      return output === undefined ? { kind: 'temporary', path: at(path) } : { kind: 'build', path: at(output) }
    })
    expect(await shown(ignore, at, places)).toEqual(expected)
  })

  test('may be our cache folder or our temporary folder', async () => {
    await using folder = await temporary()
    const at = (path: string): string => join(folder.path, path)
    await mkdir(at('context'))
    const own = ownDestinations(at('context/tmp/stage-footprint-a'), at('context/.cache/stage-footprint/layers'))
    expect(await shown(null, at, own)).toEqual([[null, '.cache/stage-footprint'], [null, 'tmp']]) // prettier-ignore
    expect(await shown(null, at, ownDestinations(at('tmp'), null))).toEqual([])
  })
})

test('the contexts of a target that this one builds on count, with their own ignore files', async () => {
  await using folder = await temporary()
  const at = (path: string): string => join(folder.path, path)
  for (const name of ['a', 'other']) await mkdir(at(name))
  await writeFile(at('a/.dockerignore'), 'cache\n')
  await writeFile(at('a/Other.dockerignore'), '')
  const written = async (path: string, some: object): Promise<readonly string[]> => {
    const { targets } = parseDefinition({ target: { a: { context: at('a'), ...some } } }, '.')
    return (await writtenInTargets([{ kind: 'build', path: at(path) }], { others: targets })).map(({ shown }) => shown)
  }
  const contexts = { nm: at('other'), b: 'target:b', i: 'docker-image://alpine' }
  expect(await written('a/cache', {})).toEqual([])
  expect(await written('a/out', {})).toEqual(['out'])
  expect(await written('other/cache', {})).toEqual([])
  expect(await written('other/cache', { contexts })).toEqual(['cache'])
  expect(await written('a/cache', { dockerfile: 'Other' })).toEqual(['cache'])
  expect(await written('a/cache', { dockerfile: 'Other', 'dockerfile-inline': 'FROM x' })).toEqual([])
  expect(await writtenInTargets([{ kind: 'build', path: at('a') }], null)).toEqual([])
})

test.each<[string, string, readonly number[]]>([
  ['copies the whole context', 'COPY . /src', [0, 1]],
  ['copies the folder above it', 'COPY .cache /src', [0, 1]],
  ['copies something in it', 'COPY .cache/a/b.txt /src', [0, 1]],
  ['copies what a glob may find in it', 'COPY .c*/*/*.txt /src', [0, 1]],
  ['mounts the context', 'RUN --mount=target=/src true', [0, 1]],
  ['copies other files', 'COPY package*.json src /src/', []],
  ['copies the whole context without it', 'COPY --exclude=.cache --exclude=x . /src', []],
  ['copies the whole context without something else', 'COPY --exclude=cache . /src', [0, 1]],
  ['copies the whole context with it again', 'COPY --exclude=* --exclude=!.cache . /src', [0, 1]],
  ['copies a folder without what is called so in it', 'COPY --exclude=a .cache /src', [0, 1]],
  ['copies from another stage', 'COPY --from=alpine . /src', []],
])('a stage that %s, and those that use it, read it or not', (_, instruction, expected) => {
  const dockerfile = `FROM scratch AS a\n${instruction}\nFROM a AS b\nFROM scratch\n`
  const { stages } = planned(dockerfile)
  const written = [{ kind: 'build', context: null, path: '.cache/a', shown: '.cache/a' }] as const
  expect([...writtenByStage(stages, written, dockerfile).keys()]).toEqual(expected)
})

test('a stage that uses a named context reads what is written there', () => {
  const dockerfile = 'FROM scratch AS a\nCOPY --from=Other x /\nFROM scratch\nCOPY --from=a /x /\nCOPY . .\n'
  const written = [{ kind: 'build', context: 'other', path: 'b', shown: 'b' }] as const
  expect([...writtenByStage(planned(dockerfile).stages, written, dockerfile).keys()]).toEqual([0, 1])
})

const planned = (dockerfile: string) =>
  planStages({
    ...{ dockerfile, list: null, target: null, buildContexts: new Set(['other']), buildArgs: new Map() },
    platform: { os: 'linux', architecture: 'amd64' },
  })
