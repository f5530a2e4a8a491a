/** The build arguments and named contexts of both sides. Records have only their names. Pure. */
import type { Image } from '../record/footprint.ts'

/** What the builds of either side were given. */
export interface GivenNames {
  /** Names of build arguments. */
  readonly arguments: ReadonlySet<string>
  /** Names of named contexts, as `familiarName` returns them. */
  readonly contexts: ReadonlySet<string>
}

/** Returns the names of both sides. */
export const givenNames = (...images: readonly Image[]): GivenNames => ({
  arguments: new Set(images.flatMap(({ givenArguments = [] }) => givenArguments)),
  contexts: new Set(images.flatMap(({ namedContexts = [] }) => namedContexts.map(familiarName))),
})

/** Returns a reference in the form in which BuildKit looks for a named context. */
export const familiarName = (reference: string): string => sameReferenceAs(reference.toLowerCase())

/** Returns the shortest reference of the same image, without the default registry and the default tag. */
export const sameReferenceAs = (reference: string): string =>
  reference.replace(/^(?:index\.)?docker\.io\/(?:library\/)?/, '').replace(/:latest$/, '')
