import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { buildxFlags, type BuildxFlag } from '../../src/inputs/buildx-flags.ts'
import { helpFor } from '../../src/inputs/help.ts'
import type { BuildInputs } from '../../src/inputs/inputs.ts'
import {
  buildFlags,
  inspectFlags,
  publishFlags,
  reportFlags,
  viewFlags,
  type OwnFlag,
} from '../../src/inputs/own-flag-table.ts'
import { commandNames, type CommandName } from '../../src/inputs/manual.ts'
import { parseCommand } from '../../src/inputs/parse-command.ts'
import { parseBuild } from '../support/build-command.ts'
import { thrownBy } from '../support/thrown-by.ts'

const build = (...argv: string[]) => parseBuild(argv).build
const options = (...argv: string[]) => parseBuild(argv).options
const errorOf = (...argv: string[]) => thrownBy(() => parseCommand(argv, {}))

describe('flags of docker buildx build', () => {
  test.each([
    ['may be missing', ['.'], {}],
    ['may follow the context', ['.', '--target', 'run'], { target: 'run' }],
    [
      'have their value after = or as the next argument',
      ['--target=run', '--file', 'a/Dockerfile', '.'],
      { target: 'run', file: 'a/Dockerfile' },
    ],
    ['may be short', ['-t', 'a', '-tb', '-t=c', '-f-', '.'], { tags: ['a', 'b', 'c'], file: '-' }],
    ['may be joined', ['-Dt', 'a', '.'], { tags: ['a'] }],
    ['have values that look like flags', ['--build-arg', '--push', '.'], { buildArgs: ['--push'], push: false }],
    ['have values with =', ['--build-arg=A=b=c', '.'], { buildArgs: ['A=b=c'] }],
    ['use the last value', ['--target', 'a', '--target', 'b', '.'], { target: 'b' }],
    ['use the default for an empty value', ['--target=', '--builder', '', '.'], { target: null, builder: null }],
    ['may be booleans', ['--push', '--load=1', '.'], { push: true, load: true }],
    ['may be set back to false', ['--push', '--push=false', '.'], { push: false }],
    [
      'take platforms in one flag or several',
      ['--platform', 'linux/amd64,linux/arm64', '--platform=linux/arm/v7', '.'],
      { platforms: ['linux/amd64', 'linux/arm64', 'linux/arm/v7'] },
    ],
    ['take outputs', ['-o', 'type=oci,dest=x', '--output=out', '.'], { outputs: ['type=oci,dest=x', 'out'] }],
    ['take --check as a call', ['--check', '.'], { call: 'check' }],
    ['take a call', ['--call', 'outline,format=json', '.'], { call: 'outline,format=json' }],
    ['take the call build as none', ['--call=build', '--check=false', '.'], { call: null }],
    ['take files for results', ['--metadata-file', 'm', '--iidfile=i', '.'], { metadataFile: 'm', iidFile: 'i' }],
    ['take a builder', ['--builder', 'other', '.'], { builder: 'other' }],
  ])('%s', (_, argv, expected) => {
    const { argv: kept, ...inputs } = build(...argv)
    expect(inputs).toMatchObject({ context: '.', ...expected })
    expect(kept).toEqual(argv.filter((word) => word !== '.'))
  })

  test('leave every field empty if there are none', () => {
    expect(build('.')).toEqual({
      context: '.',
      file: null,
      target: null,
      platforms: [],
      buildArgs: [],
      buildContexts: new Map(),
      builder: null,
      outputs: [],
      tags: [],
      push: false,
      load: false,
      call: null,
      metadataFile: null,
      iidFile: null,
      argv: [],
      unknownFlags: [],
      stepArgv: [],
      imageArgv: [],
      env: new Map(),
    })
  })

  test('shorten the names of build contexts', () => {
    const names = [
      'src=.',
      'docker.io/library/Alpine:latest=docker-image://x',
      'docker.io/me/app=b',
      'library/busybox:1=c',
      'ghcr.io/a/b:latest=https://x/?a=b',
    ]
    expect([...build(...names.flatMap((name) => ['--build-context', name]), '.').buildContexts]).toEqual([
      ['src', '.'],
      ['alpine', 'docker-image://x'],
      ['me/app', 'b'],
      ['busybox:1', 'c'],
      ['ghcr.io/a/b', 'https://x/?a=b'],
    ])
  })

  test('are passed on for weighing only if they define steps', () => {
    const inputs = build(
      ...[
        '--no-cache',
        '--builder=b',
        '--label',
        'l=1',
        '-t',
        'x',
        '--build-arg',
        'A=1',
        '--push',
        '--pull',
        '--target',
        's',
      ],
      ...[
        '--platform',
        'p',
        '--secret',
        'id=s',
        '--cache-to',
        'c',
        '--cache-from',
        'd',
        '--annotation=a=b',
        '-f',
        'F',
        '--isolation',
        'i',
        '.',
      ],
    )
    expect(inputs.stepArgv).toEqual(['--builder=b', '--build-arg', 'A=1', '--secret', 'id=s', '--cache-from', 'd'])
    expect(inputs.imageArgv).toEqual(['--label', 'l=1', '--annotation=a=b'])
  })

  test.each([
    ['a=b', ['--annotation', 'a=b']],
    ['manifest,manifest-descriptor:a=index:b', ['--annotation', 'manifest,manifest-descriptor:a=index:b']],
    ['index:a=b', []],
    ['index-descriptor[linux/amd64]:a=b', []],
    ['index,manifest[linux/amd64]:org.x/y=b:c=d', ['--annotation', 'manifest[linux/amd64]:org.x/y=b:c=d']],
  ])('are passed on without annotations of an index: %s', (annotation, argv) => {
    const inputs = build('--annotation', annotation, '.')
    expect(inputs.imageArgv).toEqual(argv)
    expect(inputs.argv).toEqual(['--annotation', annotation])
  })

  test.each([['-'], ['https://github.com/o/r.git#main:sub'], ['./x y']])('leave the context %s as it is', (context) => {
    expect(build('--push', context).context).toBe(context)
  })

  test('end at --', () => {
    expect(build('--push', '--', '--odd')).toMatchObject({ context: '--odd', argv: ['--push'] })
  })
})

