/**
 * The case `page` of script/bench: what the main thread of a browser spends on a page of many files, and on one of many
 * stages. Needs Chromium (CHROMIUM, default /usr/bin/chromium).
 */
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { chromium, type CDPSession, type Page } from 'playwright-core'
import { renderPage } from '../../src/page/page.ts'
import { manyFiles, manyStages, type LargeReport } from './large-pages.ts'
import { makePageAssets } from './page-assets.ts'
import { pageParts } from './page-parts.ts'

const subjects: Readonly<Record<string, () => LargeReport>> = {
  'two layers of 100,000 and 100,500 files': () => manyFiles(100_000),
  '60 stages with ten layers each': () => manyStages(60),
}

/** What a reader does. Each step is done by the page's script. */
const steps: readonly (readonly [name: string, script: string])[] = [
  ['mode', `[...document.querySelectorAll('.modes button')].at(-1).click()`],
  ['zoom', `location.hash = document.querySelector('.canvas a[data-n="1"]').getAttribute('href')`],
  ['back', `location.hash = document.querySelector('.crumbs a').getAttribute('href')`],
  ['search, first letter', typed('f')],
  ['search, more letters', typed('file-1')],
  ['search, few found', typed('file-1234')],
  ['search, cleared', typed('')],
  [
    'another stage',
    `{ const select = document.querySelector('.controls select'); if (select) { select.selectedIndex = 1; select.dispatchEvent(new Event('change')) } }`,
  ],
]

function typed(text: string): string {
  return `{ const input = document.querySelector('.controls input'); input.value = ${JSON.stringify(text)}; input.dispatchEvent(new Event('input')) }`
}

/** What the main thread spent on a step until the next frame was drawn, and until it had nothing to do, in milliseconds. */
interface Spent {
  readonly shown: number
  readonly idle: number
}

/** Runs the case. Prints milliseconds of processor time of the main thread: the median, and the range. */
export async function benchPage(folder: string, runs: number): Promise<void> {
  const assets = await makePageAssets()
  const browser = await chromium.launch({
    executablePath: process.env['CHROMIUM'] ?? '/usr/bin/chromium',
    args: ['--headless', '--no-sandbox', '--disable-gpu'],
  })
  try {
    for (const [name, make] of Object.entries(subjects)) {
      const { report, lists } = make()
      const started = process.cpuUsage()
      const html = renderPage(report, lists, assets)
      const { user, system } = process.cpuUsage(started)
      const file = join(folder, 'page.html')
      await writeFile(file, html)
      const { all, program, markup, packed, shown } = pageParts(html)
      process.stdout.write(
        `\n${name}: ${all} bytes, made in ${((user + system) / 1e6).toFixed(2)} s: ${program} of script and style, ${markup} of markup, ${packed} of data, ${shown} of rows and pictures\n`,
      )
      const times = new Map<string, Spent[]>()
      for (let run = 0; run < runs; run += 1) {
        const page = await browser.newPage({ viewport: { width: 1280, height: 900 } })
        await measured(page, file, (step, spent) => {
          times.set(step, [...(times.get(step) ?? []), spent])
        })
        await page.close()
      }
      for (const [step, some] of times) {
        const shown = rangeOf(some.map((spent) => spent.shown))
        const idle = rangeOf(some.map((spent) => spent.idle))
        process.stdout.write(`  ${step.padEnd(24)} ${shown} to the next frame, ${idle} in all\n`)
      }
    }
  } finally {
    await browser.close()
  }
}

function rangeOf(times: readonly number[]): string {
  const sorted = times.toSorted((a, b) => a - b)
  const [median, least, most] = [sorted[sorted.length >> 1], sorted[0], sorted.at(-1)].map((one) =>
    (one ?? 0).toFixed(0),
  )
  return `${median} ms (${least} to ${most})`
}

async function measured(page: Page, file: string, tell: (step: string, spent: Spent) => void): Promise<void> {
  const session = await page.context().newCDPSession(page)
  await session.send('Performance.enable', { timeDomain: 'threadTicks' })
  const frame =
    'new Promise((resolve) => requestAnimationFrame(() => { const after = new MessageChannel(); after.port1.onmessage = resolve; after.port2.postMessage(0) }))'
  // Rows that are added later are drawn by then.
  const idle =
    'new Promise((resolve) => requestIdleCallback(() => requestAnimationFrame(() => setTimeout(() => requestIdleCallback(resolve), 100))))'
  let before = 0
  const take = async (step: string): Promise<void> => {
    const shown = await taskSeconds(session)
    await page.evaluate(idle)
    const after = await taskSeconds(session)
    tell(step, { shown: (shown - before) * 1000, idle: (after - before) * 1000 })
    before = after
  }
  await page.goto(`file://${file}`)
  await page.waitForSelector('html.ready')
  await page.evaluate(frame)
  await take('opened')
  for (const [step, script] of steps) {
    await page.evaluate(`{ ${script}; ${frame} }`)
    await take(step)
  }
}

async function taskSeconds(session: CDPSession): Promise<number> {
  const { metrics } = await session.send('Performance.getMetrics')
  return metrics.find(({ name }) => name === 'TaskDuration')?.value ?? 0
}
