/** Compares two revisions from end to end: every figure must equal that of a plain build of each, weighed by skopeo. */
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { compareFootprints } from '../../src/compare/compare.ts'
import type { Comparison, ImageComparison, SplitGrowth } from '../../src/compare/comparison.ts'
import type { Footprint, Stage } from '../../src/record/footprint.ts'
import { parseRecord } from '../../src/record/parse-record.ts'
import { renderTerminal } from '../../src/report/terminal/report.ts'
import { makeReport, type ReportParts } from '../../src/run/make-report.ts'
import { remoteBuilder, type RemoteBuilder } from '../support/builder.ts'
import { footprint, requireEngine, succeed, type Ran } from '../support/program.ts'
import {
  plainLayers,
  plainLayout,
  project,
  watchedClient,
  weighedLayers,
  type Files,
  type PlainLayer,
  type Project,
} from '../support/revisions.ts'
import { describeWith, rig } from '../support/rig.ts'
import { busybox, onceOnly } from '../support/weigh.ts'

type Env = Readonly<Record<string, string | undefined>>

/** Makes bytes that gzip cannot compress, so that sizes cannot agree by chance. */
const noise = (bytes: number, seed = 1): Buffer => {
  let state = seed
  return Buffer.from(
    Array.from({ length: bytes }, () => ((state = (state * 1_103_515_245 + 12_345) % 2_147_483_648) >>> 16) & 255),
  )
}

const final = (from: string, ...lines: readonly string[]): string => `FROM ${from}\n${lines.join('\n')}\n`

/** `onceOnly` runs before the first COPY that changes, so that both sides have the same layer only if they share it. */
const tools = (name = 'tools'): string => `FROM scratch AS ${name}
COPY busybox /busybox
${onceOnly}
COPY in /out/
`

const taken = ['COPY --from=tools /id /id', 'COPY --from=tools /out /app', 'COPY readme /'] as const

let shared: Project
let from: string
let base: Revision

interface Revision {
  readonly footprint: Footprint
  readonly plain: readonly PlainLayer[]
}

const recordOf = async (args: readonly string[], env: Env, cwd: string): Promise<Footprint> => {
  const { status, stdout, stderr } = await footprint(['build', '--quiet', '--format', 'json', ...args], { cwd, env })
  if (status !== 0) throw new Error(stderr)
  return parseRecord(stdout, 'standard output')
}

/** Weighs what is checked out, in a build of its own and in a plain build. */
async function revision({ folder }: Project, args: readonly string[] = ['.'], env: Env = {}): Promise<Revision> {
  const weighed = await recordOf(args, env, folder)
  const plain = await plainLayers(
    args.map((arg) => (arg === '.' ? folder : arg)),
    env,
  )
  return { footprint: weighed, plain }
}

/** Pushes a one-layer image to the registry of the tests. */
async function push(reference: string, content: Buffer): Promise<void> {
  const layout = join(shared.beside, `image-${Math.random()}`)
  await shared.put({ '../base/content': content, '../base/Dockerfile': 'FROM scratch\nCOPY content /base-content\n' })
  await plainLayout([join(shared.beside, 'base')], layout)
  await succeed('skopeo', ['copy', '--quiet', '--dest-tls-verify=false', `oci:${layout}`, `docker://${reference}`])
}

const dockerignore = '.git\n*.md\n*.log\n'

beforeAll(async () => {
  requireEngine()
  shared = await project()
  from = `${rig.registry}/stage-footprint-test/${process.pid}`
  await push(`${from}:1`, noise(900, 7))
  await push(`${from}:2`, noise(2_500, 8))
  await shared.branch('main', 'main', {
    Dockerfile: tools() + final(`${from}:1`, ...taken),
    '.dockerignore': dockerignore,
    '.gitignore': '*.cache\n',
    busybox,
    'in/one': noise(700),
    readme: 'read me\n',
    'sub/Dockerfile': final('scratch', 'COPY own /'),
    'sub/own': noise(300),
    'docker/app.Dockerfile': final('scratch', 'COPY --from=more . /more/', 'COPY in /in/'),
    'more/one': noise(400),
    'docker/git.Dockerfile': final('scratch', 'COPY .git /git/', 'COPY in /in/'),
    'docker/git.Dockerfile.dockerignore': '*.md\n',
  })
  base = await revision(shared)
})

