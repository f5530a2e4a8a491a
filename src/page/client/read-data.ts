/** Unpacks the data in the page with functions that every browser has. */
import type { PageData } from '../model.ts'
import { unpack } from '../unpack.ts'

/** Returns the page's data from the text in the page. */
export async function readData(text: string): Promise<PageData> {
  const packed = Uint8Array.from(atob(text), (character) => character.charCodeAt(0))
  const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream('gzip'))
  return unpack(new Uint8Array(await new Response(stream).arrayBuffer()))
}
