/** Recognises archives by their names. Pure. */
import type { PathTree } from '../layer/path-tree.ts'
import { commandsIn } from './commands.ts'

const ends = [
  '.tar',
  '.tar.gz',
  '.tgz',
  '.tar.xz',
  '.txz',
  '.tar.bz2',
  '.tbz2',
  '.tar.zst',
  '.tar.lz4',
  '.zip',
  '.7z',
  '.rpm',
  '.deb',
].map((end) => Buffer.from(end))

/** Grouped by last byte for speed, because nearly all names end differently. */
const byLastByte = Map.groupBy(ends, (end) => end.at(-1) ?? 0)

/** Returns how an archive is added to a group, whose edit names each archive. */
export const ofArchive = (
  node: number,
): { readonly place: number; readonly together: true; readonly listsPlaces: true } => ({
  place: node,
  together: true,
  listsPlaces: true,
})

const tars: readonly string[] = ['tar', 'bsdtar']
const others: readonly string[] = ['unzip', '7z', 'dpkg', 'rpm']

/** Returns whether an instruction may unpack archives. `tar` needs an option for it. */
export function mayUnpack(text: string): boolean {
  return commandsIn(text).some((command) => {
    const words = command.split(/[\s(]/).filter((word) => word !== '')
    const names = words.map((word) => word.slice(word.lastIndexOf('/') + 1))
    const tar = names.findIndex((name) => tars.includes(name))
    return names.some((name) => others.includes(name)) || (tar !== -1 && words.slice(tar + 1).some(extracts))
  })
}

const extracts = (word: string, at: number): boolean =>
  ['--extract', '--get'].includes(word) || (at === 0 ? /^-?[a-wyz]*x[a-z]*$/i : /^-[a-wyz]*x[a-z]*$/i).test(word)

/** Returns whether an instruction names a file, perhaps with variables such as `x-${VERSION}.tgz`. */
export function namesFile(text: string, name: string): boolean {
  if (text.includes(name)) return true
  return text.split(/[\s"'=;&|()<>]/).some((word) => {
    const [first = '', ...others] = word.slice(word.lastIndexOf('/') + 1).split(/\$(?:\w+|\{\w+\})/)
    const last = others.pop()
    // A word that is only a variable could be any name.
    if (last === undefined || last === '' || !name.startsWith(first)) return false
    const end = name.length - last.length
    let at = first.length
    for (const part of others) {
      const found = name.indexOf(part, at)
      if (found === -1) return false
      at = found + part.length
    }
    return at <= end && name.endsWith(last)
  })
}

/** Returns whether a file has the name of an archive. */
export function isArchive(tree: PathTree, node: number): boolean {
  return byLastByte.get(tree.lastByte(node))?.some((end) => tree.endsWith(node, end)) ?? false
}
