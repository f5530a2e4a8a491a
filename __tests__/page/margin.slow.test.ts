/** The links in the margin of the Dockerfile, in a real browser: what they open, mark and say. */
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import type { Browser, Page } from 'playwright-core'
import { makePageAssets } from '../../script/lib/page-assets.ts'
import { renderPage, type PageAssets } from '../../src/page/page.ts'
import { openBrowser, withPage } from '../support/browser.ts'
import { reportWith } from '../support/comparisons.ts'
import { footprintOf, imageOf, stageOf } from '../support/footprints.ts'
import { describeWith } from '../support/rig.ts'

// A browser on busy cores is slow.
const base = stageOf({ name: 'base', index: 0, steps: [['RUN build everything', 'a', { uncompressedSize: 90_000 }]] })
const last = stageOf({
  ...{ name: 'last', index: 1, parent: base },
  steps: [
    ['WORKDIR /w', 'w', { fileBytes: 0, uncompressedSize: 1_536 }],
    ['COPY app /w', 'c', { fileBytes: 9_000, uncompressedSize: 10_240 }],
  ],
})
const footprint = footprintOf([imageOf([base, last])])

const status = '.map-status'

describeWith('chromium')('the margin of the Dockerfile', () => {
  let browser: Browser
  let page: string
  beforeAll(async () => {
    const assets: PageAssets = await makePageAssets()
    page = renderPage(reportWith(null, { footprint }), null, assets)
    browser = await openBrowser()
  })
  afterAll(() => browser.close())

  const link = (of: Page, line: string): ReturnType<Page['locator']> =>
    of.locator('#dockerfile-0 tr', { hasText: line }).locator('td.size a')

  test('FROM another stage marks all that it brings, and says what that is', async () => {
    await withPage(browser, page, async ({ page: opened, trouble }) => {
      await link(opened, 'FROM base').click()
      await opened.locator(status, { hasText: 'Marked' }).waitFor()
      expect(await opened.locator(status).innerText()).toBe(
        'Marked: what FROM brings, 9.00 kB of files: python:3.13-slim and 1 layer of another stage',
      )
      expect(await opened.locator('.canvas .lit').count()).toBe(2)
      expect(await opened.locator('.beside tr.lit a').allInnerTexts()).toEqual(
        expect.arrayContaining(['python:3.13-slim', 'RUN build everything']),
      )
      expect(trouble).toEqual([])
    })
  })

  test('a layer without file bytes is named with what it has, and its row is marked, from the margin and the table', async () => {
    await withPage(browser, page, async ({ page: opened }) => {
      const words =
        'WORKDIR /w: this layer has no file bytes: its 1.54 kB are headers, such as those of directories and deletions'
      await link(opened, 'WORKDIR').click()
      await opened.locator(status, { hasText: 'WORKDIR' }).waitFor()
      expect(await opened.locator(status).innerText()).toBe(words)
      expect(await opened.locator('.beside tr.lit a').allInnerTexts()).toContain('WORKDIR /w')
      await opened.locator('.beside a', { hasText: 'COPY app' }).click()
      await opened.locator('.map-status:empty').waitFor({ state: 'attached' })
      await opened.locator('.beside a', { hasText: 'WORKDIR' }).click()
      await opened.locator(status, { hasText: 'WORKDIR' }).waitFor()
      expect(await opened.locator(status).innerText()).toBe(words)
    })
  })

  test('clears the search, so that the layer is not dimmed', async () => {
    await withPage(browser, page, async ({ page: opened }) => {
      const search = opened.getByLabel('Search the treemap')
      await search.fill('python')
      expect(await opened.locator('.canvas .dim').count()).toBeGreaterThan(0)
      await link(opened, 'COPY app').click()
      await opened.locator(status, { hasText: 'COPY app' }).waitFor()
      expect([await search.inputValue(), await opened.locator('.canvas .dim').count()]).toEqual(['', 0])
      // The second click on the same link clears it, too.
      await search.fill('python')
      await link(opened, 'COPY app').click()
      await opened.locator(status, { hasText: 'COPY app' }).waitFor()
      expect(await search.inputValue()).toBe('')
    })
  })

  test('with the keyboard, the focus moves to the treemap, and Back returns it to the link', async () => {
    await withPage(browser, page, async ({ page: opened, trouble }) => {
      for (const line of ['COPY app', 'FROM base']) {
        await link(opened, line).focus()
        await opened.keyboard.press('Enter')
        await opened.locator('.canvas a:focus').waitFor()
        expect(await opened.locator(status).innerText()).not.toBe('')
      }
      for (const line of ['FROM base', 'COPY app']) {
        await opened.goBack()
        await opened.locator('.code a:focus').waitFor()
        expect(await opened.evaluate<string>("document.activeElement.closest('tr').innerText")).toContain(line)
      }
      await opened.goForward()
      await opened.waitForURL(/layer-/)
      expect(trouble).toEqual([])
    })
  })
})
