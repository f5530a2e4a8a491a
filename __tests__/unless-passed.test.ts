/** script/lib/unless-passed.ts must not skip a check whose result may differ from the remembered one. */
import { afterEach, beforeEach, expect, test } from '@jest/globals'
import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { run } from './support/program.ts'
import { remove, temporaryFolder } from './support/folders.ts'

let folder = ''
beforeEach(() => {
  folder = temporaryFolder()
  put('checkout/src/one.ts', 'one')
  put('checkout/package-lock.json', '{}')
  put('checkout/node_modules/.package-lock.json', '{}')
  put('checkout/.git/index', 'one')
})
afterEach(() => remove(folder))

const at = (name: string): string => join(folder, name)

function put(name: string, text: string): void {
  mkdirSync(join(at(name), '..'), { recursive: true })
  writeFileSync(at(name), text)
}

const script = join(import.meta.dirname, '../script/lib/unless-passed.ts')
/** Counts how often it ran, then does what follows. */
const counting = 'echo ran >>../ran; '

/** Runs a check, and returns its exit status and whether it ran. */
async function check(
  words = 'exit 0',
  env: Readonly<Record<string, string>> = {},
): Promise<readonly [status: number | null, ran: boolean]> {
  rmSync(at('ran'), { force: true })
  const { status, stderr } = await run(process.execPath, [script, 'sh', '-c', counting + words], {
    cwd: at('checkout'),
    env: { XDG_CACHE_HOME: at('cache'), ...env },
  })
  const ran = existsSync(at('ran'))
  expect(stderr.includes('not run again')).toBe(!ran)
  if (ran) expect(readFileSync(at('ran'), 'utf8')).toBe('ran\n')
  return [status, ran]
}

const [fresh, skipped] = [
  [0, true],
  [0, false],
]

test('a check that passed does not run again with the same files', async () => {
  expect(await check()).toEqual(fresh)
  expect(await check()).toEqual(skipped)
  // What Git notes about the checkout is not read.
  put('checkout/.git/index', 'two')
  expect(await check()).toEqual(skipped)
})

test.each<[string, () => void]>([
  ['a changed file', () => put('checkout/src/one.ts', 'two')],
  ['a new file', () => put('checkout/src/two.ts', '')],
  ['a new hidden file', () => put('checkout/.editorconfig', '')],
  ['a missing file', () => rmSync(at('checkout/src/one.ts'))],
  ['a file that became executable', () => chmodSync(at('checkout/src/one.ts'), 0o755)],
  ['a new link', () => symlinkSync('one.ts', at('checkout/src/two.ts'))],
  ['other locked packages', () => put('checkout/package-lock.json', '{ }')],
  ['other installed packages', () => put('checkout/node_modules/.package-lock.json', '{ }')],
  [
    'a moved end of a file',
    () => {
      put('checkout/src/one.ts', 'on')
      put('checkout/src/one.tse', '')
    },
  ],
])('%s runs the check again', async (_, change) => {
  expect(await check()).toEqual(fresh)
  change()
  expect(await check()).toEqual(fresh)
  expect(await check()).toEqual(skipped)
})

test('another command or other options of Node run the check again', async () => {
  expect(await check()).toEqual(fresh)
  expect(await check('true')).toEqual(fresh)
  expect(await check('exit 0', { NODE_OPTIONS: '--no-warnings' })).toEqual(fresh)
  expect(await check()).toEqual(skipped)
})

test('a failure is not remembered', async () => {
  expect(await check('exit 3')).toEqual([3, true])
  expect(await check('exit 3')).toEqual([3, true])
  expect(await check('kill -9 $$')).toEqual([1, true])
  expect(await check('kill -9 $$')).toEqual([1, true])
})

test('a pass is not remembered if a file changed meanwhile', async () => {
  const edit = 'cat ../next >src/one.ts'
  put('next', 'two')
  expect(await check(edit)).toEqual(fresh)
  put('checkout/src/one.ts', 'one')
  expect(await check(edit)).toEqual(fresh)
  // The file has its new content already.
  expect(await check(edit)).toEqual(fresh)
  expect(await check(edit)).toEqual(skipped)
})

test('a check that cannot be started fails', async () => {
  const { status } = await run(process.execPath, [script, at('missing')], {
    cwd: at('checkout'),
    env: { XDG_CACHE_HOME: at('cache') },
  })
  expect(status).toBe(1)
})

test('a check passes although its result cannot be stored', async () => {
  put('cache', 'not a folder')
  expect(await check()).toEqual(fresh)
  expect(await check()).toEqual(fresh)
})