afterAll(async () => {
  await shared[Symbol.asyncDispose]()
})

interface Compared {
  readonly ran: Ran
  readonly head: Footprint
  readonly comparison: Comparison
  readonly image: ImageComparison
}

/**
 * Builds the work tree with `--baseline` and checks all figures. Head and base must have the figures of the plain
 * builds, and the report must be the one of two revisions that are weighed separately.
 */
async function compared(
  baseline: string,
  before: Revision,
  {
    args = ['.'],
    env = {},
    origin,
  }: { readonly args?: readonly string[]; readonly env?: Env; readonly origin?: Comparison['origin'] } = {},
): Promise<Compared> {
  const file = join(shared.beside, 'head.json')
  const ran = await footprint(['build', '--baseline', baseline, '--json', file, ...args], { cwd: shared.folder, env })
  if (ran.status !== 0) throw new Error(ran.stderr)
  const head = parseRecord(await readFile(file, 'utf8'), file)
  const plain = await plainLayers(
    args.map((arg) => (arg === '.' ? shared.folder : arg)),
    env,
  )
  expect(weighedLayers(finalOf(head))).toEqual(plain)
  expect(weighedLayers(finalOf(before.footprint))).toEqual(before.plain)
  const commit = origin ? null : await shared.git('merge-base', 'HEAD', baseline)
  const found = {
    footprint: before.footprint,
    origin: origin ?? { kind: 'built', commit, reference: baseline },
    sameBuilder: origin === undefined,
  } as const
  const comparison = compareFootprints(found.footprint, head, found.origin, { sameBuilder: found.sameBuilder })
  const [image] = comparison.images
  if (!image || comparison.images.length > 1) throw new Error('one image on each side was expected')
  const growth = image.final.growth
  expect(growth.total.compressedSize).toBe(sum(plain, 'compressedSize') - sum(before.plain, 'compressedSize'))
  expect(growth.total.uncompressedSize).toBe(sum(plain, 'uncompressedSize') - sum(before.plain, 'uncompressedSize'))
  expect(growth.total.layers).toBe(plain.length - before.plain.length)
  for (const { growth: split } of image.stages) addsUp(split)
  const dockerfile = args.includes('-f')
    ? (args[args.indexOf('-f') + 1] ?? '')
    : args.at(-1) === '.'
      ? 'Dockerfile'
      : `${args.at(-1) ?? ''}/Dockerfile`
  const report = reportOn(head, found, dockerfile)
  expect(withoutNotes(ran.stdout)).toBe(withoutNotes(renderTerminal(report, { width: 100, color: false })))
  return { ran, head, comparison, image }
}

/** Returns the report of a comparison without budgets. */
const reportOn = (
  footprint: Footprint,
  found: ReportParts['baseline']['found'],
  dockerfile: string,
): ReturnType<typeof makeReport> =>
  makeReport({
    footprint,
    baseline: { found, notes: [], unmet: null },
    rules: null,
    title: null,
    reportedByFork: false,
    dockerfile,
  })

/** Returns the report up to the last paragraph, whose notes differ between the tests. */
const withoutNotes = (text: string): string => text.slice(0, text.lastIndexOf('\n\n'))

const unwrapped = (text: string): string => text.replace(/\s+/g, ' ')

const sum = (layers: readonly PlainLayer[], size: 'compressedSize' | 'uncompressedSize'): number =>
  layers.reduce((total, layer) => total + layer[size], 0)

function finalOf({ images }: Footprint): Stage {
  const stage = images[0]?.stages.find(({ role }) => role === 'final')
  if (!stage) throw new Error('the record has no final stage')
  return stage
}

