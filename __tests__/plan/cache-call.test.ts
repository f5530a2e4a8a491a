import { expect, test } from '@jest/globals'
import { importsIn } from '../../src/plan/cache-call.ts'

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
