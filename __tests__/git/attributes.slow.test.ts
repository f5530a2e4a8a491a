/** Which attributes tracked files have, by rules of all kinds and below folders of all depths. */
import { afterEach, beforeEach, expect, test } from '@jest/globals'
import { join } from 'node:path'
import { attributesBelow, convertedBelow } from '../../src/git/attributes.ts'
import { openGit, type Git } from '../../src/git/run-git.ts'
import { commit, gitEnv, newRepository, put, remove, temporaryFolder } from '../support/repositories.ts'

let folder = ''
let git: Git
beforeEach(() => {
  folder = newRepository(join(temporaryFolder(), 'repository'))
  git = openGit({ folder, env: gitEnv, signal: new AbortController().signal })
})
afterEach(() => remove(join(folder, '..')))

test('a rule that names a folder counts below this folder, at any depth', async () => {
  commit(folder, {
    '.gitattributes':
      'services/api/** filter=lfs\n*.png filter=other\nservices/api/plain !filter\nservices/api/no -filter\n',
    'services/api/big': '1',
    'services/api/deep/big': '1',
    'services/api/plain': '1',
    'services/api/no': '1',
    'services/web/a.png': '1',
  })
  put(folder, { 'services/api/untracked': '1' })
  const filters = async (prefix: string): Promise<readonly string[] | undefined> =>
    (await attributesBelow(git, prefix, ['filter']))?.map(({ path, name, value }) => `${path} ${name}=${value}`)
  const api = ['services/api/big filter=lfs', 'services/api/deep/big filter=lfs']
  expect(await filters('services/api')).toEqual(api)
  expect(await filters('services/api/deep')).toEqual([api[1]])
  expect(await filters('services/api/big')).toEqual([api[0]])
  expect(await filters('services/api/plain')).toEqual([])
  expect(await filters('')).toEqual([...api, 'services/web/a.png filter=other'])
})

test('files that Git converts: an empty value, odd names and rules of the work tree count', async () => {
  commit(folder, { 'a/b/one': '1', 'a/b/two': '1', 'a/b/li\nne': '1', 'a/b/*': '1', 'a/bc': '1' })
  put(folder, { '.gitattributes': 'a/b/one ident=\na/b/two working-tree-encoding=UTF-16BE\na/bc ident\n' })
  expect(await convertedBelow(git, 'a/b')).toEqual(['a/b/one', 'a/b/two'])
  put(folder, { 'a/b/.gitattributes': '* ident\n' })
  expect(await convertedBelow(git, 'a/b')).toEqual(['a/b/*', 'a/b/li\nne', 'a/b/one', 'a/b/two'])
  expect(await convertedBelow(git, 'a/b/*')).toEqual(['a/b/*'])
})

test('says so if Git fails', async () => {
  remove(join(folder, '.git'))
  expect(await attributesBelow(git, '', ['ident'])).toBeNull()
  expect(await convertedBelow(git, '')).toBeNull()
})
