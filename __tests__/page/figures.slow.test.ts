/** Every section of the page has the figures of the record, read from the DOM of a real browser. */
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import type { Browser, Page } from 'playwright-core'
import { exampleReport } from '../support/example-report.ts'
import { manyFiles, manyStages } from '../../script/lib/large-pages.ts'
import { makePageAssets } from '../../script/lib/page-assets.ts'
import { pictureReport } from '../../script/lib/page-picture.ts'
import { sampleReports } from '../../script/lib/sample-reports.ts'
import { EntryListWriter } from '../../src/layer/entry-list.ts'
import { LayerLists } from '../../src/layer/layer-lists.ts'
import { renderPage, type PageAssets } from '../../src/page/page.ts'
import type { Layer, Stage } from '../../src/record/footprint.ts'
import { reportOf, type Report } from '../../src/report/report.ts'
import { openBrowser, withPage } from '../support/browser.ts'
import { compare } from '../support/compared.ts'
import { reportWith, result, rule, verdictOf } from '../support/comparisons.ts'
import { digestOf, footprintOf, image, layer, stage } from '../support/footprints.ts'
import { describeWith } from '../support/rig.ts'

// A browser on busy cores is slow.
const finalOf = ({ footprint }: Report): Stage => footprint.images[0]!.stages.find(({ role }) => role === 'final')!
const sum = (values: readonly (number | null)[]): number => values.reduce<number>((all, one) => all + (one ?? 0), 0)
const unpacked = (layers: readonly Layer[]): number => sum(layers.map(({ uncompressedSize }) => uncompressedSize))

/** Returns the numbers of an attribute, or null if it is empty. */
async function numbersOf(page: Page, selector: string, attribute = 'data-v'): Promise<(number | null)[]> {
  const found = await page.evaluate<string[]>(
    `[...document.querySelectorAll(${JSON.stringify(selector)})].map((one) => one.getAttribute('${attribute}'))`,
  )
  return found.map((text) => (text === '' ? null : Number(text)))
}

const textsOf = (page: Page, selector: string): Promise<string[]> =>
  page.evaluate<string[]>(
    `[...document.querySelectorAll(${JSON.stringify(selector)})].map((one) => one.textContent.trim().replace(/\\s+/g, ' '))`,
  )

const packages = (
  ...list: readonly (readonly [name: string, version: string, path: string, bytes: number])[]
): Layer['contents'] => ({
  files: [],
  directories: [],
  complete: false,
  packages: {
    packages: list.map(([name, version, path, fileBytes]) => ({
      ecosystem: 'npm',
      name,
      version,
      path,
      fileBytes,
      files: 2,
    })),
    folded: { packages: 0, fileBytes: 0, files: 0 },
    complete: true,
    others: null,
  },
})

