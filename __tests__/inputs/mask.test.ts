import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { maskCall } from '../../src/inputs/mask.ts'

describe('maskCall', () => {
  test.each([
    [['--build-arg', 'A=secret'], ['--build-arg', 'A=***']],
    [['--build-arg=A=se=cret\nmore'], ['--build-arg=A=***']],
    [['--build-arg', 'A'], ['--build-arg', 'A']],
    [['--label', '--build-arg', '--build-arg', 'A=secret'], ['--label', '--build-arg', '--build-arg', 'A=***']],
    [['-t', '--build-arg', '--build-arg', 'A=secret'], ['-t', '--build-arg', '--build-arg', 'A=***']],
    [['--secret', 'id=npm,src=/home/me/.npmrc'], ['--secret', 'id=npm,src=***']],
    [['--secret=type=file,id=npm,"src=/a,b"'], ['--secret=type=file,id=npm,src=***']],
    [['--secret', 'id=npm,env=TOKEN'], ['--secret', 'id=npm,env=***']],
    [['https://me:pw@host/r.git#main'], ['https://***@host/r.git#main']],
    [['https://token@host/r.git'], ['https://***@host/r.git']],
    [['https://host/@scope/x'], ['https://host/@scope/x']],
    [['ssh://git@host/r.git'], ['ssh://git@host/r.git']],
    [['ssh://git:pw@host/r.git'], ['ssh://***@host/r.git']],
    [['git@github.com:o/r.git'], ['git@github.com:o/r.git']],
    [['--build-context', 'x=https://me:pw@host/r.git'], ['--build-context', 'x=https://***@host/r.git']],
    [
      ['--cache-to', 'type=s3,bucket=b,access_key_id=AK,secret_access_key=SK,session_token=T,mode=max'],
      ['--cache-to', 'type=s3,bucket=b,access_key_id=***,secret_access_key=***,session_token=***,mode=max'],
    ],
    [['--cache-from=type=gha,token=T'], ['--cache-from=type=gha,token=***']],
    [['-o', 'type=image,name=x'], ['-o', 'type=image,name=x']],
    [['--ssh', 'default=/run/agent'], ['--ssh', 'default=/run/agent']],
    [
      ['docker', 'buildx', 'build', '--push', '--target', 'a', '.'],
      ['docker', 'buildx', 'build', '--push', '--target', 'a', '.'],
    ],
    [['--set', '*.args.A=secret'], ['--set', '*.args.A=***']],
    [['--build-arg'], ['--build-arg']],
  ])('%j', (argv, expected) => {
    expect(maskCall(argv)).toEqual(expected)
  })

  test('no value of a build argument ever shows', () => {
    const value = fc.string({ minLength: 3 }).map((text) => `§${text}§`)
    fc.assert(
      fc.property(value, fc.array(fc.constantFrom('--push', '-D', '--no-cache', '--foo')), (secret, around) => {
        const shown = maskCall([...around, '--build-arg', `A=${secret}`, ...around, `--build-arg=B=${secret}`]).join(' ')
        expect(shown).not.toContain(secret)
      }),
    )
  })
})
