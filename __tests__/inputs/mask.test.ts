import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { secretsIn, sentenceMask } from '../../src/inputs/mask.ts'
import { maskCall } from '../../src/inputs/mask.ts'

describe('maskCall', () => {
  test.each([
    [
      ['--build-arg', 'A=secret'],
      ['--build-arg', 'A=***'],
    ],
    [['--build-arg=A=se=cret\nmore'], ['--build-arg=A=***']],
    [
      ['--build-arg', 'A'],
      ['--build-arg', 'A'],
    ],
    [
      ['--label', '--build-arg', '--build-arg', 'A=secret'],
      ['--label', '--build-arg', '--build-arg', 'A=***'],
    ],
    [
      ['-t', '--build-arg', '--build-arg', 'A=secret'],
      ['-t', '--build-arg', '--build-arg', 'A=***'],
    ],
    [
      ['--secret', 'id=npm,src=/home/me/.npmrc'],
      ['--secret', 'id=npm,src=***'],
    ],
    [['--secret=type=file,id=npm,"src=/a,b"'], ['--secret=type=file,id=npm,src=***']],
    [
      ['--secret', 'id=npm,env=TOKEN'],
      ['--secret', 'id=npm,env=***'],
    ],
    [['https://me:pw@host/r.git#main'], ['https://***@host/r.git#main']],
    [['https://token@host/r.git'], ['https://***@host/r.git']],
    [['https://host/@scope/x'], ['https://host/@scope/x']],
    [['ssh://git@host/r.git'], ['ssh://git@host/r.git']],
    [['ssh://git:pw@host/r.git'], ['ssh://***@host/r.git']],
    [['git@github.com:o/r.git'], ['git@github.com:o/r.git']],
    [
      ['--build-context', 'x=https://me:pw@host/r.git'],
      ['--build-context', 'x=https://***@host/r.git'],
    ],
    [
      ['--cache-to', 'type=s3,bucket=b,access_key_id=AK,secret_access_key=SK,session_token=T,mode=max'],
      ['--cache-to', 'type=s3,bucket=b,access_key_id=***,secret_access_key=***,session_token=***,mode=max'],
    ],
    [['--cache-from=type=gha,token=T'], ['--cache-from=type=gha,token=***']],
    [
      ['-o', 'type=image,name=x'],
      ['-o', 'type=image,name=x'],
    ],
    [
      ['--ssh', 'default=/run/agent'],
      ['--ssh', 'default=/run/agent'],
    ],
    [
      ['docker', 'buildx', 'build', '--push', '--target', 'a', '.'],
      ['docker', 'buildx', 'build', '--push', '--target', 'a', '.'],
    ],
    [
      ['--set', '*.args.A=secret'],
      ['--set', '*.args.A=***'],
    ],
    [['--build-arg'], ['--build-arg']],
  ])('masks %j', (argv, expected) => {
    expect(maskCall(argv)).toEqual(expected)
  })

  test('never shows a value of a build argument', () => {
    const value = fc.string({ minLength: 3 }).map((text) => `§${text}§`)
    fc.assert(
      fc.property(value, fc.array(fc.constantFrom('--push', '-D', '--no-cache', '--foo')), (secret, around) => {
        const shown = maskCall([...around, '--build-arg', `A=${secret}`, ...around, `--build-arg=B=${secret}`]).join(
          ' ',
        )
        expect(shown).not.toContain(secret)
      }),
    )
  })
})

describe('sentenceMask', () => {
  const words = (some: {
    args?: readonly string[]
    argv?: readonly string[]
    env?: Readonly<Record<string, string>>
  }): ((sentence: string) => string) =>
    sentenceMask(
      { buildArgs: some.args ?? [], secrets: secretsIn(some.argv ?? []), env: new Map(Object.entries(some.env ?? {})) },
      { TOKEN: 'from-the-environment', npm: 'of-its-own-name' },
    )

  test.each<[string, Parameters<typeof words>[0], string, string]>([
    ['masks an argument in a path', { args: ['A=s3cret'] }, '"/lib-s3cret": not found', '"/lib-***": not found'],
    ['masks an argument from the environment', { args: ['TOKEN'] }, '/from-the-environment', '/***'],
    ['masks an argument in quotes', { args: ['A=a"b\\c'] }, 'failed to parse "a\\"b\\\\c"', 'failed to parse "***"'],
    ['masks the first line of an argument', { args: ['A=first line\nsecond'] }, 'bad "first line', 'bad "***'],
    ['masks a short argument only as a word', { args: ['A=ab'] }, 'ab in abacus', '*** in abacus'],
    [
      'does not mask an exit code',
      { args: ['A=1'] },
      'process "/bin/sh -c make 1" did not complete successfully: exit code: 1',
      'process "/bin/sh -c make ***" did not complete successfully: exit code: 1',
    ],
    ['masks nothing without arguments', { args: ['A=', 'B'] }, 'as it is', 'as it is'],
    ['masks a secret from a variable', { argv: ['--secret', 'id=x,env=TOKEN'] }, 'got from-the-environment', 'got ***'],
    [
      'masks a secret from a variable, with its type and in quotes',
      { argv: ['--secret=id=x,type=env,"src=TOKEN"'] },
      'got from-the-environment',
      'got ***',
    ],
    [
      'masks a secret from the variable of its name',
      { argv: ['--secret', 'id=npm'] },
      'got of-its-own-name',
      'got ***',
    ],
    [
      'masks a value in the environment of the build',
      { env: { STAGE_FOOTPRINT_SECRET_0: 's3cret' } },
      'got s3cret',
      'got ***',
    ],
    [
      'masks credentials in an address',
      {},
      'failed to fetch https://me:pw@host/r.git',
      'failed to fetch https://***@host/r.git',
    ],
    ['takes a pattern as text', { args: ['A=$&.*'] }, 'x$&.*y', 'x***y'],
  ])('%s', (_what, given, sentence, expected) => {
    expect(words(given)(sentence)).toBe(expected)
  })
})
