import { describe, expect, test } from '@jest/globals'
import type { ListedStage } from '../../src/dockerfile/listed-targets.ts'
import { planStages, type PlanInputs, type StagePlan } from '../../src/dockerfile/plan-stages.ts'

function plan(dockerfile: string, given: Partial<PlanInputs> = {}): StagePlan {
  return planStages({
    dockerfile,
    list: null,
    target: null,
    buildContexts: new Set(),
    buildArgs: new Map(),
    ...given,
  })
}

/** Of each stage, what it takes: `via:stage`. */
const takes = (planned: StagePlan): string[] =>
  planned.stages.map((stage) => stage.takes.map((take) => `${take.via}:${take.stageIndex ?? take.reference}`).join(' '))
const needed = ({ stages }: StagePlan): number[] => stages.filter((stage) => stage.needed).map((stage) => stage.index)

describe('what stages take', () => {
  test.each<[string, string, string[]]>([
    ['FROM a stage', 'FROM x AS a\nFROM a', ['from:x', 'from:0']],
    ['FROM compares with the lower-cased name', 'FROM x AS Abc\nFROM Abc\nFROM abc', ['from:x', 'from:Abc', 'from:0']],
    ['FROM a stage that comes later', 'FROM a\nFROM x AS a', ['from:a', 'from:x']],
    ['FROM its own name', 'FROM x\nFROM a AS a', ['from:x', 'from:a']],
    ['FROM the nearest of two', 'FROM x AS a\nFROM a AS a\nFROM a', ['from:x', 'from:0', 'from:1']],
    ['COPY in any case', 'FROM x AS Abc\nFROM y\nCOPY --from=aBC a b', ['from:x', 'from:y copy:0']],
    ['COPY by position', 'FROM x\nFROM y\ncopy --link --from=0 a b', ['from:x', 'from:y copy:0']],
    ['COPY of an image', 'FROM y\nCOPY --from=busybox:1 a b', ['from:y copy:busybox:1']],
    [
      'COPY of the last of two',
      'FROM x AS a\nFROM y AS a\nFROM z\nCOPY --from=a a b',
      ['from:x', 'from:y', 'from:z copy:1'],
    ],
    ['COPY from nowhere', 'FROM y\nCOPY --from=7 a b', ['from:y copy:7']],
    ['a mount', 'FROM x AS a\nFROM y\nRUN --mount=from=a,target=/a ls', ['from:x', 'from:y mount:0']],
    [
      'two mounts',
      'FROM x AS a\nFROM y\nRUN --mount=type=cache,FROM=a --mount="from=z" b',
      ['from:x', 'from:y mount:0 mount:z'],
    ],
    ['a mount knows no positions', 'FROM x\nFROM y\nRUN --mount=from=0 ls', ['from:x', 'from:y mount:0']],
    ['a mount that takes nothing', 'FROM x AS a\nRUN --mount=type=secret,from=a ls', ['from:x']],
    ['quoted fields', `FROM x AS a\nFROM y\nRUN --mount='type=bind,"from=a"' ls`, ['from:x', 'from:y mount:0']],
    ['what looks like one in a heredoc', 'FROM x\nRUN <<E\nCOPY --from=y a b\nE', ['from:x']],
    ['ONBUILD', 'FROM x AS t\nONBUILD COPY --from=s a b\nFROM y AS s\nFROM t', ['from:x', 'from:y', 'from:0 copy:1']],
    ['ARG', 'ARG V=b\nFROM x AS a\nFROM y AS b\nFROM ${V}', ['from:x', 'from:y', 'from:1']],
    ['COPY with a variable', 'ARG V=a\nFROM x AS a\nFROM y\nCOPY --from=$V a b', ['from:x', 'from:y copy:0']],
  ])('%s', (_, dockerfile, expected) => {
    expect(takes(plan(dockerfile))).toEqual(expected)
  })

  test('a mount by number is an image', () => {
    expect(plan('FROM x\nFROM y\nRUN --mount=from=0 ls').stages[1]?.takes[1]?.stageIndex).toBeNull()
  })

  test('lines', () => {
    const [, stage] = plan('FROM x AS a\nFROM \\\n  y\n\nCOPY --from=a \\\n  a b\n').stages
    expect(stage).toMatchObject({
      line: 2,
      endLine: 3,
      base: 'y',
      takes: [
        { line: 2, endLine: 3 },
        { line: 5, endLine: 6 },
      ],
    })
    expect(stage?.instructions).toEqual([{ keyword: 'COPY', text: 'COPY --from=a \\\n  a b', line: 5, endLine: 6 }])
  })
})

test.each(['${VAR}', 'a/b', '1x', '\u00e9', 'a:b', '-a'])('a stage cannot be called %s', (name) => {
  expect(() => plan(`ARG VAR=x\nFROM scratch AS ${name}\n`)).toThrow(
    `dockerfile parse error on line 2: invalid name for build stage: ${JSON.stringify(name)}, name can't start with a number or contain symbols`,
  )
})

test.each(['A', 'a.b-c_d', 'scratch', 'context', 'x1'])('a stage can be called %s', (name) => {
  expect(plan(`FROM scratch AS ${name}\n`).stages.map((stage) => stage.name)).toEqual([name])
})

