/** Reads `docker://REF`, an image in a registry (OCI distribution-spec), as it arrives. */
import { Readable } from 'node:stream'
import { FootprintError } from '../errors.ts'
import { algorithmOf, isDigest, type Digest } from '../oci/digest.ts'
import type { Descriptor } from '../oci/manifest.ts'
import { isIndexMediaType, isManifestMediaType, isSchema1MediaType } from '../oci/media-type.ts'
import { once } from '../once.ts'
import { MissingBlob, type Content, type Layout } from './content.ts'
import type { Credentials } from './credentials.ts'
import { damaged, digestOf, maxDocumentBytes, requireDocumentSize, verify } from './document.ts'
import { schema1Reason } from './find-images.ts'
import { manifestMediaType } from './manifest-kind.ts'
import { formatReference, type ImageReference } from './reference.ts'
import { authorize, denied } from './registry-auth.ts'
import { bodyOf, discard, readBody } from './registry-body.ts'
import { fetchWithin, isLoopback, request, type HttpOptions } from './registry-http.ts'

/** Options for reading an image from a registry. */
export interface RegistryOptions extends HttpOptions {
  /** Returns the credentials. Called once, and only if the registry asks for authentication. */
  readonly credentials: (registry: string) => Promise<Credentials | null>
}

const manifestTypes = [
  'application/vnd.oci.image.index.v1+json',
  'application/vnd.docker.distribution.manifest.list.v2+json',
  'application/vnd.oci.image.manifest.v1+json',
  'application/vnd.docker.distribution.manifest.v2+json',
].join(', ')

/**
 * Opens an image in a registry.
 *
 * @throws FootprintError REGISTRY_UNREACHABLE if the registry cannot be reached
 * @throws FootprintError UNREADABLE_INPUT if it has no such image, or denies access
 */
export async function openRegistryImage(reference: ImageReference, options: RegistryOptions): Promise<Layout> {
  const client = await connect(reference, options)
  const name = `docker://${formatReference(reference)}`
  const { mediaType, bytes, digest } = await client.manifest(reference.digest ?? reference.tag ?? 'latest')
  const documents = new Map<Digest, Buffer>([[digest, bytes]])
  const content: Content = {
    name,
    document: async (descriptor) => {
      const known = documents.get(descriptor.digest)
      if (known) return verify(known, descriptor, name)
      requireDocumentSize(descriptor.size, `${name}: blob ${descriptor.digest}`)
      const isManifest = isManifestMediaType(descriptor.mediaType) || isIndexMediaType(descriptor.mediaType)
      const document = await client.document(isManifest ? 'manifests' : 'blobs', descriptor)
      return document && verify(document, descriptor, name)
    },
    open: (descriptor) => Promise.resolve(client.blob(descriptor)),
    findDocument: async (wanted, { registry, repository } = reference) => {
      if (registry !== reference.registry) return null
      // An image can be weighed without its base, so there are no long waits and no retries for it.
      const signal = AbortSignal.any([options.signal, AbortSignal.timeout(patience)])
      const { content: other, roots } = await openRegistryImage(
        { registry, repository, tag: null, digest: wanted },
        { ...options, signal, attempts: 1 },
      )
      const [root] = roots
      return root ? { descriptor: root.descriptor, content: other } : null
    },
  }
  return {
    content,
    roots: [{ descriptor: { mediaType, digest, size: bytes.length }, names: [formatReference(reference)] }],
  }
}

/** Time limit for what an image can be weighed without, in milliseconds. */
const patience = 15_000

interface Client {
  readonly manifest: (
    name: string,
  ) => Promise<{ readonly mediaType: string; readonly bytes: Buffer; readonly digest: Digest }>
  /** Returns a document, or null if the registry does not have it. */
  readonly document: (kind: 'manifests' | 'blobs', descriptor: Descriptor) => Promise<Buffer | null>
  readonly blob: (descriptor: Descriptor) => Readable
}

async function connect(reference: ImageReference, options: RegistryOptions): Promise<Client> {
  const name = formatReference(reference)
  const origin = await originOf(reference.registry, options)
  const url = (kind: string, which: string): URL => new URL(`/v2/${reference.repository}/${kind}/${which}`, origin)
  const get = authorizing(reference, options)

  return {
    async manifest(which) {
      const answer = await getSmall(get, url('manifests', which), { accept: manifestTypes }, reference, options)
      if (answer === null) throw damaged(`${reference.registry} has no image ${name}`)
      const { bytes, headers } = answer
      const mediaType = manifestMediaType(headers.get('content-type') ?? '', bytes)
      // The digest of such a manifest only covers its signed part, so this is checked before the digest.
      if (isSchema1MediaType(mediaType))
        throw damaged(`${name} ${schema1Reason}; convert it with "skopeo copy --format v2s2"`)
      const said = headers.get('docker-content-digest')
      const expected = isDigest(which) ? which : isDigest(said) ? said : digestOf(bytes)
      const digest = digestOf(bytes, algorithmOf(expected))
      if (digest !== expected)
        throw damaged(`${name}: its manifest came with the digest ${digest} instead of ${expected}`)
      if (!isManifestMediaType(mediaType) && !isIndexMediaType(mediaType)) {
        throw damaged(
          `${name} is not an image that can be weighed: its manifest has the media type ${JSON.stringify(mediaType.slice(0, 200))}`,
        )
      }
      return { mediaType, bytes, digest }
    },
    async document(kind, { digest }) {
      const accept = kind === 'manifests' ? { accept: manifestTypes } : {}
      return (await getSmall(get, url(kind, digest), accept, reference, options))?.bytes ?? null
    },
    blob: (descriptor) =>
      Readable.from(resuming(get, url('blobs', descriptor.digest), descriptor.digest, reference, options), {
        objectMode: false,
        highWaterMark: 1 << 20,
      }),
  }
}

