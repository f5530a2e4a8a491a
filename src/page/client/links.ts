/** Makes links of words that have an address in the treemap. Without scripts such links would lead nowhere. */
import { element } from './dom.ts'
import { keysOf, type AddressedImages } from '../image-keys.ts'
import { atPosition, fragmentOf, placeOf } from './place.ts'

/**
 * Turns each element with `data-to` into a link to that address, in which each image has its position.
 *
 * @param images all images of the page
 */
export function makeLinks(within: ParentNode, images: AddressedImages): void {
  const keys = keysOf(images)
  for (const words of within.querySelectorAll<HTMLElement>('[data-to]')) {
    const place = placeOf(words.dataset['to'] ?? '', atPosition)
    const href = place && fragmentOf(place, keys)
    words.replaceWith(element('a', { class: 'to-map', href }, ...words.childNodes))
  }
}
