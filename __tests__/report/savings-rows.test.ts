/** What the report says about the savings of edits of the Dockerfile. */
import { describe, expect, test } from '@jest/globals'
import { judge, verdictOf } from '../../src/budget/judge.ts'
import type { Stage } from '../../src/record/footprint.ts'
import type { Saving } from '../../src/record/savings.ts'
import { renderMarkdown } from '../../src/report/markdown/report.ts'
import { reportOutputs } from '../../src/report/outputs.ts'
import { reportOf } from '../../src/report/report.ts'
import { savingsOf } from '../../src/report/savings-rows.ts'
import { renderTerminal } from '../../src/report/terminal/report.ts'
import { budgetSourcesOf, countingRules } from '../../src/run/budgets.ts'
import type { Words } from '../../src/savings/rule.ts'
import { compare } from '../support/compared.ts'
import { reportWith } from '../support/comparisons.ts'
import { footprintOf, image, layer, stage } from '../support/footprints.ts'

const layers = [
  layer({ origin: 'base', instruction: null }),
  layer({ instruction: { text: 'COPY app /app', line: 2, endLine: 2 } }),
  layer({ instruction: { text: 'RUN apt-get update && apt-get install -y tool', line: 3, endLine: 3 } }),
  layer({ instruction: { text: 'RUN chown -R app:app /app', line: 4, endLine: 4 } }),
  layer({ instruction: { text: 'RUN rm -rf /usr/share/doc', line: 5, endLine: 5 } }),
]
const unknown: Saving = {
  rule: 'apt-lists',
  path: 'var/lib/apt/lists',
  kind: 'directory',
  files: 7,
  fileBytes: 82_900_000,
  claim: 'sure',
  layer: 2,
  laterLayer: null,
}
const lists: Saving = { ...unknown, leastPullBytes: 19_100_000 }
const owner: Saving = {
  ...lists,
  rule: 'owner-or-mode',
  path: 'app',
  files: 12,
  fileBytes: 4_000_000,
  leastPullBytes: 1_000_000,
  claim: 'likely',
  layer: 1,
  laterLayer: 3,
}
const docs = { path: 'usr/share/doc', kind: 'directory', files: 90, fileBytes: 44_200_000, layer: 4 } as const
const whole: Partial<Stage> = {
  savings: { fileBytes: 82_900_000, likelyFileBytes: 4_000_000, items: [lists, owner], baseFiles: [docs] },
}
const plain = (words: Words): string => words.map((part) => (typeof part === 'string' ? part : part.code)).join('')
const final = (some: Partial<Stage>): Stage => stage({ layers, ...some })
const reportFor = (of: Stage, dockerfile?: string) =>
  reportOf(footprintOf([image({ stages: [of], ...(dockerfile === undefined ? {} : { dockerfile }) })]))
const markdown = (of: Stage): string => renderMarkdown(reportFor(of, 'vote/Dockerfile'))
const terminal = (of: Stage): string => renderTerminal(reportFor(of, 'vote/Dockerfile'), { width: 78, color: false })

