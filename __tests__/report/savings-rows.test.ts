/** What a reader is told of what edits of the Dockerfile would save. */
import { expect, test } from '@jest/globals'
import type { Stage } from '../../src/record/footprint.ts'
import type { Saving } from '../../src/record/savings.ts'
import { renderMarkdown } from '../../src/report/markdown/report.ts'
import { reportOutputs } from '../../src/report/outputs.ts'
import { reportOf } from '../../src/report/report.ts'
import { renderTerminal } from '../../src/report/terminal/report.ts'
import { footprintOf, image, layer, stage } from '../support/footprints.ts'

const layers = [
  layer({ origin: 'base', instruction: null }),
  layer({ instruction: { text: 'COPY app /app', line: 2, endLine: 2 } }),
  layer({ instruction: { text: 'RUN apt-get update && apt-get install -y tool', line: 3, endLine: 3 } }),
  layer({ instruction: { text: 'RUN chown -R app:app /app', line: 4, endLine: 4 } }),
  layer({ instruction: { text: 'RUN rm -rf /usr/share/doc', line: 5, endLine: 5 } }),
]
const lists: Saving = {
  rule: 'apt-lists',
  path: 'var/lib/apt/lists',
  kind: 'directory',
  files: 7,
  fileBytes: 82_900_000,
  pullBytes: 21_000_000,
  claim: 'sure',
  layer: 2,
  laterLayer: null,
}
const owner: Saving = {
  ...lists,
  rule: 'owner-or-mode',
  path: 'app',
  files: 12,
  fileBytes: 4_000_000,
  pullBytes: 1_000_000,
  claim: 'likely',
  layer: 1,
  laterLayer: 3,
}
const docs = { path: 'usr/share/doc', kind: 'directory', files: 90, fileBytes: 44_200_000, layer: 4 } as const
const whole: Partial<Stage> = {
  savings: { fileBytes: 82_900_000, likelyFileBytes: 4_000_000, items: [lists, owner], baseFiles: [docs] },
}
const final = (some: Partial<Stage>): Stage => stage({ layers, ...some })
const reportFor = (of: Stage, dockerfile?: string) =>
  reportOf(footprintOf([image({ stages: [of], ...(dockerfile === undefined ? {} : { dockerfile }) })]))
const markdown = (of: Stage): string => renderMarkdown(reportFor(of, 'vote/Dockerfile'))
const terminal = (of: Stage): string => renderTerminal(reportFor(of, 'vote/Dockerfile'), { width: 78, color: false })

test('shows in each row the line to edit, what to type, and what it saves', () => {
  const shown = markdown(final(whole))
  expect(shown).toContain(
    '<details><summary>Savings: 82.9 MB can be saved (about 21.0 MB to pull), 4.00 MB more likely</summary>',
  )
  expect(shown).toContain(
    '| about −21.0\u00a0MB | −82.9\u00a0MB | `vote/Dockerfile:3` | add `&& rm -rf /var/lib/apt/lists/*` to this RUN<br>apt package lists: `/var/lib/apt/lists`, 7 files |',
  )
  expect(shown).toContain(
    '| about −1.00\u00a0MB | −4.00\u00a0MB | `vote/Dockerfile:2` | add `--chown` to this line, and drop `chown` from line 4<br>files copied again for another owner or mode: `/app`, 12 files; likely, since their contents were not compared |',
  )
  expect(shown).toContain(
    'Line 5 saves nothing by deleting `/usr/share/doc` (44.2 MB in 90 files): it is in a layer of the base image, which is pulled all the same.',
  )
})

test('shows the same in a terminal', () => {
  const shown = terminal(final(whole))
  expect(shown).toContain(`Savings: 82.9 MB can be saved (about 21.0 MB to pull), 4.00 MB more likely
         to pull     files
  about −21.0 MB  −82.9 MB  vote/Dockerfile:3 RUN apt-get update && apt-get i…
      add && rm -rf /var/lib/apt/lists/* to this RUN
      apt package lists: /var/lib/apt/lists, 7 files
`)
  expect(shown).toContain('Line 5 saves nothing by deleting /usr/share/doc (44.2 MB in 90 files)')
  for (const line of shown.split('\n')) expect(line.length).toBeLessThanOrEqual(78)
})

test('shows ten rows and folds the others', () => {
  const items = Array.from({ length: 13 }, (_, at) => ({ ...lists, path: `var/lib/apt/lists/${at}` }))
  const savings = { fileBytes: 13 * lists.fileBytes, likelyFileBytes: 0, items, baseFiles: [] }
  expect(markdown(final({ savings }))).toContain('<details><summary>3 more</summary>')
  expect(terminal(final({ savings }))).toContain('\n  and 3 more\n')
})

test('shows an unknown size to pull as not known', () => {
  const savings = {
    fileBytes: 1_000_000,
    likelyFileBytes: 0,
    items: [{ ...lists, fileBytes: 1_000_000, pullBytes: null }],
    baseFiles: [],
  }
  const shown = markdown(final({ savings }))
  expect(shown).toContain('<summary>Savings: 1.00 MB can be saved</summary>')
  expect(shown).toContain('| not known | −1.00\u00a0MB |')
})

test('quotes a path as one word of a command, whatever it contains', () => {
  const savings = {
    fileBytes: 1_000_000,
    likelyFileBytes: 0,
    items: [{ ...lists, rule: 'poetry-cache', path: "a b'; reboot #/.cache/pypoetry" }],
    baseFiles: [],
  }
  expect(terminal(final({ savings }))).toContain(`add && rm -rf '/a b'\\''; reboot #/.cache/pypoetry' to this RUN`)
})

test.each<[string, Stage]>([
  ['it is not known', final({ savings: null })],
  ['the record is older', final({})],
  ['there is nothing', final({ savings: { fileBytes: 0, likelyFileBytes: 0, items: [], baseFiles: [] } })],
])('shows nothing if %s', (_name, of) => {
  expect(markdown(of)).not.toContain('Savings')
  expect(terminal(of)).not.toContain('Savings')
})

test('shows no line for a layer that the record lacks, and an edit for a rule of a newer release', () => {
  const items = [{ ...lists, rule: 'of-tomorrow', layer: 8, laterLayer: 9 }]
  const savings = { fileBytes: lists.fileBytes, likelyFileBytes: 0, items, baseFiles: [] }
  expect(markdown(final({ savings }))).toContain(
    '| not known | leave `/var/lib/apt/lists` out of this line<br>files that can be left out: `/var/lib/apt/lists`, 7 files |',
  )
})

test('outputs the bytes that are sure, and nothing if they are not known', () => {
  const bytes = (of: Stage): string | undefined => reportOutputs(reportFor(of)).get('savings-bytes')
  expect(bytes(final(whole))).toBe('82900000')
  expect(bytes(final({ savings: { fileBytes: 0, likelyFileBytes: 0, items: [], baseFiles: [] } }))).toBe('0')
  expect(bytes(final({ savings: null }))).toBe('')
})
