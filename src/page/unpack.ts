/** Reads the data that `pack.ts` wrote. Also used in a browser. */
import { nodeKinds, type PageData, type PageImage, type TreeNode } from './model.ts'

/**
 * Returns the page's data.
 *
 * @param bytes data that was already decoded from base64 and gzip
 */
export function unpack(bytes: Uint8Array): PageData {
  let at = 0
  const number = (): number => {
    let value = 0
    for (let scale = 1; ; scale *= 0x80) {
      const byte = bytes[at++] ?? 0
      value += (byte & 0x7f) * scale
      if (byte < 0x80) return value
    }
  }
  const text = (): string => {
    const end = number() + at
    const found = new TextDecoder().decode(bytes.subarray(at, end))
    at = end
    return found
  }
  const head = JSON.parse(text()) as { readonly images: readonly PageImage[]; readonly trees: number }
  const names = text().split('\n')
  let nth = 0
  const node = (): TreeNode => {
    const [name = '', note = ''] = (names[nth++] ?? '').split('\t')
    const kind = nodeKinds[number()] ?? 'file'
    const children = number()
    const [before, after] = [number(), number()]
    const files = number()
    return {
      name,
      note,
      kind,
      before: before === 0 ? null : before - 1,
      after: after === 0 ? null : after - 1,
      files,
      children: Array.from({ length: children }, node),
    }
  }
  return { images: head.images, trees: Array.from({ length: head.trees }, node) }
}
