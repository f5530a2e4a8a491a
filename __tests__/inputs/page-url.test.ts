/** The input `page-url`, and the link that it makes in the comment. */
import { expect, test } from '@jest/globals'
import { micromark } from 'micromark'
import { gfm, gfmHtml } from 'micromark-extension-gfm'
import { parseFragment, type DefaultTreeAdapterTypes } from 'parse5'
import { parsePageUrl } from '../../src/inputs/page-url.ts'
import { renderMarkdown } from '../../src/report/markdown/report.ts'
import { reportOf } from '../../src/report/report.ts'
import { footprintOf, image } from '../support/footprints.ts'
import { nasty } from '../support/nasty.ts'

const env = { GITHUB_SERVER_URL: 'https://github.example', GITHUB_REPOSITORY: 'octo/app', GITHUB_RUN_ID: '42' }

test.each<[string, string | null]>([
  ['', null],
  ['artifacts', 'https://github.example/octo/app/actions/runs/42#artifacts'],
  ['https://pages.example/pr 7/a.html', 'https://pages.example/pr%207/a.html'],
  ['http://localhost:8080/page', 'http://localhost:8080/page'],
])('page-url %j links to %j', (text, expected) => expect(parsePageUrl(text, env)).toBe(expected))

test('there is no link to artifacts outside of a run', () => expect(parsePageUrl('artifacts', {})).toBeNull())

test.each([
  'javascript:alert(1)',
  'data:text/html,x',
  'page.html',
  'artifact',
  `https://x.example/${'a'.repeat(1_000)}`,
])('refuses %s', (text) =>
  expect(() => parsePageUrl(text, env)).toThrow('input page-url must be "artifacts" or an address'),
)

/** Returns the link of the comment, as a parser of Markdown and one of HTML read it. */
function linksOf(url: string): readonly (string | undefined)[] {
  const markdown = renderMarkdown({ ...reportOf(footprintOf([image()])), pageUrl: url })
  const found: (string | undefined)[] = []
  const visit = (node: DefaultTreeAdapterTypes.ChildNode): void => {
    if (node.nodeName === 'a' && 'attrs' in node) found.push(node.attrs.find(({ name }) => name === 'href')?.value)
    if ('childNodes' in node) node.childNodes.forEach(visit)
  }
  const options = { allowDangerousHtml: true, extensions: [gfm()], htmlExtensions: [gfmHtml()] }
  parseFragment(micromark(markdown, options)).childNodes.forEach(visit)
  return found
}

test('the comment has exactly one link, whatever is in the address', () => {
  for (const text of ['a(b)c', 'a*b*_c_', '?q=<script>&x="\'`|', '#](x)', '?a=1&copy=2&lt;', '\\)', ...nasty])
    for (const start of ['https://pages.example/', 'https://pages.example/?', 'https://pages.example/#']) {
      const url = parsePageUrl(`${start}${text.toWellFormed()}`.slice(0, 250), env)!
      // The parsers may encode more characters.
      const same = (href: string | undefined): string =>
        new URL(href ?? '').href.replace(/%([2-7][0-9A-F])/g, (_, hex: string) =>
          String.fromCharCode(parseInt(hex, 16)),
        )
      expect(linksOf(url).map(same)).toEqual([same(url)])
    }
})

test('without the input there is no link', () => {
  expect(renderMarkdown(reportOf(footprintOf([image()])))).not.toContain('](<')
})
