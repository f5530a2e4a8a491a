import { expect, test } from '@jest/globals'
import type { BuildOutputs } from '../../src/docker/metadata.ts'
import { Cancelled } from '../../src/errors.ts'
import { reportOn } from '../../src/run/open-run.ts'
import type { RunRequest } from '../../src/run/run-request.ts'

const outputs: BuildOutputs = { imageId: '', digest: '', metadata: '', unreadable: null } as unknown as BuildOutputs
const broken = new Error('the connection ended in the middle of an answer')

function report(signal: AbortSignal): ReturnType<typeof reportOn> {
  return reportOn(outputs, { signal, onProblem: () => undefined } as unknown as RunRequest, () =>
    Promise.reject(broken),
  )
}

test('does not report an error that a cancelled run caused', async () => {
  await expect(report(AbortSignal.abort())).rejects.toThrow(Cancelled)
})

test('reports an error of any other run', async () => {
  expect(await report(new AbortController().signal)).toEqual({ outputs, problem: broken })
})
