/** An interactive treemap with stage, mode, zoom, search and keyboard. */
import { drawMap, heightFor } from '../draw-map.ts'
import { mapOf, pathTo, valueOf, type MapNode } from '../map-node.ts'
import type { Mode, PageData, PageImage, PageStage } from '../model.ts'
import type { Box } from '../treemap.ts'
import { emptyWords, labelOf, partsCaption } from '../words.ts'
import { arrivalAt, type Arrival } from './arrival.ts'
import { makeControls, type Controls } from './controls.ts'
import { crumbsOf } from './crumbs.ts'
import { element, namerOfRegion, required, whenIdle } from './dom.ts'
import { nextBox } from './keyboard.ts'
import { fillTable } from './parts-table.ts'
import { fragmentOf, idsOf, type Place } from './place.ts'
import { keysOf } from '../image-keys.ts'
import { foundWords, isFound, search, searchedIn, type Found, type Searched } from './search.ts'
import type { Tip } from './tip.ts'

/** The treemap of one image with its controls. */
export class Explorer {
  readonly #host: HTMLElement
  readonly #canvas: HTMLElement
  readonly #table: HTMLTableElement
  readonly #nameTable: (title: string) => void
  readonly #crumbs: HTMLElement
  readonly #controls: Controls
  readonly #data: PageData
  readonly #image: PageImage
  readonly #at: number
  readonly #tip: Tip
  readonly #first: Place
  /** What addresses call the images. */
  readonly #keys: readonly string[]
  #stage: PageStage
  #mode: Mode
  #root: MapNode
  #node: MapNode
  #boxes: readonly Box[] = []
  #tiles: readonly (readonly [tile: SVGElement, node: MapNode | null])[] = []
  #searched: Searched | null = null
  #rows: ReadonlyMap<MapNode, HTMLTableRowElement> = new Map()
  #found: Found | null = null
  /** What the status says if nothing is searched. */
  #said = ''
  /** Parts that stay marked as long as this place is shown. */
  #marked: readonly MapNode[] = []
  #width = 0

