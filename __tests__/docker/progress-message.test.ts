/** The lines that the client prints with `--progress=rawjson`. */
import { expect, test } from '@jest/globals'
import { parseProgress } from '../../src/docker/progress-message.ts'

const vertex = { digest: 'sha256:a', name: '[1/2] RUN x' }
const status = { id: 'layer', vertex: 'sha256:a' }

test.each([
  ['of the client', 'ERROR: no builder'],
  ['that is cut', '{"vertexes":[{"digest":'],
  ['that is no object', '[]'],
  ['whose steps cannot be read', '{"vertexes":"x"}'],
  ['whose step has no digest', '{"vertexes":[{"name":"[1/2] RUN x"}]}'],
])('a line %s is no progress', (_, line) => {
  expect(parseProgress(line)).toBeNull()
})

test('a message may have any of the parts', () => {
  expect(parseProgress('{}')).toEqual({ vertexes: [], statuses: [], logs: [] })
  expect(parseProgress('{"vertexes":null,"statuses":null,"logs":null}')).toEqual(parseProgress('{}'))
})

test('what only an explanation depends on may be damaged', () => {
  const message = { vertexes: [{ ...vertex, error: 1 }], statuses: [{ ...status, current: 'x' }], logs: 'x' }
  expect(parseProgress(JSON.stringify(message))).toMatchObject({
    vertexes: [{ ...vertex, error: null }],
    statuses: [{ ...status, current: null }],
    logs: [],
  })
})
