/**
 * BuildKit prefers `<Dockerfile>.dockerignore` beside the Dockerfile to `.dockerignore` in the context's root.
 * A copy of the Dockerfile keeps that only if a copy of this file lies beside it, named after the copy.
 */
export const dockerignoreFor = (dockerfilePath: string): string => `${dockerfilePath}.dockerignore`
