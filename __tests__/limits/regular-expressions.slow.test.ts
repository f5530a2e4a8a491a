/** No untrusted text keeps a regular expression of `src/` busy for longer than its length: each of them is tried. */
import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, test } from '@jest/globals'
import ts from 'typescript'
import { superLinearAttack } from '../support/regexp-attacks.ts'

const sources = fileURLToPath(new URL('../../src', import.meta.url))

interface Written {
  readonly place: string
  readonly literal: string
}

function regularExpressions(): readonly Written[] {
  return readdirSync(sources, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts'))
    .flatMap((file) => {
      const tree = ts.createSourceFile(file, readFileSync(`${sources}/${file}`, 'utf8'), ts.ScriptTarget.Latest, true)
      const found: Written[] = []
      const walk = (node: ts.Node): void => {
        if (ts.isRegularExpressionLiteral(node))
          found.push({
            place: `${file}:${tree.getLineAndCharacterOfPosition(node.getStart()).line + 1}`,
            literal: node.text,
          })
        ts.forEachChild(node, walk)
      }
      walk(tree)
      return found
    })
}

function read(literal: string): RegExp {
  const end = literal.lastIndexOf('/')
  return new RegExp(literal.slice(1, end), literal.slice(end + 1))
}

const all = regularExpressions()

test('more than 200 regular expressions are found in src/', () => {
  expect(all.length).toBeGreaterThan(200)
})

// Known expressions, with the result of another tool (recheck 4.5).
test.each([
  [/\/+$/, true],
  [/^\s*(.+?)\s*$/, true],
  [/failed to (?:dial|connect to) .*(?:sock|docker)/i, true],
  [/(?:^|#\(nop\)\s+)SHELL \[(.*)\]\s*$/s, true],
  [/^(?:a+)+$/, true],
  [/([a-z][a-z0-9+.-]*:\/\/)([^\s/?#]*)@/gi, true],
  [/^\/+/, false],
  [/(\d+)(h|m|s)/y, false],
  [/(?:^|,)(?:"((?:[^"]|"")*)"|([^,]*))/g, false],
])('recognises whether %s can be slow', (expression, superLinear) => {
  expect(superLinearAttack(expression) !== null).toBe(superLinear)
})

test('no regular expression in src takes more than linear time', () => {
  const found = all.flatMap(({ place, literal }) => {
    const attack = superLinearAttack(read(literal))
    return attack === null ? [] : [`${place} ${literal} on ${JSON.stringify(attack)}`]
  })
  expect(found).toEqual([])
})
