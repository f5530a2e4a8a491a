import { describe, expect, test } from '@jest/globals'
import type { Footprint } from '../../src/record/footprint.ts'
import { displayWidth, fit } from '../../src/report/display-width.ts'
import { renderMarkdown } from '../../src/report/markdown/report.ts'
import { headlineOutputs } from '../../src/report/outputs.ts'
import { reportOf } from '../../src/report/report.ts'
import { stageRows } from '../../src/report/stage-table.ts'
import { renderTerminal } from '../../src/report/terminal/report.ts'
import { digestOf, footprintOf, image, layer, stage } from '../support/footprints.ts'

/** In Markdown, with ordinary spaces between a figure and its unit. */
const markdownOf = (footprint: Footprint, options: { readonly maxBytes?: number } = {}): string =>
  renderMarkdown(reportOf(footprint), options).replaceAll('\u00a0', ' ')

const terminalOf = (footprint: Footprint, options: { readonly width: number; readonly color: boolean }): string =>
  renderTerminal(reportOf(footprint), options)

const base = layer({ origin: 'base', instruction: null, compressedSize: 50_000_000, uncompressedSize: 120_000_000 })
const slim = stage({ layers: [base, layer({ compressedSize: 5_000_000, uncompressedSize: 6_000_000 })] })
const fat = stage({
  name: '0',
  index: 0,
  role: 'builder',
  base: { reference: 'python:3.13', digest: null, layers: 1 },
  layers: [
    layer({ ...base, diffId: digestOf('python:3.13'), uncompressedSize: 600_000_000 }),
    layer({ diffId: digestOf('fat'), uncompressedSize: 30_000_000 }),
  ],
})
const usual = footprintOf([image({ stages: [fat, slim] })])