describeWith('chromium')('the page has the figures of the record:', () => {
  let browser: Browser
  let assets: PageAssets
  beforeAll(async () => {
    assets = await makePageAssets()
    browser = await openBrowser()
  })
  afterAll(() => browser.close())
  const open = (report: Report, look: (page: Page) => Promise<void>, lists: LayerLists | null = null): Promise<void> =>
    withPage(browser, renderPage(report, lists, assets), ({ page }) => look(page))

  test('the bars are to scale, and bytes to pull have an axis of their own', async () => {
    const report = exampleReport()
    const [fat, final] = [report.footprint.images[0]!.stages[0]!, finalOf(report)]
    const before = report.comparison!.images[0]!.final.before!
    await open(report, async (page) => {
      const charts = [
        [fat.totals.uncompressedSize!, final.totals.uncompressedSize!, before.totals.uncompressedSize!],
        [final.totals.compressedSize!, before.totals.compressedSize!],
      ]
      for (const [at, expected] of charts.entries()) {
        const chart = `.bars figure:nth-child(${at + 1})`
        expect(await numbersOf(page, `${chart} td.n`)).toEqual(expected)
        // What is drawn, in pixels, compared with what the figures say.
        const bars = await page.evaluate<number[][]>(
          `[...document.querySelectorAll('${chart} .bar svg')].map((svg) => [svg.clientWidth, ...[...svg.children].map((one) => one.getBoundingClientRect().width)])`,
        )
        for (const [nth, [whole, ...parts]] of bars.entries())
          expect(Math.abs(sum(parts) / whole! - expected[nth]! / Math.max(...expected))).toBeLessThan(0.01)
      }
      const base = unpacked(final.layers.filter(({ origin }) => origin === 'base'))
      const [own, whole] = await page.evaluate<[number, number]>(
        `(([svg]) => [svg.querySelector('.own').getBoundingClientRect().width, svg.clientWidth])([...document.querySelectorAll('.bars figure:nth-child(1) .bar svg')].slice(1))`,
      )
      expect(own / whole).toBeCloseTo((final.totals.uncompressedSize! - base) / fat.totals.uncompressedSize!, 2)
    })
  })

  test('each line of the Dockerfile has its bytes before and after, and leads to its layer', async () => {
    const report = exampleReport()
    const { stages } = report.footprint.images[0]!
    const changes = report.comparison!.images[0]!.stages
    await open(report, async (page) => {
      const rows = stages.flatMap((one) => {
        const change = changes.find(({ after }) => after === one)!
        const base = one.layers.filter(({ origin }) => origin === 'base')
        const was = change.before!.layers.filter(({ origin }) => origin === 'base')
        return [
          { line: one.line!, before: unpacked(was), after: unpacked(base) },
          ...one.instructions!.map(({ line }) => {
            const now = change.layers.filter(({ after }) => after?.origin === 'own' && after.instruction?.line === line)
            const sizes = (side: 'before' | 'after'): number | null =>
              now.length === 0 ? null : unpacked(now.flatMap((found) => found[side] ?? []))
            return { line, before: sizes('before'), after: sizes('after') }
          }),
        ]
      })
      const lines = await textsOf(page, '#dockerfile-0 td.line')
      expect(lines).toEqual(rows.map(({ line }) => String(line)))
      expect(await numbersOf(page, '#dockerfile-0 [data-k="line-before"]')).toEqual(rows.map(({ before }) => before))
      expect(await numbersOf(page, '#dockerfile-0 [data-k="line-after"]')).toEqual(rows.map(({ after }) => after))
      expect(await numbersOf(page, '#dockerfile-0 [data-k="line-growth"]')).toEqual(
        rows.map(({ before, after }) => (before === null ? null : after! - before)),
      )
      await page.locator('#dockerfile-0 tbody.final a').last().click()
      await page.locator('.crumbs li:nth-child(2)').waitFor()
      expect(await page.locator('.crumbs [aria-current]').innerText()).toBe('COPY --from=0 /mnt/src/twist.pex /root')
      // Only a strip of the map is visible, above the rest of its section.
      const visible = await page.evaluate<number>(`new Promise((resolve) => {
        const canvas = document.querySelector('.canvas')
        scrollBy(0, canvas.getBoundingClientRect().bottom - 90)
        addEventListener('hashchange', () => {
          const { top, bottom, height } = canvas.getBoundingClientRect()
          resolve((Math.min(bottom, innerHeight) - Math.max(top, 0)) / height)
        })
        document.querySelector('#dockerfile-0 tbody.final a').click()
      })`)
      expect(visible).toBeGreaterThan(0.5)
    })
  })

  test('the Dockerfile shows lines that were removed, and their bytes', async () => {
    await open(sampleReports().get('mixed')!, async (page) => {
      expect(await textsOf(page, '#dockerfile-0 .gone pre')).toEqual(['COPY docs /docs'])
      const figures = ['line-growth', 'line-before', 'line-after'].map((key) =>
        numbersOf(page, `#dockerfile-0 .gone [data-k="${key}"]`),
      )
      expect(await Promise.all(figures)).toEqual([[-1_900_000], [1_900_000], [null]])
    })
  })

  test('an arrow of the graph is as wide as its bytes', async () => {
    for (const report of [exampleReport(), manyStages(12).report]) {
      const { stages } = report.footprint.images[0]!
      const carried = stages.flatMap(({ uses, base, layers }) => [
        ...(base!.reference === 'scratch' || uses.some(({ via }) => via === 'from')
          ? []
          : [sum(layers.flatMap((one) => (one.origin === 'base' ? one.fileBytes : [])))]),
        ...uses.map(({ carriedBytes }) => carriedBytes),
      ])
      await open(report, async (page) => {
        const bytes = await numbersOf(page, '.scroll > .graph path', 'data-bytes')
        const widths = await numbersOf(page, '.scroll > .graph path', 'stroke-width')
        expect(bytes.toSorted((a, b) => a! - b!)).toEqual(carried.toSorted((a, b) => a! - b!))
        const [most, widest] = [Math.max(...bytes.map(Number)), Math.max(...widths.map(Number))]
        for (const [at, width] of widths.entries()) {
          const share = bytes[at]! / most
          // Thin arrows stay visible.
          if (share * widest > 2) expect(Math.abs(width! / widest - share)).toBeLessThan(0.01)
          else expect(width).toBeLessThanOrEqual(2)
        }
      })
    }
  })

  test('each saving has its line, what to type, and its bytes', async () => {
    const cleaned = layer({ instruction: { text: 'RUN apt-get update', line: 4, endLine: 4 } })
    const copied = layer({ instruction: { text: 'COPY . /app', line: 7, endLine: 7 } })
    const item = { kind: 'directory', claim: 'sure', laterLayer: null } as const
    const items = [
      {
        ...item,
        rule: 'apt-lists',
        path: 'var/lib/apt/lists',
        files: 20,
        fileBytes: 18_000_000,
        leastPullBytes: 17_000_000,
        layer: 0,
      },
      { ...item, rule: 'git', path: 'app/.git', files: 300, fileBytes: 5_000_000, layer: 1 },
    ]
    const final = stage({
      layers: [cleaned, copied],
      savings: { fileBytes: 23_000_000, likelyFileBytes: 0, items, baseFiles: [] },
    })
    await open(reportOf(footprintOf([image({ stages: [final] })])), async (page) => {
      const rows = '#savings-0 tbody tr'
      expect(await numbersOf(page, `${rows} td:first-child`)).toEqual([4, 7])
      expect(await numbersOf(page, `${rows} [data-k="saving"]`)).toEqual(items.map(({ fileBytes }) => fileBytes))
      expect(await numbersOf(page, `${rows} [data-k="saving-pull"]`)).toEqual([17_000_000, null])
      expect(await textsOf(page, `${rows} [data-k="saving-pull"]`)).toEqual(['17.0 MB', 'not known'])
      expect(await textsOf(page, `${rows} td:nth-child(2)`)).toEqual(['RUN apt-get update', 'COPY . /app'])
      const [lists, git] = await textsOf(page, `${rows} td:nth-child(3)`)
      expect(lists).toContain('rm -rf /var/lib/apt/lists')
      expect(git).toContain('leave files in /app/.git out of this line')
      expect((await textsOf(page, '#savings-0 p'))[0]).toBe('23.0 MB of file bytes can be saved.')
    })
  })

  test('each package has its versions, copies and bytes, and a hidden copy is mentioned', async () => {
    const layers = [
      layer({ contents: packages(['left-pad', '1.0.0', 'a/left-pad', 900], ['once', '2.0.0', 'a/once', 50]) }),
      // The first copy hides the one of the lower layer, and the second one is at another place.
      layer({
        contents: packages(['left-pad', '1.1.0', 'a/left-pad', 1_000], ['left-pad', '1.1.0', 'b/left-pad', 1_100]),
      }),
    ]
    await open(reportOf(footprintOf([image({ stages: [stage({ layers })] })])), async (page) => {
      const rows = '#packages-0 tbody tr'
      expect(await textsOf(page, `${rows} td`)).toEqual([
        ...['left-pad', 'npm', '1.0.0, 1.1.0', '3, 1 hidden', '3.00 kB'],
        ...['once', 'npm', '2.0.0', '1', '50 B'],
      ])
      expect(await numbersOf(page, `${rows} [data-k="copies"]`)).toEqual([3, 1])
      expect(await numbersOf(page, `${rows} [data-k="package"]`)).toEqual([3_000, 50])
      expect((await textsOf(page, '#packages-0 p')).join(' ')).toContain(
        '1 package has copies that a higher layer replaces.',
      )
    })
  })

  test('the growth of all packages, and the layers, add up to those of the report', async () => {
    const { report, lists } = await pictureReport()
    const [one] = report.comparison!.images
    const final = finalOf(report)
    await open(
      report,
      async (page) => {
        // Read from the contents of the layers, by other code.
        const told = one!.final.layers.flatMap((change) => change.packages.map(({ growth }) => growth))
        expect(sum(await numbersOf(page, '#packages-0 [data-k="growth"]'))).toBe(sum(told))
        expect(await numbersOf(page, '#layers-0 > .scroll [data-k="uncompressed"]')).toEqual(
          final.layers.map(({ uncompressedSize }) => uncompressedSize),
        )
        expect(sum(await numbersOf(page, '#growth-0 [data-k="growth-compressed"]'))).toBe(
          one!.final.growth.total.compressedSize,
        )
        for (const [button, side] of [
          ['What is in it', 'fileBytes'],
          ['What changed', 'fileBytes'],
        ] as const) {
          await page.getByRole('button', { name: button }).click()
          await page.getByRole('button', { name: button, pressed: true }).waitFor()
          expect(sum(await numbersOf(page, '.beside tbody td:nth-child(3)'))).toBe(final.totals[side])
          expect(sum(await numbersOf(page, '.beside tbody td:nth-child(2)'))).toBe(one!.final.before!.totals[side])
        }
        expect(await numbersOf(page, '.beside tfoot td')).toEqual([
          one!.final.before!.totals.fileBytes,
          final.totals.fileBytes,
          one!.final.growth.total.fileBytes,
        ])
      },
      lists,
    )
  })

  test('what only the baseline has is a row of its own beside what is in the image', async () => {
    const [before, after] = [
      { 'src/kept': 40_000, 'src/grown': 10_000, 'src/gone': 70_000 },
      { 'src/kept': 40_000, 'src/grown': 90_000 },
    ]
    const side = (name: string, files: Readonly<Record<string, number>>) => {
      const fileBytes = sum(Object.values(files))
      const listed = Object.entries(files).map(([path, bytes]) => ({ path, fileBytes: bytes, kind: 'file' as const }))
      const list = new EntryListWriter()
      for (const one of listed) list.add(one)
      const digest = digestOf(name)
      const directories = [{ path: 'src', fileBytes, files: listed.length }]
      const contents = { files: listed, directories, complete: true, packages: null }
      const made = layer({ digest, diffId: digestOf(`tar of ${name}`), fileBytes, contents })
      const base = { reference: 'scratch', digest: null, layers: 0 }
      return {
        entries: list.list(digest)!,
        digest,
        footprint: footprintOf([image({ stages: [stage({ base, layers: [made] })] })]),
      }
    }
    const [old, now] = [side('before', before), side('after', after)]
    const lists = new LayerLists()
    lists.add(now.digest, { entries: now.entries, packages: null })
    await open(
      reportWith(compare(old.footprint, now.footprint), { footprint: now.footprint }),
      async (page) => {
        await page.getByRole('button', { name: 'What is in it' }).click()
        for (const depth of [1, 2]) {
          await page.locator('.beside tbody a').first().click()
          await page.locator('.crumbs li').nth(depth).waitFor()
        }
        expect(await textsOf(page, '.beside tbody td')).toEqual([
          ...['grown', '10.0 kB', '90.0 kB', '+80.0 kB'],
          ...['kept', '40.0 kB', '40.0 kB', ''],
          ...['1 more file', '70.0 kB', 'gone', '−70.0 kB'],
        ])
        for (const column of [2, 3, 4])
          expect(sum(await numbersOf(page, `.beside tbody td:nth-child(${column})`))).toBe(
            (await numbersOf(page, `.beside tfoot :nth-child(${column})`))[0],
          )
      },
      lists,
    )
  })

  test('each budget shows how close it is', async () => {
    const report = {
      ...exampleReport(),
      verdict: verdictOf([
        result({ measured: 50, rule: rule({ limit: { amount: 200, percent: null } }) }),
        result({ measured: 300, outcome: 'fail', rule: rule({ limit: { amount: 200, percent: null } }) }),
        result({
          measured: null,
          outcome: 'not-known',
          reason: 'no size',
          rule: rule({ limit: { amount: 9, percent: null } }),
        }),
      ]),
    }
    await open(report, async (page) => {
      expect(await numbersOf(page, '#budgets-0 .meter[data-share]', 'data-share')).toEqual([0.25, 1.5])
      expect(await textsOf(page, '#budgets-0 .mark')).toEqual(['within', 'over', 'not judged'])
      const drawn = await page.evaluate<number[]>(
        `[...document.querySelectorAll('#budgets-0 .meter svg')].map((svg) => svg.querySelector('rect').getBoundingClientRect().width / (svg.querySelector('line').getBoundingClientRect().x - svg.getBoundingClientRect().x))`,
      )
      expect([drawn[0]!, drawn[1]!].map((one) => Math.round(one * 20) / 20)).toEqual([0.25, 1.5])
    })
  })

  test('a tooltip has both sizes, the cause, and the line of the Dockerfile', async () => {
    await open(exampleReport(), async (page) => {
      await page.locator('.canvas a', { hasText: 'twist.pex' }).last().hover()
      const lines = await textsOf(page, '.tip p')
      expect(lines).toEqual([
        'root / twist.pex',
        '5.83 MB → 6.45 MB',
        '+621 kB, from this change',
        'Line 21: COPY --from=0 /mnt/src/twist.pex /root',
      ])
    })
  })
})

