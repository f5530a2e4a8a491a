/** Runs in the browser. The page can be read without it and explored with it. */
import type { PageData } from '../model.ts'
import { settleAnchor, tellMissingImage } from './anchor.ts'
import { element } from './dom.ts'
import { Explorer } from './explorer.ts'
import { followHistory } from './history.ts'
import { makeLinks } from './links.ts'
import { readData } from './read-data.ts'
import { makeFilter, makeSortable } from './sorting.ts'
import { Tip } from './tip.ts'

document.documentElement.classList.add('scripted')
for (const table of document.querySelectorAll<HTMLTableElement>('table.sortable')) makeSortable(table)
for (const input of document.querySelectorAll<HTMLInputElement>('input.filter')) {
  const table = document.querySelector<HTMLTableElement>(`#${input.dataset['filters'] ?? ''} table`)
  const status = input.closest('.filtering')?.querySelector<HTMLElement>('[role=status]')
  if (table !== null && status != null) makeFilter(input, status, table)
}
openForPrint()
shadeUnderHeads()
settleAnchor()
tellMissingImage()

const hosts = [...document.querySelectorAll<HTMLElement>('.map')]

void readData(document.querySelector('#data')?.textContent ?? '')
  .then(explore)
  .catch((error: unknown) => {
    const why = error instanceof Error ? error.message : String(error)
    for (const host of hosts) host.prepend(element('p', { class: 'notice' }, `The treemap cannot be explored: ${why}`))
  })
  .finally(() => {
    document.documentElement.classList.add('ready')
    performance.mark('ready')
  })

/** Opens everything on paper. The style does it in a browser that knows what a `details` contains. */
function openForPrint(): void {
  if (CSS.supports('selector(::details-content)')) return
  let opened: readonly HTMLDetailsElement[] = []
  addEventListener('beforeprint', () => {
    opened = [...document.querySelectorAll<HTMLDetailsElement>('details:not([open])')]
    for (const folded of opened) folded.open = true
  })
  addEventListener('afterprint', () => {
    for (const folded of opened) folded.open = false
  })
}

/** Marks each table that was scrolled, because its head covers the shade at the upper edge. */
function shadeUnderHeads(): void {
  for (const box of document.querySelectorAll<HTMLElement>('.beside .scroll, .packages .scroll'))
    box.addEventListener('scroll', () => box.classList.toggle('scrolled', box.scrollTop > 0), { passive: true })
}

function explore(data: PageData): void {
  const tip = new Tip()
  const explorers = new Map<number, Explorer>()
  const explorerOf = (at: number): Explorer | null => {
    const host = hosts.find((one) => one.dataset['image'] === String(at))
    if (host === undefined) return null
    const explorer = explorers.get(at) ?? new Explorer(host, data, at, tip)
    explorers.set(at, explorer)
    return explorer
  }
  const reveal = (image: number): void => {
    const host = hosts.find((one) => one.dataset['image'] === String(image))
    const canvas = host?.querySelector('.canvas')?.getBoundingClientRect()
    if (canvas !== undefined && !isMostlyVisible(canvas)) host?.scrollIntoView({ block: 'start' })
  }
  const exploreIn = (host: HTMLElement): Explorer | null => explorerOf(Number(host.dataset['image']))
  // If there are many images, each is drawn before it becomes visible, so that the Tab key finds its controls.
  const near = new IntersectionObserver(
    (entries) => {
      for (const { isIntersecting, target } of entries) {
        if (!isIntersecting || !(target instanceof HTMLElement)) continue
        near.unobserve(target)
        exploreIn(target)
      }
    },
    { rootMargin: '300% 0%' },
  )
  for (const host of hosts) near.observe(host)
  if (hosts[0] !== undefined) exploreIn(hosts[0])
  makeLinks(document, data.images)
  followHistory(data.images, [...document.querySelectorAll<HTMLAnchorElement>('a.to-map')], {
    arrive: (place) => explorerOf(place.image)?.arrive(place),
    show: (place) => explorerOf(place.image)?.show(place),
    showFirst: (image) => explorerOf(image)?.showFirst(),
    reveal,
  })
}

/** Returns whether at least half of a box is in the window. */
function isMostlyVisible({ top, bottom, height }: DOMRect): boolean {
  return Math.min(bottom, innerHeight) - Math.max(top, 0) >= height / 2
}
