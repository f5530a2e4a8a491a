/**
 * Savings whose bytes are in the final stage and whose edit belongs to a builder stage. When the edit is made, the final
 * stage must lose exactly the promised bytes.
 */
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import type { Stage } from '../../src/record/footprint.ts'
import { savingsOf, type SavingsRow } from '../../src/report/savings-rows.ts'
import { goProgram, programOf } from '../support/elf.ts'
import { folderWith, requireEngine } from '../support/program.ts'
import { busybox, weighDockerfile } from '../support/weigh.ts'

/** `fill PATH LINES` writes a file of about 6.9 bytes a line. The other scripts write what the real tools write. */
const tools: Readonly<Record<string, string>> = {
  fill: 'mkdir -p "$(dirname "$1")" && { echo "$1"; seq 1 "$2"; } > "$1"',
  pip: `site=/venv/lib/python3.13/site-packages; fill $site/tool/__init__.py 20000; mkdir -p $site/tool-1.dist-info
printf 'Name: tool\nVersion: 1\n' > $site/tool-1.dist-info/METADATA; echo tool/__init__.py,, > $site/tool-1.dist-info/RECORD
fill $site/tool/tests/test_tool.py 30000
case "$*" in *--no-compile*) ;; *) fill $site/tool/__pycache__/__init__.cpython-313.pyc 25000;; esac`,
  npm: `case "$1" in
  prune) rm -rf /app/node_modules/linter; echo '{ "packages": { "node_modules/tool": {} } }' > /app/node_modules/.package-lock.json;;
  run) fill /app/dist/index.js 20000; fill /app/dist/index.js.map 30000;;
  *) fill /app/node_modules/tool/index.js 20000
    echo '{ "version": "1" }' > /app/node_modules/tool/package.json
    fill /app/node_modules/linter/index.js 30000
    echo '{ "version": "1" }' > /app/node_modules/linter/package.json
    echo '{ "packages": { "node_modules/tool": {}, "node_modules/linter": { "dev": true } } }' > /app/node_modules/.package-lock.json;;
esac`,
  git: 'fill /src/main.c 20000; fill /src/.git/objects/pack/x.pack 30000',
  twins: `fill /tmp/hook 20000; for one in lib app; do mkdir -p /src/$one/.git/hooks; cp /tmp/hook /src/$one/.git/hooks/
fill /src/$one/.git/pack 30000; fill /src/$one/main.c 20000; done; rm /tmp/hook`,
  make: 'mkdir -p "$(dirname "$2")" && cp "$1" "$2"',
  strip: 'cp /programs/stripped "$1"',
  go: 'for to; do :; done; mkdir -p "$(dirname "$to")"; case "$*" in *"-s -w"*) cp /programs/go-stripped "$to";; *) cp /programs/go-whole "$to";; esac',
}

const system = [
  'FROM scratch AS build',
  'COPY busybox /bin/busybox',
  'RUN ["/bin/busybox", "--install", "/bin"]',
  'COPY tools /bin',
  'COPY programs /programs',
]
const first = system.length + 1

interface Case {
  readonly rule: string
  readonly builder: readonly string[]
  readonly final: readonly string[]
  /** The builder stage after the edit. */
  readonly edited: readonly string[]
  readonly edit: string
  /** Position in `builder` of the instruction that the row names. Default: 0. */
  readonly at?: number
  readonly claim?: 'sure' | 'likely'
  /** Bytes that the edit saves besides, because lists get shorter. Default: 0. */
  readonly besides?: number
}

/** The names and places of three sections. */
const sectionBytes = '.debug_info .symtab .strtab '.length + 3 * 64

const npmLock = ', "node_modules/linter": { "dev": true }'

