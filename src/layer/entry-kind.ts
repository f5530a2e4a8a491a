import type { EntryKind } from './layer-index.ts'

const kindOfType: Readonly<Record<string, EntryKind>> = {
  '1': 'hardlink',
  '2': 'symlink',
  '3': 'character-device',
  '4': 'block-device',
  '5': 'directory',
  '6': 'fifo',
  D: 'directory',
}

/** Without "./" and "/" in front and "/" at the end; the root itself is the empty path. */
export function normalPath(name: string): string {
  // By hand: on a hostile name, which may be a megabyte of slashes, regular expressions take quadratic time.
  let start = 0
  while (name[start] === '/' || (name[start] === '.' && name[start + 1] === '/')) start += 1
  let end = name.length
  while (end > start && name[end - 1] === '/') end -= 1
  const path = name.slice(start, end)
  return path === '.' ? '' : path
}

/**
 * The kind of an entry. `name` is not normalised yet: in old archives only a "/" at its end makes a directory.
 * Unknown types are regular files, as POSIX pax asks. Whiteouts go by name alone, whatever the type, as the engines
 * do it (OCI layer.md, "Whiteouts"); other names with `.wh..wh.` are AUFS metadata and hide nothing.
 */
export function entryKind(type: string, name: string): EntryKind {
  const path = normalPath(name)
  const base = path.slice(path.lastIndexOf('/') + 1)
  if (base === '.wh..wh..opq') return 'opaque-whiteout'
  if (base.startsWith('.wh.') && !base.startsWith('.wh..wh.')) return 'whiteout'
  if (isOldDirectory(type, name)) return 'directory'
  return kindOfType[type] ?? 'file'
}

/** Types without a payload whatever their size field says; so GNU tar for links and Go's archive/tar for all these. */
export function hasPayload(type: string, name: string): boolean {
  return !(type >= '1' && type <= '6') && !isOldDirectory(type, name)
}

function isOldDirectory(type: string, name: string): boolean {
  return type === '\0' && name.endsWith('/')
}
