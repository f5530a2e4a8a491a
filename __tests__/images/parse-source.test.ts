import { describe, expect, test } from '@jest/globals'
import { parseSource } from '../../src/images/parse-source.ts'
import { familiarName, formatReference, isSameReference, parseReference } from '../../src/images/reference.ts'
import { thrownBy } from '../support/thrown-by.ts'

describe('a source', () => {
  test.each([
    ['oci:dir', { kind: 'oci', path: 'dir', reference: null }],
    ['oci:a/b:tag', { kind: 'oci', path: 'a/b', reference: 'tag' }],
    ['oci:dir:host/name:tag', { kind: 'oci', path: 'dir', reference: 'host/name:tag' }],
    ['oci-archive:x.tar', { kind: 'oci-archive', path: 'x.tar', reference: null }],
    ['docker-archive:x.tar:demo:1', { kind: 'docker-archive', path: 'x.tar', reference: 'demo:1' }],
    ['docker-archive:x.tar:@1', { kind: 'docker-archive', path: 'x.tar', reference: '@1' }],
    ['docker-daemon:demo:1', { kind: 'docker-daemon', reference: 'demo:1' }],
    ['docker-daemon:demo', { kind: 'docker-daemon', reference: 'demo:latest' }],
    ['docker-daemon:localhost:5000/demo', { kind: 'docker-daemon', reference: 'localhost:5000/demo:latest' }],
    [
      `docker-daemon:demo@sha256:${'a'.repeat(64)}`,
      { kind: 'docker-daemon', reference: `demo@sha256:${'a'.repeat(64)}` },
    ],
    ['docker-daemon:0123abcd', { kind: 'docker-daemon', reference: '0123abcd' }],
    ['docker-daemon:sha256:0123abcd', { kind: 'docker-daemon', reference: 'sha256:0123abcd' }],
    [
      'docker://busybox',
      {
        kind: 'docker',
        reference: { registry: 'docker.io', repository: 'library/busybox', tag: 'latest', digest: null },
      },
    ],
    ['some/path', { kind: 'path', path: 'some/path' }],
    ['./a:b', { kind: 'path', path: './a:b' }],
  ])('is parsed from %s', (text, source) => {
    expect(parseSource(text)).toEqual(source)
  })

  test.each([
    ['', 'no source was named'],
    ['oci:', 'oci: names no path; it is written oci:DIR[:REF]'],
    ['oci-archive:x:', 'names no image after the colon; it is written oci-archive:FILE[:REF]'],
    ['docker-daemon:', 'write docker-daemon:NAME[:TAG]'],
    ['docker-daemon:--output=x', 'is not an image of an engine'],
    ['docker:busybox', 'write docker://[HOST[:PORT]/]NAME[:TAG][@DIGEST]'],
    ['docker://UPPER/../x', 'is not an image of a registry'],
    ['docker://host/a?b', 'is not an image of a registry'],
    ['docker://host:99999/a', 'is not an image of a registry, because 99999 is not a port (1 to 65535)'],
    ['docker://host:0/a', 'is not an image of a registry, because 0 is not a port'],
    ['docker://host:port/a', 'docker://host:port/a is not an image of a registry; write docker://'],
    ['docker://user:word@host/a', 'is not an image of a registry'],
    ['dir:x', 'the transport dir: is not supported; a source is oci:DIR'],
    ['https://host/a', 'write an image in a registry as docker://HOST'],
  ])('is refused for %j', (text, message) => {
    const error = thrownBy(() => parseSource(text))
    expect(error.code).toBe('USAGE')
    expect(error.message).toContain(message)
  })
})

describe('a reference', () => {
  const digest = `sha256:${'a'.repeat(64)}`
  test.each([
    ['busybox', 'docker.io/library/busybox:latest', 'busybox'],
    ['docker.io/busybox', 'docker.io/library/busybox:latest', 'busybox'],
    ['index.docker.io/library/busybox:1', 'docker.io/library/busybox:1', 'busybox'],
    ['user/app:1', 'docker.io/user/app:1', 'user/app'],
    ['ghcr.io/user/app', 'ghcr.io/user/app:latest', 'ghcr.io/user/app'],
    ['localhost/app', 'localhost/app:latest', 'localhost/app'],
    ['127.0.0.1:5000/app:1', '127.0.0.1:5000/app:1', '127.0.0.1:5000/app'],
    ['[::1]:5000/app', '[::1]:5000/app:latest', '[::1]:5000/app'],
    [`app@${digest}`, `docker.io/library/app@${digest}`, 'app'],
    [`app:1@${digest}`, `docker.io/library/app:1@${digest}`, 'app'],
  ])('is parsed from %s', (text, full, familiar) => {
    const reference = parseReference(text)!
    expect(formatReference(reference)).toBe(full)
    expect(familiarName(reference)).toBe(familiar)
  })

  test.each([
    '',
    ':',
    'a:',
    'a@',
    'a@sha256:12',
    'a//b',
    'a/-b',
    '-a',
    'a b',
    'a/../b',
    'A/b:c/',
    `a:${'x'.repeat(129)}`,
  ])('is refused for %j', (text) => {
    expect(parseReference(text)).toBeNull()
  })

  test('is the same in long and short form', () => {
    expect(isSameReference('demo:1', 'docker.io/library/demo:1')).toBe(true)
    expect(isSameReference('demo', 'demo:latest')).toBe(true)
    expect(isSameReference('demo:1', 'demo:2')).toBe(false)
    expect(isSameReference('demo', 'ghcr.io/demo')).toBe(false)
  })
})
