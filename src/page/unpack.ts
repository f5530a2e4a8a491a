/** Reads the data that `pack.ts` wrote. Also used in a browser. */
import { VarintReader } from '../varint.ts'
import { nodeKinds, type PageData, type PageImage, type TreeNode } from './model.ts'

/**
 * Returns the page's data.
 *
 * @param bytes data that was already decoded from base64 and gzip
 */
export function unpack(bytes: Uint8Array): PageData {
  const numbers = new VarintReader(bytes)
  const text = (): string => {
    const length = numbers.next()
    numbers.at += length
    return new TextDecoder().decode(bytes.subarray(numbers.at - length, numbers.at))
  }
  const head = JSON.parse(text()) as { readonly images: readonly PageImage[]; readonly trees: number }
  const names = text().split('\n')
  let nth = 0
  const node = (): TreeNode => {
    const [name = '', note = ''] = (names[nth++] ?? '').split('\t')
    const kind = nodeKinds[numbers.next()] ?? 'file'
    const children = numbers.next()
    const [before, after] = [numbers.next(), numbers.next()]
    const files = numbers.next()
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
