/**
 * BuildKit prefers `<Dockerfile>.dockerignore` beside the Dockerfile to `.dockerignore` in the context's root.
 * A copy of the Dockerfile keeps that only if a copy of this file lies beside it, named after the copy.
 * Null for a Dockerfile that has no place: `-`.
 */
export function dockerignoreFor(dockerfilePath: string): string | null {
  return dockerfilePath === '-' ? null : `${dockerfilePath}.dockerignore`
}
