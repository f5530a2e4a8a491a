/** Checks whether a source has the requested images. Pure. */
import { formatPlatform, platformOf, type Platform } from '../oci/platform.ts'
import { damaged } from './document.ts'
import type { FoundImages, UnreadableImage } from './find-images.ts'
import { matchesAny, type WantedPlatforms } from './platforms.ts'
import type { SourceImage } from './source-image.ts'

/**
 * Returns the images that were found.
 *
 * @throws FootprintError UNREADABLE_INPUT if there is none, or a requested image is missing
 */
export function requireImages(found: FoundImages, wanted: WantedPlatforms, name: string): readonly SourceImage[] {
  const { images, platforms, unreadable, absent } = found
  const missing = absent[0]
  if (missing && (images.length === 0 || wanted.length > 0)) {
    const platform = missing.platform ? ` for ${formatPlatform(platformOf(missing.platform))}` : ''
    throw damaged(
      `${name} does not contain the image${platform} that its index lists: manifest ${missing.digest} is missing`,
    )
  }
  if (images.length > 0) return images
  requireReadable([], unreadable, wanted, name)
  if (platforms.length === 0) throw damaged(`${name} contains no image`)
  const known = [...new Set(platforms.map(formatPlatform))].join(', ')
  throw damaged(`${name} has no image for ${wanted.map(formatPlatform).join(', ')}: it has ${known}`)
}

/**
 * Checks that no requested image is unreadable. Images that cannot be weighed are allowed beside others that can.
 *
 * @param readable platforms of the images that can be weighed
 * @throws FootprintError UNREADABLE_INPUT if a requested image cannot be weighed
 */
export function requireReadable(
  readable: readonly Platform[],
  unreadable: readonly UnreadableImage[],
  wanted: WantedPlatforms,
  name: string,
): void {
  const lost = unreadable.find(({ platform }) =>
    wanted.length === 0 ? readable.length === 0 : !readable.some((each) => matchesAny(each, [platform])),
  )
  if (lost) throw damaged(`${name}: the image for ${formatPlatform(lost.platform)} cannot be weighed: ${lost.why}`)
}
