/** Elements in few words. Text is set as text: nothing of it becomes markup. */

type Attributes = Readonly<Record<string, string | number | boolean | null>>

/** @param attributes null and false leave one out, true sets it without a value */
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

/** @throws Error where the page has no such element */
export function required<Found extends Element>(within: ParentNode, selector: string, type: new () => Found): Found {
  const found = within.querySelector(selector)
  if (!(found instanceof type)) throw new Error(`there is no ${selector}`)
  return found
}
