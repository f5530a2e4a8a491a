/** The names of build arguments and named contexts. Records do not contain their values, which may be secret. */
import * as v from 'valibot'
import { text } from './fields.ts'

/** Limit for the names of each kind. */
const maxNames = 500

/** The fields of an image. Each is absent if the build was given nothing of the kind. */
export const givenFields = {
  givenArguments: v.optional(
    v.pipe(
      v.array(text),
      v.maxLength(maxNames),
      v.description('Names of the build arguments that the build was given.'),
    ),
  ),
  namedContexts: v.optional(
    v.pipe(v.array(text), v.maxLength(maxNames), v.description('Names of the named contexts of the build.')),
  ),
}

/** What a build was given, by name. */
export interface Given {
  readonly givenArguments?: string[]
  readonly namedContexts?: string[]
}

/**
 * Returns the fields of an image.
 *
 * @param buildArgs build arguments such as `NAME=value`
 */
export function givenTo(buildArgs: readonly string[], contexts: Iterable<string>): Given {
  const sorted = (names: Iterable<string>): string[] => [...new Set(names)].toSorted().slice(0, maxNames)
  const givenArguments = sorted(buildArgs.map((argument) => argument.split('=', 1)[0] ?? ''))
  const namedContexts = sorted(contexts)
  return {
    ...(givenArguments.length === 0 ? {} : { givenArguments }),
    ...(namedContexts.length === 0 ? {} : { namedContexts }),
  }
}
