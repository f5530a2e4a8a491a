/** Where long code may be broken. */
import { expect, test } from '@jest/globals'
import { breakable, code } from '../../src/page/html.ts'

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
])('escapes text, and allows line breaks in long code: %j', (text, shown) => {
  expect(breakable(text).text).toBe(shown)
  expect(code(text).text).toBe(`<code>${shown}</code>`)
})
