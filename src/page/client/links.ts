/** Makes links of words that have an address in the treemap. Without scripts such links would lead nowhere. */
import { element } from './dom.ts'
import { fragmentOf, placeOf } from './place.ts'

/**
 * Turns each element with `data-to` into a link to that address.
 *
 * @param keys what addresses call the images
 */
export function makeLinks(within: ParentNode, keys: readonly string[]): void {
  for (const words of within.querySelectorAll<HTMLElement>('[data-to]')) {
    const place = placeOf(words.dataset['to'] ?? '', keys)
    const href = place && fragmentOf(place, keys)
    words.replaceWith(element('a', { class: 'to-map', href }, ...words.childNodes))
  }
}
