import { readFileSync } from 'node:fs'
import { describe, expect, test } from '@jest/globals'
import { parseActionInputs } from '../../src/inputs/action-inputs.ts'

const text = readFileSync(new URL('../../action.yml', import.meta.url), 'utf8')
const inputsPart = text.slice(text.indexOf('\ninputs:\n'), text.indexOf('\noutputs:\n'))
const declared = [...inputsPart.matchAll(/^ {2}([a-z-]+):$/gm)].map((match) => match[1])

describe('action.yml', () => {
  const read = new Set<string>()
  const get = (name: string): string => {
    read.add(name)
    return ''
  }
  const readAll = (mode: string): void =>
    void parseActionInputs(
      (name) => (name === 'mode' ? (get(name), mode) : get(name)),
      { GITHUB_REPOSITORY: 'o/r' },
      { isPrivate: false, fileExists: () => true },
    )
  readAll('report')
  readAll('publish')

  test('declares only inputs that are read', () => {
    expect(declared.filter((name) => !read.has(name ?? ''))).toEqual([])
  })

  test('declares every input that is read', () => {
    expect([...read].filter((name) => !declared.includes(name))).toEqual([])
  })
})