type Get = (url: URL, headers: Readonly<Record<string, string>>) => Promise<Response>

/**
 * Returns a function that sends requests. It authenticates only when the registry asks for it, and again when a token
 * has expired.
 */
function authorizing(reference: ImageReference, options: RegistryOptions): Get {
  let authorization: Promise<string | null> | null = null
  const credentials = once(() => options.credentials(reference.registry))
  const asked = async (url: URL, headers: Readonly<Record<string, string>>): Promise<Response> => {
    const value = await authorization
    return request({ url, headers: value === null ? headers : { ...headers, authorization: value } }, options)
  }
  return async (url, headers) => {
    const before = authorization
    const answer = await asked(url, headers)
    if (answer.status !== 401) return answer
    await discard(answer)
    const challenge = answer.headers.get('www-authenticate') ?? ''
    // Several layers may get this response at the same time. One authentication is enough for all of them.
    if (authorization === before) {
      authorization = credentials().then((found) => authorize(challenge, url, reference, found, options))
    }
    const again = (await authorization) === null ? answer : await asked(url, headers)
    if (again.status === 401 || again.status === 403) throw denied(reference, await credentials())
    return again
  }
}

async function requireFine(answer: Response, reference: ImageReference): Promise<void> {
  if (answer.status === 200 || answer.status === 206) return
  await discard(answer)
  if (answer.status === 401 || answer.status === 403) throw denied(reference, null)
  throw new FootprintError(
    'REGISTRY_UNREACHABLE',
    `${reference.registry} returned status ${answer.status} instead of an image`,
  )
}

/** Reads a whole document. Returns null if there is none. A broken connection is retried. */
async function getSmall(
  get: Get,
  url: URL,
  accept: Readonly<Record<string, string>>,
  reference: ImageReference,
  { patience }: HttpOptions,
): Promise<{ readonly bytes: Buffer; readonly headers: Headers } | null> {
  for (let resumptions = 0; ; resumptions += 1) {
    const answer = await get(url, accept)
    if (answer.status === 404) {
      await discard(answer)
      return null
    }
    await requireFine(answer, reference)
    try {
      const bytes = await readBody(answer, reference.registry, maxDocumentBytes, patience)
      if (bytes === null)
        throw damaged(`${formatReference(reference)}: ${url.pathname} is too large for a manifest or config`)
      return { bytes, headers: answer.headers }
    } catch (cause) {
      if (cause instanceof FootprintError || isAbort(cause)) throw cause
      if (resumptions === maxResumptions) throw brokeOff(reference, url, cause)
    }
  }
}

function brokeOff({ registry }: ImageReference, url: URL, cause: unknown): FootprintError {
  return new FootprintError('REGISTRY_UNREACHABLE', `${registry} broke off in the middle of ${url.pathname}`, { cause })
}

/** How often a broken download is resumed. */
const maxResumptions = 5

/** Yields the bytes of a blob as they arrive. After a broken connection, it resumes at the same offset. */
async function* resuming(
  get: Get,
  url: URL,
  digest: Digest,
  reference: ImageReference,
  { patience }: HttpOptions,
): AsyncGenerator<Buffer> {
  let received = 0
  for (let resumptions = 0; ; resumptions += 1) {
    const answer = await get(url, received === 0 ? {} : { range: `bytes=${received}-` })
    if (answer.status === 404) {
      await discard(answer)
      throw new MissingBlob(`docker://${formatReference(reference)}`, digest)
    }
    await requireFine(answer, reference)
    // A registry may not support ranges. Then the bytes that have already arrived are skipped.
    let passOver = answer.status === 206 ? 0 : received
    try {
      for await (const part of bodyOf(answer, reference.registry, patience)) {
        const fresh = part.subarray(Math.min(passOver, part.length))
        passOver -= part.length - fresh.length
        received += fresh.length
        if (fresh.length > 0) yield Buffer.from(fresh.buffer, fresh.byteOffset, fresh.length)
      }
      return
    } catch (cause) {
      if (cause instanceof FootprintError || isAbort(cause)) throw cause
      if (resumptions === maxResumptions) throw brokeOff(reference, url, cause)
    }
  }
}

const isAbort = (error: unknown): boolean =>
  typeof error === 'object' && error !== null && 'name' in error && error.name === 'AbortError'

const hubApi = 'registry-1.docker.io'

/** Returns the base URL of a registry. It uses TLS, except for a registry on this machine that does not support it. */
async function originOf(registry: string, options: HttpOptions): Promise<URL> {
  const host = registry === 'docker.io' ? hubApi : registry
  const secure = new URL(`https://${host}`)
  if (!isLoopback(secure.hostname)) return secure
  try {
    const answer = await fetchWithin(new URL('/v2/', secure), options, {})
    await discard(answer)
    return secure
  } catch (error) {
    if (options.signal.aborted) throw error
    return new URL(`http://${host}`)
  }
}
