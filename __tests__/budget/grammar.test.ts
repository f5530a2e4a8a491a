import { describe, expect, test } from '@jest/globals'
import { defaultNoise } from '../../src/compare/noise.ts'
import fc from 'fast-check'
import { formatRule } from '../../src/budget/format.ts'
import { measures, parseBudgetLine, type RuleBody } from '../../src/budget/grammar.ts'
import { BudgetError, budgetFiles, parseBudgets, type BudgetSource } from '../../src/budget/sources.ts'
import { RuleProblem } from '../../src/budget/tokens.ts'
import { thrownBy } from '../support/thrown-by.ts'

const base = { stage: null, kind: 'ceiling', since: null, including: [], action: 'fail' } as const
const bytes = (amount: number): RuleBody['limit'] => ({ amount, percent: null })
const input = (text: string): BudgetSource => ({ kind: 'input', name: 'budgets', text })

describe('rules', () => {
  test.each<[string, Omit<RuleBody, 'text'>]>([
    ['final pull <= 80MB', { ...base, measure: 'pull', limit: bytes(80_000_000) }],
    ['pull<=80MB', { ...base, measure: 'pull', limit: bytes(80_000_000) }],
    ['Final PULL <= 80 MB FAIL', { ...base, measure: 'pull', limit: bytes(80_000_000) }],
    [
      'final pull growth <= 5% and 1 MB',
      { ...base, measure: 'pull', kind: 'growth', limit: { amount: 1_000_000, percent: 5 } },
    ],
    [
      'final pull growth <= 1 MB and 5 %',
      { ...base, measure: 'pull', kind: 'growth', limit: { amount: 1_000_000, percent: 5 } },
    ],
    [
      'final pull growth since 30d <= 10 MB',
      { ...base, measure: 'pull', kind: 'growth', since: { kind: 'days', days: 30 }, limit: bytes(10_000_000) },
    ],
    [
      'layers growth since 2W <= 3 warn',
      {
        ...base,
        measure: 'layers',
        kind: 'growth',
        since: { kind: 'days', days: 14 },
        limit: bytes(3),
        action: 'warn',
      },
    ],
    [
      'added growth since v1.2.0 <= 5% including drift',
      {
        ...base,
        measure: 'added',
        kind: 'growth',
        since: { kind: 'revision', revision: 'v1.2.0' },
        limit: { amount: null, percent: 5 },
        including: ['drift'],
      },
    ],
    [
      'pull growth since "30d" <= 1',
      { ...base, measure: 'pull', kind: 'growth', since: { kind: 'revision', revision: '30d' }, limit: bytes(1) },
    ],
    ['stage since pull <= 1', { ...base, stage: 'since', measure: 'pull', limit: bytes(1) }],
    [
      'pull growth <= 0.125 percent warn',
      { ...base, measure: 'pull', kind: 'growth', limit: { amount: null, percent: 0.125 }, action: 'warn' },
    ],
    [
      'stage build unpacked <= 1.2 GiB warn',
      { ...base, stage: 'build', measure: 'unpacked', limit: bytes(1_288_490_188), action: 'warn' },
    ],
    ['stage 0 unpacked <= 1_000_000', { ...base, stage: '0', measure: 'unpacked', limit: bytes(1_000_000) }],
    [
      'stage "my ""own"" stage" pull <= 1kB',
      { ...base, stage: 'my "own" stage', measure: 'pull', limit: bytes(1_000) },
    ],
    ['stage "final" pull <= 1kB', { ...base, stage: 'final', measure: 'pull', limit: bytes(1_000) }],
    ['added <= 10MB', { ...base, measure: 'added', limit: bytes(10_000_000) }],
    ['layers <= 12', { ...base, measure: 'layers', limit: bytes(12) }],
    [
      'final layers growth <= 1 and 10%',
      { ...base, measure: 'layers', kind: 'growth', limit: { amount: 1, percent: 10 } },
    ],
    ['final savings <= 1 MB', { ...base, measure: 'savings', limit: bytes(1_000_000) }],
    ['final metadata-only-steps <= 8', { ...base, measure: 'metadata-only-steps', limit: bytes(8) }],
    [
      'unpacked growth <= 2MB including base-image, drift',
      { ...base, measure: 'unpacked', kind: 'growth', limit: bytes(2_000_000), including: ['base-image', 'drift'] },
    ],
    [
      'unpacked growth <= 2MB warn including drift and base-image',
      {
        ...base,
        measure: 'unpacked',
        kind: 'growth',
        limit: bytes(2_000_000),
        including: ['base-image', 'drift'],
        action: 'warn',
      },
    ],
  ])('parses %s', (text, rule) => {
    expect(parseBudgetLine(`  ${text}  # why`)).toEqual({ kind: 'rule', rule: { ...rule, text } })
  })

  test('parses comments, empty lines, noise and files', () => {
    expect(['', '  \t', '# all', '  # of it'].map(parseBudgetLine)).toEqual(
      Array.from({ length: 4 }, () => ({ kind: 'nothing' })),
    )
    expect(parseBudgetLine('noise 10 kB')).toEqual({ kind: 'noise', bytes: 10_000, text: 'noise 10 kB' })
    expect(parseBudgetLine('noise <= 0 # none')).toEqual({ kind: 'noise', bytes: 0, text: 'noise <= 0' })
    expect(parseBudgetLine(' @.github/my budgets  # ours')).toEqual({ kind: 'file', path: '.github/my budgets' })
  })

  test('does not begin a comment at a # within a word or quotes', () => {
    expect(parseBudgetLine('stage a#b pull <= 1')).toMatchObject({ rule: { stage: 'a#b' } })
    expect(parseBudgetLine('stage "a #b" pull <= 1')).toMatchObject({ rule: { stage: 'a #b' } })
  })
})

