import { describe, expect, test } from '@jest/globals'
import { guardSteps, stageOfStep } from '../../src/docker/step-guard.ts'

const silent = {
  get ownSteps(): Set<string> {
    return new Set()
  },
  onStarted: () => undefined,
  onJoined: () => undefined,
  onMadeByWeighing: () => undefined,
  isMadeByWeighing: () => false,
  onProgress: () => undefined,
}

/** How many steps were reported, for lines that arrive in these pieces. */
function seen(...pieces: string[]): { readonly steps: number; readonly said: string } {
  let steps = 0
  const guard = guardSteps({ ...silent, onStarted: () => (steps += 1) })
  for (const piece of [used, ...pieces]) guard.write(Buffer.from(piece))
  return { steps, said: guard.said() }
}

const line = (progress: object): string => `${JSON.stringify(progress)}\n`
const vertex = (name: string, more: object = {}): string =>
  line({ vertexes: [{ digest: 'sha256:1', name, started: '2026-01-01T00:00:00Z', ...more }] })
/** Reports what the steps use. The builder reports it before they start. */
const used = line({ vertexes: [{ digest: 'sha256:2', name: '[internal] load build context' }] })
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

test('reports a result that only weighing can have made, and the names of the steps that start', () => {
  const started: (readonly string[])[] = []
  const guard = guardSteps({
    ...silent,
    onStarted: (names) => void started.push(names),
    onMadeByWeighing: () => void started.push([]),
    isMadeByWeighing: (name) => name === '[build 2/5] RUN a',
  })
  const inputs = ['sha256:2']
  guard.write(Buffer.from(used))
  guard.write(Buffer.from(vertex('[build 3/5] RUN a', { inputs, cached: true })))
  expect(started).toEqual([])
  guard.write(Buffer.from(vertex('[build 2/5] RUN a', { inputs, cached: true })))
  guard.write(Buffer.from(vertex('[build 4/5] RUN b', { digest: 'sha256:3', inputs })))
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

test('does not count a step whose comparison was given up, but counts one that failed or was stopped', () => {
  const ended = (completed: string, error: string): number =>
    seen(vertex('[2/2] COPY --from=a /a /a', { inputs: ['sha256:2'], completed, error })).steps
  expect(ended('2026-01-01T00:00:00.000042Z', 'context canceled: context canceled')).toBe(0)
  expect(ended('2026-01-01T00:00:00.001Z', 'context canceled: context canceled')).toBe(0)
  expect(ended('2026-01-01T00:00:00.002Z', 'context canceled: context canceled')).toBe(1)
  expect(ended('2026-01-01T00:00:00.000042Z', '')).toBe(1)
})

test('does not count a cached step again when its layers are fetched', () => {
  const inputs = ['sha256:2']
  const hit = vertex('[2/2] COPY a /', { inputs, cached: true })
  const fetched = vertex('[2/2] COPY a /', { inputs, started: '2026-01-01T00:00:05Z' })
  expect(seen(hit, fetched).steps).toBe(0)
  expect(seen(fetched).steps).toBe(1)
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

describe('steps of another build', () => {
  const began = '2026-01-01T00:00:10Z'
  const earlier = '2026-01-01T00:00:09.999Z'
  const own = line({
    vertexes: [
      { digest: 'sha256:file', name: '[internal] load build definition from Dockerfile', started: began },
      { digest: 'sha256:base', name: '[build 1/3] FROM docker.io/library/a' },
      { digest: 'sha256:own', name: '[build 2/3] RUN a', inputs: ['sha256:base'] },
    ],
  })
  const step = (digest: string, input: string, more: object): string =>
    line({ vertexes: [{ digest, name: '[build 2/3] RUN a', inputs: [input], ...more }] })

  /** What a guard reports for these lines. */
  function reported(...lines: string[]): { readonly started: number; readonly joined: readonly string[] } {
    let started = 0
    const joined: string[] = []
    const guard = guardSteps({
      ...silent,
      onStarted: () => (started += 1),
      onMadeByWeighing: () => (started += 1),
      onJoined: (names) => void joined.push(...(names.length === 0 ? ['unpacking'] : names)),
      isMadeByWeighing: (name) => name.endsWith('ours'),
    })
    for (const each of [own, ...lines]) guard.write(Buffer.from(each))
    return { started, joined }
  }

  test.each([
    ['is running when the call begins', step('sha256:own', 'sha256:base', { started: earlier })],
    ['starts later, if it uses what the call does not use', step('sha256:2', 'sha256:else', { started: began })],
    [
      'uses such a step',
      step('sha256:2', 'sha256:else', { started: earlier, completed: earlier }) +
        step('sha256:3', 'sha256:2', { started: began }),
    ],
  ])('are told apart from steps that the call starts: one that %s', (_title, lines) => {
    expect(reported(lines)).toEqual({ started: 0, joined: ['[build 2/3] RUN a'] })
  })

  test('are told apart even if the steps of the call are reported one by one, before what they use', () => {
    const top = line({ vertexes: [{ digest: 'sha256:top', name: '[build 3/3] RUN b', inputs: ['sha256:low'] }] })
    const low = line({ vertexes: [{ digest: 'sha256:low', name: '[build 2/3] RUN a', inputs: ['sha256:base'] }] })
    const starts = line({
      vertexes: [{ digest: 'sha256:top', name: '[build 3/3] RUN b', inputs: ['sha256:low'], started: began }],
    })
    expect(reported(top, low, starts)).toEqual({ started: 1, joined: [] })
  })

  test('are not waited for when they have ended', () => {
    const completed = { started: earlier, completed: earlier }
    expect(reported(step('sha256:own', 'sha256:base', completed))).toEqual({ started: 0, joined: [] })
    expect(reported(step('sha256:2', 'sha256:else', completed))).toEqual({ started: 0, joined: [] })
  })

  test('are waited for while they unpack their image', () => {
    const unpacking = (started: string, completed?: string): string =>
      line({ statuses: [{ id: 'extracting sha256:2', vertex: 'sha256:base', started, completed }] })
    expect(reported(unpacking(earlier))).toEqual({ started: 0, joined: ['unpacking'] })
    expect(reported(unpacking(earlier, earlier))).toEqual({ started: 0, joined: [] })
    expect(reported(unpacking(began))).toEqual({ started: 1, joined: [] })
  })

  test('are never one that the call starts itself, and a result of ours stays ours', () => {
    expect(reported(step('sha256:own', 'sha256:base', { started: began }))).toEqual({ started: 1, joined: [] })
    const ours = { name: '[build 2/3] RUN ours', started: earlier, completed: earlier }
    expect(reported(step('sha256:own', 'sha256:base', ours))).toEqual({ started: 1, joined: [] })
    expect(reported(step('sha256:2', 'sha256:else', ours))).toEqual({ started: 1, joined: [] })
  })
})
