/** What addresses call the images of a page, in the browser too. Pure. */
import type { PageImage } from './model.ts'

/** The images of a page, as their addresses need them. */
export type AddressedImages = readonly Pick<PageImage, 'name' | 'platform'>[]

/** Returns what addresses call the images: by a name that is unique, perhaps with the platform, or else by position. */
export function keysOf(images: AddressedImages): readonly string[] {
  const names = images.map(({ name }) => name)
  const withPlatforms = images.map(fullName)
  return images.map((_, at) => {
    const key = [names, withPlatforms].find((all) => isUnique(all, at) && !isPosition(all[at] ?? ''))?.[at]
    return key ?? String(at)
  })
}

const isUnique = (all: readonly string[], at: number): boolean =>
  all[at] !== '' && all.every((one, position) => position === at || one !== all[at])

const isPosition = (key: string): boolean => /^\d+$/.test(key)

/** Returns the name of an image with its platform. */
export const fullName = ({ name, platform }: AddressedImages[number]): string => `${name} ${platform}`
