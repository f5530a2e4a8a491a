/**
 * Input that names something that does not exist is reported in one sentence with a code, before the build if possible.
 */
import { existsSync } from 'node:fs'
import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { commandLine, folderWith, footprint, requireEngine, run } from '../support/program.ts'
import { project, type Project } from '../support/revisions.ts'
import { runAction, type Step } from '../support/runner.ts'

let source: Project
let cache: Awaited<ReturnType<typeof folderWith>>
beforeAll(async () => {
  requireEngine()
  cache = await folderWith({})
  source = await project()
  await source.put({ Dockerfile: 'FROM scratch\nCOPY a /\n', a: 'a', 'no-record': 'x', 'damaged.json': '{}' })
  await source.git('add', '--all')
  await source.git('commit', '--quiet', '--message=One')
})
afterAll(async () => {
  await Promise.all([source[Symbol.asyncDispose](), cache[Symbol.asyncDispose]()])
})

const ran = (...args: readonly string[]): ReturnType<typeof footprint> =>
  footprint(args, { cwd: source.folder, env: { XDG_CACHE_HOME: cache.path } })
const built = join('out', 'a')

describe('wrong input of the command line', () => {
  test('is a record that is too large, from a file and from standard input', async () => {
    const large = join(source.folder, 'large.json')
    await writeFile(large, `{${' '.repeat(64_000_000)}`)
    for (const [args, what] of [
      [['render', 'large.json'], 'the record large.json'],
      [['compare', 'large.json', 'large.json'], 'the record large.json'],
      [['publish', 'large.json'], 'the record large.json'],
      [['render', '/dev/zero'], 'the record /dev/zero'],
      [['trend', 'large.json'], 'large.json'],
    ] as const) {
      const { status, stdout, stderr } = await ran(...args)
      expect([status, stdout]).toEqual([2, ''])
      expect(stderr).toContain(`${what} cannot be read: it has more than 64 MB [UNREADABLE_INPUT]`)
    }
    await rm(large)
    const pipe = 'head -c 64000001 /dev/zero | "$0" "$1" render -'
    const piped = await run('sh', ['-c', pipe, process.execPath, commandLine])
    expect([piped.status, piped.stdout]).toEqual([2, ''])
    expect(piped.stderr).toContain('standard input cannot be read: it has more than 64 MB [UNREADABLE_INPUT]')
  })

  test.each([
    [['render', 'nofile'], 'the record nofile cannot be read: there is no such file or folder [UNREADABLE_INPUT]'],
    [['render', '.git'], 'the record .git cannot be read: it is a folder [UNREADABLE_INPUT]'],
    [
      ['render', 'docker-daemon:app'],
      'docker-daemon:app is an image, not a record: run "stage-footprint inspect docker-daemon:app" to weigh it, with --json FILE to write its record [UNREADABLE_INPUT]',
    ],
    [
      ['render', 'docker-deamon:app'],
      'there is no record docker-deamon:app; to weigh the image docker-daemon:app, run "stage-footprint inspect docker-daemon:app" [UNREADABLE_INPUT]',
    ],
    [['render', 'a/b'], 'the record a/b cannot be read: a part of its path is not a folder [UNREADABLE_INPUT]'],
    [['publish', 'nofile'], 'the record nofile cannot be read: there is no such file or folder [UNREADABLE_INPUT]'],
    [['inspect', 'nofile'], 'there is no file or folder nofile'],
    [['inspect', 'docker-deamon:app'], 'there is no file or folder docker-deamon:app; did you mean docker-daemon:app?'],
    [['inspect', 'oci:nofile'], 'nofile'],
    [
      ['inspect', 'docker://localhost:99999/app'],
      'docker://localhost:99999/app is not an image of a registry, because 99999 is not a port (1 to 65535); write docker://',
    ],
    [['inspect', 'docker-archive:nofile'], 'nofile'],
    [['compare', 'nofile', 'damaged.json'], 'there is no file or folder nofile'],
    [
      ['inspect', 'oci:.', '--json', 'no/such.json'],
      'the report cannot be written to no/such.json: there is no folder no [UNREADABLE_INPUT]',
    ],
    [
      ['inspect', 'oci:.', '--markdown', '.git'],
      'the report cannot be written to .git: it is a folder [UNREADABLE_INPUT]',
    ],
    [
      ['render', 'damaged.json', '--budget', '@no-budgets'],
      'the budgets file no-budgets, which --budget names, is neither in this revision nor in its base',
    ],
    [['render', 'damaged.json', '--budget', '@.git'], 'the budgets file .git is not a regular file'],
    [
      ['build', '--file', 'nofile', '.'],
      'the Dockerfile nofile cannot be read: there is no such file or folder; name another one with --file [UNREADABLE_INPUT]',
    ],
    [['build', 'nofolder'], 'the build context nofolder cannot be read: there is no such file or folder'],
  ])('%j is refused in one sentence', async (args, message) => {
    const { status, stdout, stderr } = await ran(...args)
    expect([status, stdout]).toEqual([2, ''])
    expect(stderr).toContain(message)
    expect(stderr.trim().split('\n')).toHaveLength(1)
    expect(stderr).not.toMatch(/\bE[A-Z]{4,}\b|errno|no such file or directory/)
  })

  test.each([
    [
      'for a stage that does not exist',
      'stage biuld unpacked <= 1GB',
      0,
      'there is no stage "biuld": there is only "0"',
    ],
    ['without a unit', 'unpacked <= 80', 1, 'a limit of 80 without a unit is 80 bytes; write 80MB'],
  ])('a budget %s is a warning before the build', async (_which, rule, expected, said) => {
    const { status, stderr } = await ran('build', '--budget', rule, '--output', 'type=cacheonly', '.')
    expect(status).toBe(expected)
    const [warning, start] = [`--budget: ${said}`, 'load build definition'].map((text) => stderr.indexOf(text))
    expect(warning).toBeGreaterThanOrEqual(0)
    expect(start).toBeGreaterThan(warning ?? Infinity)
  })

  test('a budget for a stage that does not exist is explained once, and the report says that it was not judged', async () => {
    const rule = 'stage biuld unpacked <= 1GB'
    const { stdout, stderr } = await ran('build', '--budget', rule, '--output', 'type=cacheonly', '.')
    expect(stderr.match(/biuld/g)).toHaveLength(1)
    expect(stdout.replace(/\s+/g, ' ')).toContain(
      `stage biuld: the value is not known, as the Dockerfile has no such stage (${rule})`,
    )
    expect(stdout).not.toContain('there is no stage')
  })

  test.each([
    [
      'a path',
      ['--baseline', './no.json'],
      '--baseline names ./no.json, which cannot be read: there is no such file or folder [UNREADABLE_INPUT]',
    ],
    ['a layout', ['--baseline', 'oci:nowhere'], '--baseline names nowhere, which cannot be read'],
    [
      'a revision',
      ['--baseline', 'mian'],
      'names neither a revision nor a file: the revision mian cannot be found in the repository (did you mean "main"?) [UNREADABLE_INPUT]',
    ],
    [
      'a file of budgets',
      ['--budget', '@no-budgets'],
      'the budgets file no-budgets, which --budget names, is neither in this revision nor in its base: write the path relative to the current folder, or to the root of a Git context [UNREADABLE_INPUT]',
    ],
    [
      'a file of budgets, of the base too',
      ['--baseline', 'HEAD', '--budget', '@no-budgets'],
      'neither in this revision nor in its base',
    ],
    ['the folder of a report', ['--json', 'no/such.json'], 'there is no folder no'],
  ])('%s that does not exist is reported before the build', async (_, flags, message) => {
    const { status, stdout, stderr } = await ran('build', ...flags, '--output', 'type=local,dest=out', '.')
    expect([status, stdout]).toEqual([2, ''])
    expect(stderr).toContain(message)
    expect(existsSync(join(source.folder, built))).toBe(false)
  })

  test('a faulty rule in a file of budgets is reported before the build, if no base may have another file', async () => {
    await source.put({ 'faulty-budgets': 'final pull <= 10Mb\n' })
    const flags = ['--budget', '@faulty-budgets', '--output', 'type=local,dest=out']
    const { status, stdout, stderr } = await ran('build', ...flags, '.')
    expect([status, stdout]).toEqual([2, ''])
    expect(stderr).toMatch(/faulty-budgets:1, column \d+: /)
    expect(existsSync(join(source.folder, built))).toBe(false)
  })

  test.each([
    ['no record', 'damaged.json', 'damaged.json'],
    ['no image of the engine', 'docker-daemon:no/such', 'the engine has no image no/such:latest'],
    ['a registry that does not answer', 'docker://127.0.0.1:9/x', '[REGISTRY_UNREACHABLE]'],
  ])('%s as the baseline leaves the build and its report, with status 5', async (_, baseline, message) => {
    const { status, stdout, stderr } = await ran('build', '--baseline', baseline, '.')
    expect(status).toBe(5)
    expect(stdout).toContain('To pull: ')
    expect(stdout.replace(/\s+/g, ' ')).toContain('There is nothing to compare with')
    const last = stderr.trim().split('\n').at(-1)
    expect(last).toContain(`stage-footprint: nothing was compared: --baseline ${baseline} cannot be read: `)
    expect(last).toContain(message)
  })

  test('a failed budget takes precedence over a missing baseline', async () => {
    const { status } = await ran('build', '--baseline', 'docker-daemon:no/such', '--budget', 'layers <= 0', '.')
    expect(status).toBe(1)
  })

  test('a budgets file that only the base has is used', async () => {
    await source.branch('with-budgets', 'main', { budgets: 'layers <= 0\n' })
    await source.branch('without', 'with-budgets', { budgets: null })
    const { status, stdout } = await ran('build', '--baseline', 'with-budgets', '--budget', '@budgets', '.')
    await source.git('checkout', '--quiet', 'main')
    expect([status, stdout]).toEqual([1, expect.stringContaining('Budget failed')])
  })

  test('a budget that cannot be judged is reported on standard error if the report is not for a terminal', async () => {
    const { status, stdout, stderr } = await ran(
      'build',
      '--quiet',
      '--format',
      'json',
      '--budget',
      'pull growth <= 1MB',
      '.',
    )
    expect([status, stdout.startsWith('{')]).toEqual([0, true])
    expect(stderr).toBe(
      'stage-footprint: Budget not judged: final stage: growth is not known, as there is no baseline to compare with (name one with --baseline) (pull growth <= 1MB)\n',
    )
  })
})

