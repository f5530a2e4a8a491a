import { expect, test } from '@jest/globals'
import { expand, globalVariables, type ArgumentSources } from '../../src/dockerfile/arguments.ts'
import { parseInstructions } from '../../src/dockerfile/instructions.ts'

const sources: ArgumentSources = { buildArgs: new Map(), targetStage: 'default' }

test.each<[string, string | null]>([
  ['a', 'a'],
  ['$X-$Y', 'x-'],
  ['${X}${EMPTY}', 'x'],
  ['${Y:-d}${EMPTY:-d}${X:-d}', 'ddx'],
  ['${Y-d}${EMPTY-d}', 'd'],
  ['${X:+s}${EMPTY:+s}${Y+s}${EMPTY+s}', 'ss'],
  ['${Y:-${X}}', 'x'],
  ['${X:?no}', 'x'],
  ['${Y:?no}', null],
  ['${P#*/}', 'b/c'],
  ['${P##*/}', 'c'],
  ['${P%/*}', 'a/b'],
  ['${P%%/*}', 'a'],
  ['${P/b/z}', 'a/z/c'],
  ['${P//?/-}', '-----'],
  ['"$X"\'$X\'', 'x$X'],
  ['\\$X', '$X'],
  ['${X', null],
  ['${}', null],
  ['"x', null],
  ['$UNKNOWN', null],
  ['${UNKNOWN:-x}', null],
  ['$', '$'],
])('expands %s', (word, expected) => {
  const variables = new Map([
    ['X', 'x'],
    ['EMPTY', ''],
    ['P', 'a/b/c'],
    ['UNKNOWN', null],
  ])
  expect(expand(word, '\\', variables)).toBe(expected)
})

const globalsOf = (dockerfile: string, given: Partial<ArgumentSources>): ReadonlyMap<string, string | null> =>
  globalVariables(parseInstructions(dockerfile).instructions, '\\', { ...sources, ...given })

test('gives an ARG its default, with several in one ARG, each after those before it', () => {
  const globals = globalsOf('ARG A=1 B="$A 2"\nARG C=${B}3\nARG D\nARG A=${A}4', {})
  expect(Object.fromEntries(globals)).toMatchObject({ A: '14', B: '1 2', C: '1 23' })
  expect(globals.has('D')).toBe(false)
})

test('uses build arguments only if the Dockerfile declares them', () => {
  const globals = globalsOf('ARG A=1\nARG B\nARG C=$A', {
    buildArgs: new Map([
      ['A', '$x'],
      ['B', 'b'],
      ['Z', 'z'],
    ]),
  })
  expect(Object.fromEntries(globals)).toMatchObject({ A: '$x', B: 'b', C: '$x' })
  expect(globals.has('Z')).toBe(false)
})

test('sets the variables of the target and build platforms', () => {
  const platform = { os: 'linux', architecture: 'arm', variant: 'v7' }
  const buildPlatform = { os: 'linux', architecture: 'amd64' }
  expect(Object.fromEntries(globalsOf('', { platform, buildPlatform }))).toMatchObject({
    TARGETPLATFORM: 'linux/arm/v7',
    TARGETARCH: 'arm',
    TARGETVARIANT: 'v7',
    BUILDPLATFORM: 'linux/amd64',
    BUILDVARIANT: '',
    TARGETSTAGE: 'default',
  })
  expect(globalsOf('ARG TARGETARCH', {}).get('TARGETARCH')).toBeNull()
  expect(globalsOf('ARG TARGETARCH=x', {}).get('TARGETARCH')).toBe('x')
  expect(globalsOf('', { buildArgs: new Map([['TARGETARCH', 'y']]) }).get('TARGETARCH')).toBe('y')
})

test.each<[string, string]>([
  ['in quotes', '"$A$A$A$A"'],
  ['without quotes', '$A$A$A$A'],
  ['as a default', '${Z:-$A$A$A$A}'],
  ['as a default in quotes', '${Z:-"$A$A$A$A"}'],
  ['by a replacement', '"${A//?/$A}"'],
])('limits values that grow with every ARG: %s', (_what, grown) => {
  const lines = Array.from({ length: 40 }, () => `ARG A=${grown}`)
  const { A } = Object.fromEntries(globalsOf(['ARG A=xxxx', ...lines].join('\n'), {}))
  expect(A).toBeNull()
})
