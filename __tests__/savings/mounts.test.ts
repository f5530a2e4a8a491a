import { expect, test } from '@jest/globals'
import { hasMountAt } from '../../src/savings/mounts.ts'

test.each([
  ['RUN --mount=type=bind,source=.git,target=.git git describe', 'app/.git', true],
  ['RUN --mount=type=cache,target=/app/.git/lfs make', 'app/.git', true],
  ['RUN --mount=type=bind,source=.,target=/app,rw make', 'app/.git', true],
  ['RUN --mount=target=. make', 'src/x', true],
  ['RUN --mount=type=cache,dst="/app/$NAME" make', 'srv', true],
  ['RUN --network=none --mount=type=tmpfs,destination=/app/t \\\n  make', 'app', true],
  ['RUN --mount=type=cache,target=/root/.npm npm ci', 'app/node_modules/x/test', false],
  ['RUN --mount=type=bind,source=package.json,target=package.json npm ci', 'app/node_modules/x', false],
  ['RUN --mount=type=cache,target=/application make', 'app', false],
  ['RUN --mount=type=secret,id=app make', 'app', false],
  ['RUN echo --mount=target=/app', 'app', false],
  ['', 'app', false],
])('%j has a mount at %s: %s', (run, path, expected) => {
  expect(hasMountAt(run, path)).toBe(expected)
})