const cases: readonly Case[] = [
  {
    rule: 'compiled-python',
    builder: ['RUN pip install tool'],
    final: ['COPY --from=build /venv /venv'],
    edited: ['RUN pip install --no-compile tool'],
    edit: 'add `--no-compile` to `pip install`',
  },
  {
    rule: 'compiled-python',
    builder: ['RUN pip install tool'],
    final: ['COPY --from=build --chown=1000:1000 /venv/lib/python3.13 /opt/app/python'],
    edited: ['RUN pip install --no-compile tool'],
    edit: 'add `--no-compile` to `pip install`',
  },
  {
    rule: 'tests',
    builder: ['RUN pip install --no-compile tool'],
    final: ['COPY --from=build /venv /venv'],
    edited: ['RUN pip install --no-compile tool && rm -rf /venv/lib/python3.13/site-packages/tool/tests'],
    edit: 'add `&& rm -rf /venv/lib/python3.13/site-packages/tool/tests` to this RUN',
  },
  {
    rule: 'development-packages',
    builder: ['RUN npm ci'],
    final: ['COPY --from=build /app /app'],
    edited: ['RUN npm ci && npm prune --omit=dev'],
    edit: 'write `npm ci --omit=dev` in this RUN',
    besides: npmLock.length,
  },
  {
    rule: 'development-packages',
    builder: ['RUN npm ci', 'RUN npm run build'],
    final: ['COPY --from=build /app /srv'],
    edited: ['RUN npm ci', 'RUN npm run build && npm prune --omit=dev'],
    edit: 'run `npm prune --omit=dev` at the end of line +1, before any `exit` (line +1 is the last RUN of the stage `build` that may need these files)',
    besides: npmLock.length,
  },
  {
    rule: 'source-maps',
    builder: ['RUN npm run build', 'RUN fill /app/other 10'],
    final: ['COPY --from=build /app/dist/* /srv/'],
    edited: ['RUN npm run build', 'RUN fill /app/other 10 && rm -f /app/dist/index.js.map'],
    edit: 'run `rm -f /app/dist/index.js.map` at the end of line +1, before any `exit` (line +1 is the last RUN of the stage `build` that may need these files)',
  },
  {
    rule: 'source-maps',
    builder: ['RUN npm run build', 'RUN chown 1000:1000 /app/dist/index.js && echo app:x >> /passwd'],
    final: ['COPY --from=build /app/dist/* /srv/'],
    edited: [
      'RUN npm run build && rm -f /app/dist/index.js.map',
      'RUN chown 1000:1000 /app/dist/index.js && echo app:x >> /passwd',
    ],
    edit: 'add `&& rm -f /app/dist/index.js.map` to this RUN',
  },
  {
    rule: 'git-folder',
    builder: ['RUN git clone x'],
    final: ['COPY --from=build /src /src'],
    edited: ['RUN git clone x && rm -rf /src/.git'],
    edit: 'clone with `git clone --depth 1`, and add `&& rm -rf /src/.git` to this RUN',
    claim: 'sure',
  },
  {
    rule: 'git-folder',
    builder: ['RUN git clone x', 'RUN make /src/main.c /built'],
    final: ['COPY --from=build /src /app'],
    edited: ['RUN git clone x', 'RUN make /src/main.c /built && rm -rf /src/.git'],
    edit: 'run `rm -rf /src/.git` at the end of line +1, before any `exit` (line +1 is the last RUN of the stage `build` that may need these files)',
    claim: 'sure',
  },
  {
    rule: 'git-folder',
    builder: ['WORKDIR /code', 'COPY repository .'],
    final: ['COPY --from=build /code /code'],
    edited: ['WORKDIR /code', 'COPY repository/main.c .'],
    edit: 'add `**/.git` to `.dockerignore`',
    at: 1,
  },
  {
    rule: 'git-folder',
    builder: ['RUN twins'],
    final: ['COPY --from=build /src/app /lib'],
    edited: ['RUN twins && rm -rf /src/app/.git'],
    edit: 'add `&& rm -rf /src/app/.git` to this RUN',
    claim: 'sure',
  },
  {
    rule: 'static-libraries',
    builder: ['RUN fill /install/lib/x.a 30000 && fill /install/lib/x.so 20000'],
    final: ['COPY --from=build /install /usr/local'],
    edited: ['RUN fill /install/lib/x.a 30000 && fill /install/lib/x.so 20000 && rm -f /install/lib/x.a'],
    edit: 'add `&& rm -f /install/lib/x.a` to this RUN',
  },
  {
    rule: 'build-objects',
    builder: ['RUN fill /m/node_modules/n/build/Release/obj.target/n.o 30000 && fill /m/node_modules/n/n.js 20000'],
    final: ['COPY --from=build /m /m'],
    edited: ['RUN fill /m/node_modules/n/n.js 20000'],
    edit: 'add `&& rm -rf /m/node_modules/n/build/Release/obj.target` to this RUN',
  },
  {
    rule: 'debug-symbols',
    builder: ['RUN make /programs/whole /usr/bin/program'],
    final: ['COPY --from=build /usr/bin/program /program'],
    edited: ['RUN make /programs/whole /usr/bin/program && strip /usr/bin/program'],
    edit: 'add `&& strip /usr/bin/program` to this RUN (`strip` is part of binutils)',
    besides: sectionBytes,
  },
]

