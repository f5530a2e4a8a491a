/** The flags that leave paths out of a COPY. */
import { expect, test } from '@jest/globals'
import { excludeFlags } from '../../src/savings/exclude-flags.ts'

test.each([
  ['COPY --from=build /src /app', '/app/.git', '.git'],
  ['COPY --from=build /src /app/', '/app/x/.git', 'x/.git'],
  ['COPY --from=build /src ./app', '/home/me/app/x/.git', 'x/.git'],
  ['COPY --from=build /src app/lib', '/home/app/x/app/lib/tests', 'tests'],
  ['COPY --from=build /src /', '/x/tests', 'x/tests'],
  ['COPY --from=build ["/src", "/app"]', '/app/tests', 'tests'],
  // Where the line copies to is not known without WORKDIR.
  ['COPY --from=build /src .', '/home/x/.git', '**/.git'],
  ['COPY --from=build /src /other', '/app/x/.git', '**/.git'],
  ['COPY --from=build /src $HOME', '/app/.npm/_cacache', '**/_cacache'],
  ['COPY --from=build /src ./', '/app/x/node_modules/.cache', '**/node_modules/.cache'],
])('%s without %s', (copy, path, pattern) => {
  expect(excludeFlags(copy, [path])).toEqual([`--exclude=${pattern}`])
})

test('a pattern for any folder matches what is in the target itself too', () => {
  const patterns = ['**/node_modules/*/test', '**/site-packages/*/tests', '**/*.map']
  expect(excludeFlags('COPY --from=a /app /app', patterns)).toEqual([
    ...['--exclude=**/node_modules/[^@]*/test', '--exclude=**/site-packages/*/tests', '--exclude=**/*.map'],
  ])
  expect(excludeFlags('COPY --from=a /app/node_modules ./node_modules/', patterns)).toEqual([
    ...['--exclude=[^@]*/test', '--exclude=**/node_modules/[^@]*/test'],
    ...['--exclude=**/site-packages/*/tests', '--exclude=**/*.map'],
  ])
  expect(excludeFlags('COPY --from=a /p /usr/lib/site-packages', patterns)).toContain('--exclude=*/tests')
})

test.each([
  ['COPY --from=b /app/node_modules $M', ['[^@]*/test', '**/node_modules/[^@]*/test']],
  ['COPY --from=b /app/node_modules .', ['[^@]*/test', '**/node_modules/[^@]*/test']],
  ['COPY --from=b /app/node_modules/a /srv/node_modules/a', ['test', '**/node_modules/[^@]*/test']],
  ['COPY --from=b /a/node_modules /b/node_modules/x /srv/', ['[^@]*/test', '**/node_modules/[^@]*/test', 'test']],
  ['COPY --from=b /app/node_modules/@s /srv/node_modules/@s', ['**/node_modules/[^@]*/test']],
  ['COPY --from=b --parents /app/./node_modules /srv', ['**/node_modules/[^@]*/test']],
  ['COPY --from=b $M /srv/node_modules', ['[^@]*/test', '**/node_modules/[^@]*/test']],
])('%s: patterns for any folder are relative to what is copied', (copy, patterns) => {
  expect(excludeFlags(copy, ['**/node_modules/*/test'])).toEqual(patterns.map((one) => `--exclude=${one}`))
})

test.each([
  'COPY --from=b $M $N',
  'COPY --from=b /a/lib* /usr/lib/',
  'COPY --from=b /a/*/tests $N',
  'COPY --from=b /app/tests /t',
])('%s has no flags, as it is not certain what is copied, or all of it is left out', (copy) => {
  expect(excludeFlags(copy, ['**/tests'])).toBeNull()
})

test.each([
  // Its target is /app/app with `WORKDIR /app`, and /app with `WORKDIR /`.
  ['COPY --from=build /src app', '/app/app/.git'],
  ['COPY --from=build /src ./app/', '/srv/app/app/sub/.git'],
  ['COPY --from=build /src/.git /app/.git', '/app/.git'],
  ['COPY --from=build /src/.git .git', '/app/.git'],
  ['COPY --from=build /src/tests /app/tests', '**/tests'],
])('%s has no flags for %s, if it is the target or that is not certain', (copy, path) => {
  expect(excludeFlags(copy, [path])).toBeNull()
})

test.each(['.', './', '$HOME', '/other'])('a name that others may have has no flags if the target is %s', (target) => {
  expect(excludeFlags(`COPY --from=build /src ${target}`, ['/home/x/cache'])).toBeNull()
})

test('a path that a flag cannot have makes no flags', () => {
  for (const path of ['/app/[id]/x', '/app/!x/y', '/app/a b', '/app/"x"', "/app/it's", '/app/$x', '/app/a\\b'])
    expect(excludeFlags('COPY --from=a /app /app', ['/app/ok', path])).toBeNull()
})

test('no pattern stands for each folder `.cache`, in which programs keep data of any kind', () => {
  expect(excludeFlags('COPY --from=build /src ./', ['/app/x/.cache'])).toBeNull()
  expect(excludeFlags('COPY --from=build /src ./', ['/.cache'])).toBeNull()
})