describe('our own flags', () => {
  test('may stand among the others, which stay as they are', () => {
    const { build: inputs, options: ours } = parseBuild(
      [
        '--format',
        'json',
        '-t',
        'a',
        '--json=x.json',
        '.',
        '-q',
        '--push',
        '--markdown',
        'x.md',
        '--stage-compression=keep',
        '--print',
        '--no-color',
        '--all',
      ],
      {},
    )
    expect(inputs.argv).toEqual(['-t', 'a', '--push'])
    expect(ours).toEqual({
      format: 'json',
      json: 'x.json',
      markdown: 'x.md',
      html: null,
      quiet: true,
      color: false,
      all: true,
      stageCompression: 'keep',
      uncachedStages: 'skip',
      print: true,
      baseline: null,
      budgets: [],
      trend: null,
      name: null,
      baselineTimeout: 600_000,
    })
  })

  test('have defaults', () => {
    expect(options('.')).toEqual({
      format: 'terminal',
      json: null,
      markdown: null,
      html: null,
      quiet: false,
      color: null,
      all: false,
      stageCompression: 'auto',
      uncachedStages: 'skip',
      print: false,
      baseline: null,
      budgets: [],
      trend: null,
      name: null,
      baselineTimeout: 600_000,
    })
  })

  test('include -q, which is removed from joined flags', () => {
    const { build: inputs, options: ours } = parseBuild(['-Dqt', 'a', '.'], {})
    expect(inputs.argv).toEqual(['-D', '-t', 'a'])
    expect(ours.quiet).toBe(true)
  })

  test.each([
    [{}, null],
    [{ NO_COLOR: '1' }, false],
    [{ NO_COLOR: '' }, null],
    [{ FORCE_COLOR: '1' }, true],
    [{ FORCE_COLOR: 'true' }, true],
    [{ FORCE_COLOR: '' }, null],
    [{ FORCE_COLOR: '0' }, false],
    [{ FORCE_COLOR: 'false' }, false],
    [{ NO_COLOR: '1', FORCE_COLOR: '1' }, false],
    [{ NO_COLOR: '', FORCE_COLOR: '1' }, true],
  ])('read colours from %j', (env, expected) => {
    expect(parseBuild(['.'], env).options.color).toBe(expected)
    expect(parseBuild(['--no-color', '.'], env).options.color).toBe(false)
  })
})