describe('errors', () => {
  const anyMeasure = 'a measure (pull, unpacked, added, layers, metadata-only-steps, savings)'
  // The marks stand below the column.
  test.each<[string, string, string]>([
    ['final pul <= 80MB', '      ^^^', `expected ${anyMeasure}, found pul; did you mean pull?`],
    ['finale pull <= 80MB', '^^^^^^', `expected final, stage NAME or ${anyMeasure}, found finale; did you mean final?`],
    [
      'build pull <= 80MB',
      '^^^^^',
      `expected final, stage NAME or ${anyMeasure}, found build: if this is the name of a stage, write stage in front of it`,
    ],
    [
      'stage pull <= 80MB',
      '      ^^^^',
      'expected the name of a stage, found the keyword pull: for a stage of that name, write "pull"',
    ],
    ['stage', '     ^', 'expected the name of a stage, or the position of an unnamed one, found the end of the rule'],
    ['stage "a pull <= 1', '      ^', 'this quote is never closed'],
    [
      'savings growth <= 1MB',
      '        ^^^^^^',
      'savings have no growth: limit the whole of them, such as savings <= 1MB',
    ],
    ['pull 80MB', '     ^^^^', 'expected growth or <=, found 80MB'],
    ['pull grwth <= 80MB', '     ^^^^^', 'expected growth or <=, found grwth; did you mean growth?'],
    ['pull < 80MB', '     ^', 'expected <=, found <: a limit is always a maximum'],
    ['pull <=', '       ^', 'expected a size such as 10MB, found the end of the rule'],
    [
      'pull growth <= much',
      '               ^^^^',
      'expected a size such as 10MB or a percentage such as 5%, found much',
    ],
    [
      'pull growth <= -5%',
      '               ^^^',
      'a limit has no sign: it is 0 or more, and what shrinks never exceeds it',
    ],
    ['pull <= 10Mb', '          ^^', 'Mb means bits: write MB for bytes'],
    [
      'pull <= 10 MBs',
      '           ^^^',
      'MBs is not a unit of bytes: use one of B, kB, MB, GB, TB, KiB, MiB, GiB, TiB',
    ],
    ['pull <= 1e6', '         ^^', 'exponents are not allowed: write 1000000, 1_000_000 or 1MB'],
    ['pull <= 1,000', '         ^', 'numbers have no commas: write 1_000_000, or a point as in 9.5 MB'],
    ['pull <= 99999 TB', '        ^^^^^', 'sizes go up to 9007199254740991 bytes (9 PB), and this is more'],
    ['pull <= 5%', '        ^^', 'a percentage is of the baseline, so it is for growth only: write growth <='],
    [
      'pull growth <= 5% and 6%',
      '                      ^^',
      'expected the other kind after and: a rule with and has one percentage and one amount',
    ],
    [
      'pull growth <= 0.1234%',
      '               ^^^^^^',
      '0.1234 % is not a valid percentage: write up to three digits after the point, such as 5% or 0.125%',
    ],
    ['layers <= 12MB', '            ^^', 'layers are counted: write a number such as 12, without a unit'],
    ['layers <= 1.5', '          ^^^', '1.5 is not a count: write a whole number such as 12'],
    [
      'pull <= 1MB including drift',
      '            ^^^^^^^^^',
      'including is for growth: a ceiling limits the whole value, whatever caused it',
    ],
    [
      'pull growth <= 1MB including change',
      '                             ^^^^^^',
      'expected base-image or drift, found change: growth from the change always counts',
    ],
    [
      'pull growth <= 1MB including base',
      '                             ^^^^',
      'expected base-image or drift, found base; did you mean base-image?',
    ],
    [
      'pull growth <= 1MB wran',
      '                   ^^^^',
      'expected including, warn, fail or the end of the rule, found wran; did you mean warn?',
    ],
    ['pull <= 1MB warn fail', '                 ^^^^', 'expected the end of the rule, found fail'],
    ['noise 10kB warn', '           ^^^^', 'expected nothing more: noise is one size, such as noise 10kB, found warn'],
    ['noise 5%', '      ^^', 'a percentage is of the baseline, so it is for growth only: write growth <='],
    ['@ ', '^', 'expected the path of a file after @'],
  ])('points at the mistake in: %s', (text, marks, sentence) => {
    const error = thrownBy(() => parseBudgets([input(`# ours\n${text}`)], new Map()))
    expect(error).toBeInstanceOf(BudgetError)
    expect(error.code).toBe('USAGE')
    expect(error.message).toBe(
      `input budgets, line 2, column ${marks.indexOf('^') + 1}: ${sentence}\n  2 | ${text}\n    | ${marks}`,
    )
  })

  test('reports up to five mistakes at once', () => {
    const lines = thrownBy(() => parseBudgets([input('x\n'.repeat(7))], new Map())).message.split('\n')
    expect(lines.filter((line) => line.startsWith('input budgets, line '))).toHaveLength(5)
    expect(lines.at(-1)).toBe('and 2 more rules with an error')
  })

  test('quotes an untrusted line on one line, without workflow commands and control characters', () => {
    const { message } = thrownBy(() =>
      parseBudgets([input('\u001b[31m##[group]\u2028::set-output \u202e pull')], new Map()),
    )
    expect(message.split(/[\n\r\u2028]/)).toHaveLength(3)
    expect(message).not.toMatch(/[\u001b\u202e]|##\[|^\s*::/m)
  })

  test('quotes only the part around the mistake if the line is long', () => {
    const message = thrownBy(() => parseBudgets([input(`stage ${'a'.repeat(5_000)} pul <= 1`)], new Map())).message
    expect(message).toContain('column 5008')
    expect(message).toContain(`\n  1 | ${'a'.repeat(19)} pul <= 1\n    | ${' '.repeat(20)}^^^`)
  })
})

describe('sources', () => {
  const file = '.github/budgets'
  const sources: readonly BudgetSource[] = [
    input(`pull <= 80MB\n@${file}\n`),
    { kind: 'flag', name: '--budget', text: 'layers <= 3' },
    { kind: 'flag', name: '--budget', text: `@${file}` },
  ]

  test('are read in order, each file once, and each rule has its place', () => {
    expect(budgetFiles(sources)).toEqual([file])
    const { rules, noise } = parseBudgets(
      sources,
      new Map([[file, '\ufeff# ours\r\nunpacked <= 1GB\r\nfinal pull <= 80 MB\r\nnoise 2kB\r\n']]),
    )
    expect(rules.map(({ text, place }) => [place, text])).toEqual([
      ['input budgets, line 1', 'pull <= 80MB'],
      ['.github/budgets:2', 'unpacked <= 1GB'],
      ['--budget', 'layers <= 3'],
    ])
    expect(noise).toBe(2_000)
  })

  test('give no rules and the default noise if there are none', () => {
    expect(parseBudgets([], new Map())).toEqual({ rules: [], noise: defaultNoise })
  })

  test('are refused if a file is missing, names another file or sets noise again', () => {
    expect(thrownBy(() => parseBudgets(sources, new Map())).message).toContain(
      'input budgets, line 2, column 1: there is no file .github/budgets\n  2 | @.github/budgets',
    )
    const nested = thrownBy(() => parseBudgets(sources, new Map([[file, 'noise 1kB\n@other\nnoise 2kB']])))
    expect(nested.code).toBe('UNREADABLE_INPUT')
    expect(nested.message).toContain('.github/budgets:2, column 1: a file of budgets cannot name another')
    expect(nested.message).toContain(
      '.github/budgets:3, column 1: noise is set already, to another size (.github/budgets:1)',
    )
  })

  test('have at most a thousand lines', () => {
    const lines = (count: number): string => Array.from({ length: count }, (_, index) => `pull <= ${index}\n`).join('')
    expect(parseBudgets([input(lines(1_000))], new Map()).rules).toHaveLength(1_000)
    expect(thrownBy(() => parseBudgets([input(lines(500_000))], new Map())).message).toBe(
      'input budgets, line 1001, column 1: no more than 1000 lines of budgets are read\n  1001 | pull <= 1000\n       | ^^^^^^^^^^^^',
    )
  })

  /** Text that a file may contain and that is no rule: no word of it, nor of what stands beside it, may be shown. */
  const marked = fc.constantFrom(
    '//r.invalid/:_authToken=§',
    '§',
    '"§',
    '"§"',
    '§%',
    '9§',
    '-9§',
    '5.§%',
    '9 §',
    'stage §',
    'stage "§" pull',
    'stage § pull growth',
    'pull §',
    'pull <= §',
    'pull <= 9§',
    'pull <= 1.§',
    'pull <= 1 §',
    'pull growth <= 1% and §',
    'pull growth <= 1 including §',
    'pull <= 1 §',
    'layers <= §',
    'layers <= 9§',
    'noise §',
    'noise 1 §',
    '@§',
    'pull <= § # x',
    '<§',
    '§>',
  )

  test('show no word of an invalid line of a file', () => {
    fc.assert(
      fc.property(
        marked,
        fc.constantFrom('s3cr3t', 'ghp_0', '\u202e', '9'.repeat(61), 'MB7Q'),
        fc.constantFrom('', 'layers <= 1 ', ', ', 'final '),
        (shape, word, before) => {
          const text = `${before}${shape.replaceAll('§', `${word}zz`)}`
          try {
            parseBudgets([input(`@${file}`)], new Map([[file, text]]))
          } catch (error) {
            expect(error).toBeInstanceOf(BudgetError)
            const { message } = error as BudgetError
            expect(message).toMatch(/^\.github\/budgets:1, column \d+: [^\n]+$/)
            for (const part of ['zz', word, 'authToken', 'r.invalid']) expect(message).not.toContain(part)
          }
        },
      ),
      { numRuns: 2_000 },
    )
  })

  test.each([
    ['pull <= 10Mb', '.github/budgets:2, column 11: Mb means bits: write MB for bytes'],
    ['pull <= 10xb', '.github/budgets:2, column 11: this is not a size: write one such as 12, 9.5MB or 1GiB'],
    [
      'final pul <= 80MB',
      '.github/budgets:2, column 7: expected a measure (pull, unpacked, added, layers, metadata-only-steps, savings); did you mean pull?',
    ],
    [
      'stage pull <= 1',
      '.github/budgets:2, column 7: expected the name of a stage, found a keyword: if this is the name of a stage, write it in quotes',
    ],
  ])('show the place of %s in a file, not its text', (text, message) => {
    expect(thrownBy(() => parseBudgets([input(`@${file}`)], new Map([[file, `# ours\n${text}`]]))).message).toBe(
      message,
    )
  })

  test('parse, or give an error with a place, for any text', () => {
    const words = fc.constantFrom(
      'final',
      'stage',
      'pull',
      'growth',
      '<=',
      '80MB',
      '5%',
      'and',
      'including',
      ',',
      '"',
      '""',
      '#',
      '@',
      'noise',
      'warn',
      '9',
      '\n',
      '<',
      '_',
      '.',
      '\u{1f600}',
    )
    const texts = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.array(words).map((some) => some.join(' ')),
      fc.array(words).map((some) => some.join('')),
    )
    fc.assert(
      fc.property(texts, (text) => {
        try {
          parseBudgets([input(text)], new Map())
        } catch (error) {
          expect(error).toBeInstanceOf(BudgetError)
          expect((error as BudgetError).message).toMatch(
            /^input budgets, line \d+, column \d+: .+\n {2}\d+ \| .*\n {2} +\| *\^+/u,
          )
        }
      }),
      { numRuns: 1_000 },
    )
  })
})