function addsUp({ total, byCause }: SplitGrowth): void {
  const parts = Object.values(byCause)
  for (const quantity of ['compressedSize', 'uncompressedSize', 'fileBytes', 'layers'] as const)
    expect(parts.reduce((all, part) => all + (part[quantity] ?? Number.NaN), 0)).toBe(total[quantity])
}

/** Returns the growth of the final stage by cause, unpacked, without causes that have none. */
const causesOf = ({ final: { growth } }: ImageComparison): Readonly<Record<string, number | null>> =>
  Object.fromEntries(
    Object.entries(growth.byCause).flatMap(([cause, { uncompressedSize }]) =>
      uncompressedSize === 0 ? [] : [[cause, uncompressedSize]],
    ),
  )

const layerKinds = ({ final: { layers } }: ImageComparison): readonly string[] =>
  layers.map(({ kind, after, before }) => `${kind} ${(after ?? before)?.instruction?.text ?? 'base'}`)

const topic = (files: Files): Promise<string> => shared.branch('topic', 'main', files)

describeWith('registry')('a comparison with the base, built by the same builder', () => {
  test('shows a file that grew', async () => {
    await topic({ 'in/one': noise(5_000, 2) })
    const { image, ran } = await compared('main', base)
    expect(causesOf(image)).toEqual({ change: image.final.growth.total.uncompressedSize })
    // The step with random output ran once, for both sides.
    expect(layerKinds(image)).toEqual([
      'same base',
      'same COPY --from=tools /id /id',
      'changed COPY --from=tools /out /app',
      'same COPY readme /',
    ])
    expect(ran.stdout).toMatch(/Dockerfile:7|line 7/)
    expect(ran.stdout.replaceAll('\n', ' ')).toContain(
      'built by the same builder. Base images: the same. Rebuild drift: none.',
    )
  })

  test('shows a new layer in the middle without shifting the others', async () => {
    await topic({ Dockerfile: tools() + final(`${from}:1`, taken[0], 'COPY in/one /middle', taken[1], taken[2]) })
    const { image } = await compared('main', base)
    expect(layerKinds(image)).toEqual([
      'same base',
      'same COPY --from=tools /id /id',
      'added COPY in/one /middle',
      'same COPY --from=tools /out /app',
      'same COPY readme /',
    ])
    expect(image.final.growth.total.layers).toBe(1)
  })

  // The tag is written in the Dockerfile, so no image has moved.
  test('counts another default of the argument in a FROM as the change', async () => {
    const versioned = (value: string): string => `ARG V=${value}\n${tools()}${final(`${from}:\${V}`, ...taken)}`
    await shared.branch('v1', 'main', { Dockerfile: versioned('1') })
    const record = join(shared.beside, 'v1.json')
    expect((await footprint(['build', '--json', record, '.'], { cwd: shared.folder })).status).toBe(0)
    await shared.branch('v2', 'v1', { Dockerfile: versioned('2') })
    for (const baseline of ['v1', record]) {
      const { stdout } = await footprint(['build', '--baseline', baseline, '.'], { cwd: shared.folder })
      expect(unwrapped(stdout)).toContain(`Base images: ${from}:2 in place of ${from}:1.`)
      expect(unwrapped(stdout)).toContain('all of it from this change')
      expect(stdout).not.toContain('moved')
    }
    // Values that were passed are in no record, so a moved image cannot be ruled out.
    const passed = join(shared.beside, 'passed.json')
    await shared.branch('none', 'v2', { Dockerfile: versioned('none') })
    expect(
      (await footprint(['build', '--build-arg', 'V=1', '--json', passed, '.'], { cwd: shared.folder })).status,
    ).toBe(0)
    const { stdout } = await footprint(['build', '--build-arg', 'V=2', '--baseline', passed, '.'], {
      cwd: shared.folder,
    })
    expect(unwrapped(stdout)).toMatch(/Base images: \S+ differs \(sha256:\S+… → sha256:\S+…\), not known why\./)
    expect(unwrapped(stdout)).not.toContain('the moved base image')
  })

  test('names an edited argument of the stage that another one is FROM, which BuildKit hands on', async () => {
    const kit = (bytes: number): string =>
      `FROM scratch AS kit\nCOPY busybox /busybox\nARG BYTES=${bytes}\nFROM kit AS made\n` +
      'RUN ["/busybox", "sh", "-c", "/busybox head -c $BYTES /busybox > /made"]\n' +
      final(`${from}:1`, 'COPY --from=made /made /made')
    await shared.branch('handed', 'main', { Dockerfile: kit(3_000) })
    await shared.branch('handed-more', 'handed', { Dockerfile: kit(9_000) })
    const { stdout } = await footprint(['build', '--baseline', 'handed', '.'], { cwd: shared.folder })
    expect(unwrapped(stdout)).toContain('made +6.00 kB (3.00 kB → 9.00 kB)')
    expect(unwrapped(stdout)).toContain('stage kit: line 3 edited')
  })

  test('shows a removed layer', async () => {
    await topic({ Dockerfile: tools() + final(`${from}:1`, taken[0], taken[1]) })
    const { image } = await compared('main', base)
    expect(layerKinds(image).at(-1)).toBe('removed COPY readme /')
    expect(image.final.growth.total.layers).toBe(-1)
    expect(image.final.growth.total.uncompressedSize).toBeLessThan(0)
  })

  test('counts an edited FROM as the change', async () => {
    await topic({ Dockerfile: tools() + final(`${from}:2`, ...taken) })
    const { image, ran } = await compared('main', base)
    expect(image.final.baseImage.kind).toBe('edited')
    expect(Object.keys(causesOf(image))).toEqual(['change'])
    expect(ran.stdout).not.toContain('moved base image')
  })

  test('recognises a renamed stage', async () => {
    await topic({
      Dockerfile: tools('kit') + final(`${from}:1`, ...taken.map((line) => line.replace('tools', 'kit'))),
      'in/two': noise(100),
    })
    const { image, ran } = await compared('main', base)
    expect(image.stages.map(({ kind }) => kind)).toEqual(['matched', 'matched'])
    expect(ran.stdout).toContain('tools is now kit')
    expect(Object.keys(causesOf(image))).toEqual(['change'])
  })

  test('compares with the merge base, not with the tip of the branch', async () => {
    const fork = await topic({ 'in/one': noise(1_000, 3) })
    await shared.branch('ahead', 'main', { 'in/one': noise(9_000, 4) })
    await shared.git('checkout', '--quiet', fork)
    const { ran } = await compared('ahead', base)
    expect(unwrapped(ran.stdout)).toContain(
      `Compared with ${(await shared.git('rev-parse', '--short=7', 'main')).slice(0, 7)}, the last commit shared with ahead`,
    )
  })

  test('counts uncommitted edits as the change, and writes a record without a commit', async () => {
    await topic({})
    await shared.put({ 'in/new': noise(600, 5) })
    try {
      const { head, image } = await compared('main', base)
      expect(head.revision?.commit).toBeNull()
      expect(Object.keys(causesOf(image))).toEqual(['change'])
    } finally {
      await shared.git('clean', '-fdq')
    }
  })

  test.each(['Dockerfile', '.dockerignore'])('counts an uncommitted edit of the %s as the change', async (file) => {
    await topic({})
    const before = await readFile(join(shared.folder, file), 'utf8')
    await shared.put({ [file]: file === 'Dockerfile' ? `${before}COPY in /twice/\n` : `${before}in/one\n` })
    try {
      const { head, image } = await compared('main', base)
      expect([head.revision?.commit, image.unchanged]).toEqual([null, false])
    } finally {
      await shared.git('checkout', '--quiet', '.')
    }
  })

  test('says that no layer changed, without building the base', async () => {
    await topic({ 'notes.md': 'Nothing that the build reads.\n' })
    const { env, calls } = await watchedClient(shared.beside)
    const { ran, image } = await compared('main', base, { env })
    expect(image.unchanged).toBe(true)
    expect(unwrapped(ran.stdout)).toContain(
      'Nothing that the build reads differs between the two commits, so the figures of this build count for both.',
    )
    const builds = (await calls()).filter((call) => /^docker buildx build /.test(call))
    expect((await calls()).filter((call) => /^git status /.test(call))).toHaveLength(1)
    // The user's build, the list of stages, and the plain build of this test: all layers are known.
    expect(builds).toHaveLength(3)
  })
})

