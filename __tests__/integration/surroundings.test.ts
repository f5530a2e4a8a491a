/**
 * The user's build runs, and its outputs stand, whatever is missing around it. All tests run the bundles as shipped.
 */
import { chmod, cp, mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { beforeAll, describe, expect, test } from '@jest/globals'
import {
  commandLine,
  action,
  folderWith,
  footprint,
  ownCache,
  requireEngine,
  run,
  succeed,
  type Ran,
} from '../support/program.ts'
import { testWith } from '../support/rig.ts'
import { runAction, type Step } from '../support/runner.ts'

const busybox = await readFile('/bin/busybox')
const dockerfile = `FROM scratch AS build
COPY busybox /bin/busybox
RUN ["/bin/busybox", "sh", "-c", "echo hello > /hello"]
FROM scratch
COPY --from=build /hello /
`
const context = { Dockerfile: dockerfile, busybox }

beforeAll(() => void requireEngine())

type Env = Readonly<Record<string, string | undefined>>

const warningsOf = ({ stdout }: Ran): readonly string[] =>
  stdout.split('\n').filter((line) => /^::(?:warning|error)/.test(line))
const said = ({ stderr }: Ran): readonly string[] =>
  stderr.split('\n').filter((line) => line.startsWith('stage-footprint: '))
const isDigest = /^sha256:[0-9a-f]{64}$/

let plain: Promise<string> | null = null
/** Returns the digest of a plain build of the context, with the client that we call. All folders have the same files. */
const plainDigest = (path: string): Promise<string> => (plain ??= builtDigest(path))
const builtDigest = async (path: string): Promise<string> => {
  const file = join(path, '..', `metadata-${process.pid}.json`)
  await succeed('docker', ['buildx', 'build', '--quiet', '--provenance=false', '--metadata-file', file, path])
  const digest = (JSON.parse(await readFile(file, 'utf8')) as Record<string, string>)['containerimage.digest'] ?? ''
  await rm(file)
  return digest
}

const home =
  /cannot be written \((?:a part of its path is not a folder|there is no such file or folder)\), so nothing is kept for later runs: set XDG_CACHE_HOME/

/** What is missing, for both programs, and the one warning about it, or null if there is none. */
const common: readonly (readonly [string, Env, RegExp | null])[] = [
  ['nothing', {}, null],
  ['HOME', { HOME: undefined }, null],
  ['what HOME holds', { HOME: '' }, /^HOME is empty: the user's home folder .* is used instead$/],
  ['an absolute HOME', { HOME: 'home' }, /^HOME is "home", which is not an absolute path/],
  ['a HOME that is a folder', { HOME: '/dev/null/home', XDG_CACHE_HOME: undefined }, home],
  ['a HOME that can be written', { HOME: '/proc/no-home', XDG_CACHE_HOME: undefined }, home],
  [
    'an absolute XDG_CACHE_HOME',
    { XDG_CACHE_HOME: 'cache' },
    /^XDG_CACHE_HOME is "cache", which is not an absolute path: it is ignored$/,
  ],
]

describe.each(common)('without %s', (_, env, warning) => {
  const expected = warning === null ? [] : [expect.stringMatching(warning)]
  const own = { XDG_CACHE_HOME: undefined, ...env }

  test('builds and weighs on the command line', async () => {
    await using folder = await folderWith(context)
    const ran = await footprint(['build', '--quiet', '.'], { cwd: folder.path, env: own })
    expect([ran.status, said(ran).map((line) => line.slice('stage-footprint: '.length))]).toEqual([0, expected])
    expect(ran.stdout).toContain('COPY --from=build /hello /')
    expect((await readdir(folder.path)).sort()).toEqual(['Dockerfile', 'busybox'])
  })

  test('builds and weighs in the action', async () => {
    await using folder = await folderWith(context)
    const step = await runAction(folder.path, { context: '.', provenance: 'false' }, { env: own })
    expect([step.status, warningsOf(step).map((line) => line.replace(/^::warning::/, ''))]).toEqual([0, expected])
    expect(step.outputs['digest']).toBe(await plainDigest(folder.path))
    expect(step.outputs['final-layers']).toBe('1')
    expect((await readdir(folder.path)).sort()).toEqual(['Dockerfile', 'busybox'])
  })
})

describe('a temporary folder', () => {
  const elsewhere =
    /^(?:::warning::|stage-footprint: )no temporary folder can be made in .* \((?:a part of its path is not a folder|there is no such file or folder)\): \/tmp is used instead$/

  test.each(['/no/such/folder', '/proc', '/dev/null'])(
    'is chosen by us if TMPDIR names an unusable one (%s)',
    async (folder) => {
      await using at = await folderWith(context)
      const ran = await footprint(['build', '--quiet', '.'], { cwd: at.path, env: { TMPDIR: folder } })
      expect([ran.status, said(ran)]).toEqual([0, [expect.stringMatching(elsewhere)]])
    },
  )

  test.each(['/no/such/folder', '/proc'])(
    'is chosen by us, for the files of the report too, if RUNNER_TEMP names an unusable one (%s)',
    async (folder) => {
      await using at = await folderWith(context)
      const temp = await mkdtemp(join(tmpdir(), 'sf-temp-'))
      try {
        const step = await runAction(at.path, { context: '.' }, { env: { RUNNER_TEMP: folder, TMPDIR: temp } })
        expect([step.status, warningsOf(step)]).toEqual([
          0,
          [
            `::warning::no temporary folder can be made in ${folder} (there is no such file or folder): ${temp} is used instead`,
          ],
        ])
        expect(step.outputs['digest']).toMatch(isDigest)
        expect(await step.read(step.outputs['record'])).toContain('"schemaVersion":1'.replace(':', ': '))
        expect((await readdir(temp)).sort()).toEqual([
          'stage-footprint.html',
          'stage-footprint.md',
          'stage-footprint.record.json',
        ])
      } finally {
        await rm(temp, { recursive: true })
      }
    },
  )

  test('is reported if the runner does not name one', async () => {
    await using at = await folderWith(context)
    const step = await runAction(
      at.path,
      { context: '.', name: `no-temp-${process.pid}` },
      { env: { RUNNER_TEMP: undefined } },
    )
    expect([step.status, warningsOf(step)]).toEqual([0, [expect.stringMatching(/^::warning::RUNNER_TEMP is not set/)]])
    expect(step.outputs['digest']).toMatch(isDigest)
    for (const name of ['record', 'markdown', 'html'] as const) await rm(step.outputs[name] ?? '')
  })

  // In a separate mount namespace, all of them can be read-only or full.
  testWith('root').each([
    ['read-only', 'mount -t tmpfs -o ro tmpfs'],
    ['full', 'mount -t tmpfs -o size=4k tmpfs'],
  ])('that is %s everywhere prevents the report, but not the build', async (_, mount) => {
    await using at = await folderWith({ ...context, 'build.sh': `${mount} /tmp && ${mount} /var/tmp && exec "$@"\n` })
    const place = await mkdtemp(join('/run', 'sf-context-'))
    try {
      await succeed('cp', ['-a', `${at.path}/.`, place])
      const socket = requireEngine().replace('unix://', '')
      // The engine's socket is below /tmp.
      await succeed('ln', ['-s', `/proc/${process.pid}/root${socket}`, join(place, 'sock')])
      await writeFile(join(place, '.dockerignore'), 'sock\n')
      const client = {
        DOCKER_HOST: `unix://${place}/sock`,
        BUILDX_CONFIG: place + '/buildx',
        DOCKER_CONFIG: place + '/docker',
        TMPDIR: undefined,
        RUNNER_TEMP: undefined,
        PATH: '/usr/local/bin:/usr/bin:/bin',
      }
      const ran = await run(
        'unshare',
        [
          '--mount',
          'sh',
          join(place, 'build.sh'),
          process.execPath,
          commandLine,
          'build',
          '--quiet',
          '--iidfile',
          join(place, 'iid'),
          place,
        ],
        { env: client },
      )
      expect(said(ran)).toEqual([
        expect.stringMatching(
          /^stage-footprint: the image was built, but could not be weighed: no temporary folder can be made in \/tmp \(.*\) or \/var\/tmp \(.*\): set TMPDIR .*\[WEIGHING_FAILED\]$/,
        ),
      ])
      expect([ran.status, ran.stdout]).toEqual([5, ''])
      expect(await readFile(join(place, 'iid'), 'utf8')).toMatch(isDigest)
    } finally {
      await rm(place, { recursive: true })
    }
  })
})

describe('a user without an entry in the passwd database', () => {
  // A separate mount namespace without entries.
  const nobody = (program: string): readonly string[] => [
    '--mount',
    'sh',
    '-c',
    'mount --bind /dev/null /etc/passwd && printf "passwd: files\\n" >"$1" && mount --bind "$1" /etc/nsswitch.conf && shift && exec "$@"',
    'sh',
    '',
    process.execPath,
    program,
  ]
  const nothingKept =
    /HOME is not set, and this user has no home folder, so nothing is kept for later runs: set HOME or XDG_CACHE_HOME/

  testWith('root')('builds and weighs on the command line', async () => {
    await using at = await folderWith({ 'context/Dockerfile': dockerfile, 'context/busybox': busybox })
    const words = nobody(commandLine).map((word) => (word === '' ? join(at.path, 'nsswitch') : word))
    const ran = await run('unshare', [...words, 'build', '--quiet', join(at.path, 'context')], {
      env: { HOME: undefined, XDG_CACHE_HOME: undefined },
    })
    expect([ran.status, said(ran)]).toEqual([0, [expect.stringMatching(nothingKept)]])
    expect(ran.stdout).toContain('COPY --from=build /hello /')
  })

  testWith('root')('builds and weighs in the action', async () => {
    await using at = await folderWith({ 'context/Dockerfile': dockerfile, 'context/busybox': busybox })
    const words = nobody(action).map((word) => (word === '' ? join(at.path, 'nsswitch') : word))
    const step = await runAction(
      join(at.path, 'context'),
      { context: '.' },
      { env: { HOME: undefined, XDG_CACHE_HOME: undefined }, through: ['unshare', ...words] },
    )
    expect([step.status, warningsOf(step)]).toEqual([0, [expect.stringMatching(nothingKept)]])
    expect(step.outputs['digest']).toMatch(isDigest)
  })
})

testWith('root').each([
  ['read-only', 'ro'],
  ['full', 'size=4k'],
])('reports a cache on a disk that is %s, and weighs without it', async (_, option) => {
  await using at = await folderWith({ ...context, '.dockerignore': 'cache\n' })
  const cache = join(at.path, 'cache')
  await mkdir(cache)
  await succeed('mount', ['-t', 'tmpfs', '-o', option, 'tmpfs', cache])
  try {
    if (option !== 'ro') await run('dd', ['if=/dev/zero', `of=${join(cache, 'full')}`, 'bs=4k', 'count=4'])
    const step = await runAction(at.path, { context: '.' }, { env: { XDG_CACHE_HOME: cache } })
    expect([step.status, warningsOf(step)]).toEqual([
      0,
      [
        expect.stringMatching(
          /^::warning::the cache folder .* cannot be written \((?:the file system is read-only|the disk is full)\)/,
        ),
      ],
    ])
    expect(step.outputs['final-layers']).toBe('1')
  } finally {
    await succeed('umount', [cache])
  }
})

describe('an unusable file or variable of the runner', () => {
  const unwritten: readonly (readonly [string, Env, RegExp, (step: Step) => void])[] = [
    [
      'no GITHUB_OUTPUT',
      { GITHUB_OUTPUT: undefined },
      /^::warning::GITHUB_OUTPUT is not set/,
      ({ summary }) => expect(summary).toContain('Stage Footprint'),
    ],
    [
      'a GITHUB_OUTPUT that is not there',
      { GITHUB_OUTPUT: '/no/such/file' },
      /^::warning::outputs of this step are missing/,
      ({ summary }) => expect(summary).toContain('Stage Footprint'),
    ],
    [
      'a GITHUB_OUTPUT that is a folder',
      { GITHUB_OUTPUT: '/tmp' },
      /^::warning::outputs of this step are missing/,
      ({ summary }) => expect(summary).toContain('Stage Footprint'),
    ],
    [
      'no GITHUB_STEP_SUMMARY',
      { GITHUB_STEP_SUMMARY: undefined },
      /^::warning::GITHUB_STEP_SUMMARY is not set/,
      ({ outputs }) => expect(outputs['digest']).toMatch(isDigest),
    ],
    [
      'a GITHUB_STEP_SUMMARY that cannot be written',
      { GITHUB_STEP_SUMMARY: '/no/such/file' },
      /^::warning::the job summary cannot be written: there is no such file or folder$/,
      ({ outputs }) => expect(outputs['verdict']).toBe('pass'),
    ],
  ]

  test.each(unwritten)('%s causes one warning and nothing else', async (_, env, warning, look) => {
    await using folder = await folderWith(context)
    const step = await runAction(folder.path, { context: '.' }, { env })
    expect([step.status, warningsOf(step)]).toEqual([0, [expect.stringMatching(warning)]])
    look(step)
  })

  test('fails the step for an unwritable summary if the input fail-on-report-error says so', async () => {
    await using folder = await folderWith(context)
    const step = await runAction(
      folder.path,
      { context: '.', 'fail-on-report-error': 'true' },
      { env: { GITHUB_STEP_SUMMARY: '/no/such/file' } },
    )
    expect([step.status, warningsOf(step)]).toEqual([
      1,
      [expect.stringMatching(/^::error::the job summary cannot be written/)],
    ])
    expect(step.outputs['digest']).toMatch(isDigest)
  })

  test('does not let a failed budget pass', async () => {
    await using folder = await folderWith(context)
    const step = await runAction(
      folder.path,
      { context: '.', budgets: 'final layers <= 0' },
      { env: { GITHUB_STEP_SUMMARY: '/no/such/file', GITHUB_OUTPUT: '/no/such/file' } },
    )
    expect(step.status).toBe(1)
    expect(warningsOf(step).filter((line) => line.startsWith('::error::'))).toEqual([
      expect.stringMatching(/^::error::Over budget/),
    ])
  })

  test.each(['push', 'pull_request', 'merge_group', 'schedule'])(
    'leaves the build intact if the payload of the event %s is missing or invalid',
    async (name) => {
      await using folder = await folderWith({
        'context/Dockerfile': dockerfile,
        'context/busybox': busybox,
        'event.json': '{"pull_request":',
      })
      const cut = join(folder.path, 'event.json')
      for (const event of name === 'push' ? [undefined, '', '/no/such/file', '/tmp', cut] : [cut]) {
        const step = await runAction(
          join(folder.path, 'context'),
          { context: '.' },
          { env: { GITHUB_EVENT_NAME: name, GITHUB_EVENT_PATH: event } },
        )
        expect([
          step.status,
          step.outputs['digest'],
          warningsOf(step).filter((line) => line.startsWith('::error')),
        ]).toEqual([0, expect.stringMatching(isDigest), []])
        expect(step.summary).toContain('There is no base commit')
      }
    },
  )

  test.each([undefined, '', '/no/such/folder'])('leaves the build intact if the workspace is %j', async (workspace) => {
    await using folder = await folderWith(context)
    const step = await runAction(folder.path, { context: '.' }, { env: { GITHUB_WORKSPACE: workspace } })
    expect([step.status, warningsOf(step)]).toEqual([0, []])
    expect(step.outputs['digest']).toMatch(isDigest)
  })
})

test('builds in another folder although the current folder is gone', async () => {
  await using at = await folderWith({ 'context/Dockerfile': dockerfile, 'context/busybox': busybox })
  const words = 'mkdir "$1/gone" && cd "$1/gone" && rmdir "$1/gone" && shift && exec "$@"'
  const inGone = (...command: readonly string[]): Promise<Ran> =>
    run('sh', ['-c', words, 'sh', at.path, ...command], { env: ownCache })
  const ran = await inGone(process.execPath, commandLine, 'build', '--quiet', join(at.path, 'context'))
  expect([ran.status, said(ran)]).toEqual([0, []])
  expect(ran.stdout).toContain('COPY --from=build /hello /')
  // The client refuses this folder too.
  const refused = await inGone(process.execPath, commandLine, 'build', '--quiet', '.')
  expect([refused.status, said(refused)]).toEqual([2, [expect.stringContaining('cannot be read')]])
})

describe('metadata of a good build', () => {
  /** Makes a client that does its work and then damages the metadata that it wrote. */
  async function spoiling(folder: string, spoil: string): Promise<Env> {
    const docker = (await succeed('sh', ['-c', 'command -v docker'])).trim()
    const bin = join(folder, 'bin')
    await mkdir(bin)
    const script = `#!/bin/sh\n'${docker}' "$@"\nstatus=$?\nfor word; do case "$word" in */build-metadata.json | */bake-metadata.json) file=$word; ${spoil};; esac; done\nexit $status\n`
    await writeFile(join(bin, 'docker'), script)
    await chmod(join(bin, 'docker'), 0o755)
    return { PATH: `${bin}${delimiter}${process.env['PATH'] ?? ''}` }
  }
  const files = {
    'context/Dockerfile': dockerfile,
    'context/busybox': busybox,
    'context/docker-bake.hcl': 'target "default" {}\n',
  }
  const spoilings = [
    ['cut short', 'head -c 20 "$file" >"$file.cut"; mv "$file.cut" "$file"', 'it is not a JSON object'],
    ['empty', ': >"$file"', 'the builder wrote none'],
    ['null', 'echo null >"$file"', 'it is not a JSON object'],
    ['gone', 'rm "$file"', 'the builder wrote none'],
  ] as const
  const sentence = (why: string): string =>
    `the digest of what was built is not known: the metadata of the build cannot be read (${why})`

  test.each(spoilings)('that is %s causes a warning, and the stages are weighed', async (_, spoil, why) => {
    await using folder = await folderWith(files)
    const step = await runAction(
      join(folder.path, 'context'),
      { context: '.' },
      { env: await spoiling(folder.path, spoil) },
    )
    expect([step.status, warningsOf(step)]).toEqual([0, [`::warning::${sentence(why)}`]])
    expect(step.outputs).toMatchObject({ imageid: '', digest: '', metadata: '', 'final-layers': '1', verdict: 'pass' })
    const ran = await footprint(['build', '--quiet', join(folder.path, 'context')], {
      env: { PATH: `${join(folder.path, 'bin')}${delimiter}${process.env['PATH'] ?? ''}` },
    })
    expect([ran.status, said(ran)]).toEqual([0, [`stage-footprint: ${sentence(why)}`]])
  })

  test('of a bake causes a warning too', async () => {
    await using folder = await folderWith(files)
    const [, spoil, why] = spoilings[0]
    const step = await runAction(
      join(folder.path, 'context'),
      { files: 'docker-bake.hcl', allow: `fs.read=${folder.path}` },
      { env: await spoiling(folder.path, spoil) },
    )
    expect([step.status, warningsOf(step)]).toEqual([0, [`::warning::${sentence(why)}`]])
    expect(step.outputs).toMatchObject({ digest: '', 'final-layers': '1' })
  })

  test('fails the step, with the report, if the input fail-on-report-error says so', async () => {
    await using folder = await folderWith(files)
    const [, spoil, why] = spoilings[0]
    const step = await runAction(
      join(folder.path, 'context'),
      { context: '.', 'fail-on-report-error': 'true' },
      { env: await spoiling(folder.path, spoil) },
    )
    expect([step.status, warningsOf(step)]).toEqual([1, [`::error::${sentence(why)}`]])
    expect(step.outputs['final-layers']).toBe('1')
  })
})

test('says that the image was built if a file of the program that it loads afterwards is gone', async () => {
  await using folder = await folderWith({ 'context/Dockerfile': dockerfile, 'context/busybox': busybox })
  const [program, out] = [join(folder.path, 'cli'), join(folder.path, 'out')]
  await cp(dirname(commandLine), program, { recursive: true })
  const parts = (await readdir(program)).filter((name) => name.endsWith('.index.js'))
  const afterwards: string[] = []
  for (const part of parts) {
    await rename(join(program, part), join(folder.path, part))
    const words = ['build', '--output', `type=local,dest=${out}`, join(folder.path, 'context')]
    const ran = await run(process.execPath, [join(program, 'index.js'), ...words], { env: ownCache })
    const built = (await readdir(folder.path)).includes('out')
    if (built && ran.status !== 0) {
      afterwards.push(part)
      expect([ran.status, ran.stderr]).toEqual([
        5,
        expect.stringMatching(
          /the image was built, but .* a file of Stage Footprint is missing, install it again .*BUG/,
        ),
      ])
    }
    await rm(out, { recursive: true, force: true })
    await rename(join(folder.path, part), join(program, part))
  }
  // What weighs, and what makes the report.
  expect(afterwards.length).toBeGreaterThan(1)
})

test('removes what a killed run left behind, and does not disturb concurrent runs', async () => {
  await using at = await folderWith({ 'context/Dockerfile': dockerfile, 'context/busybox': busybox })
  const temp = join(at.path, 'temp')
  await mkdir(temp)
  const killed = await footprint(['build', join(at.path, 'context')], {
    env: { TMPDIR: temp },
    kill: { signal: 'SIGKILL', when: /^#\d/m },
  })
  expect(killed.status).toBeNull()
  const names = await readdir(temp)
  expect(names).toHaveLength(1)
  await footprint(['build', '--quiet', join(at.path, 'context')], { env: { TMPDIR: temp } })
  expect(await readdir(temp)).toEqual(names)
  await succeed('touch', ['-d', '25 hours ago', join(temp, names[0] ?? '')])
  await footprint(['build', '--quiet', join(at.path, 'context')], { env: { TMPDIR: temp } })
  expect(await readdir(temp)).toEqual([])
})
