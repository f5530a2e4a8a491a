import { readFileSync } from 'node:fs'
import { describe, expect, test } from '@jest/globals'
import { parseActionInputs } from '../../src/inputs/action.ts'

const text = readFileSync(new URL('../../action.yml', import.meta.url), 'utf8')
const inputsPart = text.slice(text.indexOf('\ninputs:\n'), text.indexOf('\noutputs:\n'))
const declared = [...inputsPart.matchAll(/^ {2}([a-z-]+):$/gm)].map((match) => match[1])

describe('action.yml', () => {
  const read = new Set<string>()
  const get = (name: string): string => {
    read.add(name)
    return ''
  }
  parseActionInputs(get, { GITHUB_REPOSITORY: 'o/r' }, { isPrivate: false, fileExists: () => true })

  test('every declared input is read', () => {
    expect(declared.filter((name) => !read.has(name ?? ''))).toEqual([])
  })

  test('every input that is read is declared, except those refused until a later version', () => {
    const later = ['baseline', 'baseline-timeout', 'budgets', 'comment', 'records', 'mode']
    expect([...read].filter((name) => !declared.includes(name))).toEqual(later)
  })
})
