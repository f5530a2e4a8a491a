import { expect, test } from '@jest/globals'
import { fileURLToPath } from 'node:url'
import { writeAnnotations } from '../../src/publish/annotations.ts'
import type { Annotation } from '../../src/report/budget-annotations.ts'
import { run } from '../support/program.ts'

interface Written {
  readonly kind: 'error' | 'warning'
  readonly message: string
  readonly properties: unknown
}

function write(
  annotations: readonly Annotation[],
  used?: { error: number; warning: number },
): { left: number; written: readonly Written[] } {
  const written: Written[] = []
  const writer = {
    error: (message: string, properties?: unknown) => void written.push({ kind: 'error', message, properties }),
    warning: (message: string, properties?: unknown) => void written.push({ kind: 'warning', message, properties }),
  }
  return { left: writeAnnotations(annotations, writer, used), written }
}

const one = (some: Partial<Annotation> = {}): Annotation => ({
  level: 'warning',
  message: 'It grew.',
  title: 'Budget',
  file: 'Dockerfile',
  line: 3,
  ...some,
})

test('writes errors first, at their lines', () => {
  const { left, written } = write([one(), one({ level: 'error', file: null, line: null })])
  expect(left).toBe(0)
  expect(written).toEqual([
    { kind: 'error', message: 'It grew.', properties: { title: 'Budget' } },
    { kind: 'warning', message: 'It grew.', properties: { title: 'Budget', file: 'Dockerfile', startLine: 3 } },
  ])
})

test.each([
  [10, undefined, 10, 0],
  [11, undefined, 10, 2],
  [5, { error: 0, warning: 7 }, 3, 3],
  [1, { error: 0, warning: 10 }, 0, 1],
])('of %p warnings, with %p used by others, writes %p and leaves %p', (count, used, most, expected) => {
  const { left, written } = write(
    Array.from({ length: count }, () => one()),
    used,
  )
  expect(written).toHaveLength(most)
  expect(left).toBe(expected)
  if (expected > 0 && most > 0) expect(written.at(-1)?.message).toBe(`The job summary has ${expected} more warnings.`)
})

test('writes no message, title or path that @actions/core could turn into a command', async () => {
  const script = `
    import * as core from '@actions/core'
    import { writeAnnotations } from './src/publish/annotations.ts'
    const evil = 'x%0A::set-output name=a::b\\n::error::c,d=e\\r::stop-commands::f'
    writeAnnotations([{ level: 'error', message: evil, title: evil, file: evil, line: 1 }], core)`
  const root = fileURLToPath(new URL('../..', import.meta.url))
  const { stdout, status, stderr } = await run(process.execPath, ['--input-type=module-typescript', '--eval', script], {
    cwd: root,
  })
  expect([status, stderr]).toEqual([0, ''])
  expect(stdout.trimEnd().split('\n')).toHaveLength(1)
  expect(stdout).toMatch(/^::error title=[^:,\n]*,file=[^:,\n]*,line=1::/)
})
