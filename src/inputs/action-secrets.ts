/** Turns the secrets of a build into flags, as docker/build-push-action does, but never writes a value to a file. */
import { csvField } from './input-list.ts'

/** The inputs of the action that contain secrets. */
export interface SecretInputs {
  /** Each is `ID=value`. */
  readonly secrets: readonly string[]
  /** Each is `ID=NAME`, with the name of an environment variable. */
  readonly secretEnvs: readonly string[]
  /** Each is `ID=PATH`. */
  readonly secretFiles: readonly string[]
  /** The token for the Git context of this repository. Empty if the build has another context. */
  readonly gitToken: string
  /** `HOST[:PORT]` of the server that this token is for. */
  readonly gitHost: string
}

/** Secrets in the form that the docker client takes. */
export interface SecretFlags {
  readonly argv: readonly string[]
  /** Variables to add to the environment of the build. They contain the values. */
  readonly env: ReadonlyMap<string, string>
  /** What was left out, and why. Never contains a value. */
  readonly warnings: readonly string[]
}

/**
 * Returns the flags and variables for the secrets of a build. A secret without a value is left out with a warning,
 * because secrets are empty in a pull request from a fork.
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
      // A line without an ID may be the rest of a multi-line value that lacks quotes, so it is not shown.
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
  // The ID contains the host, so that BuildKit sends the token to no other server that the Dockerfile adds something
  // from.
  const id = `GIT_AUTH_TOKEN.${inputs.gitHost}`
  const isGiven = ['GIT_AUTH_TOKEN', id].some((own) => given.some((line) => line.trimStart().startsWith(`${own}=`)))
  if (inputs.gitToken !== '' && !isGiven) addValue(id, inputs.gitToken)
  return { argv, env, warnings }
}
