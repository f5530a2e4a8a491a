/** Opens the image layout in an archive: `oci-archive:FILE`, and the archives of newer versions of `docker save`. */
import { blobPath } from '../oci/digest.ts'
import { IndexSchema } from '../oci/manifest.ts'
import type { Archive } from './archive.ts'
import { documentInPlace, type Content, type Layout } from './content.ts'
import { damaged, parseDocument, verify } from './document.ts'
import { chooseRoots, requireBlobSize } from './image-layout.ts'

/**
 * Opens the layout in an archive.
 *
 * @throws FootprintError UNREADABLE_INPUT if the archive has no layout, or no image with this reference
 */
export async function openArchiveLayout(archive: Archive, reference: string | null): Promise<Layout> {
  const bytes = await archive.document('index.json')
  if (bytes === null) throw damaged(`${archive.name} is not an OCI archive: it has no index.json`)
  const index = parseDocument(IndexSchema, bytes, `index.json of ${archive.name}`)
  return { content: contentOf(archive), roots: chooseRoots(index, reference, archive.name) }
}

function contentOf(archive: Archive): Content {
  return {
    name: archive.name,
    document: async (descriptor) => {
      const bytes = await archive.document(blobPath(descriptor.digest))
      return bytes && verify(bytes, descriptor, archive.name)
    },
    size: ({ digest }) => Promise.resolve(archive.size(blobPath(digest))),
    open: (descriptor) => {
      requireBlobSize(archive.name, descriptor, archive.size(blobPath(descriptor.digest)))
      return archive.open(blobPath(descriptor.digest))
    },
    part: (descriptor) => {
      requireBlobSize(archive.name, descriptor, archive.size(blobPath(descriptor.digest)))
      return Promise.resolve(archive.part(blobPath(descriptor.digest)))
    },
    findDocument: (digest) => Promise.resolve(documentInPlace(digest, archive.size(blobPath(digest)))),
  }
}
