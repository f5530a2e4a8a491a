/** Leads to the section that the address of the page names. */
import { element } from './dom.ts'

/**
 * Scrolls to the section once more when the page was loaded. The browser only estimates the height of the long parts that
 * were never on the screen, and they push the section away when they come onto it.
 */
export function settleAnchor(): void {
  addEventListener('load', () => {
    const target = document.getElementById(location.hash.slice(1))
    if (target === null || !isNewVisit()) return
    const settle = (frames: number): void => {
      if (target.getBoundingClientRect().top >= innerHeight) target.scrollIntoView()
      if (frames > 0) requestAnimationFrame(() => settle(frames - 1))
    }
    settle(maxFrames)
  })
}

/** Each part is laid out in the frame after it came onto the screen. */
const maxFrames = 20

/** Returns whether the page was opened, and not reached by Back or Forward, after which the browser knows where it was. */
const isNewVisit = (): boolean =>
  performance.getEntriesByType('navigation').every((entry) => !('type' in entry) || entry.type !== 'back_forward')

/** Says that the page lacks the image that the address names, such as one that was removed since. */
export function tellMissingImage(): void {
  if (!location.hash.startsWith('#image-') || document.getElementById(location.hash.slice(1)) !== null) return
  const words = 'The address names an image that this page does not have.'
  document.querySelector('main')?.prepend(element('p', { class: 'notice', role: 'status' }, words))
}
