/**
 * Removes values of build arguments and secrets, and credentials in URLs, from what is shown: from our calls, from
 * sentences of the builder that we repeat, and from the metadata of a build. Pure.
 */
import { masked, maskCredentials } from '../url-secrets.ts'
import { buildxFlags } from './buildx-flags.ts'
import type { Environment } from './inputs.ts'

/**
 * Returns the call with `***` in place of values of build arguments, sources of secrets, credentials in URLs, and keys
 * and tokens among the attributes of caches and outputs. It works for any call, and leaves unknown arguments unchanged.
 */
export function maskCall(argv: readonly string[]): string[] {
  const result: string[] = []
  for (let position = 0; position < argv.length; position++) {
    const word = argv[position] ?? ''
    const written = /^--([a-z][a-z-]*)=(.*)$/s.exec(word)
    if (written) {
      const [, name = '', value = ''] = written
      result.push(`--${name}=${maskValue(name, value)}`)
      continue
    }
    result.push(maskCredentials(word))
    const name = waitsForValue(word)
    const value = argv[position + 1]
    if (name === null || value === undefined) continue
    result.push(maskValue(name, value))
    position++
  }
  return result
}

/** Returns a text in which secret values are replaced by `***`. */
export type Mask = (text: string) => string

/**
 * Returns a mask for the values of build arguments, for a text that BuildKit expanded.
 *
 * @param buildArgs `NAME=value`, or `NAME` for an environment variable
 */
export function buildArgMask(buildArgs: readonly string[], env: Environment): Mask {
  return valueMask(argumentValues(buildArgs, env))
}

/**
 * Masks these values, longest first. A short value is masked only where it is a word of its own, so that the text
 * around it remains readable.
 */
function valueMask(values: readonly string[]): Mask {
  const longestFirst = [...new Set(values)]
    .filter((value) => value !== '')
    .toSorted((one, other) => other.length - one.length)
  return (text) =>
    longestFirst.reduce(
      (rest, value) => (value.length >= 4 ? rest.replaceAll(value, masked) : rest.replace(wordOf(value), masked)),
      text,
    )
}

function argumentValues(buildArgs: readonly string[], env: Environment): readonly string[] {
  return buildArgs.map((arg) => {
    const equals = arg.indexOf('=')
    return equals < 0 ? (env[arg] ?? '') : arg.slice(equals + 1)
  })
}

/** Values in a call of the builder that none of our messages may repeat. */
export interface HiddenWords {
  /** Each is `NAME=value`, or `NAME` for an environment variable. */
  readonly buildArgs: readonly string[]
  /** Values of `--secret`. Only secrets from environment variables are used, and files of secrets are not read. */
  readonly secrets: readonly string[]
  /** Variables that are added to the environment of the call: values of secrets. */
  readonly env: ReadonlyMap<string, string>
}

/**
 * Returns a mask for a sentence of the builder that we repeat. It removes values of build arguments and secrets, and
 * credentials in URLs. An exit code at the end stays, even if some argument has the same value, such as `1`.
 */
export function sentenceMask({ buildArgs, secrets, env }: HiddenWords, environment: Environment): Mask {
  const secretValues = secrets.flatMap(secretVariables).map((name) => environment[name] ?? '')
  const values = [...argumentValues(buildArgs, environment), ...secretValues, ...env.values()]
  // Only one line of the builder's output is repeated, so each line of a value is masked. A value may also appear as a
  // quoted string, with escapes.
  const mask = valueMask(
    values
      .flatMap((value) => [value, ...value.split(/\r?\n/)])
      .flatMap((value) => [value, JSON.stringify(value).slice(1, -1)]),
  )
  return (sentence) => {
    const [code = ''] = /: exit code: \d{1,10}$/.exec(sentence) ?? []
    return mask(maskCredentials(sentence.slice(0, sentence.length - code.length))) + code
  }
}

/**
 * Returns the environment variables that a secret may come from. Without a source, it is the variable with the name of
 * the secret, if there is one.
 */