describeWith('registry')('a build whose files are elsewhere', () => {
  test.each([
    ['a folder below the root as context', ['sub'], { 'sub/own': noise(800, 2) }],
    [
      'a Dockerfile elsewhere, and a named context',
      ['-f', 'docker/app.Dockerfile', '--build-context', 'more=more', '.'],
      { 'more/two': noise(900, 3) },
    ],
  ] as const)('is compared with the base revision, layer by layer: %s', async (_what, args, files) => {
    await shared.git('checkout', '--quiet', 'main')
    const absolute = args.map((arg) =>
      arg === 'more=more' ? `more=${join(shared.folder, 'more')}` : arg === 'sub' ? join(shared.folder, 'sub') : arg,
    )
    const plainArgs = absolute.map((arg) =>
      arg.startsWith('docker/') ? join(shared.folder, arg) : arg === '.' ? shared.folder : arg,
    )
    const before = { footprint: await recordOf(args, {}, shared.folder), plain: await plainLayers(plainArgs) }
    await topic(files)
    const file = join(shared.beside, 'head.json')
    const ran = await footprint(['build', '--baseline', 'main', '--json', file, ...args], { cwd: shared.folder })
    expect(ran.stderr).not.toContain('stage-footprint:')
    const head = parseRecord(await readFile(file, 'utf8'), file)
    const plain = await plainLayers(plainArgs)
    expect(weighedLayers(finalOf(head))).toEqual(plain)
    const commit = await shared.git('rev-parse', 'main')
    expect(ran.stderr).toContain(`\nWeighing: building the base commit ${commit.slice(0, 7)} to compare with it\n`)
    const found = {
      footprint: before.footprint,
      origin: { kind: 'built', commit, reference: 'main' },
      sameBuilder: true,
    } as const
    const dockerfile = args[0] === 'sub' ? 'sub/Dockerfile' : 'docker/app.Dockerfile'
    const report = reportOn(head, found, dockerfile)
    const growth = report.comparison?.images[0]?.final.growth.total
    expect(growth?.uncompressedSize).toBe(sum(plain, 'uncompressedSize') - sum(before.plain, 'uncompressedSize'))
    expect(growth?.uncompressedSize).toBeGreaterThan(0)
    expect(ran.stdout).toBe(renderTerminal(report, { width: 100, color: false }))
  })

  test('treats .git in the context the same on both sides, and advises ignoring it', async () => {
    await topic({ 'in/two': noise(300, 9) })
    const { status, stdout } = await footprint(['build', '--baseline', 'main', '-f', 'docker/git.Dockerfile', '.'], {
      cwd: shared.folder,
    })
    expect(status).toBe(0)
    expect(unwrapped(stdout)).toContain(
      'The folder .git is part of the build context, so each commit makes different layers. The base was built with that of the head, so a version that a build takes from Git is the same on both sides. Exclude .git with .dockerignore, or with the ignore file of the Dockerfile.',
    )
    expect(stdout).toContain('built by the same builder')
    const [, grown = ''] = /What grew\n([\s\S]*?)\n\n/.exec(stdout) ?? []
    expect(grown).toContain('COPY in /in/')
    expect(grown).not.toContain('COPY .git')
  })
})