test('passes policies and limits on for weighing', () => {
  const words = [
    '--policy',
    'filename=p.rego',
    '--resource',
    'memory=2g',
    '-m',
    '1g',
    '-c',
    '2',
    '--memory-swap=2g',
    '--cpu-period=1',
    '--cpu-quota',
    '5',
    '--cpuset-cpus',
    '0',
    '--cpuset-mems',
    '0',
  ]
  expect(build(...words, '.').stepArgv).toEqual(words)
})

describe('wrong use', () => {
  test.each([
    [['build'], 'requires exactly 1 argument'],
    [['build', '--push'], 'and got none'],
    [['build', 'a', 'b'], 'and got 2: "a", "b"'],
    [['build', '--tga', 'x', '.'], 'unknown flag --tga; did you mean --tag?'],
    [['build', '--build-args', 'x', '.'], 'unknown flag --build-args; did you mean --build-arg?'],
    [['build', '--formt=json', '.'], 'unknown flag --formt; did you mean --format?'],
    [['build', '-platform', 'x', '.'], 'unknown flag -p; did you mean --platform?'],
    [['build', '-z', '.'], 'unknown flag -z; see --help'],
    [['build', '--xyzzy-plugh', '.'], 'unknown flag --xyzzy-plugh; see --help'],
    [['build', '.', '--tag'], 'flag --tag needs a value'],
    [['build', '.', '-t'], 'flag -t needs a value'],
    [['build', '--push=maybe', '.'], 'flag --push must be true or false, not "maybe"'],
    [['build', '--build-context', 'x', '.'], 'build context "x" must be NAME='],
    [['build', '--format', 'xml', '.'], '--format must be one of terminal, markdown, html, json, not "xml"'],
    [['build', '--html', '-', '.'], '--html writes to a file; for standard output use --format html'],
    [
      ['view', '--html', '-', 'a'],
      '--html writes to a file; for standard output use the command render with --format html',
    ],
    [['build', '--json', '-', '.'], '--format json'],
    [['build', '--json=', '.'], '--json needs a file name'],
    [['build', '--budget', '', '.'], '--budget is empty: write a rule such as "final pull growth <= 1 MB"'],
    [['build', '--baseline=', '.'], '--baseline is empty: name what to compare with, or leave the flag out'],
    [
      ['build', '--stage-compression', 'zip', '.'],
      '--stage-compression must be one of auto, keep, uncompressed, not "zip"',
    ],
    [['render'], '"stage-footprint render" requires exactly 1 argument'],
    [['view'], '"stage-footprint view" requires exactly 1 argument'],
    [['view', 'r', '--json', 'x'], 'unknown flag --json'],
    [['render', 'r', '--push'], 'unknown flag --push'],
    [['inspect'], '"stage-footprint inspect" requires exactly 1 argument, a source'],
    [['inspect', 'oci:x', 'oci:y'], 'and got 2: "oci:x", "oci:y"'],
    [['inspect', 'x', '--platform', 'linux/a b'], '--platform must be os/architecture[/variant]'],
    [
      ['inspect', 'x', '--platform', 'windows(10.0/amd64'],
      'such as linux/arm64 or windows(10.0.20348)/amd64, not "windows(10.0/amd64"',
    ],
    [['inspect', 'x', '--push'], 'unknown flag --push'],
    [['compare', 'a'], '"stage-footprint compare" requires exactly 2 arguments'],
    [['compare', 'a', 'b', '--baseline', 'c'], 'leave --baseline out'],
    [['publish'], '"stage-footprint publish" requires records'],
    [['publish', 'a', '--pull-request', 'x'], '--pull-request must be a number'],
    [['publish', 'a', '--repository', 'x'], '--repository must be OWNER/NAME'],
    [['build', '--baseline-timeout', '5', '.'], '--baseline-timeout must be a time'],
    [['biuld', '.'], 'unknown command "biuld"; did you mean "build"?'],
    [['completion', 'bsh'], 'unknown shell "bsh"; did you mean "bash"?'],
    [['completion'], '"stage-footprint completion" requires exactly 1 argument, a shell (bash, zsh, fish)'],
    [['.'], 'commands are build, inspect, compare, render, view, publish'],
    [['--push', '.'], 'flags come after the command, as in "stage-footprint build --push …"'],
    [['-t', 'app', '.'], 'flags come after the command, as in "stage-footprint build -t …"'],
    [['-V'], 'unknown flag -V; did you mean --version?'],
    [['--verison'], 'unknown flag --verison; did you mean --version?'],
    [['--foo=1'], 'unknown flag --foo; a command comes first, as in "stage-footprint build ."'],
    [['help', 'me'], 'unknown command "me"'],
  ])('%j is refused', (argv, message) => {
    const error = errorOf(...argv)
    expect(error.code).toBe('USAGE')
    expect(error.message).toContain(message)
  })
})

