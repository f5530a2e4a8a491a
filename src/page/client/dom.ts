/** Creates and finds elements. Text is set as text and never becomes markup. */

type Attributes = Readonly<Record<string, string | number | boolean | null>>

/**
 * Creates an element.
 *
 * @param attributes null and false omit an attribute, true sets it without a value
 */
export function element<Name extends keyof HTMLElementTagNameMap>(
  name: Name,
  attributes: Attributes = {},
  ...children: readonly (Node | string)[]
): HTMLElementTagNameMap[Name] {
  const made = document.createElement(name)
  for (const [key, value] of Object.entries(attributes))
    if (value !== null && value !== false) made.setAttribute(key, value === true ? '' : String(value))
  made.append(...children)
  return made
}

/**
 * Returns the element that a selector matches.
 *
 * @throws Error if the page has no such element
 */
export function required<Found extends Element>(within: ParentNode, selector: string, type: new () => Found): Found {
  const found = within.querySelector(selector)
  if (!(found instanceof type)) throw new Error(`there is no ${selector}`)
  return found
}

/**
 * Returns a function that names the region around a table after its new title. It keeps what the written name has after
 * the written title, such as the name of an image.
 */
export function namerOfRegion(table: HTMLTableElement): (title: string) => void {
  const region = table.closest('.scroll')
  const written = table.caption?.textContent.trim() ?? ''
  const rest = region?.getAttribute('aria-label')?.slice(written.length) ?? ''
  return (title) => region?.setAttribute('aria-label', `${title}${rest}`)
}

/** Calls a function when the browser has nothing else to do. */
export function whenIdle(call: () => void): void {
  // Some browsers have no `requestIdleCallback`.
  if ('requestIdleCallback' in globalThis) requestIdleCallback(call)
  else setTimeout(call, 200)
}