let folder: Awaited<ReturnType<typeof folderWith>>

beforeAll(async () => {
  requireEngine()
  folder = await folderWith({
    busybox,
    ...Object.fromEntries(Object.entries(tools).map(([name, text]) => [`tools/${name}`, `#!/bin/sh\n${text}\n`])),
    'programs/whole': programOf({ code: 300_000, debug: 200_000, symbols: 24_000, strings: 7_001 }),
    'programs/stripped': programOf({ code: 300_000, debug: 0, symbols: 0, strings: 0 }),
    'programs/go-whole': goProgram(300_000, { debug: 200_000, symbols: 24_000, strings: 7_001 }),
    'programs/go-stripped': goProgram(300_000, { debug: 0, symbols: 0, strings: 0 }),
    'lib/x.a': 'a\n'.repeat(90_000),
    'lib/x.so': 'b\n'.repeat(60_000),
    'repository/main.c': 'c\n'.repeat(60_000),
    'repository/.git/objects/a.pack': 'p\n'.repeat(90_000),
  })
})

afterAll(async () => {
  await folder[Symbol.asyncDispose]()
})

const built = (builder: readonly string[], final: readonly string[]): Promise<Stage> =>
  weighDockerfile(folder.path, [...system, ...builder, 'FROM scratch', ...final])

const textOf = (words: SavingsRow['edit']): string =>
  words.map((part) => (typeof part === 'string' ? part : `\`${part.code}\``)).join('')
const ownBytes = ({ layers }: Stage): number => layers.reduce((sum, { fileBytes }) => sum + fileBytes!, 0)
const pullBytes = ({ layers }: Stage): number => layers.reduce((sum, { compressedSize }) => sum + compressedSize!, 0)

test.each(cases.map((one) => [one.rule, one.builder.join('; '), one] as const))(
  '%s: %s',
  async (_rule, _builder, { rule, builder, final, edited, edit, at = 0, claim = 'likely', besides = 0 }) => {
    const fat = await built(builder, final)
    const found = fat.savings!.items.filter((item) => item.rule === rule)
    const row = savingsOf(fat)?.rows[fat.savings!.items.indexOf(found[0]!)]
    expect(found).toHaveLength(1)
    expect(row).toMatchObject({ line: first + at, instruction: builder[at] })
    expect(textOf(row!.edit)).toBe(edit.replaceAll(/line \+(\d)/g, (_, more) => `line ${first + Number(more)}`))
    expect(textOf(row!.about)).toContain(`; line ${first + builder.length + 1} copies this from stage \`build\``)
    expect(found[0]?.claim).toBe(claim)
    const lean = await built(edited, final)
    expect(found[0]!.fileBytes).toBeGreaterThan(100_000)
    expect(ownBytes(fat) - ownBytes(lean)).toBe(found[0]!.fileBytes + besides)
    expect(pullBytes(fat) - pullBytes(lean)).toBeGreaterThanOrEqual(found[0]!.leastPullBytes ?? 0)
    expect(lean.savings!.items.filter((item) => item.rule === rule)).toEqual([])
  },
)

test('a file that goes through two builder stages belongs to the line that made it', async () => {
  const stage = await built(
    ['RUN pip install tool', 'FROM scratch AS middle', 'COPY --from=build /venv /opt/env'],
    ['COPY --from=middle /opt/env /env'],
  )
  const item = stage.savings!.items.find(({ rule }) => rule === 'compiled-python')
  expect(item?.source).toMatchObject({ stage: 'build', line: first, text: 'RUN pip install tool' })
  expect(item?.source?.path).toMatch(/^venv\/lib\/python3.13\/site-packages\/tool\/__pycache__/)
})

test('a builder stage that imports the package has no saving in --no-compile', async () => {
  const stage = await built(['RUN pip install tool', 'RUN make /bin/fill /made'], ['COPY --from=build /venv /venv'])
  expect(stage.savings!.items.map(({ rule }) => rule)).not.toContain('compiled-python')
})