describe('what the target needs', () => {
  const dockerfile = 'FROM x AS a\nFROM a AS b\nFROM y AS C\nFROM z\nCOPY --from=b p q\n'

  test('the last stage by default, and all that it takes', () => {
    const planned = plan(dockerfile)
    expect(needed(planned)).toEqual([0, 1, 3])
    expect(planned.stages.map((stage) => stage.final)).toEqual([false, false, false, true])
  })

  test('a target in any case; the name stays as written', () => {
    const planned = plan(dockerfile, { target: 'c' })
    expect(needed(planned)).toEqual([2])
    expect(planned.stages[2]).toMatchObject({ name: 'C', final: true })
  })

  test('the last of two', () => {
    expect(needed(plan('FROM x AS a\nFROM y AS A\nFROM z', { target: 'a' }))).toEqual([1])
  })

  test.each(['0', 'no'])('an unknown target: %s', (target) => {
    expect(() => plan(dockerfile, { target })).toThrow(`no stage ${target}: it has a, b, C.`)
  })

  test('no FROM', () => {
    expect(() => plan('ARG a\n')).toThrow('has no FROM')
  })

  test('build contexts replace stages', () => {
    const planned = plan(dockerfile, { buildContexts: new Set(['b']) })
    expect(needed(planned)).toEqual([3])
    expect(planned.stages[3]?.takes[1]).toMatchObject({ stageIndex: null, reference: 'b' })
  })

  test('build arguments choose', () => {
    const text = 'ARG V=a\nFROM x AS a\nFROM y AS b\nFROM ${V}'
    expect(needed(plan(text, { buildArgs: new Map([['V', 'b']]) }))).toEqual([1, 2])
  })

  test('the platform chooses', () => {
    const text = 'FROM x AS build-amd64\nFROM y AS build-arm64\nFROM build-${TARGETARCH}'
    expect(needed(plan(text, { platform: { os: 'linux', architecture: 'arm64' } }))).toEqual([1, 2])
    const unknown = plan(text)
    expect(needed(unknown)).toEqual([2])
    expect(unknown.notes.join(' ')).toContain(
      'Line 3: which stage or image FROM build-${TARGETARCH} names is not known',
    )
  })

  test('a circle ends', () => {
    expect(needed(plan('FROM x AS a\nCOPY --from=b a b\nFROM a AS b'))).toEqual([0, 1])
  })
})

describe("BuildKit's list", () => {
  const listed = (line: number, name: string | null, endLine = line): ListedStage => ({
    name,
    base: 'x',
    platform: null,
    default: false,
    line,
    endLine,
  })

  test('agrees: no note, names as written', () => {
    const planned = plan('FROM x AS Abc\nRUN y\nFROM x', {
      list: { stages: [listed(1, 'abc'), listed(3, null)], dockerfile: null },
    })
    expect(planned.notes).toEqual([])
    expect(planned.stages.map((stage) => stage.name)).toEqual(['Abc', null])
  })

  test('is from a frontend that knows no heredocs', () => {
    const dockerfile = 'FROM x\nRUN cat <<E\nFROM x AS b\nCOPY --from=0 a b\nE\n'
    expect(plan(dockerfile).stages).toHaveLength(1)
    const planned = plan(dockerfile, { list: { stages: [listed(1, null), listed(3, 'b')], dockerfile: null } })
    expect(takes(planned)).toEqual(['from:x', 'from:x copy:0'])
    expect(planned.notes).toEqual([])
  })

  test('decides where both disagree', () => {
    const planned = plan('FROM x\nFROM y\nRUN z\nODD z', {
      list: { stages: [listed(1, null), listed(4, 'q')], dockerfile: null },
    })
    expect(planned.stages.map(({ line, name }) => [line, name])).toEqual([
      [1, null],
      [4, 'q'],
    ])
    expect(planned.notes.join(' ')).toContain('differently')
  })

  test('is missing: a note says so', () => {
    expect(plan('FROM x').notes.join(' ')).toContain('not available')
  })
})

describe('a base with variables is expanded', () => {
  const expanded = (dockerfile: string, buildArgs: Readonly<Record<string, string>> = {}): unknown =>
    plan(dockerfile, { buildArgs: new Map(Object.entries(buildArgs)) }).stages.map((stage) => stage.expanded ?? null)

  test('by the defaults of the Dockerfile alone, never by a value that was passed', () => {
    const text =
      'ARG V=3.11\nARG SUFFIX=-slim\nARG BASE=python:${V}${SUFFIX}\nFROM python:${V}${SUFFIX}\nFROM $BASE\nFROM python:3.11'
    expect(expanded(text)).toEqual(['python:3.11-slim', 'python:3.11-slim', null])
    expect(expanded(text, { V: '3.12' })).toEqual([null, null, null])
    expect(expanded(text, { V: '3.11', OTHER: 'x' })).toEqual(['python:3.11-slim', 'python:3.11-slim', null])
  })

  test('and not where a variable has no default', () => {
    expect(expanded('ARG V\nFROM a:${V}b', { V: 'secret' })).toEqual([null])
    expect(expanded('FROM a-${TARGETARCH}')).toEqual([null])
  })
})