describeWith('registry')('a comparison with a given baseline', () => {
  test('does not count a base image that moved under the same name as the change', async () => {
    await topic({ 'in/one': noise(5_000, 2) })
    const record = join(shared.beside, 'base.json')
    await shared.put({ '../base.json': JSON.stringify(base.footprint) })
    const moved = noise(4_000, 10)
    await push(`${from}:1`, moved)
    try {
      const { image, ran } = await compared(record, base, {
        origin: { kind: 'given', commit: base.footprint.revision?.commit ?? null, reference: record },
      })
      expect(image.final.baseImage.kind).toBe('moved')
      const causes = causesOf(image)
      expect(Object.keys(causes).sort()).toEqual(['base-image', 'change'])
      // The layer of one file has a header, the contents and the end, in blocks of tar.
      expect(causes['base-image']).toBe(512 * (Math.ceil(4_000 / 512) - Math.ceil(900 / 512)))
      expect(unwrapped(ran.stdout)).toContain(`from the moved base image ${from}:1`)
      const [, mine = '', theirs = ''] =
        /What grew through this change\n([^]*?)\n\nWhat grew through the moved base image\n([^]*?)\n\n/.exec(
          ran.stdout,
        ) ?? []
      expect([mine, theirs].map((text) => [text.includes('COPY --from=tools'), text.includes('base image')])).toEqual([
        [true, false],
        [false, true],
      ])
    } finally {
      await push(`${from}:1`, noise(900, 7))
    }
  })

  test('knows by their digests which images moved that steps copy from or mount', async () => {
    const [copied, mounted, other] = ['copied', 'mounted', 'other'].map((name) => `${from}-${name}:1`)
    for (const name of [copied, mounted, other]) await push(name ?? '', noise(3_000, 40))
    const lines = (user: number): readonly string[] => [
      'COPY busybox /busybox',
      `RUN ["/busybox", "sh", "-c", "/busybox mkdir -p /etc && echo app:x:${user}:${user}::/: > /etc/passwd"]`,
      `COPY --from=${copied} /base-content /copied`,
      `COPY --from=${other} --chown=app /base-content /other`,
      `RUN --mount=type=bind,from=${mounted},target=/m ["/busybox", "cp", "/m/base-content", "/mounted"]`,
    ]
    await shared.branch('images', 'main', { Dockerfile: final('scratch', ...lines(1001)) })
    const record = join(shared.beside, 'images.json')
    expect((await footprint(['build', '--json', record, '.'], { cwd: shared.folder })).status).toBe(0)
    const uses = finalOf(parseRecord(await readFile(record, 'utf8'), record)).uses
    for (const name of [copied, mounted, other]) {
      const digest = await succeed('skopeo', ['inspect', '--tls-verify=false', '--format', '{{.Digest}}', `docker://${name}`]) // prettier-ignore
      expect(uses.find(({ stage }) => stage === name)?.digest).toBe(digest.trim())
    }
    await shared.branch('moved-images', 'images', { Dockerfile: final('scratch', ...lines(1002)) })
    for (const name of [copied, mounted]) await push(name ?? '', noise(9_000, 50))
    const { stdout } = await footprint(['build', '--no-cache', '--baseline', record, '.'], { cwd: shared.folder })
    const words = unwrapped(stdout)
    expect(words).toContain(
      `Base images: ${copied}, which a COPY takes files from, moved, ${mounted}, which a RUN mounts, moved.`,
    )
    // Its files have another owner, since a line above was edited.
    expect(words).not.toContain(`${other} moved`)
  })

  test('reports only drift if the same commit is rebuilt without the cache', async () => {
    await shared.git('checkout', '--quiet', 'main')
    const record = join(shared.beside, 'base.json')
    await shared.put({ '../base.json': JSON.stringify(base.footprint) })
    try {
      const { status, stdout } = await footprint(
        ['build', '--no-cache', '--baseline', record, '--budget', 'final unpacked growth <= 0', '.'],
        { cwd: shared.folder },
      )
      expect(status).toBe(0)
      expect(stdout).not.toMatch(/from this change/)
      expect(unwrapped(stdout)).toMatch(/rebuild drift|Rebuild drift: (?!none)/)
      // Gzip may need a few bytes more or less for other contents.
      const [, grew = ''] = /What grew\n.*\n([^]*?)\n\n/.exec(stdout) ?? []
      for (const row of grew.split(/\n(?= *[+−])/))
        expect(row).toMatch(/^$|\n +rebuild drift: same step, different bytes/)
    } finally {
      // From now on the builder has this result for main.
      base = await revision(shared)
    }
  })

  test('compares with an image layout of the base', async () => {
    await shared.git('checkout', '--quiet', 'main')
    const layout = join(shared.beside, 'layout')
    await plainLayout([shared.folder], layout)
    await topic({ 'in/one': noise(6_000, 6) })
    const file = join(shared.beside, 'head.json')
    const { status, stdout } = await footprint(['build', '--baseline', `oci:${layout}`, '--json', file, '.'], {
      cwd: shared.folder,
    })
    expect(status).toBe(0)
    const head = finalOf(parseRecord(await readFile(file, 'utf8'), file))
    const grown = (head.totals.compressedSize ?? 0) - sum(base.plain, 'compressedSize')
    expect(stdout).toContain(`(+${(grown / 1000).toFixed(2)} kB`)
    expect(stdout).toContain(`Compared with oci:${layout}`)
    // It has one stage, and no Dockerfile.
    expect(unwrapped(stdout)).toContain('The baseline is an image, so only the final stage is compared')
    expect(stdout).not.toMatch(/, new$|is new|new layer|instruction edited|Stages:/m)
  })

  test('reports an unreadable baseline, and shows the head without a comparison', async () => {
    await topic({})
    const { status, stdout } = await footprint(['build', '--baseline', 'docker-daemon:no/where', '.'], {
      cwd: shared.folder,
    })
    expect(status).toBe(5)
    expect(unwrapped(stdout)).toMatch(
      /nothing to compare with, so this report stands on its own\. The baseline docker-daemon:no\/where cannot be read: .*where/,
    )
    expect(stdout).toContain('To pull')
  })
})

