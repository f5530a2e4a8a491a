/** npm, pnpm and yarn: folders below `node_modules`, and yarn's archives. */
import { textBefore } from '../text.ts'
import { wholeFile, type Finding, type Recognised } from './finding.ts'
import { jsonOf, propertyOf } from './lines.ts'
import { baseOf, parentOf } from './path-bytes.ts'
import { forEachZipEntry } from './zip.ts'

/** Of a `package.json`: real ones take some kilobytes, a few a hundred. */
const longestManifest = 256 * 1024
/** Of the list at the end of yarn's archives, as far as it is looked at. */
const listBytes = 256 * 1024
const modules = 'node_modules/'

/** A `package.json` right below a name, or a scope and a name, in the last `node_modules` of its path. */
export function recogniseNpm(path: string, fileBytes: number): Recognised | null {
  const base = baseOf(path)
  if (base.endsWith('.zip')) return yarnArchive(path, base, fileBytes)
  if (base !== 'package.json') return null
  const directory = parentOf(path)
  const name = packageNameOf(directory)
  if (name === null) return null
  return wholeFile(fileBytes, longestManifest, (bytes) => [npmPackage(directory, name, jsonOf(bytes))])
}

/**
 * A `package.json` that is a hard link: its bytes went by under another name, such as that of a file in pnpm's store.
 * The folder in which pnpm puts a package tells its version.
 */
export function recogniseLinkedNpm(path: string): Recognised | null {
  if (!path.endsWith('/package.json')) return null
  const directory = parentOf(path)
  const name = packageNameOf(directory)
  if (name === null) return null
  const finding: Finding = {
    ecosystem: 'npm',
    key: directory,
    name,
    version: pnpmVersion(directory, name),
    directories: [directory],
  }
  return { finding }
}

/** `.pnpm/NAME@VERSION_PEERS/node_modules/NAME`, with `+` for the slash of a scope, and peers in parentheses at times. */
function pnpmVersion(directory: string, name: string): string | null {
  const parts = directory.slice(0, -`/${modules}${name}`.length).split('/')
  const beginning = `${name.replace('/', '+')}@`
  const folder = parts.at(-1) ?? ''
  if (parts.at(-2) !== '.pnpm' || !folder.startsWith(beginning)) return null
  return textBefore(folder.slice(beginning.length), '_', '(') || null
}

/** By the folder: that is what is required by name, whatever an alias is called in its own manifest. */
function packageNameOf(directory: string): string | null {
  const at = directory.lastIndexOf(modules)
  if (at === -1 || (at > 0 && directory[at - 1] !== '/')) return null
  const name = directory.slice(at + modules.length)
  const [first = '', second, ...more] = name.split('/', 3)
  if (more.length > 0 || first === '' || second === '' || first.startsWith('.')) return null
  return first.startsWith('@') === (second !== undefined) ? name : null
}

function npmPackage(directory: string, name: string, manifest: unknown): Finding {
  const version = propertyOf(manifest, 'version')
  const bundled = propertyOf(manifest, 'bundleDependencies') ?? propertyOf(manifest, 'bundledDependencies')
  // They were in its archive, so that its version decides on theirs: npm itself is such a package.
  const closed = bundled === true || (Array.isArray(bundled) && bundled.length > 0)
  return {
    ecosystem: 'npm',
    key: directory,
    name,
    version: typeof version === 'string' ? version : null,
    directories: [directory],
    closed,
  }
}

/**
 * `.yarn/cache/NAME-npm-VERSION-HASH-CHECKSUM.zip`: a package that is never unpacked. Its scope is seen within: outside,
 * a hyphen stands for the slash.
 */
function yarnArchive(path: string, base: string, fileBytes: number): Recognised | null {
  const folder = parentOf(path)
  if (!folder.endsWith('.yarn/cache') && !folder.endsWith('.yarn/berry/cache')) return null
  const mark = '-npm-'
  const at = base.lastIndexOf(mark)
  const end = base.lastIndexOf('-', base.lastIndexOf('-') - 1)
  if (at <= 0 || end < at + mark.length) return null
  const [named, version] = [base.slice(0, at), base.slice(at + mark.length, end)]
  const tailAt = Math.max(0, fileBytes - listBytes)
  return {
    ranges: [{ from: tailAt, to: fileBytes }],
    read: ([tail]) => [
      { ecosystem: 'npm', key: path, name: (tail && nameWithin(tail, tailAt)) ?? named, version, file: path },
    ],
  }
}

/** Everything in the archive is in the folder that the package would be unpacked to. */
function nameWithin(tail: Buffer, tailAt: number): string | null {
  let found: string | null = null
  forEachZipEntry(tail, tailAt, ({ name }) => {
    if (found === null && name.startsWith(modules))
      found = packageNameOf(name.split('/', name[modules.length] === '@' ? 3 : 2).join('/'))
  })
  return found
}
