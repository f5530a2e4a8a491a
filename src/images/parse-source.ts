/** Parses a SOURCE as written on the command line, in the syntax of containers-transports(5). Pure. */
import { FootprintError } from '../errors.ts'
import { parseReference, wrongPort, type ImageReference } from './reference.ts'

/** A source of images. */
export type Source =
  /** An image layout in a folder, or an archive. The reference selects among its images. */
  | {
      readonly kind: 'oci' | 'oci-archive' | 'docker-archive'
      readonly path: string
      readonly reference: string | null
    }
  /** An image in the engine: a reference or an image ID. */
  | { readonly kind: 'docker-daemon'; readonly reference: string }
  /** An image in a registry. */
  | { readonly kind: 'docker'; readonly reference: ImageReference }
  /** A file or folder whose contents determine what it is. */
  | { readonly kind: 'path'; readonly path: string }

/** The forms of a source, for messages. */
export const sourceForms =
  'oci:DIR[:REF], oci-archive:FILE[:REF], docker-archive:FILE[:REF], docker-daemon:REF, docker://REF, or the path of one of these'

/** Transports of containers-transports(5) that are not supported. */
const otherTransports = /^(?:dir|containers-storage|ostree|sif|tarball|atomic|docker-tar):/

/**
 * Parses a source.
 *
 * @throws FootprintError USAGE that says what was expected
 */
export function parseSource(text: string): Source {
  if (text === '') throw new FootprintError('USAGE', `no source was named; a source is ${sourceForms}`)
  const [, transport = '', rest = ''] = /^([a-z-]+):(.*)$/s.exec(text) ?? []
  switch (transport) {
    case 'oci':
    case 'oci-archive':
    case 'docker-archive':
      return { kind: transport, ...pathAndReference(transport, rest) }
    case 'docker-daemon':
      return { kind: 'docker-daemon', reference: daemonReference(rest) }
    case 'docker':
      return { kind: 'docker', reference: registryReference(text, rest) }
  }
  if (otherTransports.test(text)) {
    throw new FootprintError('USAGE', `the transport ${transport}: is not supported; a source is ${sourceForms}`)
  }
  if (/^https?:\/\//.test(text)) {
    throw new FootprintError('USAGE', `${text} is a URL; write an image in a registry as docker://HOST/NAME:TAG`)
  }
  return { kind: 'path', path: text }
}

/** The path ends at the first colon, as in skopeo. */
function pathAndReference(
  transport: string,
  rest: string,
): { readonly path: string; readonly reference: string | null } {
  const colon = rest.indexOf(':')
  const path = colon < 0 ? rest : rest.slice(0, colon)
  const reference = colon < 0 ? null : rest.slice(colon + 1)
  if (path === '' || reference === '') {
    const form = transport === 'oci' ? 'oci:DIR[:REF]' : `${transport}:FILE[:REF]`
    throw new FootprintError(
      'USAGE',
      `${transport}:${rest} names no ${path === '' ? 'path' : 'image after the colon'}; it is written ${form}`,
    )
  }
  return { path, reference }
}

function daemonReference(rest: string): string {
  if (/^(?:sha256:)?[0-9a-f]{4,64}$/.test(rest)) return rest
  const reference = parseReference(rest)
  if (reference === null) {
    throw new FootprintError(
      'USAGE',
      `"${rest}" is not an image of an engine; write docker-daemon:NAME[:TAG] or docker-daemon:ID`,
    )
  }
  // `docker save NAME` saves all tags of the name. In all other commands, Docker means `latest`.
  const { tag, digest } = reference
  return digest !== null || tag === null || rest.endsWith(`:${tag}`) ? rest : `${rest}:${tag}`
}

function registryReference(text: string, rest: string): ImageReference {
  const reference = rest.startsWith('//') ? parseReference(rest.slice(2)) : null
  if (reference === null) {
    const port = wrongPort(rest.slice(2).split('/', 1)[0] ?? '')
    const why = port === null ? '' : `, because ${port} is not a port (1 to 65535)`
    throw new FootprintError(
      'USAGE',
      `${text} is not an image of a registry${why}; write docker://[HOST[:PORT]/]NAME[:TAG][@DIGEST]`,
    )
  }
  return reference
}
