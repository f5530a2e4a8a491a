import type { EntryKind } from './layer-index.ts'
import { tarError } from './tar-error.ts'

const kindOfType: Readonly<Record<string, EntryKind>> = {
  '1': 'hardlink',
  '2': 'symlink',
  '3': 'character-device',
  '4': 'block-device',
  '5': 'directory',
  '6': 'fifo',
  D: 'directory',
  M: 'other',
  V: 'other',
}

/**
 * Returns the path relative to the root of the layer, cleaned as container engines do: without "." and empty segments,
 * and with ".." resolved. The root is the empty path.
 *
 * @throws FootprintError LAYER if the path leads out of the root
 */
export function normalPath(name: string): string {
  // Without regular expressions, because they take quadratic time on a hostile name, such as a megabyte of slashes.
  let start = 0
  while (name[start] === '/' || (name[start] === '.' && name[start + 1] === '/')) start += 1
  let end = name.length
  while (end > start && name[end - 1] === '/') end -= 1
  const path = name.slice(start, end)
  if (!path.startsWith('.') && !/\/[./]/.test(path)) return path
  const parts: string[] = []
  for (const part of path.split('/')) {
    if (part === '' || part === '.') continue
    if (part !== '..') parts.push(part)
    else if (parts.pop() === undefined) throw tarError('has an entry whose path leads out of the layer')
  }
  return parts.join('/')
}

/**
 * Returns the kind of an entry.
 *
 * - `name` is the name as stored. A "/" at its end makes a regular file a directory (as in GNU tar; Go and Python do
 *   this only in old archives).
 * - An unknown type is a regular file, as POSIX pax requires.
 * - Whiteouts are recognised only by name, whatever their type, as container engines do (OCI layer.md, "Whiteouts").
 * - Other names with `.wh..wh.` are AUFS metadata and hide nothing.
 */
export function entryKind(type: string, name: string, path: string): EntryKind {
  const base = path.slice(path.lastIndexOf('/') + 1)
  if (base === '.wh..wh..opq') return 'opaque-whiteout'
  if (base.startsWith('.wh.') && !base.startsWith('.wh..wh.')) return 'whiteout'
  const kind = kindOfType[type] ?? 'file'
  return kind === 'file' && name.endsWith('/') ? 'directory' : kind
}

/**
 * Returns whether the payload of an entry follows its header. Some types have no payload, whatever their size field
 * says. POSIX, Python, and Go's archive/tar, which engines unpack with, agree on this. GNU tar agrees for hard links.
 * For the other types, it skips the bytes and may lose entries.
 */
export function hasPayload(type: string, name: string): boolean {
  return !(type >= '1' && type <= '6') && !isOldDirectory(type, name)
}

function isOldDirectory(type: string, name: string): boolean {
  return type === '\0' && name.endsWith('/')
}