describeWith('registry')('the report of the head, if the base cannot be built', () => {
  const alone = (stdout: string): string => {
    const text = unwrapped(stdout)
    expect(text).toContain('There is nothing to compare with, so this report stands on its own.')
    return text
  }

  test('says that a RUN of the base fails', async () => {
    await shared.branch('broken', 'main', {
      Dockerfile: tools() + 'RUN ["/busybox", "false"]\n' + final(`${from}:1`, ...taken),
    })
    await shared.branch('mended', 'broken', { Dockerfile: tools() + final(`${from}:1`, ...taken) })
    const { status, stdout, stderr } = await footprint(['build', '--baseline', 'broken', '.'], { cwd: shared.folder })
    expect(status).toBe(5)
    const commit = await shared.git('rev-parse', '--short=7', 'broken')
    expect(stderr).toContain(
      `stage-footprint: nothing was compared: the base commit ${commit.slice(0, 7)} could not be`,
    )
    // The stage that is exported only takes files from the one whose step fails.
    expect(alone(stdout)).toMatch(
      new RegExp(
        `The base commit ${commit.slice(0, 7)} could not be weighed: the step \\[\\w+ \\d/\\d\\] RUN \\["/busybox", "false"\\] failed: process .* exit code: 1`,
      ),
    )
  })

  test('says that the base takes too long', async () => {
    await shared.branch('slow', 'main', {
      Dockerfile: tools() + `ENV RUN=${Date.now()}\nRUN ["/busybox", "sleep", "600"]\n` + final(`${from}:1`, ...taken),
    })
    await shared.branch('fast', 'slow', { Dockerfile: tools() + final(`${from}:1`, ...taken) })
    // A test that waited for the whole build would exceed its time limit.
    const { status, stdout } = await footprint(['build', '--baseline', 'slow', '--baseline-timeout', '2s', '.'], {
      cwd: shared.folder,
    })
    expect(status).toBe(5)
    expect(alone(stdout)).toContain('it took longer than 2 s (baseline-timeout)')
  })

  test('says that the base has no Dockerfile', async () => {
    await topic({})
    const { status, stdout } = await footprint(['build', '--baseline', 'main~1', '.'], { cwd: shared.folder })
    expect(status).toBe(5)
    expect(alone(stdout)).toContain('the base has no Dockerfile')
  })

  test('names files that earlier steps of the workflow left', async () => {
    await topic({ 'in/one': noise(5_000, 2) })
    await shared.put({ 'in/made.cache': noise(100), 'in/left': noise(50) })
    try {
      const workflow = {
        GITHUB_ACTIONS: 'true',
        GITHUB_EVENT_NAME: 'workflow_dispatch',
        GITHUB_REF: 'refs/heads/topic',
      }
      const { status, stdout } = await footprint(['build', '--baseline', 'main', '.'], {
        cwd: shared.folder,
        env: workflow,
      })
      expect(status).toBe(5)
      expect(alone(stdout)).toContain(
        'the context holds 2 files that the build reads and the commit does not contain (untracked, ignored by Git): in/left, in/made.cache',
      )
      // On a developer's machine a new file is the change itself, but a file that Git ignores is not.
      const here = await footprint(['build', '--baseline', 'main', '.'], { cwd: shared.folder })
      expect(alone(here.stdout)).toContain(
        'the context holds 1 file that the build reads and the commit does not contain (ignored by Git): in/made.cache',
      )
    } finally {
      await shared.git('clean', '-fdxq')
    }
  })
})

