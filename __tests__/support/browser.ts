/** A real browser for pages of ours. Tests that need it are skipped where there is none, and script/test says so. */
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { chromium, type Browser, type BrowserContextOptions, type Page } from 'playwright-core'
import { temporary } from './layouts.ts'
import { rig } from './rig.ts'

/** Without requests that a browser makes by itself. */
const flags =
  '--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking --disable-component-update --disable-sync'

export function openBrowser(): Promise<Browser> {
  if (rig.chromium === '') throw new Error('there is no Chromium')
  return chromium.launch({ executablePath: rig.chromium, args: flags.split(' ') })
}

export interface Opened {
  readonly page: Page
  /** Every request except for the page itself, and every dialog, error and console message. */
  readonly trouble: readonly string[]
}

/** Opens a page as a file, as a user who downloaded it. */
export async function withPage(
  browser: Browser,
  html: string,
  look: (opened: Opened) => Promise<void>,
  options: BrowserContextOptions & { readonly fragment?: string } = {},
): Promise<void> {
  await using folder = await temporary()
  const { fragment = '', ...rest } = options
  const file = join(folder.path, 'page.html')
  await writeFile(file, html)
  const context = await browser.newContext(rest)
  const trouble: string[] = []
  const page = await context.newPage()
  page.on('request', (request) => {
    if (!request.isNavigationRequest() || !request.url().startsWith('file:')) trouble.push(`request ${request.url()}`)
  })
  page.on('dialog', (dialog) => {
    trouble.push(`dialog ${dialog.message()}`)
    void dialog.dismiss()
  })
  page.on('pageerror', (error) => trouble.push(`error ${error.message}`))
  page.on('console', (message) => trouble.push(`console ${message.text()}`))
  page.on('popup', (popup) => trouble.push(`popup ${popup.url()}`))
  try {
    await page.goto(`file://${file}${fragment}`)
    if (rest.javaScriptEnabled !== false) await page.waitForSelector('html.ready')
    await look({ page, trouble })
  } finally {
    await context.close()
  }
}
