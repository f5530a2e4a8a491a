/**
 * Parses names of images as Docker does: the reference grammar of distribution, and the short names of Docker Hub.
 * Pure.
 */
import { isDigest, type Digest } from '../oci/digest.ts'

/** The name of an image in a registry. */
export interface ImageReference {
  /** `docker.io` for Docker Hub. It includes the port, if there is one. */
  readonly registry: string
  /** The name within the registry. `library/` is added for the official images of Docker Hub. */
  readonly repository: string
  /** Null only if there is a digest. */
  readonly tag: string | null
  readonly digest: Digest | null
}

const hub = 'docker.io'
const component = '[a-z0-9]+(?:(?:\\.|_|__|-+)[a-z0-9]+)*'
const repositoryPattern = new RegExp(`^${component}(?:/${component})*$`)
const registryPattern = /^(?:[a-zA-Z0-9](?:[a-zA-Z0-9.-]*[a-zA-Z0-9])?|\[[0-9a-fA-F:]+\])(?::\d{1,5})?$/
const tagPattern = /^\w[\w.-]{0,127}$/

/** Parses a reference. Returns null if the text is not one. Without tag and digest, the tag is `latest`. */
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
  if (wrongPort(registry) !== null) return null
  return { registry, repository, tag, digest }
}

/** Returns the port of a registry if there cannot be such a port, or null. */
export function wrongPort(registry: string): string | null {
  const port = /:(\d{1,5})$/.exec(registry)?.[1] ?? null
  return port !== null && (Number(port) === 0 || Number(port) > maxPort) ? port : null
}

/** The highest number of a TCP port. */
const maxPort = 65_535

/** Splits a name. The first part is a registry if it cannot be part of a repository name on Docker Hub. */
function splitName(name: string): { readonly registry: string; readonly repository: string } {
  const slash = name.indexOf('/')
  const first = name.slice(0, Math.max(0, slash))
  const isRegistry = slash > 0 && (/[.:]/.test(first) || first === 'localhost' || first.toLowerCase() !== first)
  const registry = isRegistry ? first : hub
  const rest = isRegistry ? name.slice(slash + 1) : name
  if (registry !== hub && registry !== 'index.docker.io') return { registry, repository: rest }
  return { registry: hub, repository: rest.includes('/') ? rest : `library/${rest}` }
}

/** Returns the full reference, as containerd writes it: `docker.io/library/busybox:latest`. */
export function formatReference({ registry, repository, tag, digest }: ImageReference): string {
  return `${registry}/${repository}${tag === null ? '' : `:${tag}`}${digest === null ? '' : `@${digest}`}`
}

/** Returns the short name without tag and digest: `busybox`, `user/app`, `ghcr.io/user/app`. */
export function familiarName({ registry, repository }: ImageReference): string {
  return registry === hub ? repository.replace(/^library\//, '') : `${registry}/${repository}`
}

/** Returns whether two texts name the same image, even if one is written in a shorter form. */
export function isSameReference(some: string, other: string): boolean {
  if (some === other) return true
  const [a, b] = [parseReference(some), parseReference(other)]
  return a !== null && b !== null && formatReference(a) === formatReference(b)
}
