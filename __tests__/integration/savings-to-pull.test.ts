/**
 * The bytes to pull that a saving promises at least, for files that compress well, badly, or are many. Each image is
 * built before and after the edit, and its layers are compressed by the builder.
 */
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { randomBytes } from 'node:crypto'
import type { Stage } from '../../src/record/footprint.ts'
import { savingsOf } from '../../src/report/savings-rows.ts'
import { folderWith, requireEngine } from '../support/program.ts'
import { busybox, weighDockerfile } from '../support/weigh.ts'

const system = ['FROM scratch', 'COPY busybox /bin/busybox', 'RUN ["/bin/busybox", "--install", "/bin"]']

let folder: Awaited<ReturnType<typeof folderWith>>

beforeAll(async () => {
  requireEngine()
  folder = await folderWith({
    busybox,
    'app/text': Array.from({ length: 100_000 }, (_, nth) => `${nth}\n`).join(''),
    'app/packed': randomBytes(500_000),
    ...Object.fromEntries(
      Array.from({ length: 1_500 }, (_, nth) => [`wheel/${nth}.dat`, randomBytes(600 + (nth % 400))]),
    ),
  })
})

afterAll(async () => {
  await folder[Symbol.asyncDispose]()
})

const built = (dockerfile: readonly string[]): Promise<Stage> =>
  weighDockerfile(folder.path, [...system, ...dockerfile])

const pullBytes = ({ layers }: Stage): number => layers.reduce((sum, { compressedSize }) => sum + compressedSize!, 0)

/** Commands that write text of about 6.9 bytes a line, and data that does not compress. */
const text = (path: string, lines: number): string => `mkdir -p ${path} && seq 1 ${lines} > ${path}/text`
const packed = (path: string, bytes: number): string =>
  `mkdir -p ${path} && head -c ${bytes} /dev/urandom > ${path}/packed`
const small = (path: string, count: number): string =>
  `mkdir -p ${path} && for at in $(seq 1 ${count}); do seq $at $((at + 200)) > ${path}/$at; done`

test.each([
  [
    'text that is nearly all of its layer',
    'apt-lists',
    [`RUN ${text('/var/lib/apt/lists', 300_000)} && ${packed('/usr/lib', 10_000)}`],
    [`RUN ${text('/var/lib/apt/lists', 300_000)} && ${packed('/usr/lib', 10_000)} && rm -rf /var/lib/apt/lists/*`],
  ],
  [
    'data that is compressed already, beside text',
    'npm-cache',
    [`RUN ${packed('/root/.npm/_cacache', 2_000_000)} && ${text('/usr/lib/node', 100_000)}`],
    [`RUN ${text('/usr/lib/node', 100_000)}`],
  ],
  [
    'many small files of text',
    'apt-lists',
    [`RUN ${small('/var/lib/apt/lists', 1_500)}`],
    ['RUN mkdir -p /var/lib/apt/lists'],
  ],
  [
    'many small files that are compressed already, beside text',
    'pip-cache',
    ['COPY wheel /root/.cache/pip', 'COPY app/text /text'],
    ['COPY app/text /text'],
  ],
  [
    'a layer of copies for another owner',
    'owner-or-mode',
    ['COPY app /app', 'RUN chown -R 1000:1000 /app'],
    ['COPY --chown=1000:1000 app /app'],
  ],
] as const)('%s: the edit saves at least the promised bytes to pull', async (_kind, rule, before, after) => {
  const fat = await built(before)
  const item = fat.savings!.items.find((one) => one.rule === rule)
  const saved = pullBytes(fat) - pullBytes(await built(after))
  expect(item?.leastPullBytes).toBeGreaterThan(20_000)
  expect(saved).toBeGreaterThanOrEqual(item!.leastPullBytes!)
  expect(saved).toBeLessThanOrEqual(2 * item!.leastPullBytes!)
})

test('two savings of a layer that has little else save at least the promised bytes to pull together', async () => {
  const rest = `RUN ${text('/usr/lib/node', 30_000)}`
  const fat = await built([`${rest} && ${text('/root/.cache/pip', 100_000)} && ${text('/var/lib/apt/lists', 100_000)}`])
  const saved = pullBytes(fat) - pullBytes(await built([rest]))
  const found = savingsOf(fat)!
  expect(fat.savings!.items.map(({ claim }) => claim)).toEqual(['sure', 'sure'])
  expect(found.leastPullBytes).toBeGreaterThan(20_000)
  expect(saved).toBeGreaterThanOrEqual(found.leastPullBytes!)
  expect(saved).toBeLessThanOrEqual(2 * found.leastPullBytes!)
})

test('text that shares its layer with as much other text: the figure is left out', async () => {
  const stage = await built([`RUN ${text('/root/.cache/pip', 100_000)} && ${text('/usr/lib/python3', 100_000)}`])
  const found = savingsOf(stage)!
  expect(stage.savings!.items.map(({ rule }) => rule)).toEqual(['pip-cache'])
  expect(found.rows.map(({ leastPullBytes }) => leastPullBytes)).toEqual([null])
  expect(found.leastPullBytes).toBeNull()
})
