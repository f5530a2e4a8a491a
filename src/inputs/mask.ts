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

/**
 * Takes values of build arguments out of a text that BuildKit expanded. A short value is masked where it is a word of
 * its own, so that the text around it stays.
 *
 * @param buildArgs `NAME=value`, or `NAME` for a variable of the environment
 */
export function buildArgMask(buildArgs: readonly string[], env: Environment): (text: string) => string {
  const values = buildArgs.map((arg) => {
    const equals = arg.indexOf('=')
    return equals < 0 ? (env[arg] ?? '') : arg.slice(equals + 1)
  })
  const longestFirst = [...new Set(values)].filter((value) => value !== '').toSorted((one, other) => other.length - one.length)
  return (text) =>
    longestFirst.reduce((rest, value) => (value.length >= 4 ? rest.replaceAll(value, masked) : rest.replace(wordOf(value), masked)), text)
}

const wordOf = (value: string): RegExp => new RegExp(`(?<![A-Za-z0-9_])${value.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&')}(?![A-Za-z0-9_])`, 'g')

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
      // bake: `TARGET.args.NAME=value`.
      return /^[^=]*\.args?\./.test(value) ? maskAfter(value, '=') : maskAttributes(value)
    case 'secret':
      return maskSecret(value)
    case 'ssh':
      return value
    default:
      return maskAttributes(value)
  }
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
function maskCredentials(text: string): string {
  return text.replace(/([a-z][a-z0-9+.-]*:\/\/)([^\s/?#]*)@/gi, (_, scheme: string, user: string) =>
    scheme.toLowerCase().includes('ssh') && !user.includes(':') ? `${scheme}${user}@` : `${scheme}${masked}@`,
  )
}
