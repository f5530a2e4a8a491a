/** Packs the page's data into little space. The browser unpacks it (`unpack.ts`). */
import { constants, gzipSync } from 'node:zlib'
import { maxVarintBytes, writeVarint } from '../varint.ts'
import type { PageData, TreeNode } from './model.ts'
import { nodeKinds } from './model.ts'

/**
 * Returns base64 of gzip of: length of the JSON, JSON, length of the names, names, columns. Numbers have a variable
 * length. Nodes are in preorder. A name is followed by a tab and its note, and names are separated by newlines. Neither
 * contains such a character.
 */
export function packed({ images, trees }: PageData): string {
  const names: string[] = []
  const columns = new NumberWriter()
  const put = (node: TreeNode): void => {
    names.push(node.note === '' ? node.name : `${node.name}\t${node.note}`)
    columns.put(nodeKinds.indexOf(node.kind))
    columns.put(node.children.length)
    columns.put(node.before === null ? 0 : node.before + 1)
    columns.put(node.after === null ? 0 : node.after + 1)
    columns.put(node.files)
    for (const child of node.children) put(child)
  }
  for (const tree of trees) put(tree)
  const head = Buffer.from(JSON.stringify({ images, trees: trees.length }))
  const text = Buffer.from(names.join('\n'))
  const all = Buffer.concat([length(head), head, length(text), text, columns.bytes()])
  return gzipSync(all, { level: constants.Z_BEST_COMPRESSION }).toString('base64')
}

function length(bytes: Buffer): Buffer {
  const writer = new NumberWriter()
  writer.put(bytes.length)
  return writer.bytes()
}

class NumberWriter {
  #bytes = Buffer.allocUnsafe(4096)
  #length = 0

  put(value: number): void {
    if (this.#length + maxVarintBytes > this.#bytes.length)
      this.#bytes = Buffer.concat([this.#bytes, Buffer.allocUnsafe(this.#bytes.length)])
    this.#length = writeVarint(this.#bytes, this.#length, value)
  }

  bytes(): Buffer {
    return this.#bytes.subarray(0, this.#length)
  }
}
