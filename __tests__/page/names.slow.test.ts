/** What the page calls stages and images: the words of the other reports, and no two landmarks of the same name. */
import { createRequire } from 'node:module'
import { readFile } from 'node:fs/promises'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import type { Browser, Page } from 'playwright-core'
import { everySectionReport } from '../../script/lib/every-section.ts'
import { makePageAssets } from '../../script/lib/page-assets.ts'
import { sampleReports } from '../../script/lib/sample-reports.ts'
import { renderPage, type PageAssets } from '../../src/page/page.ts'
import { makeReport } from '../../src/run/make-report.ts'
import { givenBaseline } from '../../src/base/find-baseline.ts'
import type { Footprint, Image } from '../../src/record/footprint.ts'
import { countingRules } from '../../src/run/budgets.ts'
import type { Report } from '../../src/report/report.ts'
import { openBrowser, withPage } from '../support/browser.ts'
import { footprintOf, imageOf, stageOf } from '../support/footprints.ts'
import { describeWith } from '../support/rig.ts'

// A browser on busy cores is slow.
const sized = (bytes: number): { compressedSize: number; uncompressedSize: number; fileBytes: number } => ({
  compressedSize: bytes,
  uncompressedSize: bytes * 3,
  fileBytes: bytes * 2,
})

/** Returns an image of two stages of which neither has a name. */
function unnamed(app: number, some: Partial<Image> = {}): Image {
  const build = stageOf({ name: '0', base: ['debian', 'd', 'd'], steps: [['RUN make', `made ${app}`, sized(app)]] })
  const final = stageOf({
    name: '1',
    index: 1,
    role: 'final',
    base: ['alpine', 'a', 'a'],
    steps: [
      ['COPY --from=0 /app /app', `app ${app}`, sized(app)],
      ['COPY doc /doc', `doc ${app}`, sized(app / 2)],
    ],
  })
  return imageOf([build, { ...final, uses: [{ stage: '0', via: 'copy', carriedBytes: app }] }], some)
}

function compared(before: Footprint, footprint: Footprint): Report {
  const baseline = givenBaseline('main', before)
  return makeReport({
    footprint,
    baseline,
    rules: countingRules([], new Map()),
    title: null,
    reportedByFork: false,
    dockerfile: 'Dockerfile',
  })
}

/** Returns everything that a reader sees or hears, also what is folded. */
const everyText = `[...document.querySelectorAll('main *')].flatMap((one) => [
  ...[...one.childNodes].filter(({ nodeType }) => nodeType === 3).map(({ textContent }) => textContent),
  one.getAttribute('aria-label') ?? '',
]).map((text) => text.replace(/\\s+/g, ' ').trim()).filter((text) => text !== '')`

/** More frames than the page takes to settle. */
const afterFrames = `new Promise((done) => {
  const next = (frames) => (frames === 0 ? done() : requestAnimationFrame(() => next(frames - 1)))
  next(60)
})`

