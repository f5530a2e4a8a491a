/** A file to write does not replace another file of the command. */
import { symlink } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from '@jest/globals'
import { requireOwnFiles } from '../../src/run/output-files.ts'
import { folderWith } from '../support/program.ts'

test.each([
  ['an input', 'record.json', null, ['record.json'], '--html would replace HERE/record.json, which this command reads'],
  ['an input by a link', 'link.json', null, ['record.json'], '--html would replace HERE/link.json'],
  ['an input by another path', 'sub/../record.json', null, ['record.json'], '--html would replace'],
  ['another output that exists', 'record.json', 'record.json', [], '--html and --markdown name the same file'],
  ['another output that does not exist yet', 'new', 'sub/../new', [], '--html and --markdown name the same file'],
])('refuses an output that is %s', async (_, html, markdown, inputs, message) => {
  await using folder = await folderWith({ 'record.json': '{}', 'sub/.keep': '' })
  await symlink('record.json', join(folder.path, 'link.json'))
  const at = (name: string): string => `${folder.path}/${name}`
  const outputs = [
    { flag: '--html', path: at(html) },
    { flag: '--markdown', path: markdown === null ? null : at(markdown) },
  ]
  await expect(requireOwnFiles(outputs, inputs.map(at))).rejects.toThrow(message.replace('HERE', folder.path))
})

test('accepts files of their own, devices, and inputs that are no files', async () => {
  await using folder = await folderWith({ 'record.json': '{}' })
  const outputs = [
    { flag: '--json', path: '/dev/null' },
    { flag: '--markdown', path: '/dev/null' },
    { flag: '--html', path: join(folder.path, 'page.html') },
  ]
  const inputs = [join(folder.path, 'record.json'), null, 'docker://example.org/app:1', '/dev/null', '-']
  await expect(requireOwnFiles(outputs, inputs)).resolves.toBeUndefined()
})
