/** Reads the script and the style of the page, which are beside the program (`script/package.ts` puts them there). */
import { readFile } from 'node:fs/promises'
import type { PageAssets } from './page.ts'

/**
 * Reads both files.
 *
 * @throws Error if they are missing because the installation is incomplete
 */
export async function readPageAssets(): Promise<PageAssets> {
  const read = (name: string): Promise<string> => readFile(beside(import.meta.url, name), 'utf8')
  const [script, style] = await Promise.all([read('page.js'), read('page.css')])
  return { script, style }
}

/** A function, so that the bundler does not look for the file. */
function beside(url: string, name: string): URL {
  return new URL(name, url)
}