describe('formatting a rule', () => {
  const limits = fc.record({
    amount: fc.option(fc.maxSafeNat()),
    percent: fc.option(fc.nat(9_999_999).map((thousandths) => thousandths / 1_000)),
  })
  const sinces: fc.Arbitrary<RuleBody['since']> = fc.oneof(
    fc.constant(null),
    fc.integer({ min: 1, max: 69_993 }).map((days) => ({ kind: 'days', days }) as const),
    fc
      .oneof(fc.string({ minLength: 1, maxLength: 200 }), fc.constantFrom('30d', '2W', '7', 'v1.2.0', 'growth', '<='))
      .filter((text) => !text.startsWith('-') && !/[\r\n]/.test(text))
      .map((revision) => ({ kind: 'revision', revision }) as const),
  )
  const rules: fc.Arbitrary<Omit<RuleBody, 'text'>> = fc
    .record({
      stage: fc.option(
        fc
          .oneof(fc.string({ minLength: 1 }), fc.constantFrom('pull', 'Final', 'a b', '"', '#', '@x'))
          .filter((name) => name.trim() !== '' && !/[\r\n]/.test(name)),
      ),
      measure: fc.constantFrom(...measures),
      kind: fc.constantFrom('ceiling' as const, 'growth' as const),
      since: sinces,
      limit: limits,
      including: fc.subarray(['base-image', 'drift'] as const),
      action: fc.constantFrom('warn' as const, 'fail' as const),
    })
    .map((rule) =>
      rule.kind === 'ceiling'
        ? { ...rule, since: null, limit: { amount: rule.limit.amount ?? 1, percent: null }, including: [] }
        : {
            ...rule,
            since: rule.stage === null && rule.measure !== 'metadata-only-steps' ? rule.since : null,
            limit: rule.limit.percent === null ? { amount: rule.limit.amount ?? 1, percent: null } : rule.limit,
          },
    )

  test('parses to the same rule again', () => {
    fc.assert(
      fc.property(rules, (rule) => {
        fc.pre(rule.measure !== 'savings' || rule.kind === 'ceiling')
        const text = formatRule(rule)
        expect(parseBudgetLine(text)).toEqual({ kind: 'rule', rule: { ...rule, text } })
      }),
      { numRuns: 500 },
    )
  })

  test.each([
    ['stage build pull growth since 30d <= 1MB', 'since is for the final stage: a trend has no builder stages'],
    ['metadata-only-steps growth since 30d <= 1', 'a trend has no metadata-only-steps'],
    ['pull growth since 30 <= 1MB', '30 has no unit: write 30d for days'],
    ...['30x', '100y', '30days', '2weeks', '6mo', '1.5d', '+30d'].map((text): [string, string] => [
      `pull growth since ${text} <= 1MB`,
      `${text} is no number of days: write 30d or 4w, or "${text}" for a tag`,
    ]),
    ['pull growth since 0d <= 1MB', 'since needs at least one day'],
    ['pull growth since <= 1MB', 'expected a number of days such as 30d, or a tag or commit'],
    ['pull growth since -x <= 1MB', 'expected a number of days such as 30d, or a tag or commit'],
    ['pull growth snice 30d <= 1MB', 'did you mean since?'],
    ['pull since 30d <= 1MB', 'expected growth or <=, found since'],
  ])('explains what is wrong with %s', (line, message) => {
    expect(() => parseBudgetLine(line)).toThrow(message)
  })

  test('reports a mistake with its own type of error', () => {
    expect(() => parseBudgetLine('x')).toThrow(RuleProblem)
  })
})
