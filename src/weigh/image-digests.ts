/** Finds the digests of the images that a build took files from. Pure. */
import type { BuildStep } from '../graph/provenance.ts'
import { formatReference, parseReference } from '../images/reference.ts'
import type { Digest } from '../oci/digest.ts'

const imagePrefix = 'docker-image://'

/** Returns a function for the digest of an image. It returns null if the build resolved no such image, or several. */
export function imageDigests(steps: readonly BuildStep[] | null): (reference: string) => Digest | null {
  const digests = new Map<string, Digest | null>()
  for (const { source } of steps ?? []) {
    const image = source?.startsWith(imagePrefix) === true ? parseReference(source.slice(imagePrefix.length)) : null
    if (image === null || image.digest === null) continue
    const name = formatReference({ ...image, digest: null })
    const known = digests.get(name)
    digests.set(name, known === undefined || known === image.digest ? image.digest : null)
  }
  return (reference) => {
    const image = parseReference(reference)
    return image === null ? null : (image.digest ?? digests.get(formatReference(image)) ?? null)
  }
}
