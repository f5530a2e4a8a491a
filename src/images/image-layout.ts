/** Opens `oci:DIR`, an image layout in a folder (OCI image-layout.md). */
import { join } from 'node:path'
import { blobPath, type Digest } from '../oci/digest.ts'
import { IndexSchema, type Descriptor, type Index } from '../oci/manifest.ts'
import { documentInPlace, MissingBlob, type Layout, type Root } from './content.ts'
import { damaged, parseDocument, requireDocumentSize, verify } from './document.ts'
import { fileSize, readDocument, streamPart } from './local-file.ts'
import { isSameReference } from './reference.ts'

/**
 * Opens the layout in a folder.
 *
 * @throws FootprintError UNREADABLE_INPUT if the folder is not a layout or has no such image
 */
export async function openLayout(folder: string, reference: string | null, signal: AbortSignal): Promise<Layout> {
  const bytes = await readDocument(join(folder, 'index.json'))
  if (bytes === null) throw damaged(`${folder} is not an image layout: it has no index.json`)
  const index = parseDocument(IndexSchema, bytes, join(folder, 'index.json'))
  const pathOf = (digest: Digest): string => join(folder, blobPath(digest))
  return {
    roots: chooseRoots(index, reference, folder),
    content: {
      name: folder,
      document: async (descriptor) => {
        requireDocumentSize(descriptor.size, `${folder}: blob ${descriptor.digest}`)
        const blob = await readDocument(pathOf(descriptor.digest))
        return blob && verify(blob, descriptor, folder)
      },
      size: ({ digest }) => fileSize(pathOf(digest)),
      open: async ({ digest, size }) => {
        requireBlobSize(folder, { digest, size }, await fileSize(pathOf(digest)))
        return streamPart(pathOf(digest), 0, size, signal)
      },
      part: async ({ digest, size }) => {
        requireBlobSize(folder, { digest, size }, await fileSize(pathOf(digest)))
        return { path: pathOf(digest), start: 0, bytes: size, signal }
      },
      findDocument: async (digest) => documentInPlace(digest, await fileSize(pathOf(digest))),
    },
  }
}

/**
 * Checks that a blob exists and has the expected size.
 *
 * @throws MissingBlob if there is no such blob
 * @throws FootprintError UNREADABLE_INPUT if it has another size
 */
export function requireBlobSize(
  name: string,
  { digest, size }: Pick<Descriptor, 'digest' | 'size'>,
  actual: number | null,
): void {
  if (actual === null) throw new MissingBlob(name, digest)
  if (actual !== size) throw damaged(`${name}: layer ${digest} has ${actual} bytes, and its descriptor says ${size}`)
}

const refName = 'org.opencontainers.image.ref.name'
const imageName = 'io.containerd.image.name'

/**
 * Returns the items of `index.json`: all of them, those with this name, or the one at `@N`.
 *
 * @throws FootprintError UNREADABLE_INPUT if there is none
 */
export function chooseRoots({ manifests }: Index, reference: string | null, name: string): readonly Root[] {
  return chooseByReference(
    manifests.map((descriptor) => ({ descriptor, names: namesOf(descriptor) })),
    reference,
    name,
  )
}

/**
 * Returns the images that a reference selects.
 *
 * @param reference null for all images; `@N` is the Nth image, counted from 0
 * @throws FootprintError UNREADABLE_INPUT if there is none
 */
export function chooseByReference<T extends { readonly names: readonly string[] }>(
  images: readonly T[],
  reference: string | null,
  name: string,
): readonly T[] {
  if (reference === null) return images
  const found = isPlace(reference)
    ? images.slice(Number(reference.slice(1)), Number(reference.slice(1)) + 1)
    : images.filter(({ names }) => names.some((each) => isSameReference(each, reference)))
  if (found.length > 0) return found
  throw damaged(`${name} has no image ${reference}: ${whatThereIs(images, reference)}`)
}

/** Returns the names of an image. The full name comes first, because `ref.name` is often only a tag. */
function namesOf({ annotations }: Descriptor): readonly string[] {
  const names = [annotations?.[imageName], annotations?.[refName]]
  return names.filter((name): name is string => name !== undefined && name !== '')
}

function whatThereIs(images: readonly { readonly names: readonly string[] }[], reference: string): string {
  if (images.length === 0) return 'it holds none'
  if (isPlace(reference)) return `it holds ${images.length}, and the first one is @0`
  const known = [...new Set(images.flatMap(({ names }) => names))]
  return known.length === 0 ? 'its images have no names' : `its images are named ${known.slice(0, 20).join(', ')}`
}

/** Returns whether the reference has the form `@N`. */
const isPlace = (reference: string): boolean => /^@\d+$/.test(reference)