test('shows a long command as a whole', () => {
  const tests: Saving = { ...lists, rule: 'tests', path: 'app/node_modules' }
  const of = final({ savings: { fileBytes: 82_900_000, likelyFileBytes: 0, items: [tests], baseFiles: [] } })
  const [edit] = savingsOf(of)!.rows.map((row) => plain(row.edit))
  expect(edit).toMatch(/-exec rm -rf \{\} \+/)
  const oneLine = (text: string): string =>
    text
      .replace(/<\/?code>/g, '')
      .replaceAll(/&#(\d+);/g, (_, code) => String.fromCodePoint(Number(code)))
      .replace(/\s+/g, ' ')
  expect(oneLine(terminal(of)).replaceAll('`', '')).toContain(edit)
  expect(oneLine(markdown(of)).replaceAll('`', '')).toContain(edit)
})

test('names lines in between that may need files which a later line replaces', () => {
  const replaced: Saving = {
    ...lists,
    rule: 'replaced-later',
    path: 'app/lock.json',
    kind: 'file',
    layer: 1,
    laterLayer: 3,
  }
  const editOf = (one: Saving): string | undefined =>
    savingsOf(final({ savings: { fileBytes: 1e6, likelyFileBytes: 0, items: [one], baseFiles: [] } }))!.rows.map(
      (row) => plain(row.edit),
    )[0]
  expect(editOf(replaced)).toBe(
    'leave out of this line what line 4 replaces (by --exclude, or in .dockerignore if no other line needs them); if other lines need these files, mount them there at another path with RUN --mount=type=bind, and write only the result',
  )
  expect(editOf({ ...replaced, laterLayer: 2 })).toBe(
    'leave out of this line what line 3 replaces (by --exclude, or in .dockerignore if no other line needs them); if that line needs these files, mount them there at another path with RUN --mount=type=bind, and write only the result',
  )
})

test('shows in each row the line to edit, what to type, and what it saves', () => {
  const shown = markdown(final(whole))
  expect(shown).toContain(
    '<details><summary>Savings: 82.9 MB of file bytes can be saved (at least 19.1 MB to pull), and likely another 4.00 MB</summary>',
  )
  expect(shown).toContain(
    '| at least −19.1\u00a0MB | −82.9\u00a0MB | `vote/Dockerfile:3` | add `&& rm -rf /var/lib/apt/lists/*` to this RUN<br>apt package lists: `/var/lib/apt/lists`, 7 files |',
  )
  expect(shown).toContain(
    '| at least −1.00\u00a0MB | −4.00\u00a0MB | `vote/Dockerfile:2` | add `--chown=UID:GID` (the numeric ids that line 4 gives) to this line, and drop `chown` for these files from line 4<br>files copied again for another owner or mode: `/app`, 12 files; only likely, since the edit may give other files another owner or mode, or leave a folder with the old one |',
  )
  expect(shown).toContain(
    'Deleting `/usr/share/doc` in line 5 (44.2 MB in 90 files) saves nothing: it is in a layer of the base image, which is pulled anyway.',
  )
})

test('shows the same in a terminal', () => {
  const shown = terminal(final(whole))
  expect(shown).toContain(`Savings: 82.9 MB of file bytes can be saved (at least 19.1 MB to pull), and
likely another 4.00 MB
            to pull     files
  at least −19.1 MB  −82.9 MB  vote/Dockerfile:3 RUN apt-get update && apt-ge…
      add && rm -rf /var/lib/apt/lists/* to this RUN
      apt package lists: /var/lib/apt/lists, 7 files
`)
  expect(shown).toContain('Deleting /usr/share/doc in line 5 (44.2 MB in 90 files) saves nothing')
  for (const line of shown.split('\n')) expect(line.length).toBeLessThanOrEqual(78)
})

test.each([
  ['another stage uses its parent', { isShared: true }, 'another stage may need the files'],
  ['no other stage uses its parent', {}, 'a later RUN may install from them'],
])('says why a saving in an inherited layer is likely, if %s', (_title, some, reason) => {
  const item: Saving = { ...lists, ...some, claim: 'likely' }
  const inherited = layers.map((one) => ({ ...one, origin: 'inherited' as const }))
  const savings = { fileBytes: 0, likelyFileBytes: 82_900_000, items: [item], baseFiles: [] }
  const [row] = savingsOf(stage({ layers: inherited, savings }))!.rows
  expect(plain(row!.about).split('; only likely, since ')[1]).toBe(reason)
})

test.each<[string, string, Partial<Saving>, string]>([
  [
    'deleted-later',
    'rm /sdk',
    { isShared: true },
    'make /sdk only in the stages that need it, and drop its deletion from line 9',
  ],
  [
    'deleted-later',
    'rm /sdk && x',
    { kind: 'directory' },
    'make these files only in the stages that need them, and drop their deletion from line 9',
  ],
  ['replaced-later', 'make', {}, 'make /sdk only in the stages that need it: here, line 9 replaces it'],
  [
    'owner-or-mode',
    'chown 1 /sdk',
    {},
    'change owner and mode of /sdk at the end of this RUN, and drop the change from line 9',
  ],
  [
    'apt-lists-read',
    'apt-get install -y x',
    {},
    'add && rm -rf /var/lib/apt/lists/* to this RUN; after it, up to line 9, begin each RUN that runs apt with apt-get update && and end it with && rm -rf /var/lib/apt/lists/*',
  ],
])('%s: does not join lines of two stages if one between them copies from a stage', (rule, later, some, edit) => {
  const own = ['RUN make /sdk', 'COPY --from=build /o /o', `RUN ${later}`].map((text, at) => {
    const line = at === 0 ? 2 : at + 7
    return layer({ origin: at === 0 ? 'inherited' : 'own', instruction: { text, line, endLine: line } })
  })
  const item: Saving = { ...lists, rule, path: 'sdk', kind: 'file', claim: 'likely', layer: 0, laterLayer: 2, ...some }
  const editIn = (of: Stage['layers']): string =>
    plain(
      savingsOf(stage({ layers: of, savings: { fileBytes: 1, likelyFileBytes: 0, items: [item], baseFiles: [] } }))!
        .rows[0]!.edit,
    )
  expect(editIn(own)).toBe(edit)
  // In one stage, the COPY can move, with the settings that it and the later line need.
  const instructions = ['WORKDIR /a', 'CMD x'].map((text, at) => ({ text, line: at + 4, endLine: at + 4 }))
  const inOne = stage({
    layers: own.map((one) => ({ ...one, origin: 'own' as const })),
    instructions,
    savings: { fileBytes: 1, likelyFileBytes: 0, items: [item], baseFiles: [] },
  })
  if (rule !== 'apt-lists-read')
    expect(plain(savingsOf(inOne)!.rows[0]!.edit)).toMatch(/^move lines 4 and 8 above this line, and join /)
  if (rule !== 'apt-lists-read')
    expect(editIn(own.map((one) => ({ ...one, origin: 'own' })))).toMatch(/^move line 8 above this line, and join /)
})

test.each([
  ['COPY --from=src /repo/.git ./.git', 'git-folder', '/repo/.git', 'directory', 'drop this line'],
  ['COPY --from=src /repo/.git/config /go ./', 'git-folder', '/repo/.git', 'directory', 'leave /repo/.git out of this line'],
  ['COPY --from=src /repo ./', 'git-folder', '/repo/.git', 'directory', 'add && rm -rf /repo/.git to this RUN'],
  ['COPY --from=src ["/src/libt.a", "/lib/"]', 'static-libraries', '/src/libt.a', 'file', 'drop this line'],
  // The directory has other files, too.
  ['COPY --from=src /srv/node_modules ./n', 'source-maps', '/srv/node_modules', 'directory', 'add && find /srv/node_modules'],
  ['COPY --from=src /v/site-packages ./v', 'compiled-python', '/v/site-packages', 'directory', 'add --no-compile to pip install'],
  ['COPY --from=src /out/app /app', 'go-symbols', '/out/app', 'file', 'add -ldflags="-s -w" to go build'],
] as const)('the edit for %s and %s of %s', (copy, rule, path, kind, edit) => {
  const source = { path: path.slice(1), stage: 'src', line: 2, text: 'RUN git clone x', later: null }
  const item: Saving = { ...lists, rule, path: 'app/x', kind, layer: 0, source }
  const instruction = { text: copy, line: 6, endLine: 6 }
  const savings = { fileBytes: 1, likelyFileBytes: 0, items: [item], baseFiles: [] }
  const [row] = savingsOf(stage({ layers: [layer({ instruction })], savings }))!.rows
  const isOfLine = edit.endsWith('this line')
  expect(plain(row!.edit).replace('clone with git clone --depth 1, and ', '').startsWith(edit)).toBe(true)
  expect([row!.line, plain(row!.about).includes('line 6 copies this')]).toEqual(isOfLine ? [6, false] : [2, true])
}) // prettier-ignore

test('users that the first line makes come before what moves above it', () => {
  const texts = ['RUN useradd app && get /a', 'COPY --chown=app x /x', 'RUN make && rm /a']
  const own = texts.map((text, at) => layer({ origin: 'own', instruction: { text, line: at + 2, endLine: at + 2 } }))
  const item: Saving = { ...lists, rule: 'deleted-later', path: 'a', kind: 'file', claim: 'likely', layer: 0, laterLayer: 2 } // prettier-ignore
  const savings = { fileBytes: 1, likelyFileBytes: 0, items: [item], baseFiles: [] }
  expect(plain(savingsOf(stage({ layers: own, savings }))!.rows[0]!.edit)).toMatch(
    /^first make the users of this RUN in another RUN above it, then move line 3 between these two, and join /,
  )
})

test('names no Dockerfile that is not known', () => {
  const text = renderTerminal(reportFor(final(whole)), { width: 80, color: false })
  expect(text).toContain('line 3 RUN apt-get update')
  expect(text).not.toContain('Dockerfile')
})

test('shows ten rows and folds the others', () => {
  const items = Array.from({ length: 13 }, (_, at) => ({ ...lists, path: `var/lib/apt/lists/${at}` }))
  const savings = { fileBytes: 13 * lists.fileBytes, likelyFileBytes: 0, items, baseFiles: [] }
  expect(markdown(final({ savings }))).toContain('<details><summary>3 more edits</summary>')
  expect(terminal(final({ savings }))).toContain('\n  and 3 more edits (--all shows them)\n')
  const all = renderTerminal(reportFor(final({ savings })), { width: 80, color: false, all: true })
  expect(all.match(/apt package lists: /g)).toHaveLength(13)
  expect(all).not.toContain('more')
})

describe('a size to pull that is not known closely enough', () => {
  const shownOf = (items: readonly Saving[]): readonly string[] => {
    const fileBytes = items.reduce((sum, item) => sum + item.fileBytes, 0)
    const stage = final({ savings: { fileBytes, likelyFileBytes: 0, items: [...items], baseFiles: [] } })
    return [markdown(stage), terminal(stage)]
  }

  test('is in no total, and in its row if another row has one', () => {
    for (const shown of shownOf([lists, unknown])) {
      expect(shown).toMatch(/Savings: 166 MB of file bytes can be saved(?! \()/)
      expect(shown).toMatch(/not known[ |]+−82.9/)
      expect(shown).toMatch(/at least −19.1/)
    }
  })

  test('has no column if no row has one', () => {
    for (const shown of shownOf([unknown, unknown])) {
      expect(shown).toMatch(/−82.9/)
      expect(shown).not.toMatch(/to pull +files|to pull \|.*edit|at least|not known/)
    }
  })
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
    '| not known | leave files in `/var/lib/apt/lists` out of this line<br>files that can be left out: `/var/lib/apt/lists`, 7 files |',
  )
})

const ids = '(the numeric ids that line 4 gives)'

test.each<[string, string, Partial<Saving>, string]>([
  [
    'COPY . /app',
    'RUN chmod -R 755 /app',
    { claim: 'sure' },
    'add --chmod=755 to this line, and drop chmod from line 4',
  ],
  [
    'COPY . /app',
    'RUN chown -R 1000:33 /app && chmod -R 750 /app',
    { claim: 'sure' },
    'add --chown=1000:33 --chmod=750 to this line, and drop chown and chmod from line 4',
  ],
  // Of a record of an earlier release.
  [
    'COPY . /app',
    'RUN chown -R a:b /app',
    { claim: 'sure' },
    `add --chown=UID:GID ${ids} to this line, and drop chown for these files from line 4`,
  ],
  [
    'COPY . /app',
    'RUN chmod -R 755 /app',
    {},
    `add --chmod=755 to this line, and drop chmod for these files from line 4`,
  ],
  [
    'COPY . /app',
    'RUN chmod 600 /app/x',
    { path: 'app/x', kind: 'file' },
    'copy /app/x in a line of its own with --chmod=600, and drop chmod for it from line 4',
  ],
  [
    'COPY x /app/x',
    'RUN chmod 600 /app/x',
    { path: 'app/x', kind: 'file', isWholeLine: true },
    'add --chmod=600 to this line, and drop chmod for it from line 4; a folder that the copy makes gets that mode too, so make it in an earlier line',
  ],
  [
    'COPY --chmod=755 x /app/x',
    'RUN chmod 600 /app/x',
    { path: 'app/x', kind: 'file', isWholeLine: true },
    'write --chmod=600 in place of --chmod=755 in this line, and drop chmod for it from line 4; a folder that the copy makes gets that mode too, so make it in an earlier line',
  ],
  [
    'COPY x /app/x',
    'RUN chmod +x /app/x',
    { path: 'app/x', kind: 'file' },
    'set the mode of /app/x where this line copies from, and drop chmod for it from line 4',
  ],
  [
    'COPY --from=build /x /app/x',
    'RUN chmod +x /app/x',
    { path: 'app/x', kind: 'file' },
    'set the mode of /app/x in the stage build, and drop chmod for it from line 4',
  ],
  [
    'COPY . /app',
    'RUN find /app -type f -exec chmod 640 {} +',
    {},
    'set the mode of these files where this line copies from, and drop chmod for them from line 4',
  ],
  [
    'COPY . /app',
    'RUN chown -R 1001 /app',
    {},
    `add --chown=UID:GID ${ids} to this line, and drop chown for these files from line 4`,
  ],
  [
    'COPY . /app',
    'RUN chgrp -R 0 /app',
    {},
    `add --chown=UID:GID ${ids} to this line, and drop chgrp for these files from line 4`,
  ],
  [
    'COPY . /app',
    'RUN useradd app && chown -R app:app /app',
    {},
    `add --chown=UID:GID ${ids} to this line, and drop chown for these files from line 4`,
  ],
  [
    'COPY . /app',
    'RUN chown 0:33 /app/x',
    { path: 'app/x', kind: 'file' },
    'copy /app/x in a line of its own with --chown=0:33, and drop chown for it from line 4',
  ],
  [
    'COPY . /app',
    'RUN ["chown", "-R", "a", "/app"]',
    {},
    `add --chown=UID:GID ${ids} to this line, and drop chown for these files from line 4`,
  ],
  [
    'RUN make',
    'RUN chmod -R 700 /app',
    { claim: 'sure' },
    'add && chmod -R 700 /app to this RUN, and drop it from line 4',
  ],
  [
    'RUN make',
    'RUN useradd app && chown -R app /app',
    { claim: 'sure' },
    'join the RUN instructions from this line to line 4, which changes owner or mode',
  ],
  [
    'RUN make',
    'RUN chmod -R 700 /app',
    {},
    'join the RUN instructions from this line to line 4, which changes owner or mode',
  ],
])('names the owner or mode to type: %s; %s', (text, later, some, edit) => {
  const own = [layers[0]!, layer({ instruction: { text, line: 2, endLine: 2 } }), layers[2]!]
  const changed = [...own, layer({ instruction: { text: later, line: 4, endLine: 4 } })]
  const savings = { fileBytes: 0, likelyFileBytes: 4_000_000, items: [{ ...owner, ...some }], baseFiles: [] }
  const rows = savingsOf(stage({ layers: changed, savings }))!.rows
  expect(rows.map((row) => plain(row.edit))).toEqual([edit])
})

test.each<[string, readonly string[], string]>([
  [
    'tmp/rel.tar.gz',
    ['RUN tar xzf /tmp/rel.tar.gz -C /opt', 'RUN rm /tmp/rel.tar.gz'],
    'drop this line and have the RUN in line 3 read the archive by RUN --mount=type=bind; then drop the deletion in line 4',
  ],
  [
    'tmp/rel.tar.gz',
    ['RUN cat a', 'RUN tar xzf /tmp/rel.tar.gz -C /opt && rm /tmp/rel.tar.gz'],
    'drop this line and have the RUN in line 4 read the archive by RUN --mount=type=bind; then drop the deletion in line 4',
  ],
  [
    'tmp/rel.tar.gz',
    ['RUN tar xzf /tmp/*.gz -C /opt', 'RUN rm /tmp/*.gz'],
    'drop this line and have the RUN that unpacks it read the archive by RUN --mount=type=bind; then drop the deletion in line 4',
  ],
  [
    'tmp/rel.zip',
    ['RUN unzip -t /tmp/rel.zip', 'RUN unzip /tmp/rel.zip && rm /tmp/rel.zip'],
    'drop this line and have the RUN in lines 3 and 4 read the archive by RUN --mount=type=bind; then drop the deletion in line 4',
  ],
])('names the lines that read the archive %s: %p', (path, later, edit) => {
  const texts = [`COPY ${path.slice(4)} /tmp/`, ...later]
  const own = texts.map((text, at) => layer({ instruction: { text, line: at + 2, endLine: at + 2 } }))
  const items: Saving[] = [
    { ...lists, rule: 'archive', path, kind: 'file', isWholeLine: true, layer: 0, laterLayer: 2 },
  ]
  const savings = { fileBytes: 1, likelyFileBytes: 0, items, baseFiles: [] }
  expect(savingsOf(stage({ layers: own, savings }))!.rows.map((row) => plain(row.edit))).toEqual([edit])
})

describe('an archive', () => {
  const editOf = (some: Partial<Saving>, text = 'COPY . /tmp/'): string => {
    const texts = [text, 'RUN tar xzf /tmp/a.tgz && chown 1:1 /tmp/a.tgz', 'RUN rm /tmp/*']
    const own = texts.map((one, at) => layer({ instruction: { text: one, line: at + 2, endLine: at + 2 } }))
    const item: Saving = {
      ...lists,
      rule: 'archive',
      path: 'tmp/a.tgz',
      kind: 'file',
      layer: 0,
      laterLayer: 2,
      ...some,
    }
    const savings = { fileBytes: 1, likelyFileBytes: 0, items: [item], baseFiles: [] }
    return plain(savingsOf(stage({ layers: own, savings }))!.rows[0]!.edit)
  }

  test('is left out of a line that brings other files too, or may do so', () => {
    const edit = `leave /tmp/a.tgz out of this line and have the RUN in line 3 read it by RUN --mount=type=bind; then drop the deletion in line 4 and the change of its owner or mode in line 3`
    expect(editOf({ isWholeLine: false })).toBe(edit)
    expect(editOf({})).toBe(edit)
    expect(editOf({ isWholeLine: true })).toMatch(/^drop this line and have the RUN in line 3 read the archive by/)
  })

  test('is named with the others of its line, as far as they are few', () => {
    const many: Partial<Saving> = { path: 'tmp', kind: 'directory', files: 2 }
    const several: Partial<Saving> = { ...many, paths: ['tmp/a.tgz', 'tmp/b.zip'] }
    expect(editOf(several)).toBe(
      'leave /tmp/a.tgz and /tmp/b.zip out of this line and have the RUN in line 3 read them by RUN --mount=type=bind; then drop the deletion in line 4 and the change of their owner or mode in line 3',
    )
    expect(editOf({ ...several, isWholeLine: true })).toMatch(/^drop this line and have .* read the archives by/)
    expect(editOf({ ...many, files: 30 })).toMatch(/^leave the archives in \/tmp out of this line and have/)
  })

  test('that a line downloads needs a stage, from which another line can read it', () => {
    expect(editOf({ isWholeLine: true }, 'ADD https://example.com/a.tgz /tmp/')).toBe(
      'move this line to a stage of its own and have the RUN in line 3 read it by RUN --mount=type=bind,from=STAGE; then drop the deletion in line 4 and the change of its owner or mode in line 3',
    )
  })
})

test.each<[Partial<Saving>, string]>([
  [{ kind: 'file', path: 'opt/x', files: 1 }, '/opt/x'],
  [{ kind: 'file', path: 'opt/x', files: 1, layers: 3 }, '/opt/x, in 3 layers'],
  [{ path: 'opt', files: 3, layers: 2 }, '/opt, 3 files, in 2 layers'],
  [{ path: 'opt', files: 1 }, '/opt, 1 file'],
  [{ path: 'opt/x', files: 3, filesElsewhere: 2 }, '3 files, most bytes in /opt/x'],
  [{ path: 'opt', files: 9, filesElsewhere: 2 }, '/opt, 7 files, and 2 elsewhere'],
  [{ path: '', files: 9 }, '9 files in different directories'],
])('says where the files are: %p', (some, words) => {
  const items: Saving[] = [{ ...lists, rule: 'deleted-later', layer: 1, laterLayer: 4, ...some }]
  const of = stage({ layers, savings: { fileBytes: 1, likelyFileBytes: 0, items, baseFiles: [] } })
  expect(savingsOf(of)!.rows.map(({ about }) => plain(about))).toEqual([`files that a later line deletes: ${words}`])
})

test.each<[Partial<typeof docs> & { filesElsewhere?: number }, string]>([
  [{ filesElsewhere: 89 }, '90 files, most bytes in /usr/share/doc in line 5 (44.2 MB)'],
  [{ path: '' as never }, 'files in different directories in line 5 (44.2 MB in 90 files)'],
])('says which files of the base image a line deletes: %p', (some, words) => {
  const of = final({ savings: { fileBytes: 0, likelyFileBytes: 0, items: [], baseFiles: [{ ...docs, ...some }] } })
  expect(savingsOf(of)!.nothingSaved.map(plain)).toEqual([
    `Deleting ${words} saves nothing: the files are in layers of the base image, which are pulled anyway`,
  ])
})

const gone = (name: string, addedBy: number, fileBytes: number) => ({
  ...{ ecosystem: 'deb', name, version: '1', path: `var/lib/dpkg/info/${name}.list`, fileBytes, addedBy, deletedBy: 4 },
})

test('names the packages that a line deletes if most of the bytes are theirs', () => {
  const base = layer({ origin: 'base', instruction: null })
  const all = [base, ...layers.slice(1)]
  const items: Saving[] = [
    {
      ...lists,
      rule: 'deleted-later',
      layer: 1,
      laterLayer: 4,
      path: 'opt/x',
      files: 9,
      filesElsewhere: 8,
      fileBytes: 100,
    },
  ]
  const baseFiles = [{ ...docs, layer: 4, fileBytes: 1_000_000, filesElsewhere: 89 }]
  const told = (...deletedPackages: readonly ReturnType<typeof gone>[]) => {
    const of = stage({
      ...{ layers: all, deletedPackages: [...deletedPackages] },
      savings: { fileBytes: 1, likelyFileBytes: 0, items, baseFiles },
    })
    const found = savingsOf(of)!
    return [
      ...found.rows.map(({ about }) => plain(about)),
      ...found.nothingSaved.map((one) => plain(one).split(':')[0]),
    ]
  }
  expect(told(gone('gcc', 0, 800_000), gone('cpp', 0, 150_000), gone('x', 1, 95))).toEqual([
    'files that a later line deletes: x, 9 files',
    expect.stringMatching(/^Deleting gcc, cpp in line 5 \(1.00 MB in 90 files\) saves nothing$/),
  ])
  // Most of the bytes are not theirs.
  expect(told(gone('gcc', 0, 800_000), gone('x', 1, 80))).toEqual([
    'files that a later line deletes: 9 files, most bytes in /opt/x',
    expect.stringMatching(/^Deleting 90 files, most bytes in \/usr\/share\/doc in line 5 \(1.00 MB\) saves nothing$/),
  ])
})

test.each([
  ['RUN npm ci', 'development-packages', 'npm-cache', 'cache of npm'],
  ['RUN npm install', 'development-packages', 'npm-cache', 'cache of npm'],
  ['RUN apt-get install -y git', 'recommended-packages', 'apt-archives', 'apt cache and downloaded packages'],
])('says that fewer packages also make a cache smaller that another row counts: %s', (text, rule, cache, name) => {
  const told = (instruction: string, cacheLayer = 0): string => {
    const own = [instruction, 'RUN x'].map((text, at) =>
      layer({ instruction: { text, line: at + 2, endLine: at + 2 } }),
    )
    const items: Saving[] = [
      { ...lists, rule: cache, path: 'root/.npm/_cacache', layer: cacheLayer },
      { ...lists, rule, path: 'app/node_modules', layer: 0, claim: 'likely' },
    ]
    const savings = { fileBytes: 0, likelyFileBytes: 1, items, baseFiles: [] }
    return plain(savingsOf(stage({ layers: own, savings }))!.rows[1]!.about)
  }
  const words = `the edit also makes the ${name} smaller, which has a row of its own`
  expect(told(text)).toContain(words)
  expect(told(text, 1)).not.toContain('smaller')
  // The packages are downloaded before they are pruned.
  if (rule === 'development-packages') expect(told('RUN npm ci && npm run build')).not.toContain('smaller')
})

test.each([
  [['RUN make'], 'compile in a builder stage, or add && rm -f /w/lib.a to this RUN'],
  [['RUN make', 'COPY x /x'], 'compile in a builder stage, or add && rm -f /w/lib.a to this RUN'],
  [['RUN make', 'RUN cp /w/lib.a /usr/lib/libfoo.a'], 'compile in a builder stage'],
])('deletes no static library that a later line may need: %p', (texts, edit) => {
  const own = texts.map((text, at) => layer({ instruction: { text, line: at + 2, endLine: at + 2 } }))
  const items: Saving[] = [
    { ...lists, rule: 'static-libraries', path: 'w/lib.a', kind: 'file', layer: 0, claim: 'likely' },
  ]
  const savings = { fileBytes: 0, likelyFileBytes: 1, items, baseFiles: [] }
  expect(savingsOf(stage({ layers: own, savings }))!.rows.map((row) => plain(row.edit))).toEqual([edit])
})

test.each<[string, Partial<Saving>, string, string]>([
  [
    'RUN apt-get install -y git',
    { rule: 'recommended-packages', path: '', filesElsewhere: 1, packages: { names: ['perl', 'less'], count: 14 } },
    'add --no-install-recommends to apt-get install',
    'packages that apt installed only because others recommend them: perl, less and 12 more packages, 7 files; only likely, since a program may use them',
  ],
  [
    'RUN npm ci && npm run build',
    { rule: 'development-packages', path: 'app/node_modules' },
    'add && npm prune --omit=dev to this RUN',
    'npm packages that only development needs: /app/node_modules, 7 files; only likely, since the image may run them',
  ],
  [
    'RUN npm ci',
    { rule: 'development-packages', path: 'app/node_modules', laterLayer: 2 },
    'run this line and line 4 in a builder stage, copy its result with COPY --from, and write npm ci --omit=dev in this RUN',
    'npm packages that only development needs: /app/node_modules, 7 files; only likely, since the image may run them',
  ],
  [
    'COPY --from=build /app /app',
    { rule: 'development-packages', path: 'app/node_modules' },
    'copy them from a stage of their own that installs with npm ci --omit=dev or ends with npm prune --omit=dev',
    'npm packages that only development needs: /app/node_modules, 7 files; only likely, since the image may run them',
  ],
  [
    'COPY node_modules /app/node_modules',
    { rule: 'development-packages', path: 'app/node_modules' },
    'add **/node_modules to .dockerignore, and install with RUN npm ci --omit=dev',
    'npm packages that only development needs: /app/node_modules, 7 files; only likely, since the image may run them',
  ],
  [
    'COPY --from=build /src/target/release/app /app',
    { rule: 'debug-symbols', path: 'app', kind: 'file' },
    'write strip = true below [profile.release] in Cargo.toml',
    'debug information and symbols of programs: /app; only likely, since debuggers and profilers need them',
  ],
  [
    'RUN make install',
    { rule: 'debug-symbols', path: 'usr/local' },
    'run strip of binutils on each of them at the end of this RUN',
    'debug information and symbols of programs: /usr/local, 7 files; only likely, since debuggers and profilers need them',
  ],
  [
    'RUN go build -o /app .',
    { rule: 'go-symbols', path: 'app', kind: 'file' },
    'add -ldflags="-s -w" to go build',
    'debug information and symbols of Go programs: /app; only likely, since debuggers and profilers need them',
  ],
  [
    'COPY server /server',
    { rule: 'go-symbols', path: 'server', kind: 'file' },
    'add -ldflags="-s -w" to go build where what this line copies is built',
    'debug information and symbols of Go programs: /server; only likely, since debuggers and profilers need them',
  ],
  [
    'RUN cp -r /app /srv',
    { rule: 'same-bytes', path: 'srv/app', other: { path: 'app', layer: 1 } },
    'link to the files in /app with ln -s in this RUN, in place of copies',
    'files with the same content as others: /srv/app, which repeats /app, 7 files; only likely, since a program may change one of them, or need them with another owner or mode',
  ],
])('says what to type, and what the bytes are: %s, %p', (text, some, edit, about) => {
  const own = [layers[0]!, layers[1]!, layer({ instruction: { text: 'RUN npm run build', line: 4, endLine: 4 } })]
  const changed = [...own, layer({ instruction: { text, line: 3, endLine: 3 } })]
  const items: Saving[] = [{ ...lists, claim: 'likely', layer: 3, ...some }]
  const [row] = savingsOf(
    stage({ layers: changed, savings: { fileBytes: 0, likelyFileBytes: 1, items, baseFiles: [] } }),
  )!.rows
  expect([plain(row!.edit), plain(row!.about)]).toEqual([edit, about])
})

test('outputs the bytes that are sure, and nothing if they are not known', () => {
  const bytes = (of: Stage): string | undefined => reportOutputs(reportFor(of)).get('savings-bytes')
  expect(bytes(final(whole))).toBe('82900000')
  expect(bytes(final({ savings: { fileBytes: 0, likelyFileBytes: 0, items: [], baseFiles: [] } }))).toBe('0')
  expect(bytes(final({ savings: null }))).toBe('')
})

test('an unchanged image among several shows its savings only if a budget says that they are too many', () => {
  const footprint = footprintOf(['one', 'two'].map((name) => image({ name, stages: [final(whole)] })))
  const comparison = compare(footprint, footprint)
  const shown = (rules: readonly string[]): number => {
    const { rules: parsed } = countingRules(budgetSourcesOf('input', rules), new Map())
    const verdict = verdictOf(judge(parsed, 0, footprint, comparison), null, null)
    return renderMarkdown(reportWith(comparison, { footprint, verdict })).split('<summary>Savings: ').length - 1
  }
  expect([shown([]), shown(['final savings <= 1GB'])]).toEqual([0, 0])
  expect([shown(['final savings <= 1MB']), shown(['final savings <= 1MB warn'])]).toEqual([2, 2])
})

test('names the ignore file that the build reads', () => {
  const git: Saving = { ...lists, rule: 'git-folder', path: 'app/.git', layer: 1 }
  const editWith = (some: object): string | undefined =>
    savingsOf(
      final({ savings: { fileBytes: 1e6, likelyFileBytes: 0, items: [git], baseFiles: [], ...some } }),
    )!.rows.map((row) => plain(row.edit))[0]
  expect(editWith({})).toBe('add **/.git to .dockerignore')
  expect(editWith({ ignoreFile: 'api.Dockerfile.dockerignore' })).toBe('add **/.git to api.Dockerfile.dockerignore')
})
