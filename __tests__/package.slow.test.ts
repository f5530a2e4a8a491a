/** script/package.ts must leave dist/ whole whenever it ends, since tests and users run what is in it. */
import { afterEach, beforeEach, expect, test } from '@jest/globals'
import { cpSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync, chmodSync } from 'node:fs'
import { join } from 'node:path'
import { differingFiles, replaceFolder } from '../script/lib/folders.ts'
import { run, type Ran } from './support/program.ts'
import { remove, temporaryFolder } from './support/folders.ts'

let folder = ''
beforeEach(() => {
  folder = temporaryFolder()
})
afterEach(() => remove(folder))

const at = (name: string): string => join(folder, name)

function put(name: string, text: string): void {
  mkdirSync(join(at(name), '..'), { recursive: true })
  writeFileSync(at(name), text)
}

/** Starts the script in a copy of the sources, which has a dist/ of an earlier run. */
async function packageStopped(signal: NodeJS.Signals): Promise<Ran> {
  for (const name of ['src', 'script', 'package.json', 'tsconfig.json']) cpSync(name, at(name), { recursive: true })
  symlinkSync(join(process.cwd(), 'node_modules'), at('node_modules'))
  put('dist/cli/index.js', 'old')
  put('dist/action/index.js', 'old')
  mkdirSync(at('temp'))
  const ended = run(process.execPath, ['-e', starter, signal], { cwd: folder, env: { TMPDIR: at('temp') } })
  return await ended
}

/** Sends the signal once ncc runs, which is when the temporary folder has a file. */
const starter = `
  const { spawn } = require('node:child_process')
  const { readdirSync } = require('node:fs')
  const child = spawn(process.execPath, ['script/package.ts'], { stdio: 'inherit' })
  const watch = setInterval(() => {
    if (readdirSync(process.env.TMPDIR).some((name) => name.startsWith('stage-footprint-package-'))) {
      clearInterval(watch)
      setTimeout(() => child.kill(process.argv[1]), 300)
    }
  }, 20)
  child.on('close', (status) => { clearInterval(watch); process.exitCode = status ?? 99 })
`

test.each([
  ['SIGTERM', 143],
  ['SIGINT', 130],
] as const)('a run that is stopped by %s leaves dist/ as it was, and nothing else', async (signal, status) => {
  const stopped = await packageStopped(signal)
  expect([stopped.status, stopped.stderr]).toEqual([status, `stopped by ${signal}; dist/ is as it was\n`])
  expect(readFileSync(at('dist/cli/index.js'), 'utf8')).toBe('old')
  expect(readFileSync(at('dist/action/index.js'), 'utf8')).toBe('old')
  expect(readdirSync(folder).toSorted()).toEqual(
    ['dist', 'node_modules', 'package.json', 'script', 'src', 'temp', 'tsconfig.json'].toSorted(),
  )
  expect(readdirSync(at('temp')).filter((name) => name.startsWith('stage-footprint-'))).toEqual([])
})

test('the new folder takes the place of the old one with all files, and without those of before', () => {
  put('dist/cli/stale.js', 'old')
  put('made/cli/index.js', 'new')
  chmodSync(at('made/cli/index.js'), 0o755)
  replaceFolder(at('dist'), at('made'))
  expect(readdirSync(at('dist'), { recursive: true })).toEqual(['cli', 'cli/index.js'])
  expect(differingFiles(at('dist'), at('made'))).toEqual([])
  expect(readdirSync(folder).toSorted()).toEqual(['dist', 'made'])
  replaceFolder(at('other'), at('made'))
  expect(readFileSync(at('other/cli/index.js'), 'utf8')).toBe('new')
})

test('if the new folder cannot be copied, the old one stays', () => {
  put('dist/cli/index.js', 'old')
  expect(() => replaceFolder(at('dist'), at('missing'))).toThrow(/ENOENT/)
  expect(readFileSync(at('dist/cli/index.js'), 'utf8')).toBe('old')
  expect(readdirSync(folder)).toEqual(['dist'])
})

test('two folders differ in their files, contents and programs', () => {
  for (const name of ['one', 'other']) {
    put(`${name}/same`, 'same')
    put(`${name}/program`, 'program')
    put(`${name}/content`, name)
  }
  put('one/first', '')
  put('other/a/second', '')
  chmodSync(at('one/program'), 0o755)
  expect(differingFiles(at('one'), at('other'))).toEqual(['a/second', 'content', 'first', 'program'])
  expect(differingFiles(at('none'), at('one'))).toEqual(['content', 'first', 'program', 'same'])
})