describe('the headline', () => {
  test('does not count metadata-only steps if there are none', () => {
    const none = { ...slim, totals: { ...slim.totals, metadataOnlySteps: 0 } }
    const text = markdownOf(footprintOf([image({ stages: [fat, none] })]))
    expect(text).toContain('Added to `python:3.13-slim`: 1 layer (5.00 MB to pull, 6.00 MB unpacked).')
  })

  test('compares fat and slim, and says what was added, in numbers', () => {
    const text = markdownOf(usual)
    expect(text).toContain('**To pull: 55.0 MB; unpacked: 126 MB**, in 2 layers.')
    expect(text).toContain('| Fat: stage `0` on `python:3.13` | 2 (1 base + 1 added) | not shipped | 630 MB |')
    expect(text).toContain('80 % smaller than stage `0`, unpacked (126 MB against 630 MB).')
    expect(text).toContain(
      'Added to `python:3.13-slim`: 1 layer (5.00 MB to pull, 6.00 MB unpacked) and 1 metadata-only step.',
    )
  })

  test('keeps a figure and its unit on one line, in every width', () => {
    for (let width = 40; width < 160; width++)
      expect(terminalOf(usual, { width, color: false })).not.toMatch(/\d\n(?:[kMG]?B|%)/)
  })

  test('says in words what is not known to pull', () => {
    const text = markdownOf(
      footprintOf([
        image({ stages: [stage({ layers: [base, layer({ compressedSize: null, uncompressedSize: 6_000_000 })] })] }),
      ]),
    )
    expect(text).toContain('1 layer (to pull not known, 6.00 MB unpacked)')
  })

  test('calls an unnamed builder stage by its position, and an unnamed final stage just that', () => {
    const unnamed = usual
    const named = footprintOf([
      image({
        stages: [
          { ...fat, name: 'build' },
          { ...slim, name: 'runtime', index: 2 },
        ],
        finalStage: 'runtime',
      }),
    ])
    const text = (footprint: Footprint): string =>
      markdownOf(footprint) + terminalOf(footprint, { width: 100, color: false })
    for (const words of [
      'Slim: final stage on `python',
      'Final stage on python',
      'Stage 0 on python',
      '["final stage<br>',
    ])
      expect(text(unnamed)).toContain(words)
    expect(text(unnamed)).not.toMatch(/final stage `?1\b/i)
    for (const words of [
      'Slim: final stage `runtime` on `python',
      'Final stage runtime on python',
      'Stage build on python',
    ])
      expect(text(named)).toContain(words)
  })

  test('has neither fat nor slim without builder stages, only the size of the final stage', () => {
    const text = markdownOf(footprintOf([image({ stages: [slim] })]))
    expect(text).not.toMatch(/Fat|Slim|smaller/)
    expect(text).toContain('**Final stage on `python:3.13-slim`**')
  })

  test.each([
    ['directly', [fat]],
    [
      'through another stage',
      [
        fat,
        stage({
          name: 'mid',
          index: 1,
          role: 'builder',
          layers: [layer()],
          uses: [{ stage: '0', via: 'from', carriedBytes: null }],
        }),
      ],
    ],
  ])('does not call a final stage slim if it builds on its builder, %s', (_, builders) => {
    const parent = builders.at(-1)!
    const final = stage({
      name: 'app',
      index: 2,
      layers: [...fat.layers, layer()],
      uses: [{ stage: parent.name, via: 'from', carriedBytes: null }],
    })
    for (const text of [
      markdownOf(footprintOf([image({ stages: [...builders, final] })])),
      terminalOf(footprintOf([image({ stages: [...builders, final] })]), { width: 300, color: false }),
    ]) {
      expect(text.replaceAll('`', '')).toContain(
        'Every stage that the final stage needs is shipped: it has all layers of stage 0 (630 MB unpacked).',
      )
      expect(text).not.toMatch(/Slim|Fat:|smaller|larger|not shipped/)
    }
    // The outputs keep their meaning.
    expect(headlineOutputs(footprintOf([image({ stages: [...builders, final] })])).get('fat-stage')).toBe('0')
  })

  test('says "larger" and "more" if the final stage exceeds the builder stage', () => {
    const small = stage({ name: '0', index: 0, role: 'builder', layers: [layer({ diffId: digestOf('small') })] })
    const text = markdownOf(footprintOf([image({ stages: [small, stage({ layers: [layer(), layer()] })] })]))
    expect(text).toContain('| Slim compared with fat | 1 more |  | **100 % larger** |')
  })

  test('calls two sizes the same if a reader cannot tell them apart', () => {
    const of = (bytes: number): string =>
      markdownOf(
        footprintOf([
          image({
            stages: [
              stage({
                name: '0',
                index: 0,
                role: 'builder',
                layers: [layer({ diffId: digestOf('0'), uncompressedSize: bytes })],
              }),
              stage({ layers: [layer({ uncompressedSize: 10_000_000 })] }),
            ],
          }),
        ]),
      )
    expect(of(10_000_001)).toContain('| Slim compared with fat | as many |  | **about as large** |')
    expect(of(10_000_001)).toContain('About as large as stage `0`, unpacked (10.0 MB against 10.0 MB).')
    expect(of(10_000_000)).toContain('As large as stage `0`')
    expect(of(9_000_000)).toContain('11 % larger than stage `0`')
  })

  test('compares with a stage that is not shipped, even if a shipped one is heavier', () => {
    const tools = stage({ name: 'tools', index: 1, role: 'builder', layers: [layer({ diffId: digestOf('tools') })] })
    const final = stage({
      name: 'app',
      index: 2,
      layers: [...fat.layers, layer()],
      uses: [{ stage: '0', via: 'from', carriedBytes: null }],
    })
    const record = footprintOf([image({ stages: [fat, tools, final] })])
    expect(markdownOf(record)).toContain('| Fat: stage `tools` on')
    expect(headlineOutputs(record).get('fat-stage')).toBe('0')
  })

  test('says that the final stage has the layers of every stage, and what was added instead', () => {
    const same = stage({ name: 'same', index: 1, role: 'builder', layers: [base] })
    const text = markdownOf(footprintOf([image({ stages: [same, slim] })]))
    expect(text).toContain(
      'Every stage that the final stage needs is shipped: it has all layers of stage `same` (120 MB unpacked).',
    )
    expect(text).toContain('| Of it, added to `python:3.13-slim` | 1 | 5.00 MB | 6.00 MB |')
    expect(text).not.toMatch(/not shipped|Slim/)
  })

  test('says not known, and never 0, for unknown figures', () => {
    const unknown = stage({ base: null, layers: [layer({ compressedSize: null })] })
    const record = footprintOf([image({ stages: [unknown] })])
    for (const text of [markdownOf(record), terminalOf(record, { width: 100, color: false })]) {
      expect(text).toContain('To pull: not known')
      expect(text).toContain('How much was added to the base image is not known.')
    }
    expect(Object.fromEntries(headlineOutputs(record))).toMatchObject({
      'final-compressed-bytes': '',
      'final-added-layers': '',
      'fat-stage': '',
      'final-layers': '1',
    })
  })

  test('warns if another image was shipped', () => {
    const record = footprintOf([image({ stages: [slim], matchesShipped: false })])
    expect(markdownOf(record)).toContain('> [!WARNING]')
    expect(terminalOf(record, { width: 100, color: false })).toContain(
      'Warning: The weighed image is not the shipped one',
    )
  })
})

