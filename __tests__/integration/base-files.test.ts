/** Files of a base image that a `chown` or `chmod` copies. The bytes that the report promises are those that are saved. */
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import type { Stage } from '../../src/record/footprint.ts'
import { savingsOf } from '../../src/report/savings-rows.ts'
import { folderWith, requireEngine, succeed } from '../support/program.ts'
import { busybox, weighImage } from '../support/weigh.ts'

const base = `base-files-${process.pid}`

beforeAll(async () => {
  requireEngine()
  await using folder = await folderWith({
    busybox,
    'data/large': 'x'.repeat(300_000),
    'data/deep/other': 'y'.repeat(150_001),
    'data/small': 'z'.repeat(1_000),
    Dockerfile: 'FROM scratch\nCOPY busybox /bin/busybox\nRUN ["/bin/busybox", "--install", "/bin"]\nCOPY data /data\n',
  })
  await succeed('docker', ['buildx', 'build', '--quiet', '--provenance=false', '--load', '-t', base, folder.path])
})

afterAll(() => succeed('docker', ['image', 'rm', '--force', base]))

async function finalOf(...lines: readonly string[]): Promise<Stage> {
  await using folder = await folderWith({ Dockerfile: `FROM ${base}\n${lines.join('\n')}\n` })
  const { stages } = await weighImage([folder.path])
  const final = stages.find(({ role }) => role === 'final')
  if (!final) throw new Error('no final stage')
  return final
}

const ownBytes = ({ layers }: Stage): number =>
  layers.filter(({ origin }) => origin === 'own').reduce((sum, { fileBytes }) => sum + (fileBytes ?? 0), 0)

test.each([
  ['chown', 'chown -R 1000:1000 /data', 'chown 1000:1000 /data/small'],
  ['chmod', 'chmod -R 700 /data', 'chmod 700 /data/small'],
])('changing the files that need it with %s saves what is promised for a recursive one', async (_, all, one) => {
  const [fat, lean] = [await finalOf(`RUN ${all}`), await finalOf(`RUN ${one}`)]
  const items = (fat.savings?.items ?? []).filter(({ rule }) => rule === 'base-owner-or-mode')
  const promised = items.reduce((sum, { fileBytes }) => sum + fileBytes, 0)
  // The one file that needs the change is among those that are promised.
  expect([promised, ownBytes(fat)]).toEqual([451_001, 451_001])
  expect(ownBytes(fat) - ownBytes(lean)).toBe(promised - 1_000)
  expect((savingsOf(fat)?.rows ?? []).map(({ line, fileBytes }) => [line, fileBytes])).toEqual([[2, 451_001]])
  expect((lean.savings?.items ?? []).filter(({ rule }) => rule === 'base-owner-or-mode')).toEqual([])
})
