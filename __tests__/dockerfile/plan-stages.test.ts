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

/** What each stage takes, as `via:stage`. */
const takes = (planned: StagePlan): string[] =>
  planned.stages.map((stage) => stage.uses.map((take) => `${take.via}:${take.stageIndex ?? take.reference}`).join(' '))
const needed = ({ stages }: StagePlan): number[] => stages.filter((stage) => stage.needed).map((stage) => stage.index)

describe('what a stage takes', () => {
  test.each<[string, string, string[]]>([
    ['is found for FROM a stage', 'FROM x AS a\nFROM a', ['from:x', 'from:0']],
    [
      'is found for FROM by the lower-cased name',
      'FROM x AS Abc\nFROM Abc\nFROM abc',
      ['from:x', 'from:Abc', 'from:0'],
    ],
    ['is an image if the stage of that name comes later', 'FROM a\nFROM x AS a', ['from:a', 'from:x']],
    ['is an image if the stage has that name itself', 'FROM x\nFROM a AS a', ['from:x', 'from:a']],
    ['is the nearest of two stages with one name', 'FROM x AS a\nFROM a AS a\nFROM a', ['from:x', 'from:0', 'from:1']],
    ['is found for COPY in any case', 'FROM x AS Abc\nFROM y\nCOPY --from=aBC a b', ['from:x', 'from:y copy:0']],
    ['is found for COPY by position', 'FROM x\nFROM y\ncopy --link --from=0 a b', ['from:x', 'from:y copy:0']],
    ['is found for COPY from an image', 'FROM y\nCOPY --from=busybox:1 a b', ['from:y copy:busybox:1']],
    [
      'is the last of two stages for COPY',
      'FROM x AS a\nFROM y AS a\nFROM z\nCOPY --from=a a b',
      ['from:x', 'from:y', 'from:z copy:1'],
    ],
    ['is found for COPY from a position without a stage', 'FROM y\nCOPY --from=7 a b', ['from:y copy:7']],
    ['is found for a mount', 'FROM x AS a\nFROM y\nRUN --mount=from=a,target=/a ls', ['from:x', 'from:y mount:0']],
    [
      'is found for two mounts',
      'FROM x AS a\nFROM y\nRUN --mount=type=cache,FROM=a --mount="from=z" b',
      ['from:x', 'from:y mount:0 mount:z'],
    ],
    ['is found for a mount by position', 'FROM x\nFROM y\nRUN --mount=from=0 ls', ['from:x', 'from:y mount:0']],
    ['is nothing for a mount of a secret', 'FROM x AS a\nRUN --mount=type=secret,from=a ls', ['from:x']],
    [
      'is found for quoted fields of a mount',
      `FROM x AS a\nFROM y\nRUN --mount='type=bind,"from=a"' ls`,
      ['from:x', 'from:y mount:0'],
    ],
    ['is not read from a heredoc', 'FROM x\nRUN <<E\nCOPY --from=y a b\nE', ['from:x']],
    [
      'includes ONBUILD instructions of the base stage',
      'FROM x AS t\nONBUILD COPY --from=s a b\nFROM y AS s\nFROM t',
      ['from:x', 'from:y', 'from:0 copy:1'],
    ],
    ['follows an ARG in FROM', 'ARG V=b\nFROM x AS a\nFROM y AS b\nFROM ${V}', ['from:x', 'from:y', 'from:1']],
    ['follows an ARG in COPY', 'ARG V=a\nFROM x AS a\nFROM y\nCOPY --from=$V a b', ['from:x', 'from:y copy:0']],
  ])('%s', (_, dockerfile, expected) => {
    expect(takes(plan(dockerfile))).toEqual(expected)
  })

  test('is an image if a mount names a number', () => {
    expect(plan('FROM x\nFROM y\nRUN --mount=from=0 ls').stages[1]?.uses[1]?.stageIndex).toBeNull()
  })

  test('has the first and last line of the instruction that takes it', () => {
    const [, stage] = plan('FROM x AS a\nFROM \\\n  y\n\nCOPY --from=a \\\n  a b\n').stages
    expect(stage).toMatchObject({
      line: 2,
      endLine: 3,
      base: 'y',
      uses: [
        { line: 2, endLine: 3 },
        { line: 5, endLine: 6 },
      ],
    })
    expect(stage?.instructions).toEqual([{ keyword: 'COPY', text: 'COPY --from=a \\\n  a b', line: 5, endLine: 6 }])
  })
})

test.each(['${VAR}', 'a/b', '1x', '\u00e9', 'a:b', '-a'])('refuses %s as the name of a stage', (name) => {
  expect(() => plan(`ARG VAR=x\nFROM scratch AS ${name}\n`)).toThrow(
    `dockerfile parse error on line 2: invalid name for build stage: ${JSON.stringify(name)}, name can't start with a number or contain symbols`,
  )
})

test.each(['A', 'a.b-c_d', 'scratch', 'context', 'x1'])('accepts %s as the name of a stage', (name) => {
  expect(plan(`FROM scratch AS ${name}\n`).stages.map((stage) => stage.name)).toEqual([name])
})