  constructor(host: HTMLElement, data: PageData, at: number, tip: Tip) {
    const image = data.images[at]
    const stage = image?.stages[0]
    if (image === undefined || stage === undefined) throw new Error(`there is no image ${at}`)
    this.#host = host
    this.#data = data
    this.#image = image
    this.#at = at
    this.#tip = tip
    this.#keys = keysOf(data.images)
    this.#stage = stage
    this.#mode = host.dataset['mode'] === 'changed' ? 'changed' : 'in'
    this.#first = { image: at, mode: this.#mode, stage: stage.name, ids: [] }
    this.#root = mapOf(data, stage, this.#mode)
    this.#node = this.#root
    this.#canvas = required(host, '.canvas', HTMLElement)
    const hadFocus = document.activeElement === this.#canvas
    // The picture that a script draws fits, so it is not scrolled.
    for (const name of ['tabindex', 'role', 'aria-label']) this.#canvas.removeAttribute(name)
    this.#table = required(host, '.beside table', HTMLTableElement)
    this.#nameTable = namerOfRegion(this.#table)
    this.#crumbs = required(host, '.crumbs', HTMLElement)
    this.#controls = makeControls(required(host, '.controls', HTMLElement), image, {
      onMode: (mode) => this.#go({ mode }),
      onStage: (name) => this.#go({ stage: name, ids: [] }),
      onSearch: () => this.#showFound(),
    })
    this.#listen()
    new ResizeObserver(() => {
      if (this.#canvas.clientWidth !== this.#width) this.#draw()
    }).observe(this.#canvas)
    this.#draw()
    if (hadFocus) this.#focus()
    whenIdle(() => this.#prepareSearch())
  }

  /** Shows the place that an address refers to, and returns what it leads to. */
  show({ mode, stage, ids }: Place): Arrival {
    const found = this.#image.stages.find(({ name }) => name === stage) ?? this.#stage
    const next = this.#image.compared ? mode : 'in'
    const isOther = next !== this.#mode && found.layers.some(({ headTree }) => headTree !== undefined)
    this.#mode = next
    if (found !== this.#stage || isOther) {
      this.#stage = found
      this.#root = mapOf(this.#data, found, next)
      this.#searched = null
      whenIdle(() => this.#prepareSearch())
      this.#find()
    }
    const arrival = arrivalAt(this.#root, ids, next, this.#image.compared, found.name === stage)
    const { target, marked, words } = arrival
    const left = this.#node
    this.#node = marked.includes(target) ? (target.parent ?? target) : target
    this.#said = words
    this.#marked = marked
    this.#draw(marked[0] ?? left)
    return arrival
  }

  #focus(): void {
    this.#canvas.querySelector<SVGElement>('[tabindex="0"]')?.focus({ preventScroll: true })
  }

  /** Shows the place that a link outside of the treemap leads to. It gets the focus, and the status says what it is. */
  arrive(place: Place): void {
    this.#controls.search.value = ''
    this.#find()
    const { target } = this.show(place)
    if (this.#said === '') this.#said = labelOf(target, this.#image.compared)
    this.#controls.status.textContent = this.#said
    this.#focus()
  }

  /** Shows what was shown at first. */
  showFirst(): void {
    this.show(this.#first)
  }

  /** Shows what was found. The picture stays the same, so it is not drawn again. */
  #showFound(): void {
    this.#find()
    this.#dim()
    this.#list()
  }

  #placeOf(node: MapNode): Place {
    return { image: this.#at, mode: this.#mode, stage: this.#stage.name, ids: idsOf(node) }
  }

  #hrefOf(node: MapNode): string {
    return fragmentOf(this.#placeOf(node), this.#keys)
  }

  #go(part: Partial<Place>): void {
    const place = { ...this.#placeOf(this.#node), ...part }
    try {
      location.hash = fragmentOf(place, this.#keys)
    } catch {
      // A host may forbid changing the address. The part is shown anyway.
      this.show(place)
    }
  }

  #find(): void {
    const word = this.#controls.search.value.trim()
    this.#found = word === '' ? null : search(this.#prepareSearch(), word)
  }

  #prepareSearch(): Searched {
    return (this.#searched ??= searchedIn(this.#root))
  }

  /** Draws the picture. Its box for `part`, or for the nearest part that contains it, is the one that a Tab reaches. */
  #draw(part: MapNode = this.#node): void {
    this.#tip.hide()
    const hadFocus = [this.#canvas, this.#crumbs, this.#table].some((one) => one.contains(document.activeElement))
    this.#width = this.#canvas.clientWidth
    const height = heightFor(this.#width)
    const { svg, boxes } = drawMap(this.#node, {
      mode: this.#mode,
      width: Math.max(200, this.#width),
      height,
      isCompared: this.#image.compared,
      hrefOf: (node) => this.#hrefOf(node),
    })
    // Untrusted text in it is escaped, as in the page that the process wrote.
    this.#canvas.innerHTML = svg
    this.#boxes = boxes
    if (valueOf(this.#node, this.#mode) === 0)
      this.#canvas.replaceChildren(element('p', { class: 'empty' }, emptyWords[this.#mode]))
    this.#tiles = [...this.#canvas.querySelectorAll<SVGElement>('[data-n]')].map((tile) => [tile, this.#nodeIn(tile)])
    const tile = this.#tileFor(part) ?? this.#canvas.querySelector<SVGElement>('[data-n]')
    tile?.setAttribute('tabindex', '0')
    this.#dim()
    this.#showState()
    for (const node of this.#marked) this.#mark(node, true)
    // The element that had the focus is gone. Without it, keys such as Escape would no longer reach the treemap.
    if (hadFocus) tile?.focus({ preventScroll: true })
  }

  /** Returns the tile of a part, or of the nearest part inside of the picture that contains it. */
  #tileFor(part: MapNode): SVGElement | null {
    const path = pathTo(part)
    for (const node of path.slice(path.indexOf(this.#node) + 1).reverse()) {
      const at = this.#boxes.findIndex((box) => box.node === node || box.small.includes(node))
      if (at > 0) return this.#canvas.querySelector<SVGElement>(`[data-n="${at}"]`)
    }
    return null
  }

  #showState(): void {
    // The legend shows what this mode draws.
    this.#host.dataset['mode'] = this.#mode
    for (const [mode, button] of this.#controls.modes) button.setAttribute('aria-pressed', String(mode === this.#mode))
    this.#controls.select.value = this.#stage.name
    this.#crumbs.replaceChildren(crumbsOf(pathTo(this.#node), (node) => this.#hrefOf(node)))
    this.#list()
  }

  #list(): void {
    this.#controls.status.textContent =
      this.#found === null ? this.#said : foundWords(this.#found, this.#node, this.#mode)
    const caption = this.#found === null ? partsCaption(this.#node, this.#stage.role) : 'What was found, file bytes'
    this.#nameTable(caption)
    this.#rows = fillTable(this.#table, {
      caption,
      nodes: this.#found === null ? this.#node.children : [...this.#found.nodes],
      whole: this.#node,
      mode: this.#mode,
      isCompared: this.#image.compared,
      withPaths: this.#found !== null,
      hrefOf: (node) => this.#hrefOf(node),
    })
  }

  #dim(): void {
    const found = this.#found
    for (const [tile, node] of this.#tiles) {
      tile.classList.toggle('dim', found !== null && (node === null || !isFound(node, found)))
      tile.classList.toggle('match', found !== null && node !== null && found.nodes.has(node))
    }
  }

  #mark(node: MapNode, isOn: boolean): void {
    const at = this.#boxes.findIndex((box) => box.node === node)
    const isLit = isOn || this.#marked.includes(node)
    this.#canvas.querySelector(`[data-n="${at}"]`)?.classList.toggle('lit', isLit)
    this.#rows.get(node)?.classList.toggle('lit', isLit)
  }

  #nodeOf({ target }: Event): MapNode | null {
    const tile = target instanceof Element ? target.closest<SVGElement>('[data-n]') : null
    return tile === null ? null : this.#nodeIn(tile)
  }

  #nodeIn(tile: SVGElement): MapNode | null {
    const box = this.#boxes[Number(tile.dataset['n'])]
    return box?.node ?? box?.parent ?? null
  }

  #listen(): void {
    this.#canvas.addEventListener('pointermove', (event) => {
      const node = this.#nodeOf(event)
      if (node === null) this.#tip.hide()
      else this.#tip.show(node, this.#image.compared, { x: event.clientX, y: event.clientY })
    })
    for (const begin of ['pointerover', 'focusin'])
      this.#canvas.addEventListener(begin, (event) => {
        const node = this.#nodeOf(event)
        for (const [one, row] of this.#rows) row.classList.toggle('lit', one === node || this.#marked.includes(one))
      })
    this.#canvas.addEventListener('pointerleave', () => this.#tip.hide())
    this.#canvas.addEventListener('focusin', (event) => {
      const node = this.#nodeOf(event)
      const target = event.target
      if (node === null || !(target instanceof Element) || !target.matches(':focus-visible')) return
      const { left, bottom } = target.getBoundingClientRect()
      this.#tip.show(node, this.#image.compared, { x: left, y: bottom - 14 })
    })
    this.#canvas.addEventListener('focusout', () => this.#tip.hide())
    const rowEvents = { mouseover: true, focusin: true, mouseout: false, focusout: false }
    for (const [type, isOn] of Object.entries(rowEvents))
      this.#table.addEventListener(type, ({ target }) => {
        const row = target instanceof Element ? target.closest('tr') : null
        for (const [node, one] of this.#rows) if (one === row) this.#mark(node, isOn)
      })
    this.#host.addEventListener('keydown', (event) => this.#onKey(event))
  }

  #onKey(event: KeyboardEvent): void {
    if (event.key === 'Escape') {
      // It closes an open list of stages.
      if (event.target === this.#controls.select) return
      if (this.#controls.search.value !== '') {
        this.#controls.search.value = ''
        this.#showFound()
      } else if (this.#node.parent !== null) this.#go({ ids: idsOf(this.#node.parent) })
      return
    }
    // With one of these, a key belongs to the browser: Alt and an arrow go back.
    if (event.altKey || event.ctrlKey || event.metaKey) return
    const tile = event.target instanceof Element ? event.target.closest<SVGElement>('[data-n]') : null
    const box = tile === null ? undefined : this.#boxes[Number(tile.dataset['n'])]
    if (tile === null || box === undefined) return
    const next = nextBox(this.#boxes, box, event.key)
    if (next === null) return
    event.preventDefault()
    const target = this.#canvas.querySelector<SVGElement>(`[data-n="${next}"]`)
    tile.setAttribute('tabindex', '-1')
    target?.setAttribute('tabindex', '0')
    target?.focus()
  }
}
