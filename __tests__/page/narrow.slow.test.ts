/** The page in a narrow window, in a real browser: nothing is cut, and words are large enough to be read. */
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import type { Browser, BrowserContextOptions } from 'playwright-core'
import { everySectionReport } from '../../script/lib/every-section.ts'
import { makePageAssets } from '../../script/lib/page-assets.ts'
import { renderPage } from '../../src/page/page.ts'
import { openBrowser, withPage } from '../support/browser.ts'
import { exampleReport } from '../support/example-report.ts'
import { describeWith } from '../support/rig.ts'

// A browser on busy cores is slow.
/** Returns the smallest letters that a selector finds, in pixels of the screen. */
const smallest = (
  selector: string,
): string => `Math.min(...[...document.querySelectorAll('${selector}')].map((text) => {
  const svg = text.closest('svg')
  return parseFloat(getComputedStyle(text).fontSize) * svg.getBoundingClientRect().width / svg.viewBox.baseVal.width
}))`

/** Returns the cells of the table below the treemap that are cut, and how much wider than its frame the table is. */
const cut = `(() => {
  const frame = document.querySelector('.beside .scroll')
  const cells = [...frame.querySelectorAll('td, th')].filter((one) => one.getClientRects().length > 0)
  return {
    wider: frame.querySelector('table').getBoundingClientRect().right - frame.getBoundingClientRect().right > 0,
    cells: cells.filter((one) => one.scrollWidth > one.clientWidth + 1 || one.getBoundingClientRect().right > innerWidth).map((one) => one.textContent),
  }
})()`

describeWith('chromium')('the page in a window of 320 pixels', () => {
  let browser: Browser
  let pages: { readonly every: string; readonly example: string }
  beforeAll(async () => {
    const assets = await makePageAssets()
    pages = {
      every: renderPage(everySectionReport(), null, assets),
      example: renderPage(exampleReport(), null, assets),
    }
    browser = await openBrowser()
  })
  afterAll(() => browser.close())
  const narrow: BrowserContextOptions = { viewport: { width: 320, height: 700 } }

  test.each([true, false])(
    'the parts are in a table that fits, with their titles: scripts %j',
    async (javaScriptEnabled) => {
      for (const html of Object.values(pages))
        await withPage(
          browser,
          html,
          async ({ page }) => {
            expect(await page.evaluate(cut)).toEqual({ wider: false, cells: [] })
            const titles = "[...document.querySelector('.beside tbody tr').cells].map((cell) => cell.dataset.title)"
            expect(await page.evaluate<string[]>(titles)).toEqual(['Part', 'Before', 'After', 'Change'])
          },
          { ...narrow, javaScriptEnabled },
        )
    },
  )

  test.each([320, 400, 440, 640])(
    'the words of the trend have at least 10 pixels, in a window of %i',
    async (width) => {
      await withPage(
        browser,
        pages.every,
        async ({ page }) => {
          expect(await page.evaluate<number>(smallest('.trend text'))).toBeGreaterThanOrEqual(10)
          const left = `[...document.querySelectorAll('svg.trend text')].filter((one) => one.getBoundingClientRect().left < one.closest('svg').getBoundingClientRect().left).map((one) => one.textContent)`
          expect(await page.evaluate<string[]>(left)).toEqual([])
        },
        { viewport: { width, height: 700 } },
      )
    },
  )

  test('without scripts, the treemap is scrolled, and its words can be read', async () => {
    await withPage(
      browser,
      pages.example,
      async ({ page }) => {
        expect(await page.evaluate<number>(smallest('.treemap text'))).toBeGreaterThanOrEqual(10)
        expect(await page.evaluate<boolean>('document.documentElement.scrollWidth <= innerWidth')).toBe(true)
        await page.getByRole('region', { name: 'Treemap' }).focus()
        expect(await page.evaluate<boolean>("document.activeElement.matches('.canvas')")).toBe(true)
      },
      { ...narrow, javaScriptEnabled: false },
    )
  })

  test('the sums of the parts are there with and without scripts, in the same words', async () => {
    const seen: string[] = []
    for (const javaScriptEnabled of [true, false])
      await withPage(
        browser,
        pages.every,
        async ({ page }) => {
          seen.push(await page.locator('.beside tfoot').innerText())
        },
        { javaScriptEnabled },
      )
    expect(seen[0]).toMatch(/^all parts: \+.* (?:MB|kB), −.* (?:MB|kB)\t/)
    expect(seen[1]).toBe(seen[0])
  })
})
