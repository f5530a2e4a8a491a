/** Savings whose edit adds a RUN, in stages where not every RUN works. With the edit, the image must still build. */
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { savingsOf } from '../../src/report/savings-rows.ts'
import { folderWith, requireEngine } from '../support/program.ts'
import { busybox, weighDockerfile } from '../support/weigh.ts'

const system = [
  'FROM scratch AS system',
  'COPY busybox /bin/busybox',
  'COPY etc /etc',
  'RUN ["/bin/busybox", "--install", "/bin"]',
]

let folder: Awaited<ReturnType<typeof folderWith>>

beforeAll(async () => {
  requireEngine()
  const text = (seed: string): string => Array.from({ length: 30_000 }, (_, nth) => `${seed}${nth}\n`).join('')
  folder = await folderWith({
    busybox,
    'etc/passwd': 'root:x:0:0::/:/bin/sh\n',
    'etc/group': 'root:x:0:\n',
    a: text('a'),
    'some/b': text('b'),
    'some/c': text('b'),
  })
})

afterAll(async () => {
  await folder[Symbol.asyncDispose]()
})

const link = 'mkdir -p /two && ln -s /one/a /two/a'

test.each<readonly [string, readonly string[], string, readonly string[]]>([
  [
    'without a shell',
    ['FROM scratch', 'COPY a /one/a', 'COPY a /two/a'],
    'do not copy `/two/a` in this line, and make the link in a stage that has a shell, with `RUN mkdir -p /link/two && ln -s /one/a /link/two/a`, and copy it here with `COPY --from=STAGE /link/ /`: this stage has no `/bin/sh`',
    [
      'RUN mkdir -p /link/two && ln -s /one/a /link/two/a',
      'FROM scratch',
      'COPY a /one/a',
      'COPY --from=system /link/ /',
    ],
  ],
  [
    'after USER',
    ['FROM system', 'USER 65534', 'COPY a /one/a', 'COPY a /two/a'],
    `do not copy \`/two/a\` in this line, and add \`RUN ${link}\` above line 6: below it, commands run as \`65534\`, who may lack the permission`,
    ['FROM system', `RUN ${link}`, 'USER 65534', 'COPY a /one/a'],
  ],
  [
    'in a stage FROM one with USER',
    ['FROM system AS runtime', 'USER 65534:65534', 'FROM runtime', 'COPY a /one/a', 'COPY a /two/a'],
    `do not copy \`/two/a\` in this line, and add the lines \`USER root\`, \`RUN ${link}\` and \`USER 65534:65534\`: a RUN here runs as \`65534:65534\`, who may lack the permission`,
    [
      ...['FROM system AS runtime', 'USER 65534:65534', 'FROM runtime', 'COPY a /one/a'],
      ...['USER root', `RUN ${link}`, 'USER 65534:65534'],
    ],
  ],
  // BuildKit copies what a link points to if the COPY names the link.
  [
    'in a line that names both files',
    ['FROM system', 'COPY some/b some/c /'],
    'do not copy `/c` in this line, and add `RUN mkdir -p / && ln -s /b /c`',
    ['FROM system', 'COPY some/b /', 'RUN mkdir -p / && ln -s /b /c'],
  ],
])('a link in place of a copy %s: the edit can be made', async (_title, before, expected, after) => {
  const fat = await weighDockerfile(folder.path, [...system, ...before])
  const [row] = savingsOf(fat)!.rows
  expect(row!.edit.map((part) => (typeof part === 'string' ? part : `\`${part.code}\``)).join('')).toBe(expected)
  const lean = await weighDockerfile(folder.path, [...system, ...after])
  expect(fat.totals.fileBytes! - lean.totals.fileBytes!).toBe(row!.fileBytes)
  expect(lean.savings!.items).toEqual([])
})

test('a RUN without a shell is to move to a stage that has one', async () => {
  const stage = await weighDockerfile(folder.path, [
    'FROM scratch',
    'COPY busybox /busybox',
    'COPY a /from/a',
    'RUN ["/busybox", "sh", "-c", "/busybox mkdir -p /var/cache/apt && /busybox cp /from/a /var/cache/apt/b"]',
  ])
  const edits = savingsOf(stage)!.rows.map(({ edit }) => edit.map((one) => (typeof one === 'string' ? one : one.code)))
  expect(edits.map((edit) => edit.join(''))).toContain(
    'move this RUN to a stage that has a shell, run apt-get clean there, and copy the result with COPY --from: this stage has no /bin/sh',
  )
})
