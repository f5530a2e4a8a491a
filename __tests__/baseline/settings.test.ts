import { expect, test } from '@jest/globals'
import { settingsOf } from '../../src/baseline/settings.ts'
import { parseBuildCommand } from '../../src/inputs/cli.ts'

const settings = (...argv: string[]): string => settingsOf(parseBuildCommand(argv, {}).build, 'auto', '/repository')

test('say what decides the bytes, and no value of a build argument', () => {
  expect(
    settings('--build-arg', 'B=secret', '--build-arg', 'A', '-f', '/repository/docker/Dockerfile', '--target', 'api', '-o', 'type=oci,dest=x,compression=zstd', '/repository/app'),
  ).toBe('context: app; file: docker/Dockerfile; target: api; build arguments: A B; layers: compression=zstd')
})

test('are the same for each commit of a Git context, and for tags, caches and platforms', () => {
  const one = settings('-t', 'a:1', '--platform', 'linux/amd64', 'https://example.com/r.git#refs/pull/1/merge:app')
  expect(one).toBe(settings('--no-cache', 'https://example.com/r.git#0123abc:app'))
  expect(one).not.toBe(settings('https://example.com/r.git#0123abc:web'))
})