function secretVariables(secret: string): readonly string[] {
  const fields = new Map(
    secret
      .split(',')
      .map((field) => [
        field.split('=', 1)[0]?.replace(/^"/, '').toLowerCase() ?? '',
        field.slice(field.indexOf('=') + 1).replace(/"$/, ''),
      ]),
  )
  return ['env', 'id', ...(fields.get('type') === 'env' ? ['src', 'source'] : [])].map((name) => fields.get(name) ?? '')
}

/** Returns the values of `--secret` in the arguments of a call. */
export function secretsIn(argv: readonly string[]): readonly string[] {
  return argv.flatMap((word, at) =>
    word.startsWith('--secret=') ? [word.slice('--secret='.length)] : argv[at - 1] === '--secret' ? [word] : [],
  )
}

const wordOf = (value: string): RegExp =>
  new RegExp(`(?<![A-Za-z0-9_])${value.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&')}(?![A-Za-z0-9_])`, 'g')

/** Returns the name of the flag whose value is the next argument, or null. */
function waitsForValue(word: string): string | null {
  if (word === '--set' || word === '--var') return word.slice(2)
  const flag = buildxFlags.find(({ name, short }) => word === `--${name}` || (short !== null && word === `-${short}`))
  return flag?.takesValue ? flag.name : null
}

function maskValue(name: string, value: string): string {
  switch (name) {
    case 'build-arg':
    // bake: `NAME=value`.
    case 'var':
      return maskAfter(value, '=')
    case 'set':
      return maskOverride(value)
    case 'secret':
      return maskSecret(value)
    case 'ssh':
      return value
    default:
      return maskAttributes(value)
  }
}

/** Fields of a bake target whose values affect the build and contain nothing that users hide. */
const shownFields = new Set([
  'cache-from',
  'cache-to',
  'context',
  'dockerfile',
  'network',
  'no-cache',
  'no-cache-filter',
  'output',
  'platform',
  'pull',
  'push',
  'load',
  'tags',
  'target',
])

/** bake: `TARGET.args.NAME=value`, `TARGET.labels.NAME=value`. */
function maskOverride(override: string): string {
  const equals = override.indexOf('=')
  // `+=` appends to a list.
  const [, field = ''] = override.slice(0, Math.max(0, equals)).replace(/\+$/, '').split('.')
  if (equals < 0 || !shownFields.has(field)) return maskAfter(override, '=')
  return override.slice(0, equals + 1) + maskAttributes(override.slice(equals + 1))
}

function maskAfter(value: string, separator: string): string {
  const at = value.indexOf(separator)
  return at < 0 ? value : value.slice(0, at + separator.length) + masked
}

/** `id=npm,src=/home/me/.npmrc`: only the ID and the type of a secret are shown. */
function maskSecret(value: string): string {
  return maskFields(value, (key) => key !== 'id' && key !== 'type')
}

/** Masks keys and tokens in attributes: `type=s3,…,secret_access_key=…`, `type=gha,token=…`. */
function maskAttributes(value: string): string {
  return maskFields(maskCredentials(value), (key) => /token|secret|passw|credential|(access|account)_key/.test(key))
}

/** Masks the values of some fields in a list such as `type=s3,"name=a,b",token=c`, with quotes as in CSV. */
function maskFields(value: string, isSecret: (key: string) => boolean): string {
  return value.replace(
    /(^|,)(?:"([\w.-]+)=(?:[^"]|"")*"?|([\w.-]+)=[^,]*)/g,
    (field: string, comma: string, quoted: string | undefined, plain: string | undefined) => {
      const key = quoted ?? plain ?? ''
      return isSecret(key.toLowerCase()) ? `${comma}${key}=${masked}` : field
    },
  )
}

/** Returns the passwords and tokens in URLs, both as written and with percent-encoding decoded. */
export function credentialsOf(text: string): readonly string[] {
  return Array.from(text.matchAll(/:\/\/([^\s/?#]*)@/g), ([, user = '']) => user.slice(user.indexOf(':') + 1))
    .filter((password) => password !== '' && password !== 'git')
    .flatMap((password) => [password, decoded(password)])
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
