import { posix } from 'node:path'
import { expect, test } from '@jest/globals'
import fc from 'fast-check'
import { PathBytes } from '../../src/packages/path-bytes.ts'

/** Returns the paths that are passed on. Empty for one that leads out of the root. */
function resolved(base: string, ...paths: readonly string[]): readonly string[] {
  const found: string[] = []
  const joined = new PathBytes(base)
  for (const path of paths) {
    const bytes = Buffer.from(`<${path}>`)
    joined.resolve(bytes, 1, bytes.length - 1, (one, from, to) => {
      found.push(one.toString('utf8', from, to))
      return true
    })
  }
  return found
}

test.each([
  ['/usr/lib/a.so', 'usr/lib/a.so'],
  ['/usr//lib/./a/', 'usr/lib/a'],
  ['/usr/lib/../bin/a', 'usr/bin/a'],
  ['/usr/lib/.build-id/a', 'usr/lib/.build-id/a'],
  ['/.', ''],
  ['/', ''],
  ['', 'b/c'],
  ['a', 'b/c/a'],
  ['../../a', 'a'],
  ['../../../a', ''],
])('%j below b/c is %j', (path, expected) => {
  expect(resolved('b/c', path)).toEqual([expected])
})

test('all paths are resolved as a path module does, unless they lead out of the root', () => {
  const segment = fc.constantFrom('', '.', '..', 'a', 'bc', '.d', '...', 'é')
  const path = fc.array(segment, { maxLength: 6 }).map((segments) => segments.join('/'))
  fc.assert(
    fc.property(fc.constantFrom('', 'x', 'x/y'), fc.array(path, { maxLength: 4 }), (base, paths) => {
      const all = paths.map((one) => {
        const whole = one.startsWith('/') ? one.slice(1) : `${base}/${one}`
        const depths = whole.split('/').reduce<number[]>((some, part) => {
          const last = some.at(-1) ?? 0
          return [...some, last + (part === '' || part === '.' ? 0 : part === '..' ? -1 : 1)]
        }, [])
        return depths.some((depth) => depth < 0)
          ? ''
          : posix
              .normalize(`/${whole}`)
              .replace(/^\/|\/$/g, '')
              .replace(/\/$/, '')
      })
      expect(resolved(base, ...paths)).toEqual(all)
    }),
  )
})