describeWith('chromium')('a page of a large image', () => {
  let browser: Browser
  let assets: PageAssets
  beforeAll(async () => {
    assets = await makePageAssets()
    browser = await openBrowser()
  })
  afterAll(() => browser.close())
  const elements = (page: Page): Promise<number> => page.evaluate<number>("document.querySelectorAll('*').length")
  /** Boxes and rows of one view. script/bench page measures the time that these take. */
  const most = { boxes: 1_100, rows: 102, elements: 12_000 }

  test('with 100,000 files draws a bounded number of boxes, and finds and adds up all files', async () => {
    const { report, lists } = manyFiles(100_000)
    const final = finalOf(report)
    await withPage(browser, renderPage(report, lists, assets), async ({ page, trouble }) => {
      const input = page.getByLabel('Search the treemap')
      for (const word of ['', 'f', 'file-1', 'file-12345', '']) {
        await input.fill(word)
        expect(await page.locator('.canvas a').count()).toBeLessThan(most.boxes)
        expect(await page.locator('.beside tbody tr').count()).toBeLessThanOrEqual(most.rows)
        expect(await elements(page)).toBeLessThan(most.elements)
      }
      // A search leaves the picture as it is, and marks what it found.
      await page.evaluate("document.querySelector('.canvas a').id = 'kept'")
      await input.fill('lib17')
      expect(await page.locator('.canvas #kept').count()).toBe(1)
      expect(await page.locator('.canvas .dim').count()).toBeGreaterThan(0)
      await input.fill('')
      expect(await page.locator('.canvas .dim').count()).toBe(0)
      expect(sum(await numbersOf(page, '.beside tbody td:nth-child(3)'))).toBe(final.totals.fileBytes)
      for (const depth of [1, 2, 3]) {
        await page.locator('.beside tbody a').first().click()
        // The view follows the address, which the browser reports after the click.
        await page.locator('.crumbs li').nth(depth).waitFor()
      }
      expect(await page.locator('.crumbs li').count()).toBe(4)
      expect(await elements(page)).toBeLessThan(most.elements)
      expect(trouble).toEqual([])
    })
  })

  test('with 60 stages shows each of them', async () => {
    const { report } = manyStages(60)
    const { stages } = report.footprint.images[0]!
    await withPage(browser, renderPage(report, null, assets), async ({ page, trouble }) => {
      const select = page.getByLabel('Stage', { exact: true })
      expect(await select.locator('option').count()).toBe(60)
      for (const one of [stages[0]!, stages[30]!, stages[59]!]) {
        await select.selectOption(one.name)
        await page.locator('.crumbs', { hasText: one.name }).waitFor()
        expect(sum(await numbersOf(page, '.beside tbody td:nth-child(3)'))).toBe(one.totals.fileBytes)
        expect(await page.locator('.canvas a').count()).toBeLessThan(most.boxes)
      }
      expect(await page.locator('.scroll > .graph .box').count()).toBe(61)
      expect(trouble).toEqual([])
    })
  })
})
