/** The candidates for the word under the cursor. */
import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { buildxFlags } from '../../src/inputs/buildx-flags.ts'
import { cobraText, completionOf, directive } from '../../src/inputs/complete.ts'
import { commandNames } from '../../src/inputs/manual.ts'
import { buildFlags } from '../../src/inputs/own-flag-table.ts'

const offered = (...words: readonly string[]): readonly string[] =>
  completionOf(words).candidates.map(({ word }) => word)

describe('the candidates', () => {
  test.each<[readonly string[], readonly string[]]>([
    [[''], [...commandNames, 'help']],
    [['re'], ['render']],
    [['-'], ['--help', '--version']],
    [
      ['help', 'in'],
      ['inspect', 'install-plugin'],
    ],
    [
      ['build', '--base'],
      ['--baseline', '--baseline-timeout'],
    ],
    [
      ['build', '--no-c'],
      ['--no-color', '--no-cache', '--no-cache-filter'],
    ],
    [
      ['build', '--format', ''],
      ['terminal', 'markdown', 'html', 'json'],
    ],
    [['build', '--format=m'], ['--format=markdown']],
    [['build', '-q', '--uncached-stages', 's'], ['skip']],
    [['publish', '--comment', 'f'], ['failures']],
    [['compare', '--basel'], []],
    [
      ['inspect', 'docker-'],
      ['docker-daemon:', 'docker-archive:'],
    ],
    [
      ['completion', ''],
      ['bash', 'zsh', 'fish'],
    ],
    [['completion', 'bash', ''], []],
    [['install-plugin', ''], []],
  ])('for %j are %j', (words, expected) => expect(offered(...words)).toEqual(expected))

  test('for a flag of build are all its flags, including those of docker', () => {
    expect(offered('build', '--').toSorted()).toEqual(
      [...buildFlags, ...buildxFlags].map(({ name }) => `--${name}`).toSorted(),
    )
  })
})

describe('the shell adds', () => {
  test.each<[string, readonly string[], number]>([
    ['folders for a build context', ['build', ''], directive.folders],
    ['files for a record', ['render', ''], directive.files],
    ['files for a flag that names one', ['build', '--json', ''], directive.files],
    ['files for a Dockerfile', ['build', '-f', ''], directive.files],
    ['files for the last of several short flags', ['build', '-Df', ''], directive.files],
    ['files after --', ['build', '--', ''], directive.files],
    ['files for a source without a known kind', ['inspect', './'], directive.files],
    ['no space after the kind of a source', ['inspect', 'oci'], directive.noSpace],
    ['nothing for a value that only the user can know', ['build', '--budget', ''], directive.noFiles],
    ['nothing for a flag', ['build', '--js'], directive.noFiles],
  ])('%s', (_, words, expected) => expect(completionOf(words).directive).toBe(expected))
})

test.each<[readonly string[], string | null]>([
  [['build', '--budget', '@lim'], '@'],
  [['build', '--budget=@lim'], '--budget=@'],
  [['build', '--budget', 'lim'], null],
  [['build', '--html', '@lim'], null],
  [['build', '--html=@lim'], null],
])('for %j, files are listed after %j', (words, expected) => expect(completionOf(words).filesAfter).toBe(expected))

test('any words get an answer, and each candidate begins with the last word', () => {
  const word = fc.oneof(
    fc.string(),
    fc.constantFrom('', '-', '--', '--format', '--format=', '-f', 'build', 'inspect', '__proto__', '--constructor'),
  )
  fc.assert(
    fc.property(fc.array(word, { minLength: 1, maxLength: 5 }), (words) => {
      const { candidates } = completionOf(words)
      expect(candidates.filter((candidate) => !candidate.word.startsWith(words.at(-1) ?? ''))).toEqual([])
    }),
  )
})

test('the output has the format of Cobra: a word, a tab, its explanation, and the directive at the end', () => {
  expect(cobraText(completionOf(['ren']))).toBe('render\tShow the report of a record again, in any format\n:4\n')
})