describe('wrong input of the action', () => {
  const step = (inputs: Readonly<Record<string, string>>): Promise<Step> =>
    runAction(
      source.folder,
      { context: '.', baseline: 'none', ...inputs },
      { env: { XDG_CACHE_HOME: cache.path, ACTIONS_STEP_DEBUG: '' } },
    )
  const problems = ({ stdout }: Step): readonly string[] =>
    stdout.split('\n').filter((line) => /^::(?:warning|error)/.test(line))

  test.each([
    [{ context: '.' }, 'the Dockerfile Dockerfile cannot be read'],
    [{ context: 'web' }, 'the build context web cannot be read'],
    [{ mode: 'bake' }, 'there is no bake definition'],
  ])('a workspace that nothing was checked out into: %j', async (inputs, what) => {
    await using empty = await folderWith({})
    const { status, stdout } = await runAction(
      empty.path,
      { baseline: 'none', ...inputs },
      {
        env: { XDG_CACHE_HOME: cache.path },
      },
    )
    expect(status).toBe(1)
    expect(stdout).toContain(
      `::error::${what}: the folder ${empty.path} is empty; in a workflow, actions/checkout has to come before this step [UNREADABLE_INPUT]`,
    )
  })

  test.each([
    [
      { file: 'nofile' },
      '::error::the Dockerfile nofile cannot be read: there is no such file or folder; name another one with input file [UNREADABLE_INPUT]',
    ],
    [
      { budgets: '@no-budgets', outputs: 'type=local,dest=out' },
      '::error::the budgets file no-budgets, which input budgets names, is neither in this revision nor in its base: write the path relative to the current folder, or to the root of a Git context [UNREADABLE_INPUT]',
    ],
    [
      { comment: 'perhaps' },
      '::error::input comment must be one of always, changes, failures, off, not "perhaps" [USAGE]',
    ],
    [
      { builder: 'nosuch' },
      '::error::there is no builder "nosuch": "docker buildx ls" lists the builders to choose from with input builder [ENGINE_UNREACHABLE]',
    ],
  ])('%j fails the step, in the words of the action', async (inputs, message) => {
    const ended = await step(inputs)
    expect([ended.status, problems(ended)]).toEqual([1, [message]])
    expect(existsSync(join(source.folder, built))).toBe(false)
  })

  test.each(['mian', './no.json', 'docker-daemon:no/such'])(
    'a missing baseline (%s) is a warning, and fails the step with fail-on-report-error',
    async (baseline) => {
      const warned = await step({ baseline })
      expect([warned.status, problems(warned)]).toEqual([
        0,
        [expect.stringMatching(/^::warning::nothing was compared: input baseline .* \[UNREADABLE_INPUT\]$/)],
      ])
      expect(warned.outputs['final-layers']).toBe('1')
      expect(warned.summary).toContain('There is nothing to compare with')
      const failed = await step({ baseline, 'fail-on-report-error': 'true' })
      expect([failed.status, problems(failed)]).toEqual([
        1,
        [expect.stringMatching(/^::error::nothing was compared: input baseline/)],
      ])
      expect(failed.outputs['final-layers']).toBe('1')
    },
  )

  test('a budget that cannot be judged is annotated, and the verdict warns', async () => {
    const ended = await step({ budgets: 'pull growth <= 1MB' })
    expect([ended.status, ended.outputs['verdict']]).toEqual([0, 'warn'])
    expect(problems(ended)).toEqual([
      '::warning title=Budget not judged,file=Dockerfile::Budget not judged: final stage: growth is not known, as there is no baseline to compare with (name one with input baseline) (pull growth <= 1MB)',
    ])
    expect(ended.summary.split('\n')[0]).toContain('budget not judged')
  })

  test('a budget for a stage that does not exist is explained in one annotation', async () => {
    const ended = await step({ budgets: 'stage biuld pull <= 1MB' })
    expect([ended.status, ended.outputs['verdict']]).toEqual([0, 'warn'])
    expect(problems(ended)).toEqual([expect.stringContaining('there is no stage "biuld": there is only "0"')])
    expect(ended.summary).toContain('the Dockerfile has no such stage')
  })

  test('the log ends with the figures and the verdict, and mentions no missing comment after a push', async () => {
    const { stdout } = await step({ budgets: 'layers <= 5', 'github-token': '' })
    expect(stdout.trim().split('\n').slice(-2)).toEqual([
      expect.stringMatching(/^app \(linux\/\w+\): [\d.]+ k?B unpacked; to pull \d+ B\.$/),
      'Budgets: 1 budget passed.',
    ])
    expect(stdout).not.toContain('No comment')
  })
})
