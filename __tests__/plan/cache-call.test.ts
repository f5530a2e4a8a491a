import { expect, test } from '@jest/globals'
import { planStages } from '../../src/dockerfile/plan-stages.ts'
import { cacheCall, importCount, importsIn } from '../../src/plan/cache-call.ts'

test.each<[readonly string[], readonly string[]]>([
  [['--cache-from', 'type=registry,ref=r.example/a:b'], ['r.example/a:b']],
  [['--cache-from=ref=r.example/a, type=registry'], ['r.example/a']],
  [
    ['--cache-from', 'user/app', '--cache-from', '"type=registry","ref=r.example/a"'],
    ['user/app', 'r.example/a'],
  ],
  [['--cache-from', 'type=gha', '--cache-from', 'type=local,src=a', '--cache-to', 'type=registry,ref=r/a'], []],
  [['--cache-from', 'type=registry'], []],
  [['--cache-from'], []],
])('%j names these caches in registries', (words, references) => {
  expect(importsIn(words)).toEqual(references)
})

test('the imports of a build are counted, if it uses them', () => {
  const stepArgv = ['--cache-from', 'type=gha', '--build-arg', 'A=1', '--cache-from=user/app']
  expect(importCount({ argv: stepArgv, stepArgv })).toBe(2)
  expect(importCount({ argv: [...stepArgv, '--no-cache'], stepArgv })).toBe(0)
})

test('the export of a cache is repeated with each import alone', () => {
  const [stage] = planStages({
    dockerfile: 'FROM scratch\nCOPY a /\n',
    list: null,
    target: null,
    buildContexts: new Set(),
    buildArgs: new Map(),
  }).stages
  const [one, two] = ['type=registry,ref=r.example/one', 'type=gha,scope=two']
  const call = (imports: readonly string[], fromScratch = false): ReturnType<typeof cacheCall> =>
    cacheCall(
      stage!,
      {
        stepArgv: ['--build-arg', 'A=1', ...imports],
        imageArgv: [],
        platforms: ['linux/amd64'],
        outputs: [],
        context: '.',
        dockerfile: null,
        targets: new Map(),
        builderStageCompression: 'keep',
        mark: null,
      },
      fromScratch,
    )
  const wordsOf = ({ words }: Pick<ReturnType<typeof cacheCall>, 'words'>): readonly string[] =>
    words({ cache: '/cache', metadataFile: '/metadata' }).args
  const both = call(['--cache-from', one, `--cache-from=${two}`])
  expect(both.byImport.map((each) => [each.id, each.imports])).toEqual([
    ['cache-0-linux-amd64', ['r.example/one']],
    ['cache-1-linux-amd64', []],
  ])
  for (const [nth, value] of [one, two].entries()) {
    const words = wordsOf(both.byImport[nth]!)
    expect(words.filter((word) => word.includes('--cache-from'))).toEqual(['--cache-from'])
    expect(words[words.indexOf('--cache-from') + 1]).toBe(value)
    expect(words).toContain('A=1')
  }
  expect(call([]).byImport).toEqual([])
  expect(call(['--cache-from', one], true).byImport).toEqual([])
})
