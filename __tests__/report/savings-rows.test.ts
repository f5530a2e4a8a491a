/** What the report says about possible savings. */
import { expect, test } from '@jest/globals'
import type { Stage } from '../../src/record/footprint.ts'
import { renderMarkdown } from '../../src/report/markdown/report.ts'
import { reportOf } from '../../src/report/report.ts'
import { renderTerminal } from '../../src/report/terminal/report.ts'
import { footprintOf, image, layer, stage } from '../support/footprints.ts'

const layers = [
  layer({ origin: 'base', instruction: null }),
  layer({ instruction: { text: 'COPY app /app', line: 2, endLine: 2 } }),
  layer({ instruction: { text: 'RUN chmod -R 755 /app && rm /app/log', line: 3, endLine: 3 } }),
]
const items = [
  {
    path: 'app/lib',
    kind: 'directory',
    files: 12,
    fileBytes: 4_000_000,
    sameSizeBytes: 4_000_000,
    addedBy: 1,
    hiddenBy: 2,
  },
  { path: 'app/log', kind: 'file', files: 1, fileBytes: 9_000, sameSizeBytes: 0, addedBy: 1, hiddenBy: 2 },
  { path: 'etc/motd', kind: 'file', files: 1, fileBytes: 300, sameSizeBytes: 0, addedBy: 0, hiddenBy: 2 },
] as const
const caches = [
  { name: 'apt package lists', path: 'var/lib/apt/lists', files: 4, fileBytes: 20_000_000, addedBy: 1 },
  { name: 'apt packages', path: 'var/cache/apt', files: 9, fileBytes: 90_000_000, addedBy: 0 },
]
const final = (some: Partial<Stage>): Stage => stage({ layers, ...some })
const whole = final({ waste: { fileBytes: 4_011_000, baseFileBytes: 1_000, items: [...items] }, caches })
const markdown = (of: Stage): string =>
  renderMarkdown(reportOf(footprintOf([image({ stages: [of], dockerfile: 'docker/Dockerfile' })])))
const terminal = (of: Stage): string =>
  renderTerminal(reportOf(footprintOf([image({ stages: [of], dockerfile: 'docker/Dockerfile' })])), {
    width: 78,
    color: false,
  })

test('show a sum, then each path with its bytes and the line to change', () => {
  const shown = markdown(whole)
  expect(shown).toContain('<details><summary>What could be saved</summary>')
  expect(shown).toContain(
    'Layers hold 4.01 MB of files that later layers delete or replace: these are shipped and never seen. Layers of the base image hide 1.00 kB more of each other. Caches in the final files take 20.0 MB.',
  )
  expect(shown).toContain(
    '| 4.00\u00a0MB | `/app/lib`, 12 files, replaced by files of the same size, added by line 2 | `docker/Dockerfile:3` `RUN chmod -R 755 /app && rm /app/log` |',
  )
  // Below the noise, so it is one of the others.
  expect(shown).not.toContain('/etc/motd')
  expect(shown).toContain('And 1.00 kB in other paths.')
  expect(shown).toContain(
    '| 20.0\u00a0MB | `/var/lib/apt/lists`, apt package lists, 4 files | `docker/Dockerfile:2` `COPY app /app` |',
  )
  expect(shown).not.toContain('var/cache/apt')
})

test('show the same in a terminal', () => {
  const shown = terminal(whole)
  expect(shown).toContain(`What could be saved
Layers hold 4.01 MB of files that later layers delete or replace: these are
shipped and never seen. Layers of the base image hide 1.00 kB more of each
other. Caches in the final files take 20.0 MB.
  4.00 MB  /app/lib
             12 files, replaced by files of the same size, added by line 2
             docker/Dockerfile:3 RUN chmod -R 755 /app && rm /app/log
  9.00 kB  /app/log
`)
  expect(shown).toContain('  and 1.00 kB in other paths\n')
  for (const line of shown.split('\n')) expect(line.length).toBeLessThanOrEqual(78)
})

test.each<[string, Stage]>([
  ['the savings are not known', final({ waste: null, caches: null })],
  ['the record is older', final({})],
  ['there are none', final({ waste: { fileBytes: 0, baseFileBytes: 0, items: [] }, caches: [] })],
  [
    'only the base image has some',
    final({ waste: { fileBytes: 1_000, baseFileBytes: 1_000, items: [] }, caches: caches.slice(1) }),
  ],
])('show nothing if %s', (_name, of) => {
  expect(markdown(of)).not.toContain('could be saved')
  expect(terminal(of)).not.toContain('could be saved')
})

test('show no line for a layer that a record does not have', () => {
  expect(
    markdown(
      final({
        waste: { fileBytes: 9, baseFileBytes: 0, items: [{ ...items[1], fileBytes: 9, addedBy: 8, hiddenBy: 9 }] },
      }),
    ),
  ).toContain('added by an unknown layer | line not known |')
})