describe('the stages that are needed', () => {
  const dockerfile = 'FROM x AS a\nFROM a AS b\nFROM y AS C\nFROM z\nCOPY --from=b p q\n'

  test('are the last stage by default, and all that it takes', () => {
    const planned = plan(dockerfile)
    expect(needed(planned)).toEqual([0, 1, 3])
    expect(planned.stages.map((stage) => stage.final)).toEqual([false, false, false, true])
  })

  test('are found for a target in any case, and keep their names as written', () => {
    const planned = plan(dockerfile, { target: 'c' })
    expect(needed(planned)).toEqual([2])
    expect(planned.stages[2]).toMatchObject({ name: 'C', final: true })
  })

  test('are those of the last of two stages with one name', () => {
    expect(needed(plan('FROM x AS a\nFROM y AS A\nFROM z', { target: 'a' }))).toEqual([1])
  })

  test.each(['0', 'no'])('are an error for an unknown target: %s', (target) => {
    expect(() => plan(dockerfile, { target })).toThrow(`no stage ${target}: it has a, b, C.`)
  })

  test('are an error without a FROM', () => {
    expect(() => plan('ARG a\n')).toThrow('has no FROM')
  })

  test('do not include stages that build contexts replace', () => {
    const planned = plan(dockerfile, { buildContexts: new Set(['b']) })
    expect(needed(planned)).toEqual([3])
    expect(planned.stages[3]?.uses[1]).toMatchObject({ stageIndex: null, reference: 'b' })
  })

  test('are those that a build argument in FROM selects', () => {
    const text = 'ARG V=a\nFROM x AS a\nFROM y AS b\nFROM ${V}'
    expect(needed(plan(text, { buildArgs: new Map([['V', 'b']]) }))).toEqual([1, 2])
  })

  test('are those that the platform selects, with a note if it is not known', () => {
    const text = 'FROM x AS build-amd64\nFROM y AS build-arm64\nFROM build-${TARGETARCH}'
    expect(needed(plan(text, { platform: { os: 'linux', architecture: 'arm64' } }))).toEqual([1, 2])
    const unknown = plan(text)
    expect(needed(unknown)).toEqual([2])
    expect(unknown.notes.join(' ')).toContain(
      'Line 3: which stage or image FROM build-${TARGETARCH} names is not known',
    )
  })

  test('are found if stages take from each other', () => {
    expect(needed(plan('FROM x AS a\nCOPY --from=b a b\nFROM a AS b'))).toEqual([0, 1])
  })
})

describe("BuildKit's list of stages", () => {
  const listed = (line: number, name: string | null, endLine = line): ListedStage => ({
    name,
    base: 'x',
    platform: null,
    default: false,
    line,
    endLine,
  })

  test('gives no note if it agrees, and names stay as written', () => {
    const planned = plan('FROM x AS Abc\nRUN y\nFROM x', {
      list: { stages: [listed(1, 'abc'), listed(3, null)], dockerfile: null },
    })
    expect(planned.notes).toEqual([])
    expect(planned.stages.map((stage) => stage.name)).toEqual(['Abc', null])
  })

  test('is believed if the frontend knows no heredocs', () => {
    const dockerfile = 'FROM x\nRUN cat <<E\nFROM x AS b\nCOPY --from=0 a b\nE\n'
    expect(plan(dockerfile).stages).toHaveLength(1)
    const planned = plan(dockerfile, { list: { stages: [listed(1, null), listed(3, 'b')], dockerfile: null } })
    expect(takes(planned)).toEqual(['from:x', 'from:x copy:0'])
    expect(planned.notes).toEqual([])
  })

  test('is believed if the Dockerfile was read differently', () => {
    const planned = plan('FROM x\nFROM y\nRUN z\nODD z', {
      list: { stages: [listed(1, null), listed(4, 'q')], dockerfile: null },
    })
    expect(planned.stages.map(({ line, name }) => [line, name])).toEqual([
      [1, null],
      [4, 'q'],
    ])
    expect(planned.notes.join(' ')).toContain('differently')
  })

  test('gives a note if it is missing', () => {
    expect(plan('FROM x').notes.join(' ')).toContain('not available')
  })
})

describe('variables in the name of a base image', () => {
  const expanded = (dockerfile: string, buildArgs: Readonly<Record<string, string>> = {}): unknown =>
    plan(dockerfile, { buildArgs: new Map(Object.entries(buildArgs)) }).stages.map((stage) => stage.expanded ?? null)

  test('are expanded with the defaults of the Dockerfile, never with values that were passed', () => {
    const text =
      'ARG V=3.11\nARG SUFFIX=-slim\nARG BASE=python:${V}${SUFFIX}\nFROM python:${V}${SUFFIX}\nFROM $BASE\nFROM python:3.11'
    expect(expanded(text)).toEqual(['python:3.11-slim', 'python:3.11-slim', null])
    expect(expanded(text, { V: '3.12' })).toEqual([null, null, null])
    expect(expanded(text, { V: '3.11', OTHER: 'x' })).toEqual(['python:3.11-slim', 'python:3.11-slim', null])
  })

  test('are not expanded if they have no default', () => {
    expect(expanded('ARG V\nFROM a:${V}b', { V: 'secret' })).toEqual([null])
    expect(expanded('FROM a-${TARGETARCH}')).toEqual([null])
  })
})

test('refuses a Dockerfile whose ONBUILD instructions refer to stages too often', () => {
  const dockerfile = (count: number): string =>
    `FROM x AS b\n${'ONBUILD COPY --from=y a /\n'.repeat(count)}${'FROM b\n'.repeat(count)}`
  expect(plan(dockerfile(300)).stages).toHaveLength(301)
  expect(() => plan(dockerfile(400))).toThrow(
    'the ONBUILD instructions of the Dockerfile refer to stages more than 100000 times',
  )
})