describeWith('registry', 'buildKit')('a comparison on a remote builder', () => {
  let builder: RemoteBuilder
  beforeAll(async () => {
    builder = await remoteBuilder()
  })
  afterAll(async () => {
    await builder[Symbol.asyncDispose]()
  })

  test('shows a file that grew, and takes a step with random output from the shared cache', async () => {
    await shared.git('checkout', '--quiet', 'main')
    const before = await revision(shared, ['.'], builder.env)
    await topic({ 'in/one': noise(7_000, 3) })
    const { image, ran } = await compared('main', before, { env: builder.env })
    expect(causesOf(image)).toEqual({ change: image.final.growth.total.uncompressedSize })
    expect(ran.stdout.replaceAll('\n', ' ')).toContain('Rebuild drift: none.')
  })
})

describeWith('registry')('rebuilds without a change', () => {
  /** To run 100 rebuilds: STAGE_FOOTPRINT_REBUILDS=100 script/with-engine npm test -- comparison -t rebuilds */
  const rebuilds = Number(process.env['STAGE_FOOTPRINT_REBUILDS'] ?? 20)

  test(
    `none of ${rebuilds} is a regression`,
    async () => {
      // Of two steps, one gives the same bytes on each run, and one never does.
      // No other test may make the same layer: a builder that also has it uncompressed may provide it so.
      const dockerfile = final('scratch', 'COPY busybox own /', 'RUN ["/busybox", "true"]', onceOnly)
      await shared.branch('rebuilt', 'main', { Dockerfile: dockerfile, own: `${process.pid} ${Date.now()}` })
      const first = await recordOf(['.'], {}, shared.folder)
      const record = join(shared.beside, 'first.json')
      await shared.put({ '../first.json': JSON.stringify(first) })
      const args = [
        'build',
        '--no-cache',
        '--baseline',
        record,
        '--format',
        'markdown',
        '--budget',
        'final pull growth <= 0',
        '--budget',
        'final layers growth <= 0',
        '.',
      ]
      const drifted = new Set<string>()
      for (let nth = 0; nth < rebuilds; nth++) {
        const { status, stdout } = await footprint(args, { cwd: shared.folder })
        expect(status).toBe(0)
        expect(stdout).toMatch(/\*\*Both budgets passed\.\*\*/)
        expect(stdout).not.toMatch(/from this change|not known/)
        drifted.add(/Rebuild drift: [^.]*/.exec(stdout)?.[0] ?? '')
      }
      expect(drifted.has('Rebuild drift: none')).toBe(false)
      // On one builder the unchanged step is shared, so nothing can differ.
      const same = await footprint(['build', '--baseline', 'rebuilt', '--budget', 'final pull growth <= 0', '.'], {
        cwd: shared.folder,
      })
      expect(same.status).toBe(0)
      expect(unwrapped(same.stdout)).toContain('Nothing that the build reads differs')
    },
    rebuilds * 10_000 + 60_000,
  )
})
