/** Returns whether this is a full commit hash, SHA-1 or SHA-256. */
export function isCommitHash(text: string): boolean {
  return /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/.test(text)
}
