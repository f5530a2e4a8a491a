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

/**
 * Masks credentials without a scheme in front of them, as in `user:pass@host/path`. A digest is no host
 * (`name:tag@sha256:…`), and without a path the words may be something else (`npm:name@1.0`).
 */
function maskBareCredentials(text: string): string {
  return text.replace(/[^\s"'<>]+/g, (word) => {
    const end = word.indexOf('@')
    const colon = word.indexOf(':')
    const user = word.slice(0, Math.max(end, 0))
    const host = word.slice(end + 1, end + 1 + maxHostLength)
    return colon > 0 && colon < end - 1 && !user.includes('/') && /^[\w.-]+(?::\d+)?\//.test(host)
      ? `${masked}${word.slice(end)}`
      : word
  })
}

/** Longest name of a host with a port, and the slash after it. */
const maxHostLength = 260

/** Parts of a Git context that buildx reads from a query, and others that are no secrets. */
const shown: ReadonlySet<string> = new Set(['ref', 'tag', 'branch', 'commit', 'checksum', 'subdir', 'submodules', 'ns'])

/** Masks credentials, and the values in the queries and fragments of HTTP URLs. */
export function maskUrls(text: string): string {
  return maskBareCredentials(maskCredentials(text)).replace(/\bhttps?:\/\/[^\s"'<>]+/gi, (url) =>
    url.replace(/([?&#])([^?&=#]*)=[^&#]*/g, (field: string, before: string, name: string) =>
      shown.has(name.toLowerCase()) ? field : `${before}${name}=${masked}`,
    ),
  )
}
