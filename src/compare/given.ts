/** The build arguments and named contexts of both sides. Records have only their names. Pure. */
import type { Image } from '../record/footprint.ts'

/** Names of what the build of either side was given. */
export interface GivenNames {
  readonly arguments: ReadonlySet<string>
  /** In lower case, as BuildKit compares them. */
  readonly contexts: ReadonlySet<string>
}

/** Returns the names of both sides. */
export const givenNames = (...images: readonly Image[]): GivenNames => ({
  arguments: new Set(images.flatMap(({ givenArguments = [] }) => givenArguments)),
  contexts: new Set(images.flatMap(({ namedContexts = [] }) => namedContexts.map((name) => name.toLowerCase()))),
})
