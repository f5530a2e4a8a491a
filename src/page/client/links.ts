/** Makes links of words that have an address in the treemap. Without scripts such links would lead nowhere. */
import { element } from './dom.ts'

/** Turns each element with `data-to` into a link to that address. */
export function makeLinks(within: ParentNode): void {
  for (const words of within.querySelectorAll<HTMLElement>('[data-to]'))
    words.replaceWith(element('a', { class: 'to-map', href: words.dataset['to'] ?? null }, ...words.childNodes))
}
