import { expect, test } from '@jest/globals'
import { guardSteps, stageOfStep } from '../../src/docker/step-guard.ts'

/** How many steps were reported, for lines that arrive in these pieces. */
function seen(...pieces: string[]): { readonly steps: number; readonly said: string } {
  let steps = 0
  const guard = guardSteps({ onStep: () => (steps += 1), isOurs: () => false })
  for (const piece of pieces) guard.write(Buffer.from(piece))
  return { steps, said: guard.said() }
}

const line = (progress: object): string => `${JSON.stringify(progress)}\n`
const vertex = (name: string, more: object = {}): string =>
  line({ vertexes: [{ digest: 'sha256:1', name, started: '2026-01-01T00:00:00Z', ...more }] })
const status = (id: string): string => line({ statuses: [{ id, vertex: 'sha256:1' }] })

test.each([
  ['[2/2] RUN a', 1],
  ['[build 2/5] COPY a /', 1],
  ['[linux/arm64 build 2/5] WORKDIR /w', 1],
  ['[build 1/5] FROM docker.io/library/a', 0],
  ['[lib 2/2] LINK COPY --link f /f', 0],
  ['[internal] load build context', 0],
  ['exporting cache to client directory', 0],
  ['importing cache manifest from a', 0],
])('counts %s, when it starts, %i times', (name, times) => {
  const inputs = ['sha256:2']
  expect(seen(vertex(name, { inputs })).steps).toBe(times)
  expect(seen(vertex(name, { inputs, cached: true })).steps).toBe(0)
  expect(seen(line({ vertexes: [{ digest: 'sha256:1', name, inputs }] })).steps).toBe(0)
})

test('does not count the download of an ADD, but counts adding the files if they changed', () => {
  const inputs = ['sha256:2']
  expect(seen(vertex('[1/2] ADD https://example.com/a /a')).steps).toBe(0)
  expect(seen(vertex('[linux/arm64 build 1/2] ADD https://example.com/a.git /a')).steps).toBe(0)
  expect(seen(vertex('[1/2] ADD https://example.com/a /a', { inputs })).steps).toBe(1)
  expect(seen(vertex('[1/2] ADD https://example.com/a /a', { inputs, cached: true })).steps).toBe(0)
})

test('reports a step that is in the cache but ours, and the names of the steps that start', () => {
  const started: (readonly string[])[] = []
  const guard = guardSteps({
    onStep: (names) => void started.push(names),
    isOurs: (name) => name === '[build 2/5] RUN a',
  })
  const inputs = ['sha256:2']
  guard.write(Buffer.from(vertex('[build 3/5] RUN a', { inputs, cached: true })))
  expect(started).toEqual([])
  guard.write(Buffer.from(vertex('[build 2/5] RUN a', { inputs, cached: true })))
  guard.write(Buffer.from(vertex('[build 4/5] RUN b', { inputs })))
  expect(started).toEqual([[], ['[build 4/5] RUN b']])
})

test('does not count the look-up of a step on scratch, which has no inputs, but counts its run', () => {
  const completed = '2026-01-01T00:00:01Z'
  const workdir = '[1/2] WORKDIR /w'
  // BuildKit 0.34 sends a vertex again when it is completed. The look-up is not marked as cached.
  const lookup = [vertex(workdir), vertex(workdir, { completed })]
  expect(seen(...lookup).steps).toBe(0)
  expect(seen(...lookup, vertex(workdir, { started: completed, cached: true })).steps).toBe(0)
  expect(seen(...lookup, vertex(workdir, { started: completed })).steps).toBe(1)
})

test('counts an image that is unpacked for a step, but not one that an exporter unpacks', () => {
  expect(seen(vertex('[build 1/5] FROM a'), status('extracting sha256:2')).steps).toBe(1)
  expect(seen(vertex('[build 1/5] FROM a'), status('sha256:2')).steps).toBe(0)
  expect(seen(vertex('exporting to image'), status('extracting sha256:2')).steps).toBe(0)
})

test('reads lines that arrive in pieces, and returns other lines as messages of the client', () => {
  const inputs = ['sha256:2']
  const whole = vertex('[2/2] RUN a', { inputs }) + 'ERROR: no\n{"half": \n' + vertex('[2/2] RUN b', { inputs })
  const pieces = whole.match(/[^]{1,7}/g) ?? []
  expect(seen(...pieces)).toEqual({ steps: 2, said: 'ERROR: no\n{"half": \n' })
  expect(seen('ERROR: no').said).toBe('ERROR: no')
})

test('does not keep a line without end in memory, and counts it as a step', () => {
  const { said, steps } = seen(...Array.from({ length: 80 }, () => 'x'.repeat(100_000)))
  expect(said.length).toBeLessThan(4_100_000)
  expect(steps).toBe(1)
})

test('counts a step whose name is longer than any usual line, and a line that is too long to read', () => {
  const inputs = ['sha256:2']
  expect(seen(vertex(`[2/2] COPY ${'a'.repeat(2_000_000)} /`, { inputs })).steps).toBe(1)
  expect(seen(vertex(`[2/2] COPY ${'a'.repeat(5_000_000)} /`, { inputs })).steps).toBe(1)
})

test.each([
  ['[build 2/5] RUN make', 'build'],
  ['[linux/arm64 Build 12/15] COPY [a] /', 'build'],
  ['[target build 2/5] RUN make', 'build'],
  ['[linux/arm64 2/5] RUN make', ''],
  ['[2/5] RUN make', ''],
  ['exporting to image', ''],
])('finds the stage of %s: %j', (name, stage) => expect(stageOfStep(name)).toBe(stage))
