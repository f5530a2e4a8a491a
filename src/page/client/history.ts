/**
 * Keeps what the treemaps show with each entry of the browser's history, so that Back and Forward return to it. An
 * address alone does not say it: that of the first view has no fragment, others lead to a section, and a page of several
 * images has several treemaps.
 */
import { placeOf, type Place } from './place.ts'

/** What is shown: the fragment of each treemap that does not show its first view, by the number of the image. */
type Views = ReadonlyMap<number, string>

/** How the treemaps are changed. */
export interface Shower {
  readonly show: (place: Place) => void
  readonly showFirst: (image: number) => void
  /** Called after `show` if the user followed a link to this place, and did not go back or forward. */
  readonly reveal: (image: number) => void
}

/** Follows the address from now on, beginning with the current one. */
export function followHistory({ show, showFirst, reveal }: Shower): void {
  let shown: Views = new Map()
  const follow = (): void => {
    const kept = keptViews()
    const place = placeOf(location.hash)
    const before = shown
    shown = kept ?? viewsAt(place, before)
    for (const image of new Set([...before.keys(), ...shown.keys()])) {
      const fragment = shown.get(image)
      if (fragment === before.get(image)) continue
      const next = fragment === undefined ? null : placeOf(fragment)
      if (next === null) showFirst(image)
      else show(next)
    }
    if (kept === null) {
      if (place !== null) reveal(place.image)
      keepViews(shown)
    }
  }
  addEventListener('hashchange', follow)
  // A link to the address that is shown already changes nothing in it, so it is followed here.
  addEventListener('click', (event) => {
    const link = event.target instanceof Element ? event.target.closest('a[href^="#/"]') : null
    const place = link?.getAttribute('href') === location.hash ? placeOf(location.hash) : null
    if (place === null || opensElsewhere(event)) return
    show(place)
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

/** Returns what this entry of the history showed. Null if it is a new one. */
function keptViews(): Views | null {
  let state: unknown
  try {
    state = history.state
  } catch {
    return null
  }
  if (!Array.isArray(state)) return null
  const views = new Map<number, string>()
  for (const one of state as readonly unknown[]) {
    const place = typeof one === 'string' ? placeOf(one) : null
    if (place !== null) views.set(place.image, String(one))
  }
  return views
}

function keepViews(views: Views): void {
  try {
    history.replaceState([...views.values()], '')
  } catch {
    // A host may forbid it. Then an address without a fragment is that of the first view.
  }
}