describeWith('chromium')('the names in the page', () => {
  let browser: Browser
  let assets: PageAssets
  let axe = ''
  beforeAll(async () => {
    assets = await makePageAssets()
    browser = await openBrowser()
    axe = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
  })
  afterAll(() => browser.close())
  const inPage = (report: Report, look: (page: Page) => Promise<void>, javaScriptEnabled = true): Promise<void> =>
    withPage(browser, renderPage(report, null, assets), ({ page }) => look(page), { javaScriptEnabled })

  test.each([true, false])(
    'a stage without a name has no number if it is the final one: scripts %j',
    async (scripts) => {
      const report = compared(footprintOf([unnamed(1_000_000)]), footprintOf([unnamed(2_000_000)]))
      await inPage(
        report,
        async (page) => {
          if (scripts) await page.getByRole('button', { name: 'What is in it' }).click()
          const texts = await page.evaluate<string[]>(everyText)
          expect(texts.filter((text) => /stage 1\b/i.test(text))).toEqual([])
          expect(texts).toContain('Parts of the final stage, file bytes')
          expect(texts).toContain('Layers of the final stage')
          expect(texts).toContain('Layers of stage 0')
          expect(await page.locator('.graph:not(.wide) .box.final .name').textContent()).toBe('final stage')
          if (!scripts) return
          expect(await page.locator('.crumbs').innerText()).toBe('final stage')
          expect(await page.locator('.controls option').allTextContents()).toEqual(['final stage', 'stage 0'])
          await page.locator('.controls select').selectOption('0')
          await page.locator('.crumbs', { hasText: 'stage 0' }).waitFor()
          expect(await page.locator('.beside caption').innerText()).toBe('Parts of stage 0, file bytes')
        },
        scripts,
      )
    },
  )

  test('a stage with a name has the words of the other reports', async () => {
    await inPage(everySectionReport(), async (page) => {
      expect(await page.locator('.crumbs').innerText()).toBe('final stage runtime')
      expect(await page.locator('.beside caption').innerText()).toBe('Parts of the final stage runtime, file bytes')
      expect(await page.locator('.controls option').allTextContents()).toEqual(['runtime (final)', 'build'])
      expect(await page.evaluate<string[]>(everyText)).toContain('Layers of the final stage runtime')
    })
  })

  test('the line of a layer that is gone is not taken for one of the new Dockerfile', async () => {
    await inPage(everySectionReport(), async (page) => {
      const tip = async (label: string): Promise<string> => {
        await page.locator(`.canvas a[aria-label*="${label}"]`).first().dispatchEvent('pointermove')
        return page.locator('.tip .instruction').innerText()
      }
      expect(await tip('COPY docs')).toMatch(/^Was line \d+: COPY docs/)
      expect(await tip('pip install')).toMatch(/^Line \d+: RUN/)
    })
  })

  const everySection = everySectionReport()
  const [image] = everySection.footprint.images
  const before = everySection.comparison!.images[0]!.before
  const twice = (one: Image): Footprint =>
    footprintOf([one, { ...one, name: 'job' }, { ...one, platform: { os: 'linux', architecture: 'arm64' } }])

  test.each([
    ['every section', { ...compared(twice(before), twice(image!)), trend: everySection.trend }],
    ['unnamed stages', sampleReports().get('matrix')!],
  ])('axe finds no fault in a page of several images, such as landmarks of one name: %s', async (_, report) => {
    await inPage(report, async (page) => {
      await page.evaluate("for (const one of document.querySelectorAll('details')) one.open = true")
      await page.evaluate("for (const map of document.querySelectorAll('.map')) map.scrollIntoView()")
      await page.evaluate(axe)
      const violations = await page.evaluate(
        'axe.run().then(({ violations }) => violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html).join(" ").slice(0, 300)}`))',
      )
      expect(violations).toEqual([])
    })
  })

  test('an address leads to its section, whatever the height of the parts above it turns out to be', async () => {
    await inPage(compared(twice(before), twice(image!)), async (page) => {
      await page.setViewportSize({ width: 320, height: 500 })
      const url = page.url()
      const sections = await page.evaluate<string[]>("[...document.querySelectorAll('.part[id]')].map(({ id }) => id)")
      for (const id of sections.slice(-6)) {
        await page.goto('about:blank')
        await page.goto(`${url}#${id}`)
        await page.waitForSelector('html.ready')
        // The page scrolls in the frames after it was loaded.
        await page.evaluate(afterFrames)
        const [top, height] = await page.evaluate<[number, number]>(
          `[document.getElementById('${id}').getBoundingClientRect().top, innerHeight]`,
        )
        expect([id, top < height && top > -height]).toEqual([id, true])
      }
    })
  })

  test('the table beside the treemap is named after what it shows, and after the image if there are several', async () => {
    await inPage(compared(twice(before), twice(image!)), async (page) => {
      const map = page.locator('#map-1')
      await map.scrollIntoViewIfNeeded()
      const region = map.locator('.beside .scroll')
      expect(await region.getAttribute('aria-label')).toBe('Parts of the final stage runtime, file bytes, job')
      const part = map.locator('.beside tbody a').first()
      const name = await part.innerText()
      await part.click()
      await map.locator('.crumbs li:nth-child(2)').waitFor()
      expect(await region.getAttribute('aria-label')).toBe(`Parts of ${name}, file bytes, job`)
      expect(await map.locator('svg.treemap').getAttribute('aria-label')).toContain(`Treemap of ${name}: `)
      await map.getByLabel('Search the treemap').fill('pex')
      expect(await region.getAttribute('aria-label')).toBe('What was found, file bytes, job')
    })
  })

  test('a filter for packages keeps the name of the image in the label of its table', async () => {
    await inPage(compared(twice(before), twice(image!)), async (page) => {
      const region = page.locator('#packages-1 .scroll')
      expect(await region.getAttribute('aria-label')).toMatch(/^\d+ packages of the final stage.*, job$/)
      await page.locator('#packages-1').getByLabel('Filter').fill('urllib3')
      expect(await region.getAttribute('aria-label')).toMatch(/^1 of \d+ packages in this table, job$/)
      const labels = [0, 2].map((at) => page.locator(`#packages-${at} .scroll`).getAttribute('aria-label'))
      expect((await Promise.all(labels)).map((label) => label?.split(', ').at(-1))).toEqual([
        'linux/amd64',
        'linux/arm64',
      ])
    })
  })
})
