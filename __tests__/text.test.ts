import { describe, expect, test } from '@jest/globals'
import { isolated, shortenPath } from '../src/text.ts'

describe('a path that is too long', () => {
  test.each([
    ['app/.git/objects/pack/pack-6dfdf0c1a7a1c8e1ab.pack', 'app/.git/…/pack-6dfdf0c1a7a1c8e1ab.pack'],
    ['usr/local/lib/python3.13/site-packages/numpy/core/', 'usr/local/…/site-packages/numpy/core/'],
    [`app/${'x'.repeat(60)}.js`, `app/${'x'.repeat(18)}…${'x'.repeat(14)}.js`],
    ['x'.repeat(60), `${'x'.repeat(20)}…${'x'.repeat(19)}`],
    ['🦭/'.repeat(30), `${'🦭/'.repeat(6)}…${'/🦭'.repeat(13)}/`],
    // The last name has room if the start is shorter.
    ['srv/deep/more/file-with-a-quite-long-name.bin', 'srv/…/file-with-a-quite-long-name.bin'],
    [`srv/deep/more/${'n'.repeat(36)}`, `…/${'n'.repeat(36)}`],
    [`srv/deep/more/${'n'.repeat(38)}`, `…/${'n'.repeat(38)}`],
    // Both folders and a part of the last name are missing.
    [`srv/deep/more/${'n'.repeat(60)}`, `srv/deep/…/${'n'.repeat(14)}…${'n'.repeat(14)}`],
    [`srv/deep/more/${'n'.repeat(600)}`, `srv/deep/…/${'n'.repeat(14)}…${'n'.repeat(14)}`],
    ['wheels/tool-1.0-cp313-manylinux_2_17_x86_64.whl', 'wheels/tool-1.0-cp313-m…_2_17_x86_64.whl'],
    [`a/b/${'c'.repeat(36)}`, `a/b/${'c'.repeat(36)}`],
  ])('keeps both ends: %s', (path, expected) => {
    const found = shortenPath(path, 40)
    expect(found).toBe(expected)
    expect(Array.from(found).length).toBeLessThanOrEqual(40)
  })
})

test('a name in a right-to-left script is isolated from the number after it', () => {
  for (const name of ['app/\u0645\u062c\u0644\u062f', '\u05e9\u05dc\u05d5\u05dd', '\u{10a00}'])
    expect(isolated(name)).toBe(`\u2066${name}\u2069`)
  for (const name of ['app', 'ключ', '目录', 'é', '😀']) expect(isolated(name)).toBe(name)
})
