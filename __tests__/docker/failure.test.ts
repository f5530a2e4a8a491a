/** The error message found in the output of a builder. */
import { describe, expect, test } from '@jest/globals'
import { parseFailure } from '../../src/docker/failure.ts'

describe('the message of a failed build', () => {
  test('is the last error, on one line', () => {
    const said =
      '#5 ERROR: process "/bin/sh -c false" did not complete successfully: exit code: 1\n------\nERROR: failed to build: failed to solve: process "/bin/sh -c false" did not complete successfully: exit code: 1\n\nView build details\n'
    expect(parseFailure(said).message).toBe('process "/bin/sh -c false" did not complete successfully: exit code: 1')
  })

  // As BuildKit 0.25 and 0.34 print it.
  test('includes the lines of Git that it quotes', () => {
    const said = [
      '#1 [internal] load git source https://host/o/r.git#main',
      '#1 ERROR: failed to fetch remote https://host/o/r.git: git stderr:',
      'remote: Repository not found.',
      '------',
      'ERROR: failed to build: failed to solve: failed to read dockerfile: failed to load cache key: failed to fetch remote https://host/o/r.git: git stderr:',
      'remote: Repository not found.',
      "fatal: repository 'https://host/o/r.git/' not found",
      ': exit status 128',
      '',
      'View build details: docker-desktop://x',
    ].join('\n')
    expect(parseFailure(said).message).toBe(
      "failed to read dockerfile: failed to load cache key: failed to fetch remote https://host/o/r.git: git stderr: remote: Repository not found. fatal: repository 'https://host/o/r.git/' not found: exit status 128",
    )
  })

  test.each([
    ['ERROR: no builder "nope" found\n', 'nope', 'no-builder'],
    ['ERROR: failed to build: no builder "nope" found\n', 'nope', 'no-builder'],
    ['ERROR: failed to solve: process "echo no builder \\"nope\\" found" did not complete\n', null, 'build'],
    ['ERROR: Cannot connect to the Docker daemon at unix:///x. Is the docker daemon running?\n', null, 'unreachable'],
  ])('names the builder that does not exist in %j', (said, builder, kind) => {
    expect(parseFailure(said)).toMatchObject({ builder, kind })
  })

  test('is the last line if there is no error', () => {
    expect(parseFailure('some\nlast words\n').message).toBe('last words')
    expect(parseFailure('').message).toBeNull()
  })
})
