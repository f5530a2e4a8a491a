import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { parseTargetsList, type StagesFromBuildKit } from '../../src/dockerfile/listed-targets.ts'
import { nameStages } from '../../src/dockerfile/name-stages.ts'
import { planStages, type StagePlan } from '../../src/dockerfile/plan-stages.ts'

let context = ''
beforeAll(() => {
  if (process.env['DOCKER_HOST'] === undefined) {
    throw new Error('These tests need a Docker engine: run them with script/test.')
  }
  context = mkdtempSync(join(tmpdir(), 'sf-targets-'))
})
afterAll(() => {
  if (context !== '') rmSync(context, { recursive: true })
})

/** Returns BuildKit's own list for a Dockerfile. */
function list(dockerfile: string): StagesFromBuildKit {
  const argv = ['buildx', 'build', '--call=targets,format=json', '-f', '-', context]
  const answer = execFileSync('docker', argv, { input: dockerfile, encoding: 'utf8', stdio: 'pipe' })
  return parseTargetsList(JSON.parse(answer))
}

const plan = (dockerfile: string, given: StagesFromBuildKit | null): StagePlan =>
  planStages({ dockerfile, list: given, target: null, buildContexts: new Set(), buildArgs: new Map() })

const dockerfiles: readonly (readonly [string, string])[] = [
  ['names in any case, unnamed, repeated', 'FROM x AS Abc\nFROM abc AS ABC\nFROM abc\nCOPY --from=aBC a b\n'],
  ['ARG and platform', 'ARG V=x\nFROM --platform=$BUILDPLATFORM ${V} AS a\nfrom a\n'],
  ['CRLF', 'FROM x \\\r\n  AS a\r\nRUN y\r\nFROM a\r\n'],
  ['byte order mark', '\uFEFFFROM x\n'],
  ['escape directive', '# escape=`\nFROM `\n  x\nRUN a\\\nFROM y\n'],
  ['continuations', 'FROM \\  \n# c\n\n  x \\\n AS \\\n a\nRUN b \\\\\nFROM al\\\npine\nFROM a\\\n\n# end\n'],
  ['words over two lines, repeated', 'FROM x AS a\\\nb\nFROM a\\\nb AS \\\n ab\nFROM ab AS c\n'],
  [
    'heredocs',
    'FROM x\nRUN <<A cat 3<<-"B" <<C\nFROM a\nA\n\tFROM b\n\tB\nFROM c\nC\nFROM y\nCOPY <<E"O"F /x\nFROM z\nEOF\n',
  ],
  [
    'what is no heredoc',
    'FROM x\nRUN ["cat", "<<EOF"]\nRUN echo "a <<EOF"\nRUN echo $((1<<2))\nRUN cat <<<x\nFROM y\n',
  ],
  ['ONBUILD heredoc', 'FROM x\nONBUILD RUN <<E\nFROM y\nE\nFROM z\n'],
]

describe.each(dockerfiles)('%s', (_, dockerfile) => {
  test("our parser agrees with BuildKit's list of stages", () => {
    const listed = list(dockerfile)
    expect(listed.dockerfile).toBe(dockerfile)
    const both = plan(dockerfile, listed)
    expect(both.notes).toEqual([])
    expect(plan(dockerfile, null).stages).toEqual(both.stages)
  })

  test('BuildKit reads the added names on the same lines', () => {
    const { stages } = plan(dockerfile, list(dockerfile))
    const copy = nameStages(dockerfile, stages)
    expect(list(copy.dockerfile).stages.map(({ name, line, endLine }) => ({ name, line, endLine }))).toEqual(
      stages.map(({ index, line, endLine }) => ({ name: copy.targets.get(index), line, endLine })),
    )
  })
})