test('what a stage in between may need is left out of the last COPY only', async () => {
  const builder = [
    ...['RUN git clone x', 'FROM scratch AS middle', 'COPY --from=build / /'],
    'RUN make /src/.git/objects/pack/x.pack /described',
  ]
  const fat = await built(builder, ['COPY --from=middle /src /srv'])
  const at = fat.savings!.items.findIndex(({ rule }) => rule === 'git-folder')
  const item = fat.savings!.items[at]!
  const row = savingsOf(fat)!.rows[at]!
  expect(item.source).toBeUndefined()
  expect(row.instruction).toBe('COPY --from=middle /src /srv')
  expect(textOf(row.edit)).toBe('add `--exclude=.git` to this COPY (Dockerfile 1.19 or newer)')
  expect(item.fileBytes).toBeGreaterThan(100_000)
  for (const copy of ['COPY --from=middle /src/main.c /srv/', 'COPY --from=middle --exclude=.git /src /srv']) {
    const lean = await built(builder, [copy])
    expect(ownBytes(fat) - ownBytes(lean)).toBe(item.fileBytes)
  }
})

test('source maps that a stage in between may need are left out of the last COPY by an option', async () => {
  const builder = [
    ...['RUN npm run build && fill /app/dist/lib/b.js.map 20000', 'FROM scratch AS middle', 'COPY --from=build / /'],
    'RUN make /app/dist/index.js.map /described',
  ]
  const fat = await built(builder, ['COPY --from=middle /app/dist /srv'])
  const at = fat.savings!.items.findIndex(({ rule }) => rule === 'source-maps')
  const item = fat.savings!.items[at]!
  const row = savingsOf(fat)!.rows[at]!
  expect(row.instruction).toBe('COPY --from=middle /app/dist /srv')
  const flags = ['.js', '.mjs', '.cjs', '.ts', '.css'].map((end) => `--exclude=**/*${end}.map`)
  expect(textOf(row.edit)).toBe(
    `build without source maps, or add ${flags.map((flag) => `\`${flag}\``).join(' ')} to this COPY (Dockerfile 1.19 or newer)`,
  )
  const lean = await built(builder, [`COPY --from=middle ${flags.join(' ')} /app/dist /srv`])
  expect(item.fileBytes).toBeGreaterThan(200_000)
  expect(ownBytes(fat) - ownBytes(lean)).toBe(item.fileBytes)
})

test.each([
  ['COPY --from=middle', '/app/node_modules ./node_modules'],
  ['COPY --from=middle', '/app /srv/app/'],
  ['COPY --from=middle', '/app .'],
])('tests of packages are left out of %s %s by the flags as they are written', async (copy, paths) => {
  const folders = ['one/test', '@scope/two/tests', 'one/node_modules/three/__tests__']
  const builder = [
    `RUN ${folders.map((folder) => `fill /app/node_modules/${folder}/a.js 20000; fill /app/node_modules/${folder}/b/c.js 9000`).join('; ')}; fill /app/node_modules/one/index.js 5000`,
    ...['FROM scratch AS middle', 'COPY --from=build / /', 'RUN make /app/node_modules/one/test/a.js /described'],
  ]
  const fat = await built(builder, ['WORKDIR /home', `${copy} ${paths}`])
  const at = fat.savings!.items.findIndex(({ rule }) => rule === 'tests')
  const row = savingsOf(fat)!.rows[at]!
  expect(row.instruction).toBe(`${copy} ${paths}`)
  const flags = /^add (`.*`) to this COPY \(Dockerfile 1\.19 or newer\)$/
    .exec(textOf(row.edit))?.[1]
    ?.replaceAll('`', '')
  const lean = await built(builder, ['WORKDIR /home', `${copy} ${flags} ${paths}`])
  expect(fat.savings!.items[at]!.fileBytes).toBeGreaterThan(400_000)
  expect(ownBytes(fat) - ownBytes(lean)).toBe(fat.savings!.items[at]!.fileBytes)
})

