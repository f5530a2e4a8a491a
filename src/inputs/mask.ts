/** Takes what nobody may read out of a call before it is shown. */
import { buildxFlags } from './buildx-flags.ts'
import type { Environment } from './inputs.ts'

const masked = '***'

/**
 * The same call with `***` for values of build arguments, where secrets come from, credentials in URLs, and
 * keys and tokens among the attributes of caches and outputs. Takes any call: words that it does not know pass.
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

export type Mask = (text: string) => string

/**
 * Takes values of build arguments out of a text that BuildKit expanded.
 *
 * @param buildArgs `NAME=value`, or `NAME` for a variable of the environment
 */
export function buildArgMask(buildArgs: readonly string[], env: Environment): Mask {
  return valueMask(argumentValues(buildArgs, env))
}

/** A short value is masked where it is a word of its own, so that the text around it stays. */
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

/** What a call of the builder holds that no sentence of ours may repeat. */
export interface HiddenWords {
  /** `NAME=value`, or `NAME` for a variable of the environment. */
  readonly buildArgs: readonly string[]
  /** As `--secret` takes them: those that come from a variable. Files of secrets are not read. */
  readonly secrets: readonly string[]
  /** What is added to the environment of the call: values of secrets. */
  readonly env: ReadonlyMap<string, string>
}

/**
 * For a sentence of the builder that we repeat: without values of build arguments and secrets, and without credentials in
 * addresses. A code that a command ended with stays, though `1` may well be the value of some argument.
 */
export function sentenceMask({ buildArgs, secrets, env }: HiddenWords, environment: Environment): Mask {
  const secretValues = secrets.flatMap(secretVariables).map((name) => environment[name] ?? '')
  const values = [...argumentValues(buildArgs, environment), ...secretValues, ...env.values()]
  // One line of the builder's words is repeated, where a value with quotes in it may stand in quotes.
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

/** Without a source, a secret is the variable of its name, if there is one. */
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

/** Values of `--secret` in the words of a call. */
export function secretsIn(argv: readonly string[]): readonly string[] {
  return argv.flatMap((word, at) =>
    word.startsWith('--secret=') ? [word.slice('--secret='.length)] : argv[at - 1] === '--secret' ? [word] : [],
  )
}

const wordOf = (value: string): RegExp =>
  new RegExp(`(?<![A-Za-z0-9_])${value.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&')}(?![A-Za-z0-9_])`, 'g')

/** The flag whose value is the next word, or null. */
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

/** What of a bake target decides what is built, and holds nothing that somebody chose to hide. */
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
  // `+=` adds to a list.
  const [, field = ''] = override.slice(0, Math.max(0, equals)).replace(/\+$/, '').split('.')
  if (equals < 0 || !shownFields.has(field)) return maskAfter(override, '=')
  return override.slice(0, equals + 1) + maskAttributes(override.slice(equals + 1))
}

function maskAfter(value: string, separator: string): string {
  const at = value.indexOf(separator)
  return at < 0 ? value : value.slice(0, at + separator.length) + masked
}

/** `id=npm,src=/home/me/.npmrc`: only which secret it is may show. */
function maskSecret(value: string): string {
  return maskFields(value, (key) => key !== 'id' && key !== 'type')
}

/** `type=s3,…,secret_access_key=…`, `type=gha,token=…`. */
function maskAttributes(value: string): string {
  return maskFields(maskCredentials(value), (key) => /token|secret|passw|credential|(access|account)_key/.test(key))
}

/** Masks the values of some fields of a list such as `type=s3,"name=a,b",token=c`, quoted as in CSV. */
function maskFields(value: string, isSecret: (key: string) => boolean): string {
  return value.replace(
    /(^|,)(?:"([\w.-]+)=(?:[^"]|"")*"?|([\w.-]+)=[^,]*)/g,
    (field: string, comma: string, quoted: string | undefined, plain: string | undefined) => {
      const key = quoted ?? plain ?? ''
      return isSecret(key.toLowerCase()) ? `${comma}${key}=${masked}` : field
    },
  )
}

/** `https://user:pass@host`, `https://token@host`; the user of `ssh://git@host` is no secret. */
export function maskCredentials(text: string): string {
  return text.replace(/:\/\/([^\s/?#]*)@/g, (found, user: string, at: number) => {
    const isSsh = text.slice(Math.max(0, at - 3), at).toLowerCase() === 'ssh'
    return isSsh && !user.includes(':') ? found : `://${masked}@`
  })
}

/** The passwords and tokens in addresses, as they are written and as they are meant. */
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
