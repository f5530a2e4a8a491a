/** Whether containers of an image may start a tool. */
import { expect, test } from '@jest/globals'
import { mayStart } from '../../src/savings/started-by-command.ts'

const starts = (...lines: readonly string[]): boolean =>
  mayStart(lines.map((text) => ({ text })), 'go', 'cargo') // prettier-ignore

test.each([
  'CMD ["go", "run", "."]',
  'CMD cargo watch',
  'ENTRYPOINT ["/usr/local/go/bin/go"]',
  'CMD ["sh", "-c", "go run ."]',
  'CMD ["/entrypoint.sh"]',
  'CMD ./serve.sh --port 80',
  'ENTRYPOINT ["docker-entrypoint"]',
  'ENTRYPOINT ["tini", "--", "/start.sh"]',
  'CMD ["bash"]',
  'CMD exec bash',
  'ENTRYPOINT ["tini", "--", "bash"]',
  'CMD ["/usr/bin/env", "bash"]',
  'CMD ["/bin/sh", "/srv/start"]',
  'CMD ["make", "run"]',
  'CMD air -c .air.toml',
])('%s may', (line) => {
  expect(starts('RUN a', line)).toBe(true)
})

test.each([
  'CMD ["python", "app.py"]',
  'CMD ["node", "server.js"]',
  'ENTRYPOINT ["/server"]',
  'CMD ["sh", "-c", "gunicorn --bind :$PORT app:app"]',
  'CMD ["tini", "--", "sh", "-c", "node server.js"]',
  'CMD ["/bin/bash", "-lc", "exec uvicorn app:app"]',
  'CMD nginx -g "daemon off;"',
  'RUN make && /entrypoint.sh',
  'CMD ["/srv/cargo-like"]',
])('%s does not', (line) => {
  expect(starts(line)).toBe(false)
})

test('only the last command counts', () => {
  expect(starts('CMD ["bash"]', 'CMD ["/server"]')).toBe(false)
  expect(starts('CMD ["/server"]', 'ENTRYPOINT ["/entrypoint.sh"]')).toBe(true)
  expect(starts()).toBe(false)
})
