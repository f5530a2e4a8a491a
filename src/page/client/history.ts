/**
 * Keeps what the treemaps show with each entry of the browser's history, so that Back and Forward return to it. An
 * address alone does not say it: that of the first view has no fragment, others lead to a section, and a page of several
 * images has several treemaps.
 */
import type { AddressedImages } from '../image-keys.ts'
import { imageFinder, placeOf as placeIn, type Place } from './place.ts'

/** What is shown: the fragment of each treemap that does not show its first view, by the number of the image. */
type Views = ReadonlyMap<number, string>

/** An entry of the history. */
interface Entry {
  /** Number of entries before it, as far as this page made them. */
  readonly nth: number
  /** Position of the link to the treemap that led to it. Null if it was no such link. */
  readonly link: number | null
  readonly views: Views
}

/** How the treemaps are changed. */
export interface Shower {
  readonly show: (place: Place) => void
  readonly showFirst: (image: number) => void
  /** Called instead of `show` if the user followed a link that is outside of the treemap. */
  readonly arrive: (place: Place) => void
  /** Called after `show` or `arrive` if the user followed a link to this place, and did not go back or forward. */
  readonly reveal: (image: number) => void
}

/**
 * Follows the address from now on, beginning with the current one.
 *
 * @param images all images of the page
 * @param links the links to treemaps that are outside of them. After Back, the one that was followed has the focus again
 */
export function followHistory(
  images: AddressedImages,
  links: readonly HTMLAnchorElement[],
  { show, showFirst, arrive, reveal }: Shower,
): void {
  const find = imageFinder(images)
  const placeOf = (fragment: string): Place | null => placeIn(fragment, find)
  let entry: Entry = { nth: -1, link: null, views: new Map() }
  let clicked: HTMLAnchorElement | null = null
  const follow = (): void => {
    const kept = keptEntry(placeOf)
    const place = placeOf(location.hash)
    const before = entry
    const link = kept === null && place !== null && clicked?.getAttribute('href') === location.hash ? clicked : null
    clicked = null
    entry = kept ?? {
      nth: before.nth + 1,
      link: link === null ? null : links.indexOf(link),
      views: viewsAt(place, before.views),
    }
    for (const image of new Set([...before.views.keys(), ...entry.views.keys()])) {
      const fragment = entry.views.get(image)
      if (fragment === before.views.get(image) || (link !== null && image === place?.image)) continue
      const next = fragment === undefined ? null : placeOf(fragment)
      if (next === null) showFirst(image)
      else show(next)
    }
    if (link !== null && place !== null) arrive(place)
    if (kept === null) {
      if (place !== null) reveal(place.image)
      keepEntry(entry)
    } else if (kept.nth < before.nth && before.link !== null) links[before.link]?.focus()
  }
  addEventListener('hashchange', follow)
  addEventListener('click', (event) => {
    const link = event.target instanceof Element ? event.target.closest<HTMLAnchorElement>('a[href^="#/"]') : null
    if (link === null || opensElsewhere(event)) return
    const isOutside = links.includes(link)
    clicked = isOutside ? link : null
    // A link to the address that is shown already changes nothing in it, so it is followed here.
    const place = link.getAttribute('href') === location.hash ? placeOf(location.hash) : null
    if (place === null) return
    if (isOutside) arrive(place)
    else show(place)
    reveal(place.image)
  })
  follow()
}

/** Returns whether a click opens its link in another tab or window. */
function opensElsewhere({ ctrlKey, metaKey, shiftKey }: MouseEvent): boolean {
  return ctrlKey || metaKey || shiftKey
}

/** Returns what a new entry of the history shows. */
function viewsAt(place: Place | null, before: Views): Views {
  if (place !== null) return new Map([...before, [place.image, location.hash]])
  // Another fragment, such as that of a section, changes no treemap.
  return location.hash === '' ? new Map() : before
}

/** Returns this entry of the history as it was kept. Null if it is a new one. */
function keptEntry(placeOf: (fragment: string) => Place | null): Entry | null {
  let state: unknown
  try {
    state = history.state
  } catch {
    return null
  }
  if (typeof state !== 'object' || state === null || !('fragments' in state) || !Array.isArray(state.fragments))
    return null
  const views = new Map<number, string>()
  for (const one of state.fragments as readonly unknown[]) {
    const place = typeof one === 'string' ? placeOf(one) : null
    if (place !== null) views.set(place.image, String(one))
  }
  const nth = 'nth' in state && typeof state.nth === 'number' ? state.nth : 0
  const link = 'link' in state && typeof state.link === 'number' ? state.link : null
  return { nth, link, views }
}

function keepEntry({ nth, link, views }: Entry): void {
  try {
    history.replaceState({ nth, link, fragments: [...views.values()] }, '')
  } catch {
    // A host may forbid it. Then an address without a fragment is that of the first view.
  }
}
