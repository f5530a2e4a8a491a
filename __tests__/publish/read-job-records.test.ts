import { describe, expect, test } from '@jest/globals'
import { execFileSync } from 'node:child_process'
import { mkdir, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { FootprintError } from '../../src/errors.ts'
import { readRecords, type JobRecords } from '../../src/publish/read-job-records.ts'
import { renderRecord } from '../../src/report/record.ts'
import { footprintOf, image } from '../support/footprints.ts'
import { folderWith } from '../support/program.ts'

const record = renderRecord(footprintOf([image()]))
const pathsOf = ({ records }: JobRecords): string[] => records.map(({ path }) => path)
const sentencesOf = ({ problems }: JobRecords): string[] => {
  for (const problem of problems) expect(problem).toBeInstanceOf(FootprintError)
  return problems.map(({ message }) => message)
}

describe('records are found', () => {
  test('by name, by glob and by folder, each once, in order', async () => {
    await using folder = await folderWith({
      'b.record.json': record,
      'artifacts/x/a.record.json': record,
      'artifacts/y/c.record.json': record,
      'artifacts/y/other.json': '{}',
      'a [1].json': record,
    })
    const read = (patterns: string): Promise<JobRecords> => readRecords(patterns, folder.path, [folder.path])
    expect(pathsOf(await read('b.record.json'))).toEqual(['b.record.json'])
    expect(pathsOf(await read(' artifacts \n\n b.record.json\n'))).toEqual([
      'artifacts/x/a.record.json',
      'artifacts/y/c.record.json',
      'b.record.json',
    ])
    expect(pathsOf(await read('**/*.record.json\nb.record.json\nartifacts'))).toEqual([
      'artifacts/x/a.record.json',
      'artifacts/y/c.record.json',
      'b.record.json',
    ])
    expect(pathsOf(await read(join(folder.path, 'artifacts/*/a.record.json')))).toEqual(['artifacts/x/a.record.json'])
    expect(pathsOf(await read('a [1].json'))).toEqual(['a [1].json'])
    const { records, problems } = await read('artifacts')
    expect(records[0]?.footprint).toEqual(JSON.parse(record))
    expect(problems).toEqual([])
  })

  test('in the temporary folder of the runner too', async () => {
    await using workspace = await folderWith({})
    await using temp = await folderWith({ 'a.record.json': record })
    expect((await readRecords(temp.path, workspace.path, [workspace.path, temp.path])).records).toHaveLength(1)
    expect(sentencesOf(await readRecords(temp.path, workspace.path, [workspace.path]))).toEqual([
      expect.stringMatching(/a\.record\.json lies outside the workspace/),
    ])
  })

  test('if the temporary folder of the runner does not exist', async () => {
    await using workspace = await folderWith({ 'a.record.json': record })
    const folders = [workspace.path, join(workspace.path, 'missing')]
    expect((await readRecords('a.record.json', workspace.path, folders)).records).toHaveLength(1)
  })

  test('through a workspace that is a link', async () => {
    await using folder = await folderWith({ 'real/a.record.json': record })
    await symlink(join(folder.path, 'real'), join(folder.path, 'link'))
    expect((await readRecords('*.json', join(folder.path, 'link'), [join(folder.path, 'link')])).records).toHaveLength(
      1,
    )
  })
})

describe('a file is refused with one sentence, and the others are read', () => {
  test.each<[string, (path: string) => unknown, RegExp]>([
    [
      'if it is a link to a file',
      (path) => symlink('/etc/passwd', join(path, 'bad.record.json')),
      /bad\.record\.json is not a regular file/,
    ],
    [
      'if it is a link to a record',
      (path) => symlink('good.record.json', join(path, 'bad.record.json')),
      /bad\.record\.json is not a regular file/,
    ],
    ['if it is a folder', (path) => mkdir(join(path, 'bad.record.json')), /bad\.record\.json is not a regular file/],
    [
      'if it is a named pipe',
      (path) => execFileSync('mkfifo', [join(path, 'bad.record.json')]),
      /bad\.record\.json is not a regular file/,
    ],
    [
      'if it is not JSON',
      (path) => writeFile(join(path, 'bad.record.json'), '{'),
      /bad\.record\.json is not a record: it is not JSON/,
    ],
    [
      'if it has another version',
      (path) => writeFile(join(path, 'bad.record.json'), '{"schemaVersion":2,"images":[]}'),
      /version 2; this program reads version 1/,
    ],
    [
      'if it is not a record',
      (path) => writeFile(join(path, 'bad.record.json'), '{"schemaVersion":1}'),
      /not a valid record/,
    ],
    [
      'if it is empty',
      (path) => writeFile(join(path, 'bad.record.json'), ''),
      /bad\.record\.json is empty: it is not a record/,
    ],
    [
      'if it is too large',
      (path) => writeFile(join(path, 'bad.record.json'), ' '.repeat(100_001)),
      /bad\.record\.json is larger than records may be \(100000 bytes/,
    ],
    [
      'if its name has line ends and commands',
      (path) => writeFile(join(path, 'x\n::error::y.record.json'), '{'),
      /^x \\u\{3a\}:error::y\.record\.json is not a record/,
    ],
  ])(
    '%s',
    async (_what, prepare, sentence) => {
      await using folder = await folderWith({ 'good.record.json': record })
      await prepare(folder.path)
      const read = await readRecords('*.record.json', folder.path, [folder.path], {
        files: 50,
        file: 100_000,
        total: 200_000,
      })
      expect(pathsOf(read)).toEqual(['good.record.json'])
      expect(sentencesOf(read)).toEqual([expect.stringMatching(sentence)])
    },
    20_000,
  )

  test('below a link to a folder elsewhere, whatever the pattern', async () => {
    await using elsewhere = await folderWith({ 'a.record.json': record })
    await using folder = await folderWith({ 'good.record.json': record })
    await symlink(elsewhere.path, join(folder.path, 'link'))
    for (const pattern of [
      'link',
      'link/a.record.json',
      'link/*',
      'link/../link/*.json',
      `${elsewhere.path}/*`,
      `../${elsewhere.path.split('/').at(-1)!}/a.record.json`,
    ]) {
      const read = await readRecords(pattern, folder.path, [folder.path])
      expect(read.records).toEqual([])
      expect(sentencesOf(read)).toEqual([expect.stringMatching(/lies outside the workspace|no file matches/)])
    }
  })

  test('if nothing matches a pattern', async () => {
    await using folder = await folderWith({})
    expect(sentencesOf(await readRecords('none/*.json\nmissing.json', folder.path, [folder.path]))).toEqual([
      'records: no file matches none/*.json',
      'records: no file matches missing.json',
    ])
  })

  test('if too many files match, of which none is read', async () => {
    await using folder = await folderWith(
      Object.fromEntries(Array.from({ length: 4 }, (_, index) => [`${index}.record.json`, record])),
    )
    const read = await readRecords('.', folder.path, [folder.path], { files: 3, file: 100_000, total: 1_000_000 })
    expect(read.records).toEqual([])
    expect(sentencesOf(read)).toEqual(['records: more than 3 files match; name fewer'])
  })

  test('if all files together are too large', async () => {
    await using folder = await folderWith({ '1.record.json': record, '2.record.json': record, '3.record.json': record })
    const read = await readRecords('.', folder.path, [folder.path], {
      files: 9,
      file: 100_000,
      total: 2 * Buffer.byteLength(record) + 5,
    })
    expect(pathsOf(read)).toEqual(['1.record.json', '2.record.json'])
    expect(sentencesOf(read)).toEqual(['3.record.json is larger than records may be (5 bytes are left for it)'])
  })
})
