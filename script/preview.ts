/**
 * Shows reports as GitHub would, to look at them: `npm run preview -- [FOLDER]`.
 * Renders sample reports with GitHub's stylesheet into FOLDER (default: a temporary one) and takes pictures of each
 * with Chromium (CHROMIUM, default /usr/bin/chromium): light, dark and narrow. Mermaid stays text. Pages have three
 * widths, both schemes, and are printed as a PDF.
 * `--comment FILE` and `--page FILE` make the pictures of the documentation instead. They need the fonts of Debian's
 * packages fonts-liberation and fonts-noto-color-emoji.
 */
import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { micromark } from 'micromark'
import { gfm, gfmHtml } from 'micromark-extension-gfm'
import { chromium, type Browser, type Page } from 'playwright-core'
import { renderMarkdown } from '../src/report/markdown/report.ts'
import { renderPage } from '../src/page/page.ts'
import { lineOf } from '../src/report/comment-line.ts'
import { renderTerminal } from '../src/report/terminal/report.ts'
import { docsReport } from './lib/docs-report.ts'
import { everySectionReport } from './lib/every-section.ts'
import { sampleReports } from './lib/sample-reports.ts'
import { makePageAssets } from './lib/page-assets.ts'
import { pictureReport } from './lib/page-picture.ts'
import { renderSvg } from './lib/svg.ts'

const styles = readFileSync(createRequire(import.meta.url).resolve('github-markdown-css/github-markdown.css'), 'utf8')

/** GitHub's own alerts are not part of GFM: its classes are put where they would be. */
function withAlerts(html: string): string {
  return html.replace(/<blockquote>\s*<p>\[!(NOTE|WARNING|CAUTION)\]\s*/g, (_, kind: string) => {
    const word = `${kind[0] ?? ''}${kind.slice(1).toLowerCase()}`
    return `<blockquote class="markdown-alert markdown-alert-${kind.toLowerCase()}"><p class="markdown-alert-title">${word}</p><p>`
  })
}

function page(markdown: string): string {
  const body = micromark(markdown, { allowDangerousHtml: true, extensions: [gfm()], htmlExtensions: [gfmHtml()] })
  return `<!doctype html><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<style>${styles}
body { margin: 0; padding: 16px; background: var(--bgColor-default, #fff) }
.markdown-body { max-width: 860px; padding: 0 4px; font-size: 14px }
.markdown-body > blockquote.markdown-alert-warning { border-left: .25em solid #9a6700 } .markdown-body > blockquote.markdown-alert-note { border-left: .25em solid #0969da }
.markdown-body > blockquote.markdown-alert { color: inherit; padding: 8px 16px }
</style><article class="markdown-body">${withAlerts(body)}</article>`
}

interface View {
  readonly name: string
  readonly width: number
  readonly dark: boolean
  readonly open: boolean
}

const views: readonly View[] = [
  { name: 'light', width: 900, dark: false, open: false },
  { name: 'dark', width: 900, dark: true, open: true },
  { name: 'narrow', width: 390, dark: false, open: false },
]

async function picture(browser: Browser, html: string, view: View, path: string): Promise<void> {
  const tab = await browser.newPage({
    viewport: { width: view.width, height: 200 },
    colorScheme: view.dark ? 'dark' : 'light',
  })
  await tab.setContent(html)
  if (view.open) await tab.evaluate('document.querySelectorAll("details").forEach((one) => { one.open = true })')
  await tab.screenshot({ path, fullPage: true })
  await tab.close()
}

/** A page is shown as a file, since its policy is part of it. */
async function showPage(
  browser: Browser,
  html: string,
  { width, dark }: Pick<View, 'width' | 'dark'>,
  shoot: (tab: Page) => Promise<unknown>,
): Promise<void> {
  const file = join(mkdtempSync(join(tmpdir(), 'stage-footprint-page-')), 'page.html')
  writeFileSync(file, html)
  const tab = await browser.newPage({ viewport: { width, height: 1000 }, colorScheme: dark ? 'dark' : 'light' })
  await tab.goto(`file://${file}`)
  await tab.waitForSelector('html.ready')
  await shoot(tab)
  await tab.close()
}

/** Three widths, both schemes. */
async function pagePictures(browser: Browser, html: string, folder: string, name: string): Promise<void> {
  for (const width of [1280, 768, 390])
    for (const dark of [false, true])
      await showPage(browser, html, { width, dark }, (tab) =>
        tab.screenshot({ path: join(folder, `${name}.page-${width}${dark ? '-dark' : ''}.png`), fullPage: true }),
      )
  await showPage(browser, html, { width: 1280, dark: true }, (tab) =>
    tab.pdf({ path: join(folder, `${name}.page.pdf`), format: 'A4' }),
  )
}

/** The top of the page and its treemap; without some sentences, so that the picture stays small. */
async function pagePicture(browser: Browser, path: string): Promise<void> {
  const { report, lists } = await pictureReport()
  const html = renderPage(report, lists, await makePageAssets())
  await showPage(browser, html, { width: 840, dark: false }, async (tab) => {
    await tab.evaluate(
      "for (const one of document.querySelectorAll('#budgets-0, .more, #map-0 .hint')) one.hidden = true",
    )
    const bottom = await tab.evaluate<number>("document.querySelector('.legend').getBoundingClientRect().bottom")
    await tab.screenshot({ path, fullPage: true, clip: { x: 0, y: 0, width: 840, height: Math.ceil(bottom) + 14 } })
  })
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { comment: { type: 'string' }, page: { type: 'string' } },
})
const browser = await chromium.launch({
  executablePath: process.env['CHROMIUM'] ?? '/usr/bin/chromium',
  args: '--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking --disable-component-update --disable-sync'.split(
    ' ',
  ),
})
try {
  if (values.page !== undefined) {
    await pagePicture(browser, values.page)
  } else if (values.comment !== undefined) {
    await picture(
      browser,
      page(renderMarkdown(docsReport())),
      { name: 'comment', width: 900, dark: false, open: false },
      values.comment,
    )
  } else {
    const folder = positionals[0] ?? mkdtempSync(join(tmpdir(), 'stage-footprint-preview-'))
    mkdirSync(folder, { recursive: true })
    const assets = await makePageAssets()
    const { report: whole, lists } = await pictureReport()
    await pagePictures(browser, renderPage(whole, lists, assets), folder, 'whole')
    await pagePictures(browser, renderPage(docsReport(), null, assets), folder, 'docs')
    await pagePictures(browser, renderPage(everySectionReport(), null, assets), folder, 'every-section')
    for (const [name, report] of sampleReports()) {
      const markdown = renderMarkdown(report)
      writeFileSync(join(folder, `${name}.md`), `${markdown}\n<!-- quiet -->\n${lineOf(report)}\n`)
      writeFileSync(join(folder, `${name}.html`), page(markdown))
      await pagePictures(browser, renderPage(report, null, assets), folder, name)
      for (const view of views) await picture(browser, page(markdown), view, join(folder, `${name}.${view.name}.png`))
      const terminal = renderTerminal(report, { width: 100, color: true })
      writeFileSync(join(folder, `${name}.txt`), terminal)
      await picture(
        browser,
        renderSvg(terminal),
        { name: 'terminal', width: 940, dark: true, open: false },
        join(folder, `${name}.terminal.png`),
      )
    }
    process.stdout.write(`${folder}\n`)
  }
} finally {
  await browser.close()
}
