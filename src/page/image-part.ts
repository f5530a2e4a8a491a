/** The parts of a page that are each about one image, and the labels that tell their landmarks apart. Pure. */
import { platformOf, type ImageReport } from '../report/report.ts'
import { foreign, maxNameLength } from './html.ts'

/** The part of a page that is about one image. */
export interface ImagePart {
  /** Its position in the page, which is in the ids and addresses of its sections. */
  readonly at: number
  /** What addresses call the image, so that they lead to the same one in the next page. */
  readonly key: string
  /** A label that no other part has. Null if there is only one part. */
  readonly label: string | null
}

/** The part of the image in a page about one image. */
export const onlyPart: ImagePart = { at: 0, key: '0', label: null }

/**
 * Returns each image with its part. The label is the image's name. If another image has the same name, the platform is
 * added, and then a number.
 *
 * @param keys what addresses call the images
 */
export function imageParts(
  images: readonly ImageReport[],
  keys: readonly string[],
): readonly (readonly [ImageReport, ImagePart])[] {
  const keyOf = (at: number): string => keys[at] ?? String(at)
  if (images.length === 1) return images.map((image) => [image, { ...onlyPart, key: keyOf(0) }])
  const names = images.map(({ image }) => foreign(image.name, maxNameLength))
  const platforms = images.map(({ image }) => foreign(platformOf(image), 60))
  const withPlatforms = apart(names, (at) => `, ${platforms[at] ?? ''}`)
  const labels = apart(withPlatforms, (at) => ` (${at + 1})`)
  return images.map((image, at) => [image, { at, key: keyOf(at), label: labels[at] ?? '' }])
}

/** Adds something to those texts that are not the only one of their kind. */
function apart(texts: readonly string[], addition: (at: number) => string): readonly string[] {
  const counts = Map.groupBy(texts, (text) => text)
  return texts.map((text, at) => ((counts.get(text)?.length ?? 0) > 1 ? `${text}${addition(at)}` : text))
}

/** Returns the id of the part, which has no spaces. */
export const idOf = ({ key }: ImagePart): string => `image-${encodeURIComponent(key)}`

/** Returns the label of a landmark in this part, so that a list of landmarks tells those of several images apart. */
export const landmark = (words: string, { label }: ImagePart): string => (label === null ? words : `${words}, ${label}`)
