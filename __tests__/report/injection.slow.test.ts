/** Text of the repository under test stays text: checked on the trees that real parsers make from the report. */
import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { micromark } from 'micromark'
import { gfm, gfmHtml } from 'micromark-extension-gfm'
import { parseFragment, type DefaultTreeAdapterTypes } from 'parse5'
import { budgetAnnotations } from '../../src/report/budget-annotations.ts'
import { renderMermaid } from '../../src/report/markdown/mermaid.ts'
import { renderMarkdown } from '../../src/report/markdown/report.ts'
import { lineOf } from '../../src/report/comment-line.ts'
import type { Report } from '../../src/report/report.ts'
import { renderTerminal } from '../../src/report/terminal/report.ts'
import { renderBadge } from '../../src/report/trend/json.ts'
import { renderTrendMarkdown } from '../../src/report/trend/markdown.ts'
import { renderTrendTerminal } from '../../src/report/trend/terminal.ts'
import { nameForPoint, type Point } from '../../src/trend/point.ts'
import { trendOf, type Trend } from '../../src/trend/trend.ts'
import {
  comparisonOf,
  imageComparison,
  layerChange,
  reportWith,
  result,
  rule,
  stageChange,
  verdictOf,
} from '../support/comparisons.ts'
import { footprintOf, image, layer, stage } from '../support/footprints.ts'
import { nasty } from '../support/nasty.ts'
import { pointsOf } from '../support/trend-points.ts'

type Node = DefaultTreeAdapterTypes.Node

const allowed = new Set(
  'h3 h4 p strong em code pre table thead tbody tr th td details summary blockquote ul li br'.split(' '),
)

function parse(markdown: string): DefaultTreeAdapterTypes.DocumentFragment {
  return parseFragment(
    micromark(markdown, { allowDangerousHtml: true, extensions: [gfm()], htmlExtensions: [gfmHtml()] }),
  )
}

function nodesOf(node: Node): Node[] {
  return [node, ...('childNodes' in node ? node.childNodes.flatMap(nodesOf) : [])]
}

/** Texts in which GitHub looks for mentions, references and links: all except code. */
function openText(node: Node): string {
  if (node.nodeName === 'code' || node.nodeName === 'pre') return ' '
  if ('value' in node) return node.value
  return 'childNodes' in node ? node.childNodes.map(openText).join('') : ''
}

const named = (text: string): Parameters<typeof stage>[0] => ({
  name: text,
  base: { reference: text, digest: `sha256:${'1'.repeat(64)}`, layers: 1 },
})

const layersOf = (text: string, bytes: number): ReturnType<typeof layer>[] => [
  layer({
    origin: 'base',
    instruction: null,
    compressedSize: bytes,
    diffId: `sha256:${String(bytes % 10).repeat(64)}`,
  }),
  layer({
    instruction: { text, line: 1, endLine: 1 },
    compressedSize: bytes,
    diffId: `sha256:${String(bytes % 9).repeat(64)}`,
  }),
]

const saving = {
  kind: 'directory',
  files: 2,
  fileBytes: 900_000,
  leastPullBytes: 300_000,
  claim: 'sure',
  layer: 1,
  laterLayer: 1,
} as const

const savingsWith = (path: string): Partial<ReturnType<typeof stage>> => {
  const item = {
    path,
    kind: 'directory',
    files: 2,
    fileBytes: 9_000,
    sameSizeBytes: 0,
    addedBy: 0,
    hiddenBy: 1,
  } as const
  return {
    fileSystem: { files: 1, fileBytes: 1 },
    waste: {
      fileBytes: 90_000,
      baseFileBytes: 10,
      items: [
        item,
        { ...item, addedBy: 1, fileBytes: 3 },
        { ...item, kind: 'file', addedBy: 7, hiddenBy: 8 },
        { ...item, sameSizeBytes: 9_000, hiddenBy: 0 },
      ],
    },
    caches: [
      { name: path, path, files: 1, fileBytes: 4_000, addedBy: 1 },
      { name: path, path: `${path}2`, files: 1, fileBytes: 3_000, addedBy: 9 },
    ],
    savings: {
      fileBytes: 9_000_000,
      likelyFileBytes: 3_000_000,
      items: [
        // A path in a command, in a sentence, and nowhere.
        { ...saving, rule: 'poetry-cache', path },
        { ...saving, rule: 'archive-kept', path, laterLayer: null, claim: 'likely' },
        { ...saving, rule: 'apt-lists', path, layer: 0 },
        { ...saving, rule: path.slice(0, 50), path, layer: 9, laterLayer: 10 },
      ],
      baseFiles: [{ path, kind: 'directory', files: 2, fileBytes: 9_000_000, layer: 1 }],
    },
  }
}

