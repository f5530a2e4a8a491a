/** The files that a word such as `@FILE` can be completed to. */
import { symlink } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from '@jest/globals'
import { completionOf, directive } from '../../src/inputs/complete.ts'
import { withFiles } from '../../src/run/complete-files.ts'
import { folderWith } from '../support/program.ts'

const completed = async (
  ...words: readonly string[]
): Promise<{ readonly words: readonly string[]; readonly directive: number }> => {
  const { candidates, directive: sum } = await withFiles(completionOf(words), words.at(-1) ?? '')
  return { words: candidates.map(({ word }) => word), directive: sum }
}

test('are those that begin with what is written, and folders get no space after them', async () => {
  await using folder = await folderWith({ 'limits.txt': '', 'lib/a': '', '.limits': '', 'a\tb': '' })
  await symlink('lib', join(folder.path, 'link'))
  const at = `@${folder.path}/`
  const only = directive.noFiles
  expect(await completed('build', '--budget', at)).toEqual({
    words: ['lib/', 'limits.txt', 'link/'].map((name) => `${at}${name}`),
    directive: only | directive.noSpace,
  })
  expect(await completed('build', '--budget', `${at}.`)).toEqual({ words: [`${at}.limits`], directive: only })
  expect(await completed('build', `--budget=${at}lib/`)).toEqual({ words: [`--budget=${at}lib/a`], directive: only })
})

test('are none in a folder that cannot be read', async () => {
  expect(await completed('build', '--budget', '@/no such folder/a')).toEqual({
    words: [],
    directive: directive.noFiles,
  })
})

test('are not listed for other words', async () => {
  const completion = completionOf(['build', '--html', '@'])
  expect(await withFiles(completion, '@')).toBe(completion)
})
