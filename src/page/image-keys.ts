/** What addresses call the images of a page, in the browser too. Pure. */
import type { PageImage } from './model.ts'

/** The images of a page, as their addresses need them. */
export type AddressedImages = readonly Pick<PageImage, 'name' | 'platform'>[]

/**
 * Returns what addresses call the images: by name and platform, since the next page may have more platforms. If two have
 * both in common, by position.
 */
export function keysOf(images: AddressedImages): readonly string[] {
  const names = images.map(fullName)
  return names.map((name, at) => (names.indexOf(name) === names.lastIndexOf(name) ? name : String(at)))
}

const fullName = ({ name, platform }: AddressedImages[number]): string => `${name} ${platform}`
