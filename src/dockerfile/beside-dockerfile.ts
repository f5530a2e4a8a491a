/**
 * Files that are found beside the Dockerfile by its name. If the Dockerfile is copied, they keep their effect only if
 * they are copied too, and are named after the copy.
 */

/**
 * Returns the path of the Dockerfile's own ignore file. BuildKit prefers it to `.dockerignore` in the root of the
 * context.
 */
export const dockerignoreFor = (dockerfilePath: string): string => `${dockerfilePath}.dockerignore`

/**
 * Returns the path of the policy that buildx 0.31 and newer evaluate for each source of the build. It can reject a
 * source or pin an image.
 */
export const policyFor = (dockerfilePath: string): string => `${dockerfilePath}.rego`

/** All files that are found by the name of the Dockerfile. */
export const filesBeside = [dockerignoreFor, policyFor] as const
