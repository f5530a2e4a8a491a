/** The names of steps in messages about an export that failed. */
import { expect, test } from '@jest/globals'
import { withPositions } from '../../src/docker/stage-export.ts'

test.each([
  ['[stage-footprint-3 3/7] COPY deep /srv', '[stage-3 3/7] COPY deep /srv'],
  ['[linux/arm64 stage-footprint-x2-0 2/2] RUN make', '[linux/arm64 stage-0 2/2] RUN make'],
  ['[app stage-footprint-1 2/2] RUN echo [ stage-footprint-1 ]', '[app stage-1 2/2] RUN echo [ stage-footprint-1 ]'],
  ['[build 2/2] RUN make', '[build 2/2] RUN make'],
  ['[my-stage-footprint-1 2/2] RUN make', '[my-stage-footprint-1 2/2] RUN make'],
])('%s: a stage without a name is named by its position', (step, expected) => {
  expect(withPositions(step)).toBe(expected)
})
