/**
 * Files that are found beside the Dockerfile, by its name. A copy of the Dockerfile keeps their effect only if copies of
 * them lie beside it, named after the copy.
 */

/** BuildKit prefers it to `.dockerignore` in the context's root. */
export const dockerignoreFor = (dockerfilePath: string): string => `${dockerfilePath}.dockerignore`

/** The policy that buildx 0.31 and newer ask about each source of the build: it can refuse a source, or pin an image. */
export const policyFor = (dockerfilePath: string): string => `${dockerfilePath}.rego`

export const filesBeside = [dockerignoreFor, policyFor] as const
