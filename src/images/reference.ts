/** Names of images as Docker reads them: distribution's reference grammar, and Docker Hub's short names. Pure. */
import { isDigest, type Digest } from '../oci/digest.ts'

export interface ImageReference {
  /** `docker.io` for Docker Hub; with the port, if one is given. */
  readonly registry: string
  /** Within the registry; `library/` is added for Docker Hub's official images. */
  readonly repository: string
  /** Null beside a digest only. */
  readonly tag: string | null
  readonly digest: Digest | null
}

const hub = 'docker.io'
const component = '[a-z0-9]+(?:(?:\\.|_|__|-+)[a-z0-9]+)*'
const repositoryPattern = new RegExp(`^${component}(?:/${component})*$`)
const registryPattern = /^(?:[a-zA-Z0-9](?:[a-zA-Z0-9.-]*[a-zA-Z0-9])?|\[[0-9a-fA-F:]+\])(?::\d{1,5})?$/
const tagPattern = /^\w[\w.-]{0,127}$/

/** Null where the text is no reference. Without tag and digest it is `latest`. */
export function parseReference(text: string): ImageReference | null {
  const at = text.indexOf('@')
  const digest = at < 0 ? null : text.slice(at + 1)
  if (digest !== null && !isDigest(digest)) return null
  const named = at < 0 ? text : text.slice(0, at)
  const colon = named.lastIndexOf(':')
  const tagged = colon > named.lastIndexOf('/')
  const tag = tagged ? named.slice(colon + 1) : digest === null ? 'latest' : null
  if (tag !== null && !tagPattern.test(tag)) return null
  const { registry, repository } = splitName(tagged ? named.slice(0, colon) : named)
  if (!registryPattern.test(registry) || !repositoryPattern.test(repository) || repository.length > 255) return null
  return { registry, repository, tag, digest }
}

/** The first part is a registry if it cannot be a part of a repository on Docker Hub. */
function splitName(name: string): { readonly registry: string; readonly repository: string } {
  const slash = name.indexOf('/')
  const first = name.slice(0, Math.max(0, slash))
  const isRegistry = slash > 0 && (/[.:]/.test(first) || first === 'localhost' || first.toLowerCase() !== first)
  const registry = isRegistry ? first : hub
  const rest = isRegistry ? name.slice(slash + 1) : name
  if (registry !== hub && registry !== 'index.docker.io') return { registry, repository: rest }
  return { registry: hub, repository: rest.includes('/') ? rest : `library/${rest}` }
}

/** In full, as containerd writes it: `docker.io/library/busybox:latest`. */
export function formatReference({ registry, repository, tag, digest }: ImageReference): string {
  return `${registry}/${repository}${tag === null ? '' : `:${tag}`}${digest === null ? '' : `@${digest}`}`
}

/** As people write it, without tag and digest: `busybox`, `user/app`, `ghcr.io/user/app`. */
export function familiarName({ registry, repository }: ImageReference): string {
  return registry === hub ? repository.replace(/^library\//, '') : `${registry}/${repository}`
}

/** Whether two texts name the same image, however short each is written. */
export function isSameReference(some: string, other: string): boolean {
  if (some === other) return true
  const [a, b] = [parseReference(some), parseReference(other)]
  return a !== null && b !== null && formatReference(a) === formatReference(b)
}
