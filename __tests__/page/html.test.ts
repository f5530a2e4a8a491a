/** How text becomes HTML: where long code may be broken, and what is code in a sentence. */
import { expect, test } from '@jest/globals'
import { everySectionReport } from '../../script/lib/every-section.ts'
import { breakable, code, foreign, name, prose } from '../../src/page/html.ts'
import { renderPage } from '../../src/page/page.ts'
import { headlineOf } from '../../src/report/headline.ts'
import { result, verdictOf } from '../support/comparisons.ts'

test.each([
  ['/opt/app/bin', '/opt/<wbr>app/<wbr>bin'],
  ['registry.example.com/app:1', 'registry.example.com/<wbr>app:1'],
  ['https://example.com/a', 'https://example.com/<wbr>a'],
  ['a / b//c/', 'a / b//c/'],
  ['target=/root', 'target=<wbr>/root'],
  ['type=cache,target=/x', 'type=<wbr>cache,<wbr>target=<wbr>/x'],
  ['a, b = c', 'a, b = c'],
  ['RUN x --no-cache -y', 'RUN x <span class="flag">--no-cache</span> <span class="flag">-y</span>'],
  ['a--b -- -1', 'a--b -- -1'],
  ['--x'.padEnd(50, 'x'), `<span class="flag">--x${'x'.repeat(29)}</span>${'x'.repeat(18)}`],
  ['<b>"&\'/x', '&#60;b&#62;&#34;&#38;&#39;/x'],
  ['</script>/x', '&#60;/script&#62;/x'],
  ['\u05e9\u05dd 1.0.1 → 1.0.2', '<bdi>\u05e9\u05dd</bdi> 1.0.1 → 1.0.2'],
  ['\u05e9\u05dd \u05d0/\u05d1 (1).txt', '<bdi>\u05e9\u05dd \u05d0</bdi>/<bdi>\u05d1</bdi> (1).txt'],
])('escapes text, isolates other scripts, and allows line breaks in long code: %j', (text, shown) => {
  expect(breakable(text).text).toBe(shown)
  expect(code(text).text).toBe(`<code>${shown}</code>`)
})

test.each([
  ['log in with `docker login` first', 'log in with <code>docker login</code> first'],
  ['`a/b` and `c`', '<code>a/<wbr>b</code> and <code>c</code>'],
  ['a lone ` and an empty `` stay', 'a lone ` and an empty `` stay'],
  ['`<img src=x>` <b>', '<code>&#60;img src=<wbr>x&#62;</code> &#60;b&#62;'],
  ['5 MB of `5 MB`', '5\u00a0MB of <code>5 MB</code>'],
])('shows what a sentence has in backticks as code: %j', (sentence, shown) => {
  expect(prose(foreign(sentence, 100)).text).toBe(shown)
  expect(prose(`${name('`x`')}: ${sentence}`).text).toBe(`<code>\`x\`</code>: ${shown}`)
})

test('shows backticks in notes, of the baseline and of the record, and in reasons of budgets as code', () => {
  const report = everySectionReport()
  const page = renderPage(
    {
      ...report,
      baselineNotes: ['log in with `docker login one`'],
      footprint: { ...report.footprint, notes: ['log in with `docker login two`'] },
      verdict: verdictOf([result({ outcome: 'not-known', reason: 'of `docker login three`' })]),
    },
    null,
    { script: '', style: '' },
  )
  for (const word of ['one', 'two', 'three']) expect(page).toContain(`<code>docker login ${word}</code>`)
})

test('lists an image that was removed, with what it was to pull', () => {
  const report = everySectionReport()
  const [gone] = report.footprint.images
  if (report.comparison === null || gone === undefined) throw new Error('nothing was compared')
  const removed = [{ ...gone, name: 'gone' }]
  const page = renderPage({ ...report, comparison: { ...report.comparison, removed } }, null, { script: '', style: '' })
  const row = page.split('<tr>').find((one) => one.includes('>gone</td>'))
  const pulled = headlineOf(gone)?.final.totals.compressedSize ?? 0
  expect(pulled).toBeGreaterThan(0)
  expect(row).toMatch(/>removed<\/td>/)
  expect(row).toContain(`data-k="growth" data-v="-${pulled}"`)
})
