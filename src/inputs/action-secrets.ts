/** The secrets of a build, as docker/build-push-action takes them, but without writing any value to a file. */
import { csvField } from './input-list.ts'

export interface SecretInputs {
  /** `ID=value`. */
  readonly secrets: readonly string[]
  /** `ID=NAME` of an environment variable. */
  readonly secretEnvs: readonly string[]
  /** `ID=PATH`. */
  readonly secretFiles: readonly string[]
  /** For the Git context of this repository; empty where the context is another. */
  readonly gitToken: string
  /** `HOST[:PORT]` of the server that this token is for. */
  readonly gitHost: string
}

export interface SecretFlags {
  readonly argv: readonly string[]
  /** Environment of the build: the values. */
  readonly env: ReadonlyMap<string, string>
  /** What was left out, and why; never a value. */
  readonly warnings: readonly string[]
}

/**
 * A secret without a value is left out with a warning, not an error: that is what a workflow's secret looks
 * like in a pull request from a fork.
 */
export function secretFlags(inputs: SecretInputs, fileExists: (path: string) => boolean): SecretFlags {
  const argv: string[] = []
  const env = new Map<string, string>()
  const warnings: string[] = []
  const add = (...fields: string[]): void => {
    argv.push('--secret', fields.map(csvField).join(','))
  }
  const addValue = (id: string, value: string): void => {
    const variable = `STAGE_FOOTPRINT_SECRET_${env.size}`
    env.set(variable, value)
    add(`id=${id}`, `env=${variable}`)
  }
  const each = (input: string, lines: readonly string[], use: (id: string, value: string) => void): void => {
    lines.forEach((line, index) => {
      const equals = line.indexOf('=')
      const id = line.slice(0, Math.max(equals, 0)).trim()
      const value = line.slice(equals + 1)
      if (id !== '' && value !== '') use(id, value)
      // A line without an id may be the rest of a value that should have been in quotes: not shown.
      else
        warnings.push(
          `input ${input}: ${id === '' ? `entry ${index + 1} is not ID=…` : `"${id}" is empty`}, it is left out`,
        )
    })
  }

  each('secret-envs', inputs.secretEnvs, (id, name) => add(`id=${id}`, `env=${name}`))
  each('secrets', inputs.secrets, addValue)
  each('secret-files', inputs.secretFiles, (id, path) => {
    if (fileExists(path)) add(`id=${id}`, `src=${path}`)
    else warnings.push(`input secret-files: there is no file "${path}", secret "${id}" is left out`)
  })

  const given = [...inputs.secrets, ...inputs.secretEnvs, ...inputs.secretFiles]
  // By its host, so that BuildKit sends it to no other server from which the Dockerfile adds something.
  const id = `GIT_AUTH_TOKEN.${inputs.gitHost}`
  const isGiven = ['GIT_AUTH_TOKEN', id].some((own) => given.some((line) => line.trimStart().startsWith(`${own}=`)))
  if (inputs.gitToken !== '' && !isGiven) addValue(id, inputs.gitToken)
  return { argv, env, warnings }
}
