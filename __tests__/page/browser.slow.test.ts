/** The page in a real browser: what it shows, that no text of a record acts in it, and that it can be used. */
import { createRequire } from 'node:module'
import { readFile } from 'node:fs/promises'
import { inflateSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import type { Browser, Locator, Page } from 'playwright-core'
import { makePageAssets } from '../../script/lib/page-assets.ts'
import { exampleReport } from '../support/example-report.ts'
import { everySection, everySectionReport } from '../../script/lib/every-section.ts'
import { LayerLists } from '../../src/layer/layer-lists.ts'
import type { Digest } from '../../src/oci/digest.ts'
import { manyFiles, manyStages } from '../../script/lib/large-pages.ts'
import { sampleReports } from '../../script/lib/sample-reports.ts'
import { renderPage, type PageAssets } from '../../src/page/page.ts'
import type { Report } from '../../src/report/report.ts'
import { openBrowser, withPage } from '../support/browser.ts'
import {
  comparisonOf,
  compareStages,
  imageComparison,
  reportWith,
  result,
  rule,
  verdictOf,
} from '../support/comparisons.ts'
import { image, layer, stage } from '../support/footprints.ts'
import { nasty } from '../support/nasty.ts'
import { describeWith } from '../support/rig.ts'

// A browser on busy cores is slow.
const inBrowser = describeWith('chromium')

/** Returns a report that has this text wherever a record may have text. */
function nastyReport(text: string): Report {
  const contents = (bytes: number): NonNullable<ReturnType<typeof layer>['contents']> => ({
    files: [{ path: `${text}/${text}`, fileBytes: bytes }],
    directories: [{ path: text, fileBytes: bytes, files: 1 }],
    complete: true,
    packages: {
      packages: [
        {
          ecosystem: text.slice(0, 50),
          name: text.slice(0, 200),
          version: `${bytes}${text}`.slice(0, 100),
          path: text,
          fileBytes: bytes,
          files: 1,
        },
      ],
      folded: { packages: 0, fileBytes: 0, files: 0 },
      complete: true,
      others: { files: [{ path: text, fileBytes: 10 }], directories: [], complete: true },
    },
  })
  const stages = (bytes: number): ReturnType<typeof stage>[] => [
    stage({
      name: text,
      index: 0,
      role: 'builder',
      base: { reference: text, digest: null, layers: 0 },
      instructions: [{ text, line: 2, endLine: 2 }],
      layers: [layer({ instruction: { text, line: 2, endLine: 2 }, uncompressedSize: 9_000 })],
    }),
    stage({
      name: `${text}2`,
      base: { reference: text, digest: null, layers: 0 },
      uses: [
        { stage: text, via: 'copy', carriedBytes: 5 },
        { stage: `${text}3`, via: 'mount', carriedBytes: null },
      ],
      layers: [
        layer({
          diffId: `sha256:${String(bytes % 10).repeat(64)}`,
          instruction: { text: `${text} x`, line: 4, endLine: 4 },
          fileBytes: bytes + 10,
          contents: contents(bytes),
        }),
      ],
      caches: [{ name: text, path: text, files: 1, fileBytes: 9, addedBy: 0 }],
      savings: {
        fileBytes: 7,
        likelyFileBytes: 0,
        items: [
          {
            rule: text.slice(0, 50),
            path: text,
            kind: 'file',
            files: 1,
            fileBytes: 7,
            leastPullBytes: 3,
            claim: 'sure',
            layer: 0,
            laterLayer: null,
          },
        ],
        baseFiles: [{ path: text, kind: 'file', files: 1, fileBytes: 5, layer: 0 }],
      },
      waste: {
        fileBytes: 7,
        baseFileBytes: 0,
        items: [{ path: text, kind: 'file', files: 1, fileBytes: 7, sameSizeBytes: 0, addedBy: 0, hiddenBy: 0 }],
      },
    }),
  ]
  const [before, after] = [stages(1_001), stages(5_002)]
  const why = {
    packages: [],
    paths: [{ kind: 'file' as const, path: text, before: 1, after: 2, package: null, otherFiles: false }],
  }
  const compared = imageComparison(
    image({ name: text, stages: before }),
    image({ name: text, stages: after, dockerfile: text }),
    after.map((one, at) => compareStages(before[at] ?? one, one, () => why)),
  )
  return reportWith(comparisonOf([compared], { origin: { kind: 'given', commit: null, reference: text } }), {
    title: text,
    baselineNotes: [text],
    verdict: verdictOf(
      [result({ outcome: 'not-known', reason: text, rule: rule({ text }), stage: text, role: 'builder' })],
      {
        edited: { judgedBy: 'base', file: text, added: [text], removed: [text], fault: text },
      },
    ),
  })
}

/** The fields of a report that have names. */
const named = new Set([
  'name',
  'stage',
  'finalStage',
  'path',
  'reference',
  'text',
  'title',
  'reason',
  'subject',
  'branch',
])

/** Returns a report in which each name ends in 200 letters without a break. What was one object is one again. */
function withLongNames(report: Report): Report {
  const made = new Map<object, unknown>()
  const copied = (value: unknown, key = ''): unknown => {
    if (typeof value === 'string') return named.has(key) ? `${value}${'Wm'.repeat(100)}` : value
    if (typeof value !== 'object' || value === null || value instanceof Map) return value
    const known = made.get(value)
    if (known !== undefined) return known
    const copy: Record<string, unknown> | unknown[] = Array.isArray(value) ? [] : {}
    made.set(value, copy)
    for (const [field, one] of Object.entries(value))
      Object.assign(copy, { [field]: copied(one, Array.isArray(value) ? key : field) })
    return copy
  }
  return copied(report) as Report
}

/** Returns the numbers of an attribute, or null if it is empty. */
async function numbersOf(page: Page, selector: string, attribute = 'data-v'): Promise<(number | null)[]> {
  const found = await page.evaluate<string[]>(
    `[...document.querySelectorAll(${JSON.stringify(selector)})].map((one) => one.getAttribute('${attribute}'))`,
  )
  return found.map((text) => (text === '' ? null : Number(text)))
}

/** Scrolls to each treemap so that it is drawn, and moves the pointer over each of its boxes. */
const seeAll = `(async () => {
  for (const map of document.querySelectorAll('.map')) {
    map.scrollIntoView()
    await new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve, 0)))
    for (const tile of map.querySelectorAll('.canvas a')) tile.dispatchEvent(new PointerEvent('pointermove', { bubbles: true }))
  }
})()`

/** Lays out the parts that are not on the screen, as if one had scrolled to each of them. */
const layOutAll = "for (const one of document.querySelectorAll('.part')) one.style.contentVisibility = 'visible'"

/** Writes into the page how many addresses were followed, once the page itself, whose listener is older, is done. */
const countFollowed = `(() => {
  const { dataset } = document.documentElement
  addEventListener('hashchange', () => (dataset.followed = Number(dataset.followed ?? 0) + 1))
})()`

/**
 * Returns what a reader cannot see whole: text of the treemap and the charts that leaves its picture or its box, and
 * cells of tables that are wider than the part that is shown of their table. Wide tables scroll, except where rows are
 * blocks, and except for those of layers and the graph.
 */
const misplaced = `[...document.querySelectorAll('svg text')].flatMap((text) => {
  const [svg, box] = [text.closest('svg').getBoundingClientRect(), text.getBoundingClientRect()]
  const own = text.closest('a, g.box')?.querySelector('rect')?.getBoundingClientRect() ?? svg
  return box.left < own.left - 1 || box.right > own.right + 1 || box.bottom > svg.bottom + 1 || box.top < svg.top - 1 ? ['text ' + text.textContent] : []
}).concat([...document.querySelectorAll('.stacks td, .chart td, .budgets li, .figures > div')].flatMap((cell) => {
  if (cell.getClientRects().length === 0) return []
  const [box, around] = [cell.getBoundingClientRect(), (cell.closest('.scroll') ?? document.documentElement).getBoundingClientRect()]
  return box.right > around.right + 1 || cell.scrollWidth > cell.clientWidth + 1 ? ['cell ' + cell.textContent.trim().slice(0, 60)] : []
}))`
/**
 * Names of all elements. Those of `span` and `wbr`, which the page puts into texts itself, have their class and the
 * names of their other attributes.
 */
const allTags = `[...document.querySelectorAll('*')].map((one) =>
  ['span', 'wbr'].includes(one.localName)
    ? [one.localName, ...[...one.attributes].map(({ name, value }) => (name === 'class' ? 'class=' + value : name))].join(' ')
    : one.localName)`
/** Returns the nth part of the path to what is shown, from 1. */
const crumb = (page: Page, nth: number): Locator => page.locator(`.crumbs li:nth-child(${nth})`)

/** Returns the packed streams of a PDF as text. The drawing of each sheet is one of them. */
function contentsOf(pdf: Buffer): readonly string[] {
  const text = pdf.toString('latin1')
  return Array.from(text.matchAll(/FlateDecode[^>]*>>\s*stream\r?\n/g), ({ 0: head, index }) =>
    inflateSync(pdf.subarray(index + head.length, text.indexOf('endstream', index))).toString('latin1'),
  )
}

inBrowser('the page in a browser', () => {
  let browser: Browser
  let assets: PageAssets
  beforeAll(async () => {
    assets = await makePageAssets()
    browser = await openBrowser()
  })
  afterAll(() => browser.close())
  const rendered = (report: Report): string => renderPage(report, null, assets)

  test('does not run, load or render as markup any text of a record', async () => {
    // Where long code may be broken is marked with elements of our own.
    const known = new Set<string>(['wbr', 'span class=flag'])
    await withPage(browser, rendered(nastyReport('harmless')), async ({ page }) => {
      for (const tag of await page.evaluate<string[]>(allTags)) known.add(tag)
    })
    // All texts at once, since a page for each would take seconds.
    const texts = [...nasty, nasty.join(' ')]
    for (let at = 0; at < texts.length; at += 12) {
      const some = texts.slice(at, at + 12)
      const report = some.map(nastyReport)
      const [first] = report
      const all: Report = {
        ...first!,
        footprint: { ...first!.footprint, images: report.flatMap(({ footprint }) => footprint.images) },
        comparison: {
          ...first!.comparison!,
          images: report.flatMap(({ comparison }) => comparison?.images ?? []),
        },
      }
      await withPage(browser, rendered(all), async ({ page, trouble }) => {
        await page.evaluate(seeAll)
        const tags = await page.evaluate<string[]>(allTags)
        const attributes = await page.evaluate<string[]>(
          "[...document.querySelectorAll('*')].flatMap((one) => one.getAttributeNames())",
        )
        const hrefs = await page.evaluate<string[]>(
          "[...document.querySelectorAll('a')].map((one) => one.getAttribute('href'))",
        )
        expect(trouble).toEqual([])
        expect(tags.filter((tag) => !known.has(tag))).toEqual([])
        expect(attributes.filter((name) => name.startsWith('on') || name === 'src' || name === 'srcdoc')).toEqual([])
        expect(hrefs.filter((href) => !href.startsWith('#'))).toEqual([])
      })
    }
  })

  test('shows the figures of the record', async () => {
    const report = exampleReport()
    const final = report.footprint.images[0]!.stages.find(({ role }) => role === 'final')!
    const growth = report.comparison!.images[0]!.final.growth.total
    await withPage(browser, rendered(report), async ({ page, trouble }) => {
      const values = (selector: string): Promise<(number | null)[]> => numbersOf(page, selector)
      expect(await values('[data-k="final-compressed"]')).toEqual([final.totals.compressedSize])
      expect(await values('[data-k="final-uncompressed"]')).toEqual([final.totals.uncompressedSize])
      expect(await values('[data-k="final-layers"]')).toEqual([final.totals.layers])
      const table = '#layers-0 > .scroll'
      expect(await values(`${table} [data-k="compressed"]`)).toEqual(final.layers.map((one) => one.compressedSize))
      expect(await values(`${table} [data-k="uncompressed"]`)).toEqual(final.layers.map((one) => one.uncompressedSize))
      expect(await values(`${table} [data-k="files"]`)).toEqual(final.layers.map((one) => one.fileBytes))
      expect(await values(`${table} [data-k="entries"]`)).toEqual(final.layers.map((one) => one.entries))
      const changes = await values('#growth-0 .scroll:first-of-type [data-k="growth-uncompressed"]')
      expect(changes.reduce<number>((sum, one) => sum + (one ?? 0), 0)).toBe(growth.uncompressedSize)
      expect(await page.locator('#growth-0 caption').allInnerTexts()).toEqual([
        'Layers of the final stage that changed',
        expect.stringMatching(/^Layers of builder stage .+ that changed$/),
      ])
      // The parts of the treemap add up to the stage.
      const parts = await values('.beside tbody tr td:nth-child(3)')
      expect(parts.reduce<number>((sum, one) => sum + (one ?? 0), 0)).toBe(final.totals.fileBytes)
      const carried = await numbersOf(page, '.scroll > .graph path', 'data-bytes')
      expect(carried).toEqual(expect.arrayContaining(final.uses.map(({ carriedBytes }) => carriedBytes)))
      expect(trouble).toEqual([])
    })
  })

  test('can be read without scripts', async () => {
    const report = exampleReport()
    await withPage(
      browser,
      rendered(report),
      async ({ page, trouble }) => {
        expect(await page.locator('.treemap').isVisible()).toBe(true)
        expect(await page.locator('.beside table').isVisible()).toBe(true)
        expect(await page.locator('.controls').isVisible()).toBe(false)
        expect((await page.innerText('main')).replaceAll('\u00a0', ' ')).toContain('To pull: 57.7 MB → 58.3 MB')
        // Every link leads to something on the page.
        const nowhere = `[...document.querySelectorAll('a')].map((one) => one.getAttribute('href')).filter((href) => !href.startsWith('#') || document.getElementById(href.slice(1)) === null)`
        expect(await page.evaluate<string[]>(nowhere)).toEqual([])
        expect(await page.locator('#dockerfile-0 td.size').count()).toBeGreaterThan(2)
        expect(trouble).toEqual([])
      },
      { javaScriptEnabled: false },
    )
  })

  test('explores the treemap by clicks, and returns to a place by its address', async () => {
    const html = rendered(sampleReports().get('mixed')!)
    let place = ''
    await withPage(browser, html, async ({ page, trouble }) => {
      await page.getByRole('button', { name: 'What is in it' }).click()
      await page.getByRole('button', { name: 'What is in it', pressed: true }).waitFor()
      await page.locator('.beside tbody a').first().click()
      await crumb(page, 2).waitFor()
      place = await page.evaluate<string>('location.hash')
      expect(place).toMatch(/^#\/api%20linux%2Famd64\/in\/[^/]+\/./)
      const name = await page.locator('.crumbs [aria-current]').innerText()
      await page.locator('.crumbs a').first().click()
      await crumb(page, 2).waitFor({ state: 'detached' })
      await page.goBack()
      await crumb(page, 2).waitFor()
      expect(await page.locator('.crumbs [aria-current]').innerText()).toBe(name)
      expect(trouble).toEqual([])
    })
    await withPage(
      browser,
      html,
      async ({ page }) => {
        expect(await page.locator('.crumbs li').count()).toBe(2)
        expect(await page.getByRole('button', { name: 'What is in it' }).getAttribute('aria-pressed')).toBe('true')
      },
      { fragment: place },
    )
  })

  test('returns with Back to what was shown at first, and at each entry of the history, in every treemap', async () => {
    await withPage(browser, rendered(sampleReports().get('matrix')!), async ({ page, trouble }) => {
      // The page may show them in another order.
      const mapOf = (image: number): Locator => page.locator(`.map[data-image="${image}"]`)
      await page.evaluate(seeAll)
      const seen = async (): Promise<readonly string[]> =>
        Promise.all(
          [0, 1].map(
            async (image) =>
              `${await mapOf(image).locator('.modes [aria-pressed="true"]').innerText()}: ${await mapOf(image).locator('.crumbs').innerText()}`,
          ),
        )
      await page.evaluate(countFollowed)
      let moves = 0
      const after = async (move: () => Promise<unknown>): Promise<readonly string[]> => {
        await move()
        moves += 1
        // Not by waitForFunction: the page's policy refuses to evaluate its expression a second time.
        await page.locator(`html[data-followed="${moves}"]`).waitFor()
        return seen()
      }
      const views = [await seen()]
      for (const move of [
        () => mapOf(0).getByRole('button', { name: 'What is in it' }).click(),
        () => mapOf(0).locator('.beside tbody a').first().click(),
        () => page.locator('a[href^="#image-"]').nth(1).click(),
        () => mapOf(1).locator('.beside tbody a').first().click(),
      ])
        views.push(await after(move))
      expect(new Set(views.map(String)).size).toBe(4)
      for (const view of views.slice(0, -1).toReversed()) expect(await after(() => page.goBack())).toEqual(view)
      for (const view of views.slice(1)) expect(await after(() => page.goForward())).toEqual(view)
      expect(trouble).toEqual([])
    })
  })

  test('each click on the bytes of a line shows its layer, also the second on the same line', async () => {
    await withPage(browser, rendered(manyStages(12).report), async ({ page, trouble }) => {
      const link = page.locator('#dockerfile-0 td.size a').last()
      const isSeen = `(() => { const { top, bottom } = document.querySelector('#map-0 .canvas').getBoundingClientRect(); return top < innerHeight && bottom > 0 })()`
      for (const click of ['first', 'second']) {
        await link.scrollIntoViewIfNeeded()
        expect([click, await page.evaluate<boolean>(isSeen)]).toEqual([click, false])
        await link.click()
        // The address is followed after the click.
        await page.evaluate('new Promise((resolve) => setTimeout(() => requestAnimationFrame(resolve), 0))')
        expect([click, await page.evaluate<boolean>(isSeen)]).toEqual([click, true])
        await crumb(page, 2).waitFor()
      }
      expect(trouble).toEqual([])
    })
  })

  test('says that an address names an image that the page does not have', async () => {
    await withPage(
      browser,
      rendered(exampleReport()),
      async ({ page }) => {
        await page.getByText('The address names a part that this page does not have.').waitFor()
      },
      { fragment: '#/gone/in/1/layer-1' },
    )
  })

  test.each([
    '#/0/in',
    '#/9/in/x',
    '#/0/other/x',
    '#/0/in/none/none',
    '#/%E0%A4%A/in/x',
    '#notes',
    '#/0/in/%00/__proto__',
  ])('ignores an address that leads nowhere: %s', async (fragment) => {
    await withPage(
      browser,
      rendered(exampleReport()),
      async ({ page, trouble }) => {
        expect(await page.locator('.crumbs li').count()).toBe(1)
        expect(trouble).toEqual([])
      },
      { fragment },
    )
  })

  test('moves between boxes, in and out, with the keyboard', async () => {
    await withPage(browser, rendered(exampleReport()), async ({ page, trouble }) => {
      await page.locator('.canvas a[tabindex="0"]').focus()
      const focused = (): Promise<string | null> =>
        page.evaluate<string | null>("document.activeElement.getAttribute('data-n')")
      const first = await focused()
      await page.keyboard.press('ArrowDown')
      expect(await focused()).not.toBe(first)
      expect(await page.locator('.canvas a[tabindex="0"]').count()).toBe(1)
      await page.keyboard.press('Enter')
      await crumb(page, 2).waitFor()
      const before = await page.locator('.crumbs li').count()
      await page.locator('.canvas a[tabindex="0"]').focus()
      await page.keyboard.press('Escape')
      await crumb(page, before).waitFor({ state: 'detached' })
      expect(trouble).toEqual([])
    })
  })

  test('goes to the first and the last part with Home and End, and leaves other keys to the browser', async () => {
    await withPage(browser, rendered(manyStages(4).report), async ({ page }) => {
      await page.locator('.canvas a[tabindex="0"]').focus()
      const focused = (): Promise<string | null> =>
        page.evaluate<string | null>("document.activeElement.getAttribute('data-n')")
      for (const key of ['End', 'Control+Home', 'Alt+ArrowUp']) {
        await page.keyboard.press(key)
        expect([key, await focused()]).not.toEqual([key, '1'])
      }
      await page.keyboard.press('Home')
      expect(await focused()).toBe('1')
    })
  })

  test('goes up with Escape after a click on a box, in the table and in the breadcrumbs', async () => {
    await withPage(browser, rendered(exampleReport()), async ({ page, trouble }) => {
      const up = async (from: number): Promise<void> => {
        await crumb(page, from).waitFor()
        await page.keyboard.press('Escape')
        await crumb(page, from).waitFor({ state: 'detached' })
      }
      await page.locator('.canvas a[data-n="1"]').click({ position: { x: 4, y: 4 } })
      await up(2)
      await page.locator('.beside tbody a').first().click()
      await crumb(page, 2).waitFor()
      await page.locator('.beside tbody a').first().click()
      await crumb(page, 3).waitFor()
      await page.locator('.crumbs a').nth(1).click()
      await crumb(page, 3).waitFor({ state: 'detached' })
      await up(2)
      expect(trouble).toEqual([])
    })
  })

  /** Returns the addresses of the parts of the stage itself, in the order in which they are drawn. */
  const outermost = (page: Page): Promise<string[]> =>
    page.evaluate<string[]>(
      "[...document.querySelectorAll('.canvas a')].map((one) => one.getAttribute('href')).filter((one) => one.split('/').length === 5)",
    )

  test('keeps the focus on the chosen file, and after Escape on the part that was left', async () => {
    await withPage(browser, rendered(exampleReport()), async ({ page, trouble }) => {
      await page.getByRole('button', { name: 'What is in it' }).click()
      await page.getByRole('button', { name: 'What is in it', pressed: true }).waitFor()
      const focused = (): Promise<string | null> =>
        page.evaluate<string | null>("document.activeElement.getAttribute('href')")
      const [first, second] = await outermost(page)
      expect(second).toBeDefined()
      await page.locator(`.canvas a[href="${second}"]`).focus()
      await page.keyboard.press('Enter')
      await crumb(page, 2).waitFor()
      expect(await focused()).toMatch(new RegExp(`^${second}/`))
      await page.keyboard.press('Escape')
      await crumb(page, 2).waitFor({ state: 'detached' })
      expect([first, await focused()]).toEqual([first, second])
      // A file has no parts: its parent is shown, and the file keeps the focus.
      await page.locator('.canvas a[href$="twist.pex"]').focus()
      const file = await focused()
      await page.keyboard.press('Enter')
      await page.waitForURL(/twist\.pex$/)
      await page.locator('.canvas a.lit').waitFor()
      expect(await focused()).toBe(file)
      expect(await page.locator('.canvas a[tabindex="0"]').count()).toBe(1)
      expect(trouble).toEqual([])
    })
  })

  test('the legend explains the colours and patterns of the mode that is shown', async () => {
    await withPage(browser, rendered(exampleReport()), async ({ page }) => {
      const legend = page.locator('.legend').first()
      const words = async (): Promise<string> => (await legend.innerText()).replaceAll(/\s+/g, ' ').trim()
      expect(await words()).toBe('grew shrank new gone moved base image rebuild drift cause not known')
      await page.getByRole('button', { name: 'What is in it' }).click()
      await page.getByRole('button', { name: 'What is in it', pressed: true }).waitFor()
      expect(await words()).toBe('grew shrank new base image added')
    })
  })

  test('says that what was found is outside of the part that is shown', async () => {
    await withPage(browser, rendered(exampleReport()), async ({ page }) => {
      await page.getByRole('button', { name: 'What is in it' }).click()
      await page.getByRole('button', { name: 'What is in it', pressed: true }).waitFor()
      await page.getByLabel('Search the treemap').fill('twist.pex')
      const status = page.locator('.map-status')
      expect(await status.innerText()).not.toMatch(/outside/)
      const base = (await outermost(page)).find((href) => href.endsWith('/base'))
      await page.locator(`.canvas a[href="${base}"]`).focus()
      await page.keyboard.press('Enter')
      await crumb(page, 2).waitFor()
      expect(await status.innerText()).toMatch(/^1 found, 6\.45 MB, outside this part/)
    })
  })

  test('clears the search with Escape before it goes up, and keeps the focus in the search', async () => {
    await withPage(browser, rendered(exampleReport()), async ({ page }) => {
      await page.locator('.beside tbody a').first().click()
      await crumb(page, 2).waitFor()
      const search = page.getByLabel('Search the treemap')
      await search.fill('twist')
      await search.press('Escape')
      expect(await search.inputValue()).toBe('')
      expect(await page.locator('.map-status').innerText()).toBe('')
      expect(await page.locator('.crumbs li').count()).toBe(2)
      expect(await page.evaluate<string>("document.activeElement.getAttribute('aria-label')")).toBe(
        'Search the treemap',
      )
      await search.press('Escape')
      await crumb(page, 2).waitFor({ state: 'detached' })
    })
  })

  test('finds files by their path, and counts and lists them', async () => {
    await withPage(browser, rendered(exampleReport()), async ({ page }) => {
      await page.getByLabel('Search the treemap').fill('TWIST.pex')
      // The instruction of the layer names the path, too. The file in it is what was searched.
      expect(await page.locator('.map-status').innerText()).toBe(
        '1 found, +621 kB. Files that this page does not list are not searched',
      )
      expect(await page.locator('.beside tbody tr').count()).toBe(1)
      expect(await page.locator('.beside tbody a').innerText()).toMatch(/ \/ .*twist\.pex$/)
      await page.getByLabel('Search the treemap').fill('nothing like it')
      expect(await page.locator('.map-status').innerText()).toMatch(/^0 found/)
    })
  })

  test('says that the page lacks the image that its address names', async () => {
    await withPage(
      browser,
      rendered(exampleReport()),
      async ({ page }) => {
        expect(await page.locator('main > .notice').innerText()).toBe(
          'The address names an image that this page does not have.',
        )
      },
      { fragment: '#image-gone%20linux%2Famd64' },
    )
  })

  test('shows the first rows of a search at once, and all others when the browser is idle', async () => {
    const { report, lists } = manyFiles(1_000)
    await withPage(browser, renderPage(report, lists, assets), async ({ page }) => {
      const typed = `const input = document.querySelector('.controls input'); input.value = 'file'; input.dispatchEvent(new Event('input'))`
      const row = page.locator('.beside tbody tr')
      expect(
        await page.evaluate<number>(`{ ${typed}; document.querySelectorAll('.beside tbody tr').length }`),
      ).toBeLessThan(40)
      await row.nth(100).waitFor()
      expect(await row.count()).toBe(101)
      expect(await row.last().innerText()).toMatch(/ more parts, /)
      // Rows that came later mark their boxes, too.
      await row.nth(60).locator('a').focus()
      expect(await page.locator('.beside tr.lit').count()).toBe(1)
    })
  })

  test('beside a record, all files of the head are in one mode, with an unknown size before', async () => {
    const { report, lists } = manyFiles(400)
    const { digest, diffId } = report.footprint.images[0]!.stages[0]!.layers[0]!
    const ofHead = new LayerLists()
    ofHead.add(digest as Digest, lists.of(digest, diffId)!)
    await withPage(browser, renderPage(report, ofHead, assets), async ({ page, trouble }) => {
      const cells = page.locator('.beside tbody td')
      const search = page.getByLabel('Search the treemap')
      await search.fill('file-1')
      expect(await page.locator('.map-status').innerText()).toMatch(/^0 found/)
      await page.getByRole('button', { name: 'What is in it' }).click()
      await page.getByRole('button', { name: 'What is in it', pressed: true }).waitFor()
      expect(await page.locator('.map-status').innerText()).toMatch(/^1\d\d found/)
      expect(await cells.getByText('not known', { exact: true }).count()).toBeGreaterThan(10)
      expect(await cells.getByText('new', { exact: true }).count()).toBe(0)
      await page.getByRole('button', { name: 'What changed' }).click()
      await page.getByRole('button', { name: 'What changed', pressed: true }).waitFor()
      expect(await page.locator('.map-status').innerText()).toMatch(/^0 found/)
      expect(trouble).toEqual([])
    })
  })

  test('is the same after it is loaded again: mode, stage and place', async () => {
    await withPage(browser, rendered(manyStages(4).report), async ({ page, trouble }) => {
      await page.getByRole('button', { name: 'What is in it' }).click()
      await page.getByRole('button', { name: 'What is in it', pressed: true }).waitFor()
      const select = page.getByLabel('Stage', { exact: true })
      await select.selectOption('s1')
      await page.locator('.crumbs', { hasText: 's1' }).waitFor()
      await page.locator('.beside tbody a').first().click()
      await crumb(page, 2).waitFor()
      const rows = page.locator('.beside tbody tr')
      // The rows below the first ones are added when the browser is idle.
      const seen = async (): Promise<readonly string[]> => {
        await rows.nth(59).waitFor({ state: 'attached' })
        return [
          await page.locator('.modes [aria-pressed="true"]').innerText(),
          await select.inputValue(),
          await page.locator('.crumbs').innerText(),
          await page.locator('.beside tbody').innerText(),
        ]
      }
      const before = await seen()
      expect(await rows.count()).toBe(60)
      await page.reload()
      await page.waitForSelector('html.ready')
      expect(await seen()).toEqual(before)
      expect(before.slice(0, 2)).toEqual(['What is in it', 's1'])
      expect(trouble).toEqual([])
    })
  })

  test.each([
    ['mixed', 1],
    ['matrix', 4],
  ])('everything in the page %s is reached with Tab, and shows that it has the focus', async (sample, maps) => {
    await withPage(browser, rendered(sampleReports().get(sample)!), async ({ page }) => {
      await page.setViewportSize({ width: 1280, height: 600 })
      const reached: string[] = []
      for (;;) {
        await page.keyboard.press('Tab')
        const at = await page.evaluate<{ name: string; isShown: boolean; kind: string } | null>(`(() => {
          const one = document.activeElement
          if (one === document.body || one.dataset.seen) return null
          one.dataset.seen = 'true'
          const { outlineStyle, outlineWidth } = getComputedStyle(one)
          const ring = one.closest('.canvas') ? getComputedStyle(one.querySelector('rect')).strokeWidth === '3px' : outlineStyle !== 'none' && parseFloat(outlineWidth) >= 1
          const kind = one.closest('.canvas') ? 'box' : one.matches('.scroll') ? 'scroll' : 'control'
          return { name: one.outerHTML.slice(0, 90), isShown: ring, kind }
        })()`)
        if (at === null) break
        expect(at).toMatchObject({ name: at.name, isShown: true })
        reached.push(at.kind)
      }
      const wanted = await page.evaluate<number>(
        `[...document.querySelectorAll('a[href], button, input, select, summary')].filter((one) => one.checkVisibility() && one.closest('.canvas') === null).length`,
      )
      expect(reached.filter((kind) => kind === 'control')).toHaveLength(wanted)
      // Of the boxes of a treemap one is reached with Tab, and the others with the arrow keys.
      expect(reached.filter((kind) => kind === 'box')).toHaveLength(maps)
      expect(wanted).toBeGreaterThan(30)
    })
  })

  test('a focused box and a focused row mark each other, and Escape hides the tooltip', async () => {
    await withPage(browser, rendered(exampleReport()), async ({ page }) => {
      await page.getByLabel('Search the treemap').focus()
      await page.keyboard.press('Tab')
      expect(await page.locator('.canvas a:focus').count()).toBe(1)
      expect(await page.locator('.tip').isVisible()).toBe(true)
      expect(await page.locator('.beside tr.lit').count()).toBe(1)
      await page.locator('.beside tbody a').first().focus()
      expect(await page.locator('.canvas .lit').count()).toBe(1)
      await page.locator('.canvas a').last().hover()
      expect(await page.locator('.tip').isVisible()).toBe(true)
      await page.locator('h1').evaluate('(one) => { document.activeElement.blur(); return one }')
      await page.keyboard.press('Escape')
      expect(await page.locator('.tip').isVisible()).toBe(false)
    })
  })

  test('sorts tables by value', async () => {
    await withPage(browser, rendered(exampleReport()), async ({ page }) => {
      const sizes = async (): Promise<number[]> =>
        (await numbersOf(page, '#layers-0 > .scroll [data-k="compressed"]')).map(Number)
      const button = page.locator('#layers-0 > .scroll').getByRole('button', { name: 'To pull' })
      await button.click()
      expect(await sizes()).toEqual((await sizes()).toSorted((a, b) => b - a))
      await button.click()
      expect(await sizes()).toEqual((await sizes()).toSorted((a, b) => a - b))
    })
  })

  test('filters packages, and says how many are left, also to screen readers', async () => {
    await withPage(browser, rendered(everySectionReport()), async ({ page }) => {
      const packages = page.locator('#packages-0')
      const [filter, status] = [packages.getByLabel('Filter'), packages.getByRole('status')]
      const title = packages.locator('caption')
      const region = (): Promise<string | null> => packages.locator('.scroll').getAttribute('aria-label')
      await page.evaluate(layOutAll)
      const whole = await title.innerText()
      const rows = await packages.locator('tbody tr').count()
      expect([await region(), await status.innerText()]).toEqual([whole, ''])
      for (const [word, found] of [
        ['urllib3', 1],
        ['2.6.3', 1],
        ['nothing like it', 0],
        ['pypi', 2],
        // Sizes are neither names, kinds nor versions.
        [' MB', 0],
      ] as const) {
        await filter.fill(word)
        expect(await packages.locator('tbody tr:visible').count()).toBe(found)
        expect(await title.innerText()).toBe(`${found} of ${rows} packages in this table`)
        expect([await region(), await status.innerText()]).toEqual([await title.innerText(), `${found} found`])
      }
      await filter.fill('')
      expect([await title.innerText(), await region(), await status.innerText()]).toEqual([whole, whole, ''])
    })
  })

  test.each([true, false])('has a filter for packages only if it works: scripts %j', async (javaScriptEnabled) => {
    const look = async ({ page }: { readonly page: Page }): Promise<void> =>
      expect(await page.locator('.filter').isVisible()).toBe(javaScriptEnabled)
    await withPage(browser, rendered(everySectionReport()), look, { javaScriptEnabled })
  })

  test('works on a host with a strict content security policy', async () => {
    const html = rendered(exampleReport())
    const frame = `<!doctype html><iframe sandbox="allow-scripts" width="900" height="2000" srcdoc="${html.replaceAll('&', '&amp;').replaceAll('"', '&quot;')}"></iframe><script>document.documentElement.classList.add('ready')</script>`
    await withPage(browser, frame, async ({ page }) => {
      const inner = page.frameLocator('iframe')
      await inner.locator('html.ready').waitFor()
      await inner.getByRole('button', { name: 'What is in it' }).click()
      await inner.getByRole('button', { name: 'What is in it', pressed: true }).waitFor()
    })
  })

  const widths = [390, 768, 1280] as const
  const schemes = ['light', 'dark'] as const

  describe.each(widths.flatMap((width) => schemes.map((colorScheme) => [width, colorScheme] as const)))(
    '%i pixels wide, %s,',
    (width, colorScheme) => {
      const inWindow = (look: (page: Page) => Promise<void>): Promise<void> =>
        withPage(browser, rendered(everySectionReport()), ({ page }) => look(page), {
          colorScheme,
          viewport: { width, height: 800 },
        })

      test('every section is there, fits into the window, and cuts no word', async () => {
        await inWindow(async (page) => {
          await page.evaluate("for (const one of document.querySelectorAll('details')) one.open = true")
          expect(
            await page.evaluate<string[]>("[...document.querySelectorAll('main .part')].map(({ id }) => id)"),
          ).toEqual(everySection)
          expect(await page.evaluate<number>('document.documentElement.scrollWidth')).toBeLessThanOrEqual(width)
          expect(await page.evaluate<string[]>(misplaced)).toEqual([])
        })
      })

      test('axe finds no fault', async () => {
        const axe = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
        await inWindow(async (page) => {
          await page.evaluate("for (const one of document.querySelectorAll('details')) one.open = true")
          await page.locator('.beside tbody a').first().click()
          await crumb(page, 2).waitFor()
          await page.evaluate(axe)
          const violations = await page.evaluate(
            'axe.run({ rules: { "target-size": { enabled: true } } }).then(({ violations }) => violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html).join(" ").slice(0, 300)}`))',
          )
          expect(violations).toEqual([])
        })
      })
    },
  )

  test.each([320, 400, 768, 1280])(
    '%i pixels wide, no name is so long that the page scrolls sideways',
    async (width) => {
      const reports = [everySectionReport(), sampleReports().get('matrix')!]
      for (const report of [...reports, ...reports.map(withLongNames), nastyReport('Wm'.repeat(100))])
        await withPage(
          browser,
          rendered(report),
          async ({ page, trouble }) => {
            await page.evaluate("for (const one of document.querySelectorAll('details')) one.open = true")
            await page.evaluate(seeAll)
            await page.evaluate(layOutAll)
            const wide = `[...document.querySelectorAll('body *')].filter((one) => one.getBoundingClientRect().right > innerWidth + 1 && one.closest('.scroll, svg, .tip') === null).map((one) => one.outerHTML.slice(0, 80))`
            expect(await page.evaluate<string[]>(wide)).toEqual([])
            const dockerfiles = `[...document.querySelectorAll('.dockerfile')].map((one) => one.scrollWidth - one.clientWidth)`
            expect(new Set(await page.evaluate<number[]>(dockerfiles))).toEqual(new Set([0]))
            // What is said of a column is there only with it.
            const hint = await page.locator('.part:has(.dockerfile) .hint').first().innerText()
            expect(/before/.test(hint)).toBe(await page.locator('.code th.before').first().isVisible())
            // Titles of inputs stay on one line.
            const broken = `[...document.querySelectorAll('label')].filter((one) => one.checkVisibility()).flatMap((label) => {
              const words = document.createRange()
              words.selectNodeContents(label.querySelector('span') ?? label.firstChild)
              return new Set([...words.getClientRects()].map(({ top }) => top)).size > 1 ? [label.textContent.slice(0, 20)] : []
            })`
            expect(await page.evaluate<string[]>(broken)).toEqual([])
            expect(await page.evaluate<number>('document.documentElement.scrollWidth')).toBeLessThanOrEqual(width)
            expect(await page.evaluate<string[]>(misplaced)).toEqual([])
            expect(trouble).toEqual([])
          },
          { viewport: { width, height: 800 } },
        )
    },
  )

  test('in a narrow window each row of a table is a block, in which every figure has its title', async () => {
    await withPage(
      browser,
      rendered(everySectionReport()),
      async ({ page }) => {
        const titles = await page.evaluate<string[]>(
          `[...document.querySelector('#growth-0 tbody tr').cells].map((cell) => getComputedStyle(cell, '::before').content)`,
        )
        expect(titles.slice(0, 2)).toEqual(['"To pull "', '"Unpacked "'])
        const why = page.locator('#growth-0 tbody tr', { hasText: 'urllib3' }).locator('td:nth-child(5)')
        await page.evaluate(layOutAll)
        expect(await why.innerText()).toContain('urllib3 1.26.5 → 2.6.3')
        const box = await why.boundingBox()
        expect(box!.x + box!.width).toBeLessThanOrEqual(390)
        // Sorting works without the head of the table.
        await page.locator('#growth-0').getByRole('button', { name: 'Unpacked' }).click()
        const sizes = (await numbersOf(page, '#growth-0 [data-k="growth-uncompressed"]')).map(Number)
        expect(sizes).toEqual(sizes.toSorted((a, b) => b - a))
      },
      { viewport: { width: 390, height: 800 } },
    )
  })

  /** Returns the most frequent colour of a part of a page that is one pixel wide or high. */
  const colourOf = async (
    page: Page,
    clip: { readonly x: number; readonly y: number; readonly width: number; readonly height: number },
  ): Promise<string> => {
    const picture = (await page.screenshot({ clip })).toString('base64')
    // The page itself may not load a picture.
    const blank = await page.context().newPage()
    try {
      return await blank.evaluate<string>(`(async () => {
        const picture = await createImageBitmap(await (await fetch('data:image/png;base64,${picture}')).blob())
        const canvas = new OffscreenCanvas(picture.width, picture.height).getContext('2d')
        canvas.drawImage(picture, 0, 0)
        const { data } = canvas.getImageData(0, 0, picture.width, picture.height)
        const counts = new Map()
        for (let at = 0; at < data.length; at += 4) {
          const colour = 'rgb(' + [...data.slice(at, at + 3)].join(', ') + ')'
          counts.set(colour, (counts.get(colour) ?? 0) + 1)
        }
        return [...counts].sort((a, b) => b[1] - a[1])[0][0]
      })()`)
    } finally {
      await blank.close()
    }
  }

  test.each([
    ['light', '.dockerfile', 'bottom'],
    ['dark', '.dockerfile', 'bottom'],
    ['light', '#stages-0 .scroll', 'right'],
    ['dark', '#stages-0 .scroll', 'right'],
  ] as const)('shows by a shade that there is more behind an edge, and none at the end: %s, %s', async (...given) => {
    const [colorScheme, selector, edge] = given
    await withPage(
      browser,
      rendered(manyStages(12).report),
      async ({ page }) => {
        const part = page.locator(selector)
        await part.scrollIntoViewIfNeeded()
        const paper = await page.evaluate<string>('getComputedStyle(document.body).backgroundColor')
        const { x, y, width, height } = (await part.boundingBox())!
        const atEdge = (isEnd: boolean): Promise<string> =>
          edge === 'bottom'
            ? colourOf(page, { x: x + 20, y: isEnd ? y + height - 2 : y + 1, width: width - 40, height: 1 })
            : colourOf(page, { x: isEnd ? x + width - 2 : x + 1, y: y + 15, width: 1, height: height - 30 })
        const seen = async (): Promise<readonly boolean[]> => [
          (await atEdge(false)) === paper,
          (await atEdge(true)) === paper,
        ]
        const to = (share: number): Promise<unknown> =>
          page.evaluate(
            `{ const one = document.querySelector(${JSON.stringify(selector)}); one.scrollTo(${share} * one.scrollWidth, ${share} * one.scrollHeight) }`,
          )
        expect(await seen()).toEqual([true, false])
        await to(0.3)
        expect(await seen()).toEqual([false, false])
        await to(1)
        expect(await seen()).toEqual([false, true])
      },
      { colorScheme, viewport: { width: 900, height: 800 } },
    )
  })

  test.each(schemes)(
    'shows a shade under a head that stays in place, once its table is scrolled: %s',
    async (colorScheme) => {
      await withPage(
        browser,
        rendered(manyStages(12).report),
        async ({ page }) => {
          const box = page.locator('.beside .scroll')
          await page.locator('.beside tbody a').first().click()
          await crumb(page, 2).waitFor()
          // A row under the pointer, or with the focus, has a colour of its own.
          await page.mouse.move(0, 0)
          await page.evaluate('document.activeElement.blur()')
          // The box is low, so that few rows are enough to scroll.
          await page.evaluate("document.querySelector('.beside .scroll').style.maxHeight = '120px'")
          await box.scrollIntoViewIfNeeded()
          const paper = await page.evaluate<string>('getComputedStyle(document.body).backgroundColor')
          const isShaded = async (): Promise<boolean> => {
            const head = (await box.locator('thead th').first().boundingBox())!
            const colour = await colourOf(page, {
              x: head.x + 20,
              y: head.y + head.height + 3,
              width: head.width - 40,
              height: 1,
            })
            return colour !== paper
          }
          const scrolledTo = async (top: number): Promise<boolean> => {
            await page.evaluate(`document.querySelector('.beside .scroll').scrollTo(0, ${top})`)
            await page.evaluate('new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)))')
            return isShaded()
          }
          expect([await scrolledTo(0), await scrolledTo(60), await scrolledTo(0)]).toEqual([false, true, false])
        },
        { colorScheme, viewport: { width: 900, height: 800 } },
      )
    },
  )

  test('on narrow paper rows are blocks with titles, and nothing offers to sort them', async () => {
    await withPage(
      browser,
      rendered(everySectionReport()),
      async ({ page }) => {
        expect(await page.locator('.sortable.stacks thead').first().isVisible()).toBe(true)
        await page.emulateMedia({ media: 'print' })
        expect(await page.locator('.stacks thead:visible').count()).toBe(0)
      },
      { viewport: { width: 500, height: 700 } },
    )
  })

  test('prints on paper, in light colours and without controls', async () => {
    await withPage(
      browser,
      rendered(everySectionReport()),
      async ({ page }) => {
        await page.emulateMedia({ media: 'print' })
        expect(await page.locator('.controls').isVisible()).toBe(false)
        expect(await page.getByText('Filter', { exact: true }).isVisible()).toBe(false)
        for (const id of everySection) expect(await page.locator(`#${id}`).isVisible()).toBe(true)
        expect(await page.evaluate<string>('getComputedStyle(document.body).backgroundColor')).toBe(
          'rgb(255, 255, 255)',
        )
        expect(await page.evaluate<number>('document.documentElement.scrollWidth')).toBeLessThanOrEqual(700)
      },
      { colorScheme: 'dark', viewport: { width: 700, height: 1000 } },
    )
  })

  test('prints tables and the graph in full, whatever their size on the screen', async () => {
    for (const report of [everySectionReport(), manyStages(12).report])
      await withPage(
        browser,
        rendered(report),
        async ({ page }) => {
          await page.emulateMedia({ media: 'print' })
          const cut = await page.evaluate<string[]>(
            `[...document.querySelectorAll('.scroll')].filter((one) => getComputedStyle(one).overflowY !== 'visible' || one.scrollWidth > one.clientWidth).map((one) => one.getAttribute('aria-label'))`,
          )
          expect(cut).toEqual([])
          // Words of the graph are not much smaller than those of tables.
          const scales = await page.evaluate<number[]>(
            `[...document.querySelectorAll('svg.graph')].filter((one) => one.checkVisibility()).map((one) => one.getBoundingClientRect().width / one.viewBox.baseVal.width)`,
          )
          expect(scales.length).toBeGreaterThan(0)
          expect(Math.min(...scales)).toBeGreaterThan(0.55)
          expect(await page.evaluate<number>('document.documentElement.scrollWidth')).toBeLessThanOrEqual(700)
        },
        { viewport: { width: 700, height: 1000 } },
      )
  })

  test.each([true, false])('prints the head of a table again on each sheet: scripts %j', async (javaScriptEnabled) => {
    // The words of rows and heads get colours of their own, since text of a PDF is hard to read.
    const prepare = `[...document.querySelectorAll('main table:not(.chart)')].map((table, at) => {
      const rows = [...table.tBodies].flatMap((body) => [...body.rows])
      for (let nth = 0; nth < 120; nth += 1) table.tBodies[0].append(rows[nth % rows.length].cloneNode(true))
      for (const [part, kind] of [[table.tHead, 1], ...[...table.tBodies].map((body) => [body, 2])])
        for (const cell of part.querySelectorAll('th, td')) cell.style.color = 'rgb(' + [at + 1, kind, 200] + ')'
      return table.caption?.textContent.trim() ?? ''
    })`
    await withPage(
      browser,
      rendered(everySectionReport()),
      async ({ page }) => {
        const tables = await page.evaluate<string[]>(prepare)
        const sheets = contentsOf(await page.pdf({ format: 'A4' }))
        const fill = (at: number, kind: number): string =>
          [at + 1, kind, 200].map((part) => String(Number((part / 255).toFixed(4))).replace(/^0/, '')).join(' ')
        for (const [at, table] of tables.entries()) {
          const withRows = sheets.filter((text) => text.includes(`${fill(at, 2)} rg`))
          const withoutHead = withRows.filter((text) => !text.includes(`${fill(at, 1)} rg`))
          expect([table, withRows.length > 1, withoutHead.length]).toEqual([table, true, 0])
        }
      },
      { javaScriptEnabled },
    )
  })

  test('prints the sums of a table once, at its end', async () => {
    await withPage(browser, rendered(everySectionReport()), async ({ page }) => {
      const red = 'rgb(201, 2, 3)'
      const sums = await page.evaluate<number>(`(() => {
        const table = document.querySelector('.beside table')
        const [row] = table.tBodies[0].rows
        for (let nth = 0; nth < 200; nth += 1) table.tBodies[0].append(row.cloneNode(true))
        for (const cell of table.tFoot.querySelectorAll('th, td')) cell.style.color = '${red}'
        return table.tFoot.rows.length
      })()`)
      const fill = [201, 2, 3].map((part) => String(Number((part / 255).toFixed(4))).replace(/^0/, '')).join(' ')
      const sheets = contentsOf(await page.pdf({ format: 'A4' }))
      expect([sums, sheets.filter((text) => text.includes(`${fill} rg`)).length]).toEqual([1, 1])
    })
  })

  test.each([true, false])('prints what is folded, and leaves it folded on the screen: scripts %j', async (scripts) => {
    await withPage(
      browser,
      rendered(everySectionReport()),
      async ({ page }) => {
        const folded = page.locator('details')
        const parts = page.locator('details > :not(summary)')
        const seen = async (): Promise<readonly boolean[]> =>
          Promise.all((await parts.all()).map((one) => one.isVisible()))
        expect(await folded.count()).toBeGreaterThan(2)
        expect(new Set(await seen())).toEqual(new Set([false]))
        await page.emulateMedia({ media: 'print' })
        expect(new Set(await seen())).toEqual(new Set([true]))
        await page.emulateMedia({ media: 'screen' })
        expect(new Set(await seen())).toEqual(new Set([false]))
      },
      { javaScriptEnabled: scripts },
    )
  })

  test('with the colours of the user, tiles, marks, swatches and the pressed button can be told apart', async () => {
    await withPage(
      browser,
      rendered(sampleReports().get('mixed')!),
      async ({ page }) => {
        const colour = (selector: string, property: string): Promise<string> =>
          page.evaluate<string>(`getComputedStyle(document.querySelector(${JSON.stringify(selector)})).${property}`)
        const paper = await colour('body', 'backgroundColor')
        expect(await colour('.treemap .tile.grew', 'fill')).toBe(await colour('.treemap .tile.shrank', 'fill'))
        expect(await colour('.treemap .tile', 'stroke')).not.toBe(await colour('.treemap .tile', 'fill'))
        for (const drawn of ['.treemap .down', '.legend .down'])
          expect(await colour(drawn, 'fill')).not.toBe(await colour('.treemap .tile.shrank', 'fill'))
        for (const kind of ['own', 'base', 'whole'])
          expect(await colour(`.swatch.${kind}`, 'backgroundColor')).not.toBe(paper)
        expect(await colour('.modes [aria-pressed="true"]', 'backgroundColor')).not.toBe(
          await colour('.modes [aria-pressed="false"]', 'backgroundColor'),
        )
      },
      { forcedColors: 'active' },
    )
  })
})
