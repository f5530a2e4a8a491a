/** Parses the `baseline` input: `auto`, `none`, a revision, a SOURCE or a record. */
import { existsSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { transports } from '../inputs/transports.ts'

/** The parsed input. */
export type BaselineInput =
  | { readonly kind: 'auto' }
  | { readonly kind: 'off' }
  | { readonly kind: 'revision'; readonly revision: string }
  /** An image, written as in `containers-transports(5)`. */
  | { readonly kind: 'source'; readonly source: string }
  /**
   * A record, or an archive or image layout that is recognised by its content. `-` reads a record from standard input.
   */
  | { readonly kind: 'path'; readonly path: string }

/**
 * Parses the input. A word is a path if it is written as one (`./x`, `/x`, `x.json`, `x.tar`), or if a file or an image
 * layout exists there. Any other word is a revision.
 *
 * @param isImageOrRecord whether the path is a file, or a folder with an image layout
 */
export function parseBaseline(input: string, isImageOrRecord: (path: string) => boolean): BaselineInput {
  const text = input.trim()
  switch (text.toLowerCase()) {
    case '':
    case 'auto':
      return { kind: 'auto' }
    case 'off':
    case 'none':
    case 'false':
      return { kind: 'off' }
  }
  if (Object.values(transports).some((beginning) => text.startsWith(beginning))) return { kind: 'source', source: text }
  const writtenAsPath = text === '-' || /^\.{0,2}\//.test(text) || /\.(?:json|tar|tar\.gz|tgz|tar\.zst)$/.test(text)
  return writtenAsPath || isImageOrRecord(text) ? { kind: 'path', path: text } : { kind: 'revision', revision: text }
}

/** Parses the input, and checks on this machine whether a word is a path. */
export function readBaselineInput(text: string): BaselineInput {
  return parseBaseline(text, (path) => {
    try {
      return statSync(path).isFile() || existsSync(join(path, 'oci-layout'))
    } catch {
      return false
    }
  })
}