test('the rows of a stage add up to its last one', () => {
  const rows = stageRows(slim)
  const total = rows.at(-1)
  for (const key of ['compressedSize', 'uncompressedSize', 'fileBytes', 'entries'] as const)
    expect(rows.slice(0, -1).reduce((sum, row) => sum + (row[key] ?? NaN), 0)).toBe(total?.[key])
  expect(total).toMatchObject({ uncompressedSize: slim.totals.uncompressedSize, entries: slim.totals.entries })
})

test('each platform has a section with its name', () => {
  const arm = image({ platform: { os: 'linux', architecture: 'arm', variant: 'v7' } })
  const text = markdownOf(footprintOf([image(), arm]))
  expect(text).toContain('#### `app` · `linux/amd64`')
  expect(text).toContain('#### `app` · `linux/arm/v7`')
})

describe('a limit on the length', () => {
  const stages = Array.from({ length: 30 }, (_, index) =>
    stage({
      name: String(index),
      index,
      role: index === 29 ? 'final' : 'builder',
      layers: Array.from({ length: 20 }, () => layer({ diffId: digestOf(String(index)) })),
    }),
  )
  const images = Array.from({ length: 20 }, (_, index) => image({ name: `app${index}`, stages }))

  test('is kept, and the first headline and what is missing always stay', () => {
    const record = footprintOf(images)
    const whole = Buffer.byteLength(renderMarkdown(reportOf(record)))
    for (let limit = 2_000; limit < whole * 1.5; limit = Math.ceil(limit * 1.7)) {
      const text = renderMarkdown(reportOf(record), { maxBytes: limit })
      expect(Buffer.byteLength(text)).toBeLessThanOrEqual(limit)
      expect(text).toContain('**To pull')
      expect(text.includes('_Left out')).toBe(limit < whole)
    }
  })

  test('removes the graph first, then builder stages, then the final one', () => {
    const has = (text: string): boolean[] =>
      ['mermaid', '**Stage `0`', '**Final stage'].map((part) => text.includes(part))
    const one = footprintOf([image({ stages })])
    const seen = new Set<string>()
    for (let limit = Buffer.byteLength(renderMarkdown(reportOf(one))); limit > 1_000; limit -= 200)
      seen.add(String(has(markdownOf(one, { maxBytes: limit }))))
    expect([...seen]).toEqual(['true,true,true', 'false,true,true', 'false,false,true', 'false,false,false'])
  })
})

describe('the terminal', () => {
  test.each([40, 60, 80, 120])('has no line wider than %i columns', (width) => {
    const wide = image({
      name: '大'.repeat(90),
      stages: [
        fat,
        stage({
          layers: [base, layer({ instruction: { text: `RUN ${'漢字 é👩‍💻'.repeat(60)}`, line: 3, endLine: 3 } })],
        }),
      ],
    })
    for (const line of terminalOf(footprintOf([wide]), { width, color: false }).split('\n'))
      expect(displayWidth(line)).toBeLessThanOrEqual(width)
  })

  test('has colour only on request', () => {
    const plain = terminalOf(usual, { width: 80, color: false })
    const colored = terminalOf(usual, { width: 80, color: true })
    expect(plain).not.toContain('\u001b')
    expect(colored).toContain('\u001b[1m')

    expect(colored.replace(/\u001b\[\d+m/g, '')).toBe(plain)
  })

  test.each([
    ['abc', 3],
    ['日本', 4],
    ['e\u0301', 1],
    ['👩‍💻', 2],
    ['', 0],
    ['é · x − y → z…', 14],
    ['⚠️ ©', 4],
  ])('shows %j in %i columns', (text, columns) => {
    expect(displayWidth(text)).toBe(columns)
    expect(fit(`${text}xxxxx`, columns + 1)).toBe(`${text}…`)
  })

  test('measures characters the same with and without a segmenter', () => {
    const codes = [
      [0x20, 0x7e],
      [0xa0, 0xac],
      [0xae, 0x2ff],
      [0x2010, 0x2027],
      [0x2190, 0x22ff],
    ] as const
    const characters = codes.flatMap(([from, to]) =>
      Array.from({ length: to - from + 1 }, (_, index) => String.fromCharCode(from + index)),
    )
    for (const character of characters) {
      const text = `a${character}→${character}${character}`
      expect(displayWidth(text)).toBe(5)
      // Wide characters are measured the other way.
      expect(displayWidth(`${text}日`)).toBe(7)
      expect(fit(`${text}xxx`, 6)).toBe(`${text}…`)
      expect(fit(`${text}日日`, 6)).toBe(`${text}…`)
    }
  })
})
