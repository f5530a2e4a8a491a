/**
 * Compiled Python, with a real pip. Where the report suggests `--no-compile`, the image must lose exactly the promised
 * bytes. Where the option would save nothing, the report must not suggest it.
 */
import { expect, test } from '@jest/globals'
import type { Stage } from '../../src/record/footprint.ts'
import { savingsOf } from '../../src/report/savings-rows.ts'
import { python, wheelFolder } from '../support/package-stores.ts'
import { folderWith } from '../support/program.ts'
import { weighImage } from '../support/weigh.ts'

/** The compiled files are more than a thousandth of the base image. */
const stored = wheelFolder([
  {
    name: 'httpwire',
    version: '1.4.0',
    files: { 'httpwire/__init__.py': python(500_000), 'httpwire/idna.py': python(300_000) },
    needs: ['typecompat'],
  },
  {
    name: 'checked',
    version: '1',
    files: { 'checked/__init__.py': python(1_000_000), 'checked/tests/__init__.py': python(900_000) },
  },
  { name: 'typecompat', version: '4.12.2', files: { 'typecompat.py': python(200_000) } },
])
const install = 'pip install --no-index --find-links=/wheels --root-user-action=ignore'

async function built(commands: readonly string[]): Promise<Stage> {
  const runs = commands.map((command) => `RUN --mount=type=bind,source=wheels,target=/wheels ${command}`)
  await using context = await folderWith({
    ...Object.fromEntries(Object.entries(stored).map(([name, bytes]) => [`wheels/${name}`, bytes])),
    Dockerfile: ['FROM python:3.13', ...runs, ''].join('\n'),
  })
  const final = (await weighImage([context.path])).stages.find(({ role }) => role === 'final')
  if (!final) throw new Error('no final stage')
  return final
}

const compiledOf = ({ savings }: Stage) => savings?.items.find(({ rule }) => rule === 'compiled-python') ?? null
const ownBytes = ({ layers }: Stage): number =>
  layers.filter(({ origin }) => origin === 'own').reduce((sum, { fileBytes }) => sum + (fileBytes ?? 0), 0)

/** Returns the bytes of the lines of pip's `RECORD` about compiled files, which becomes shorter too. */
const recordOf = (...modules: readonly string[]): number =>
  modules.map((module) => `${module}.cpython-313.pyc,,\r\n`).join('').length
const records = recordOf('httpwire/__pycache__/__init__', 'httpwire/__pycache__/idna', '__pycache__/typecompat')

test.each([
  ['into the system', `python3 -m ${install} --break-system-packages httpwire`],
  ['into a folder', `${install} --target=/app httpwire`],
  ['below a prefix', `${install} --prefix=/opt/app --break-system-packages httpwire`],
  ['into an environment that the line makes', `python3 -m venv /venv && /venv/bin/${install} httpwire`],
  ['into an activated environment', `python3 -m venv /venv && . /venv/bin/activate && ${install} httpwire`],
])('of packages that pip installs %s is as large as promised', async (_name, command) => {
  const fat = await built([command])
  const found = compiledOf(fat)
  expect(savingsOf(fat)?.rows.find(({ fileBytes }) => fileBytes === found?.fileBytes)?.edit).toEqual([
    'add ',
    { code: '--no-compile' },
    ' to ',
    { code: 'pip install' },
  ])
  const lean = await built([command.replace('pip install', 'pip install --no-compile')])
  expect([found?.files, found?.claim, compiledOf(lean)]).toEqual([3, 'likely', null])
  expect(ownBytes(fat) - ownBytes(lean)).toBe(found!.fileBytes + records)
})

test('in folders of tests counts in one row, and the other says what it would also save', async () => {
  const command = `${install} --prefix=/opt/app --break-system-packages checked`
  const fat = await built([command])
  const lean = await built([command.replace('pip install', 'pip install --no-compile')])
  const leanest = await built([
    `${command.replace('pip install', 'pip install --no-compile')} && find /opt/app -type d -name tests -prune -exec rm -r {} +`,
  ])
  const found = compiledOf(fat)!
  const tests = fat.savings!.items.find(({ rule }) => rule === 'tests')!
  const record = recordOf('checked/__pycache__/__init__', 'checked/tests/__pycache__/__init__')
  expect(found.bytesElsewhere).toBeGreaterThan(600_000)
  expect(ownBytes(fat) - ownBytes(lean)).toBe(found.fileBytes + found.bytesElsewhere! + record)
  expect(ownBytes(fat) - ownBytes(leanest)).toBe(found.fileBytes + tests.fileBytes + record)
  const about = savingsOf(fat)!.rows.map((row) =>
    row.about.map((part) => (typeof part === 'string' ? part : part.code)),
  )
  expect(
    about
      .map((parts) => parts.join(''))
      .filter((text) => text.includes('without the other edits, this one also saves')),
  ).toEqual([expect.stringContaining('compiled Python: ')])
})

test.each([
  ['an environment without packages', ['python3 -m venv /venv']],
  ['an upgrade of pip', ['python3 -m venv /venv', '/venv/bin/pip install pip']],
  [
    'a line that imports what it installs',
    [`${install} --target=/app httpwire && PYTHONPATH=/app python3 -c "import httpwire"`],
  ],
  [
    'a later line that imports it',
    [`${install} --target=/app httpwire`, 'PYTHONPATH=/app python3 -c "import httpwire"'],
  ],
])('of %s is no saving', async (_name, commands) => {
  expect(compiledOf(await built(commands))).toBeNull()
})
