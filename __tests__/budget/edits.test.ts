import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { countingBudgets, editedBudgets } from '../../src/budget/edits.ts'
import { parseBudgets } from '../../src/budget/sources.ts'

const file = '.github/budgets'

describe('changes to a budgets file', () => {
  test('ignore comments, spacing, order and spelling', () => {
    expect(
      editedBudgets(
        file,
        '# ours\npull <= 80MB\nnoise 1kB\n',
        'noise   1000\r\n\r\nfinal  pull<=80 MB fail # still\r\nPull <= 80_000kB',
      ),
    ).toBeNull()
    expect(editedBudgets(file, null, null)).toBeNull()
    expect(editedBudgets(file, '', null)).toBeNull()
  })

  test('show a raised limit as one removed and one added rule, as written', () => {
    expect(
      editedBudgets(file, 'pull <= 80MB\nlayers <= 3', 'layers <= 3\n  pull <= 90MB  # more room\nnoise 1MB'),
    ).toEqual({
      file,
      judgedBy: 'base',
      added: ['pull <= 90MB', 'noise 1MB'],
      removed: ['pull <= 80MB'],
      fault: null,
    })
  })

  test('include a change from fail to warn, of the causes and of the stage', () => {
    for (const head of ['pull growth <= 5% warn', 'pull growth <= 5% including drift', 'stage a pull growth <= 5%'])
      expect(editedBudgets(file, 'pull growth <= 5%', head)).toMatchObject({
        added: [head],
        removed: ['pull growth <= 5%'],
      })
  })

  test('show an invalid line by its number and never its text', () => {
    expect(
      editedBudgets(file, 'pull <= 80MB', '# mine\npull <= lots  of it\n@other\n//registry.invalid/:_authToken=s3cr3t'),
    ).toEqual({
      file,
      judgedBy: 'base',
      added: ['line 2, which is not a rule', 'line 3, which is not a rule', 'line 4, which is not a rule'],
      removed: ['pull <= 80MB'],
      fault: expect.not.stringMatching(/lots|@|s3cr3t|\n/),
    })
    // A change of such a line counts, whatever its number.
    expect(editedBudgets(file, 'one\ntwo', 'zero\ntwo')).toMatchObject({
      added: ['line 1, which is not a rule'],
      removed: ['line 1, which is not a rule'],
    })
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(editedBudgets(file, text, text)).toBeNull()
      }),
    )
  })
})

describe('the budgets that count', () => {
  test.each<[string, string | null, string | null, string | null, 'base' | 'head' | null]>([
    ['are those of the base if the change raises a limit', 'pull <= 80MB', 'pull <= 90MB', 'pull <= 80MB', 'base'],
    ['are those of the base if the change deletes the file', 'pull <= 80MB', null, 'pull <= 80MB', 'base'],
    ['are those of the base if the change breaks the file', 'pull <= 80MB', 'pull <=', 'pull <= 80MB', 'base'],
    ['are those of the head if the file is new', null, 'pull <= 80MB', 'pull <= 80MB', 'head'],
    ['are those of the head if the change repairs the file', 'pull <=', 'pull <= 80MB', 'pull <= 80MB', 'head'],
    ['are those of the head if the base set noise twice', 'noise 1\nnoise 2', 'noise 1', 'noise 1', 'head'],
    ['are none if the change deletes a broken file', 'pull <=', null, null, 'head'],
    ['are none if there is no file', null, null, null, null],
    ['are both if they are the same', 'pull <= 80MB', 'pull <= 80MB', 'pull <= 80MB', null],
  ])('%s', (_, base, head, text, judgedBy) => {
    const counting = countingBudgets(file, base, head)
    expect(counting.text).toBe(text)
    expect(counting.edited?.judgedBy ?? null).toBe(judgedBy)
  })

  test('can always be parsed if they are those of the base', () => {
    const lines = fc.array(fc.constantFrom('pull <= 1', 'pull <=', '# x', 'noise 1', 'noise 2', '@x', ''))
    fc.assert(
      fc.property(lines, fc.option(lines), (base, head) => {
        const { text, edited } = countingBudgets(file, base.join('\n'), head?.join('\n') ?? null)
        if (edited?.judgedBy === 'base')
          expect(() => parseBudgets([{ kind: 'file', name: file, text: text ?? '' }], new Map())).not.toThrow()
      }),
    )
  })
})
