/** Text of the repository under test stays text: judged on the trees that real parsers make of the report. */
import { describe, expect, test } from '@jest/globals'
import { micromark } from 'micromark'
import { gfm, gfmHtml } from 'micromark-extension-gfm'
import { parseFragment, type DefaultTreeAdapterTypes } from 'parse5'
import { renderMarkdown } from '../../src/render/markdown.ts'
import { renderMermaid } from '../../src/render/mermaid.ts'
import { renderTerminal } from '../../src/render/terminal.ts'
import { footprintOf, image, layer, stage } from '../support/footprints.ts'

const hostile = [
  '@octocat',
  'owner/repo#1 #123 GH-123',
  'deadbeefdeadbeefdeadbeefdeadbeefdeadbeef',
  'https://evil.example/ www.evil.example a@evil.example',
  '![x](https://evil.example/x.png)',
  '[x](javascript:alert(1))',
  '<img src=x onerror=alert(1)>',
  '<script>alert(1)</script>',
  '</details></summary></table><h1>x',
  '<!-- stage-footprint -->',
  '--> <!--',
  'a | b \\| c \\\\| d',
  '`code` ``more`` ```fence',
  '```\n~~~\n# heading',
  '**bold** _em_ ~~gone~~ $x$',
  '&lt;b&gt; &#64;octocat',
  '\n\n# heading\n- list\n> quote\n---',
  '"] --> evil[" ; click s0 "https://evil.example"',
  '::error::x\n::set-output name=a::b',
  '\u001b[31mred\u001b]8;;https://evil.example\u0007link',
  'right\u202eto\u2066left\u200bzero',
  '\ud800 lone',
  ' ',
  '\\',
  '`',
  '|',
]

type Node = DefaultTreeAdapterTypes.Node

const allowed = new Set('h3 p strong em code pre table thead tbody tr th td details summary blockquote ul li hr'.split(' '))

function nodesOf(node: Node): Node[] {
  return [node, ...('childNodes' in node ? node.childNodes.flatMap(nodesOf) : [])]
}

/** Texts that GitHub looks through for mentions, references and links: all but code. */
function openText(node: Node): string {
  if (node.nodeName === 'code' || node.nodeName === 'pre') return ' '
  if ('value' in node) return node.value
  return 'childNodes' in node ? node.childNodes.map(openText).join('') : ''
}

const everywhere = (text: string): ReturnType<typeof footprintOf> =>
  footprintOf(
    [
      image({
        name: text,
        finalStage: text,
        stages: [
          stage({ name: `${text}0`, index: 0, role: 'builder', base: { reference: text, digest: null, layers: 0 }, layers: [layer({ instruction: { text, line: 1, endLine: 1 } })] }),
          stage({ name: text, layers: [layer({ instruction: { text, line: 1, endLine: 1 } })], base: { reference: text, digest: null, layers: 0 }, uses: [{ stage: text, via: 'copy', carriedBytes: 1 }, { stage: `${text}0`, via: 'mount', carriedBytes: null }] }),
        ],
        stagesNotBuilt: [{ name: text, index: 2, line: 9 }],
      }),
    ],
    [`a note on ${text}`],
  )

describe.each(hostile)('%j', (text) => {
  const markdown = renderMarkdown(everywhere(text), { title: text })
  const harmless = renderMarkdown(everywhere('harmless'), { title: 'harmless' })
  const tree = parseFragment(micromark(markdown, { allowDangerousHtml: true, extensions: [gfm()], htmlExtensions: [gfmHtml()] }))
  const nodes = nodesOf(tree)

  test('makes no element, attribute or comment of its own in Markdown', () => {
    const elements = nodes.filter((node) => 'tagName' in node)
    expect(elements.map((node) => node.nodeName).filter((name) => !allowed.has(name))).toEqual([])
    expect(
      elements.flatMap((node) => node.attrs.map(({ name }) => name)).filter((name) => name !== 'align' && name !== 'class'),
    ).toEqual([])
    expect(nodes.filter((node) => node.nodeName === '#comment')).toEqual([])
    const count = (source: string): number =>
      nodesOf(parseFragment(micromark(source, { allowDangerousHtml: true, extensions: [gfm()], htmlExtensions: [gfmHtml()] }))).filter(
        (node) => 'tagName' in node && ['tr', 'td', 'th', 'table', 'h3', 'details'].includes(node.tagName),
      ).length
    expect(count(markdown)).toBe(count(harmless))
  })

  test('makes no mention, reference or link', () => {
    expect(openText(tree)).not.toMatch(/@\w|#\d|\bGH-\d|:\/\/|\bwww\.|\b[0-9a-f]{40}\b/i)
  })

  test('cannot leave its label in the graph', () => {
    const graph = renderMermaid(everywhere(text).images[0] ?? image())
    for (const line of graph.split('\n'))
      expect(line).toMatch(
        /^(flowchart LR| {2}s\d+\["[^"[\]<>]*<br>[^"[\]<>]*"\]| {2}b\d+\(\["[^"[\]<>]*"\]\)| {2}[sb]\d+ (-->|-\.->)\|(FROM|COPY|mount)[\w .]*\| s\d+| {2}style s\d+ stroke-width:3px)$/,
      )
  })

  test('moves no cursor and starts no line in the terminal', () => {
    const shown = renderTerminal(everywhere(text), { width: 80, color: false })
     
    expect(shown).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/)
    expect(shown).not.toMatch(/^::/m)
  })
})