describe('flags of a newer buildx', () => {
  const learnt: readonly BuildxFlag[] = [
    { name: 'frobnicate', short: null, takesValue: false, repeatable: true, anyText: false, role: 'unknown' },
    { name: 'hermetic', short: null, takesValue: false, repeatable: true, anyText: true, role: 'unknown' },
    { name: 'zeal', short: 'z', takesValue: true, repeatable: true, anyText: false, role: 'unknown' },
  ]
  const learntBuild = (...argv: string[]): BuildInputs => {
    const command = parseCommand(['build', ...argv], {}, learnt)
    if (command.kind !== 'build') throw new Error(command.kind)
    return command.build
  }

  test('are passed to the build as written, and not to weighing', () => {
    const { argv, context, stepArgv, unknownFlags } = learntBuild(
      '--frobnicate',
      '-z',
      '3',
      '--hermetic=strict',
      '--zeal=4',
      '--builder',
      'b',
      '.',
    )
    expect(argv).toEqual(['--frobnicate', '-z', '3', '--hermetic=strict', '--zeal=4', '--builder', 'b'])
    expect([context, stepArgv, unknownFlags]).toEqual([
      '.',
      ['--builder', 'b'],
      ['--frobnicate', '--zeal', '--hermetic'],
    ])
  })

  test('that buildx does not know are refused, with the nearest name', () => {
    const error = thrownBy(() => parseCommand(['build', '--frobnicat', '.'], {}, learnt))
    expect([error.code, error.message]).toEqual(['USAGE', 'unknown flag --frobnicat; did you mean --frobnicate?'])
  })

  test('are optional', () => {
    expect(build('.').unknownFlags).toEqual([])
  })
})

