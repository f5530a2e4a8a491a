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
 * The path from the root of the layer, as the engines clean it: no "." and no empty part, ".." resolved; the root itself
 * is the empty path. Throws FootprintError `LAYER` when it leads out of the root.
 */
export function normalPath(name: string): string {
  // By hand: on a hostile name, which may be a megabyte of slashes, regular expressions take quadratic time.
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
 * The kind of an entry. `name` is as stored, since a "/" at its end makes a directory of a regular file (so GNU tar; Go
 * and Python only in old archives). Unknown types are regular files, as POSIX pax asks. Whiteouts go by name alone,
 * whatever the type, as the engines do it (OCI layer.md, "Whiteouts"); other names with `.wh..wh.` are AUFS metadata and
 * hide nothing.
 */
export function entryKind(type: string, name: string, path: string): EntryKind {
  const base = path.slice(path.lastIndexOf('/') + 1)
  if (base === '.wh..wh..opq') return 'opaque-whiteout'
  if (base.startsWith('.wh.') && !base.startsWith('.wh..wh.')) return 'whiteout'
  const kind = kindOfType[type] ?? 'file'
  return kind === 'file' && name.endsWith('/') ? 'directory' : kind
}

/**
 * Types without a payload whatever their size field says: so POSIX, Go's archive/tar, with which engines unpack, and
 * Python. GNU tar agrees for hard links; after other such headers it skips the bytes and may lose what is there.
 */
export function hasPayload(type: string, name: string): boolean {
  return !(type >= '1' && type <= '6') && !isOldDirectory(type, name)
}

function isOldDirectory(type: string, name: string): boolean {
  return type === '\0' && name.endsWith('/')
}