/** A report with the text in every place for untrusted text. */
function everywhere(text: string): Report {
  const builder = stage({ ...named(`${text}0`), index: 0, role: 'builder', layers: layersOf(text, 11) })
  const final = (bytes: number): ReturnType<typeof stage> =>
    stage({
      ...named(text),
      layers: layersOf(text, bytes),
      ...savingsWith(text),
      uses: [
        { stage: text, via: 'copy', carriedBytes: 1 },
        { stage: `${text}0`, via: 'mount', carriedBytes: null },
      ],
    })
  const pair = (bytes: number) =>
    image({
      name: text,
      finalStage: text,
      platform: { os: text, architecture: text, variant: text },
      stages: [builder, final(bytes)],
      stagesNotBuilt: [{ name: text, index: 2, line: 9 }],
    })
  const [before, after] = [pair(1_002), pair(5_003)]
  const path = { kind: 'file', path: text, before: 1, after: 3, package: null, otherFiles: false } as const
  const side = { versions: [text, `${text}2`, `${text}3`], fileBytes: 5, files: 1, places: [text] }
  const one = {
    ecosystem: text,
    name: text,
    kind: 'updated',
    before: side,
    after: { ...side, versions: [`${text}4`] },
    growth: 1,
    parts: (['updated', 'new', 'removed', 'updated'] as const).map((kind) => ({
      name: text,
      before: text,
      after: text,
      kind,
    })),
  } as const
  const packages = [
    one,
    { ...one, kind: 'new' as const, before: null },
    { ...one, kind: 'removed' as const, after: null },
  ]
  const [oldFinal, newFinal] = [before.stages[1]!, after.stages[1]!]
  const finalChange = stageChange(
    oldFinal,
    newFinal,
    [
      layerChange(oldFinal.layers[0]!, newFinal.layers[0]!, { cause: 'base-image' }),
      layerChange(oldFinal.layers[1]!, newFinal.layers[1]!, {
        packages,
        paths: [path, { ...path, package: text }, { ...path, kind: 'directory', before: null, otherFiles: true }],
      }),
      layerChange(null, layer({ instruction: { text, line: 3, endLine: 3 }, compressedSize: 7 }), {
        cause: 'drift',
        codec: { before: 'gzip', after: 'zstd' },
      }),
      layerChange(layer({ instruction: { text, line: 4, endLine: 4 } }), null),
      layerChange(
        layer({ diffId: `sha256:${'7'.repeat(64)}` }),
        layer({ instruction: { text, line: 5, endLine: 5 } }),
        { cause: 'unknown' },
      ),
    ],
    {
      baseImage: {
        kind: 'moved',
        before: { reference: text, digest: `sha256:${'2'.repeat(64)}`, layers: 1 },
        after: { reference: text, digest: `sha256:${'3'.repeat(64)}`, layers: 1 },
        packages: [],
        paths: [],
      },
    },
  )
  const edited = stageChange(stage(named(`${text}1`)), builder, [layerChange(builder.layers[0]!, builder.layers[1]!)], {
    baseImage: {
      kind: 'edited',
      before: { reference: text, digest: null, layers: 1 },
      after: { reference: `${text}2`, digest: null, layers: 1 },
      packages: [],
      paths: [],
    },
  })
  const stages = [
    edited,
    finalChange,
    stageChange(null, stage(named(text)), []),
    stageChange(stage(named(text)), null, []),
  ]
  const platform = [text, text, text].join('/')
  const result_ = (some: Parameters<typeof result>[0]): ReturnType<typeof result> =>
    result({
      image: { name: text, platform, position: 0 },
      stage: text,
      role: 'builder',
      rule: rule({ text, place: text, stage: text }),
      ...some,
    })
  return reportWith(
    comparisonOf([imageComparison(before, after, stages)], {
      origin: { kind: 'newest-record', commit: text, reference: text },
      added: [pair(1)],
      removed: [pair(2)],
      notes: [{ kind: 'one-sided-images', only: 'head', images: [{ name: text, platform: text }] }],
    }),
    {
      footprint: footprintOf([after], [`a note on ${text}`, text]),
      title: text,
      dockerfile: text,
      baselineNotes: [`no record of ${text}`, text],
      reportedByFork: true,
      verdict: verdictOf(
        [
          result_({ outcome: 'fail' }),
          result_({ outcome: 'fail', overridden: true }),
          result_({}),
          result_({}),
          result_({ outcome: 'not-known', measured: null, reason: text }),
        ],
        {
          override: { label: text, by: text, headSha: text },
          edited: { file: text, judgedBy: 'base', added: [text, text], removed: [text], fault: text },
        },
      ),
    },
  )
}

