/** The build arguments and named contexts of both sides. Records have only their names. Pure. */
import type { Image } from '../record/footprint.ts'

/** What a comparison knows of the arguments and contexts of both sides. */
export interface GivenNames {
  /** Names of the build arguments that either side was given. */
  readonly arguments: ReadonlySet<string>
  /** Whether both sides have the ARGs before the first FROM. Records of early releases have none. */
  readonly areGlobalsKnown: boolean
  /** Names of named contexts in lower case, as BuildKit compares them. */
  readonly contexts: ReadonlySet<string>
}

/** Returns the names of both sides. */
export const givenNames = (...images: readonly Image[]): GivenNames => ({
  areGlobalsKnown: images.every(({ stages }) => stages.some((stage) => stage.globalArguments !== undefined)),
  arguments: new Set(images.flatMap(({ givenArguments = [] }) => givenArguments)),
  contexts: new Set(images.flatMap(({ namedContexts = [] }) => namedContexts.map((name) => name.toLowerCase()))),
})
