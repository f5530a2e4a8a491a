import { expect, test } from '@jest/globals'
import type { BuildOutputs } from '../../src/docker/metadata.ts'
import { Cancelled } from '../../src/errors.ts'
import { reportProblem } from '../../src/run/open-run.ts'
import type { RunReport, RunRequest } from '../../src/run/run-request.ts'

const outputs: BuildOutputs = { imageId: '', digest: '', metadata: '', unreadable: null } as unknown as BuildOutputs
const broken = new Error('the connection ended in the middle of an answer')

function report(signal: AbortSignal): RunReport {
  return reportProblem(outputs, broken, { signal } as unknown as RunRequest)
}

test('does not report an error that a cancelled run caused', () => {
  expect(() => report(AbortSignal.abort())).toThrow(Cancelled)
})

test('reports an error of any other run', () => {
  expect(report(new AbortController().signal)).toEqual({ outputs, problem: broken })
})