/** The same with two images, and without a comparison. */
function reportsOn(text: string): readonly Report[] {
  const one = everywhere(text)
  const second = one.comparison!.images[0]!
  const other = { ...second.after, name: `${text}x` }
  return [
    one,
    {
      ...one,
      footprint: footprintOf([second.after, other]),
      comparison: { ...one.comparison!, images: [second, { ...second, after: other }] },
    },
    { ...one, comparison: null, verdict: null },
  ]
}

/** A middle tier and the last one, in bytes. */
const limits = [7_000, 2_000]

const count = (nodes: readonly Node[]): Map<string, number> => {
  const found = new Map<string, number>()
  for (const node of nodes)
    if (
      'tagName' in node &&
      ['tr', 'td', 'th', 'table', 'h3', 'h4', 'details', 'summary', 'blockquote', 'ul', 'li'].includes(node.tagName)
    )
      found.set(node.tagName, (found.get(node.tagName) ?? 0) + 1)
  return found
}

const harmless = reportsOn('harmless').map((report) => count(nodesOf(parse(renderMarkdown(report)))))

/** @returns the nodes of its tree */
function expectMarkdownHarmless(markdown: string): readonly Node[] {
  expect(markdown).not.toMatch(/<!--|^\s*::/m)
  const tree = parse(markdown)
  const nodes = nodesOf(tree)
  const elements = nodes.filter((node) => 'tagName' in node)
  expect(elements.map(({ nodeName }) => nodeName).filter((name) => !allowed.has(name))).toEqual([])
  expect(
    elements
      .flatMap(({ attrs }) => attrs.map(({ name, value }) => `${name}=${value}`))
      .filter((attribute) => !/^(align=(left|right)|class=language-mermaid)$/.test(attribute)),
  ).toEqual([])
  expect(nodes.filter((node) => node.nodeName === '#comment')).toEqual([])
  expect(openText(tree)).not.toMatch(/@[\w]|#\d|\bGH-\d|:\/\/|\bwww\.|\b[0-9a-f]{7,40}\b/i)
  return nodes
}

function expectTerminalHarmless(shown: string): void {
  expect(shown).not.toMatch(
    /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u00ad\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff\u{e0000}-\u{e007f}]|\p{Surrogate}/u,
  )
  // A runner reads each line from its first word.
  expect(shown).not.toMatch(/^\s*::|##\[/m)
}

function expectHarmless(text: string): void {
  for (const [at, report] of reportsOn(text).entries()) {
    const whole = renderMarkdown(report)
    expect(count(expectMarkdownHarmless(whole))).toEqual(harmless[at])
    if (report.footprint.images.length > 1)
      for (const maxBytes of limits) expectMarkdownHarmless(renderMarkdown(report, { maxBytes }))
    const quiet = lineOf(report)
    expect(quiet).not.toContain('\n')
    expect(
      expectMarkdownHarmless(quiet).filter(
        (node) => 'tagName' in node && !['p', 'strong', 'code'].includes(node.tagName),
      ),
    ).toEqual([])
    expectTerminalHarmless(renderTerminal(report, { width: 80, color: false }))
    for (const { message, title } of report.verdict === null
      ? []
      : budgetAnnotations(report.verdict, report.footprint)) {
      expectTerminalHarmless(`${title} ${message}`)
      expect(message).not.toContain('\n')
    }
  }
}

/** Two images with these names, with a step of each cause and with creep. */
function trendWith(text: string): Trend {
  const points = pointsOf([
    { app: 1_000_000 },
    { app: 1_000_001 },
    { app: 2_000_000, base: ['python-2', 40_000_000] },
    { app: 2_000_000, base: ['python-2', 40_000_000], install: 9_000_000 },
  ])
  const named = points.flatMap((point): Point[] => {
    const name = nameForPoint(text)
    const base = point.base && { ...point.base, reference: name }
    const told = nameForPoint(text, 40)
    const grown = [{ cause: 'change', name: told, before: told, after: `${told.slice(1)}x`, growth: 5_000 }] as const
    const one = { ...point, name, branch: name, platform: name, base, subject: nameForPoint(text, 100), grown }
    return [one, { ...one, commit: null, platform: 'linux/arm64' }]
  })
  return trendOf(named, { measure: 'pull', creepLimit: null })
}

const harmlessTrend = count(nodesOf(parse(renderTrendMarkdown(trendWith('harmless')))))

function expectTrendHarmless(text: string): void {
  const trend = trendWith(text)
  const markdown = renderTrendMarkdown(trend)
  expect(count(expectMarkdownHarmless(markdown))).toEqual(harmlessTrend)
  for (const [, chart = ''] of markdown.matchAll(/^```mermaid\n([^`]*)```$/gm))
    expect(chart).toMatch(
      /^%%\{init: \{"themeVariables": \{"xyChart": \{"plotColorPalette": "#\w{6}, #\w{6}"\}\}\}\}%%\nxychart-beta\n {2}x-axis \["[\w: ]+"(?:, "[\w: ]+")*\]\n {2}y-axis "[kMG]?B" 0 --> [\d.]+\n {2}bar \[[\d., ]+\]\n$/,
    )
  expectTerminalHarmless(renderTrendTerminal(trend, { width: 80, color: false }))
  expect(JSON.parse(renderBadge(trend))).toMatchObject({ schemaVersion: 1, color: 'blue' })
}

test('tries at least sixty different texts', () => {
  expect(new Set(nasty).size).toBeGreaterThanOrEqual(60)
})

describe.each(nasty.map((text) => [text.length > 60 ? `${text.slice(0, 20)}…` : text, text]))('%j', (_name, text) => {
  test('stays text in Markdown, in the terminal and in annotations', () => {
    expectHarmless(text)
  })

  test('stays text in a trend', () => {
    expectTrendHarmless(text)
  })

  test('stays within its label in the graph', () => {
    const graph = renderMermaid(everywhere(text).footprint.images[0] ?? image())
    for (const line of graph.split('\n'))
      expect(line).toMatch(
        /^(flowchart LR| {2}s\d+\["[^"[\]<>]*<br>[^"[\]<>]*"\]| {2}b\d+\(\["[^"[\]<>]*"\]\)| {2}[sb]\d+ (-->|-\.->)\|(FROM|COPY|mount)[\w .]*\| s\d+| {2}style s\d+ stroke-width:3px)$/,
      )
  })
})

test('combined pieces of such texts stay text', () => {
  const piece = fc.oneof(
    fc.constantFrom(...nasty.filter(({ length }) => length < 60)),
    fc.string({ unit: 'binary', maxLength: 12 }),
    fc.stringMatching(/^[`|\\<>&@#:!*_~[\]()\-/. w]{1,12}$/),
  )
  // A list item without any text is left out.
  const text = fc
    .array(piece, { minLength: 1, maxLength: 4 })
    .map((pieces) => pieces.join(''))
    .filter((text) => text !== '')
  fc.assert(fc.property(text, expectHarmless), { numRuns: 25, examples: [[':']] })
  fc.assert(fc.property(text, expectTrendHarmless), { numRuns: 25 })
})
