/** Hides what may be secret in URLs: credentials, and the values of queries such as signatures and tokens. Pure. */

/** Stands for a value that is not shown. */
export const masked = '***'

/**
 * Masks the credentials in URLs: `https://user:pass@host`, `https://token@host`. The user in `ssh://git@host` is not a
 * secret.
 */
export function maskCredentials(text: string): string {
  return text.replace(/:\/\/([^\s/?#]*)@/g, (found, user: string, at: number) => {
    const isSsh = text.slice(Math.max(0, at - 3), at).toLowerCase() === 'ssh'
    return isSsh && !user.includes(':') ? found : `://${masked}@`
  })
}

/** Parts of a Git context that buildx reads from a query, and others that are no secrets. */
const shown: ReadonlySet<string> = new Set(['ref', 'tag', 'branch', 'commit', 'checksum', 'subdir', 'submodules', 'ns'])

/** Masks credentials, and the values in the queries of HTTP URLs. */
export function maskUrls(text: string): string {
  return maskCredentials(text).replace(/\bhttps?:\/\/[^\s"'<>]+/gi, (url) =>
    url.replace(/([?&])([^?&=#]*)=[^&#]*/g, (field: string, before: string, name: string) =>
      shown.has(name.toLowerCase()) ? field : `${before}${name}=${masked}`,
    ),
  )
}