describe('commands', () => {
  test.each([
    [[], { kind: 'help', command: null }],
    [['--help'], { kind: 'help', command: null }],
    [['help', 'build'], { kind: 'help', command: 'build' }],
    [['build', '--push', '-h'], { kind: 'help', command: 'build' }],
    [['compare', '--help'], { kind: 'help', command: 'compare' }],
    [['--version'], { kind: 'version' }],
    [['build', '--version'], { kind: 'version' }],
    [
      ['inspect', 'oci:x:y', '--platform', 'linux/arm64', '--platform=linux/amd64'],
      { kind: 'inspect', source: 'oci:x:y', platform: 'linux/arm64,linux/amd64', options: { format: 'terminal' } },
    ],
    [['inspect', 'x'], { kind: 'inspect', source: 'x', platform: null }],
    [
      ['compare', 'x', 'y', '--platform', 'windows(10.0.17763+win32k)/amd64,linux/arm64'],
      { kind: 'compare', base: 'x', head: 'y', platform: 'windows(10.0.17763+win32k)/amd64,linux/arm64' },
    ],
    [['view', 'r', '--html', 'f'], { kind: 'view', shown: 'r', platform: null, options: { html: 'f' } }],
    [['render', '-', '--format=markdown'], { kind: 'render', record: '-', options: { format: 'markdown' } }],
    [['build', '.'], { kind: 'build', build: { context: '.' }, options: { print: false } }],
  ])('are parsed from %j', (argv, expected) => {
    expect(parseCommand(argv, {})).toMatchObject(expected)
  })

  test.each<[CommandName, readonly string[], readonly OwnFlag[]]>([
    ['build', [], buildFlags],
    ['inspect', [], inspectFlags],
    // The baseline of compare is its first argument.
    ['compare', ['baseline'], inspectFlags],
    ['render', [], reportFlags],
    ['view', [], viewFlags],
    ['publish', [], publishFlags],
  ])('have help: %s lists its own flags, and no others', (command, without, flags) => {
    const listed = [...helpFor(command).matchAll(/^ {2}(?: {4}|-\w, )--([\w-]+)/gm)].map(([, name]) => name ?? '')
    const theirs = command === 'build' ? buildxFlags.map(({ name }) => name) : []
    const unlisted = ['version', ...without]
    expect(listed.filter((name) => !theirs.includes(name)).toSorted()).toEqual(
      flags
        .map(({ name }) => name)
        .filter((name) => !unlisted.includes(name))
        .toSorted(),
    )
  })

  test.each([null, ...commandNames])('have help that fits a terminal of 80 columns: %s', (command) => {
    for (const caller of ['stage-footprint', 'docker footprint'] as const) {
      const lines = helpFor(command, caller).split('\n')
      expect(lines.filter((line) => line.length > 80)).toEqual([])
      expect(lines.at(-1)).toBe('')
    }
  })

  test.each(commandNames)('have help that speaks of a failed build only if they build: %s', (command) => {
    const help = helpFor(command).replaceAll(/\s+/g, ' ')
    const isSaid = [help.includes(' 3 the build failed'), help.includes('output of a build that succeeds')]
    expect(isSaid).toEqual([command === 'build', command === 'build'])
  })

  test('have help with usage and examples as the user calls them, also as a plugin of docker', () => {
    const help = [null, ...commandNames].map((command) => helpFor(command, 'docker footprint'))
    expect(help[0]).toContain('\n  docker footprint COMMAND [FLAGS]\n')
    for (const text of help) {
      const calls = text
        .slice(text.indexOf('Usage:'))
        .split('\n')
        .filter((line) => /^  (?:stage-|docker )footprint /.test(line))
      expect(calls).not.toEqual([])
      expect(calls.filter((line) => !line.startsWith('  docker footprint '))).toEqual([])
    }
  })
})

describe('any list of known flags', () => {
  const word = fc.string({ minLength: 1 }).filter((text) => !text.startsWith('-'))
  const flagWords = fc
    .constantFrom(...buildxFlags.filter((flag) => flag.name !== 'build-context'))
    .chain((flag): fc.Arbitrary<string[]> => {
      if (!flag.takesValue) return fc.constantFrom<string[][]>([`--${flag.name}`], [`--${flag.name}=false`])
      return (
        fc
          .string({ minLength: 1 })
          // `--output -` is refused.
          .filter((value) => flag.name !== 'output' || value !== '-')
          .chain((value) =>
            fc.constantFrom<string[][]>(
              [`--${flag.name}`, value],
              [`--${flag.name}=${value}`],
              ...(flag.short === null ? [] : [[`-${flag.short}`, value], [`-${flag.short}=${value}`]]),
            ),
          )
      )
    })
  const ours = fc.constantFrom<string[][]>([], ['--quiet'], ['-q'], ['--format', 'json'], ['--json=x'], ['--no-color'])

  test("reaches the user's build unchanged", () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(flagWords, ours)), word, fc.nat(), (groups, context, place) => {
        const at = place % (groups.length + 1)
        const mixed = [...groups.slice(0, at).flat(2), context, ...groups.slice(at).flat(2)]
        const inputs = build(...mixed)
        expect(inputs.context).toBe(context)
        expect(inputs.argv).toEqual(groups.flatMap(([theirs]) => theirs))
        // Parsing the result again gives the same.
        expect(build(...inputs.argv, context)).toEqual(inputs)
      }),
    )
  })

  test('is passed on for weighing without those that define no steps', () => {
    fc.assert(
      fc.property(fc.array(flagWords), (groups) => {
        const inputs = build(...groups.flat(), '.')
        const rest = [...inputs.argv]
        for (const passed of inputs.stepArgv) expect(rest.splice(rest.indexOf(passed), 1)).toEqual([passed])
        expect(build(...inputs.stepArgv, '.')).toMatchObject({
          target: null,
          file: null,
          outputs: [],
          tags: [],
          push: false,
          platforms: [],
        })
      }),
    )
  })
})