test('what a stage without a shell copies is left out of the last COPY', async () => {
  const builder = ['FROM scratch AS files', 'COPY lib /lib']
  const fat = await built(builder, ['COPY --from=files /lib /lib'])
  const at = fat.savings!.items.findIndex(({ rule }) => rule === 'static-libraries')
  const item = fat.savings!.items[at]!
  const row = savingsOf(fat)!.rows[at]!
  expect(item.source).toBeUndefined()
  expect(row.instruction).toBe('COPY --from=files /lib /lib')
  expect(textOf(row.edit)).toBe('leave `/lib/x.a` out of what this line copies')
  const lean = await built(builder, ['COPY --from=files /lib/x.so /lib/'])
  expect(item.fileBytes).toBe(180_000)
  expect(ownBytes(fat) - ownBytes(lean)).toBe(item.fileBytes)
})

test.each([
  ['the target needs', ['FROM build AS other', 'RUN npm test'], ['COPY --from=other /app/dist /dist']],
  ['the target does not need', ['FROM build AS other', 'RUN npm test'], []],
])('what another stage may need, which %s, is left out of the last COPY only', async (_which, other, more) => {
  const stage = await built(['RUN npm ci && npm run build', ...other], ['COPY --from=build /app /app', ...more])
  const at = stage.savings!.items.findIndex(({ rule }) => rule === 'development-packages')
  const row = savingsOf(stage)!.rows[at]!
  expect(stage.savings!.items[at]!.source).toBeUndefined()
  expect(row.instruction).toBe('COPY --from=build /app /app')
  expect(textOf(row.edit)).toMatch(/^copy them from a stage of their own/)
})

test.each([
  ['another stage uses the builder stage', ['FROM build AS other', 'RUN mkdir /x'], '/server', '-o'],
  ['the COPY gives the program another name', [], '/app', '-ldflags="-X a.b=c" -o'],
])('the row of a COPY names the line of go build if %s', async (_why, other, target, options) => {
  const copy = `COPY --from=build /usr/bin/server ${target}`
  const fat = await built([`RUN go build ${options} /usr/bin/server`, ...other], [copy])
  const at = fat.savings!.items.findIndex(({ rule }) => rule === 'go-symbols')
  const item = fat.savings!.items[at]!
  const row = savingsOf(fat)!.rows[at]!
  expect(item.source).toBeUndefined()
  expect(row.instruction).toBe(copy)
  const edit = options === '-o' ? 'add `-ldflags="-s -w"` to `go build`' : 'add `-s -w` to the `-ldflags` of `go build`'
  expect(textOf(row.edit)).toBe(`${edit} in line ${first} of the stage \`build\``)
  const lean = await built(['RUN go build -ldflags="-s -w" -o /usr/bin/server', ...other], [copy])
  expect(item.fileBytes).toBeGreaterThan(200_000)
  expect(ownBytes(fat) - ownBytes(lean)).toBe(item.fileBytes + sectionBytes)
})

test('a stage in between that imports the package has no saving in --no-compile', async () => {
  const stage = await built(
    ['RUN pip install tool', 'FROM scratch AS middle', 'COPY --from=build / /', 'RUN make /bin/fill /made'],
    ['COPY --from=middle /venv /venv'],
  )
  expect(stage.savings!.items.map(({ rule }) => rule)).not.toContain('compiled-python')
})

const other = 'another stage may need the files'

test.each<[string, readonly string[], string, string | null]>([
  ['no other stage uses', [], 'RUN mkdir /x', null],
  ['another stage is FROM', ['FROM common AS tool', 'RUN fill /y 1'], 'RUN mkdir /x', other],
  ['another stage copies from', ['FROM build AS tool', 'COPY --from=common /var /y'], 'RUN mkdir /x', other],
  [
    'another stage mounts',
    ['FROM build AS tool', 'RUN --mount=from=common,target=/m fill /y 1'],
    'RUN mkdir /x',
    other,
  ],
  ['no other stage uses, before a script', [], 'RUN fill /y 1', 'a later RUN may install from them'],
])('package lists in a parent that %s', async (_title, tool, last, unsure) => {
  const common = ['FROM build AS common', 'RUN fill /var/lib/apt/lists/x 30000']
  const stage = await weighDockerfile(folder.path, [...system, ...common, ...tool, 'FROM common', last])
  const at = stage.savings!.items.findIndex(({ rule }) => rule === 'apt-lists')
  expect(stage.savings!.items[at]!.claim).toBe(unsure === null ? 'sure' : 'likely')
  const reason = textOf(savingsOf(stage)!.rows[at]!.about).split('; only likely, since ')[1]
  expect(reason ?? null).toBe(unsure)
})
