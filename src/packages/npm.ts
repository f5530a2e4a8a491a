/** Finds packages of npm, pnpm and Yarn: folders below `node_modules`, and Yarn's archives. */
import { textBefore } from '../text.ts'
import { maxFindings, wholeFile, type Finding, type Recognised } from './finding.ts'
import { jsonOf, propertyOf } from './lines.ts'
import { baseOf, parentOf } from './path-bytes.ts'
import { forEachZipEntry } from './zip.ts'

/** Size limit for a `package.json`, in bytes. Real ones take a few kilobytes, and a few take a hundred. */
const maxManifestBytes = 256 * 1024
/** Number of bytes to read from the end of Yarn's archives, where the file list is. */
const listBytes = 256 * 1024
const modules = 'node_modules/'

/**
 * Recognises a `package.json` directly below a name, or a scope and a name, in the last `node_modules` of its path.
 * Also recognises Yarn's archives.
 */
export function recogniseNpm(path: string, fileBytes: number): Recognised | null {
  const base = baseOf(path)
  if (base.endsWith('.zip')) return yarnArchive(path, base, fileBytes)
  if (base !== 'package.json') return null
  const directory = parentOf(path)
  const name = packageNameOf(directory)
  if (name === null) return null
  return wholeFile(fileBytes, maxManifestBytes, (bytes) => [npmPackage(directory, name, jsonOf(bytes))])
}

/** Size limit for a lock file, in bytes. */
const maxLockBytes = 4 * 1024 * 1024

/**
 * Recognises `node_modules/.package-lock.json`, in which npm writes what it installed, and which of these packages only
 * development needs.
 */
export function recogniseInstalledNpm(path: string, fileBytes: number): Recognised | null {
  const folder = parentOf(parentOf(path))
  if (!`/${path}`.endsWith(`/${modules}.package-lock.json`)) return null
  return wholeFile(fileBytes, maxLockBytes, (bytes) => {
    const packages = propertyOf(jsonOf(bytes), 'packages')
    if (typeof packages !== 'object' || packages === null) return null
    return Object.entries(packages as Record<string, unknown>)
      .filter(([place, one]) => place.startsWith(modules) && propertyOf(one, 'dev') === true)
      .slice(0, maxFindings)
      .map(([place]) => ({
        ecosystem: 'npm',
        key: folder === '' ? place : `${folder}/${place}`,
        isForDevelopment: true,
      }))
  })
}

/**
 * Recognises a `package.json` that is a hard link. Its bytes were stored under another name, such as a file in pnpm's
 * store. The name of pnpm's folder gives the version.
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

/**
 * Returns the version in a path `.pnpm/NAME@VERSION_PEERS/node_modules/NAME`, or null. In `NAME`, `+` stands for the
 * slash after a scope. The peers may also be in parentheses.
 */
function pnpmVersion(directory: string, name: string): string | null {
  const parts = directory.slice(0, -`/${modules}${name}`.length).split('/')
  const beginning = `${name.replace('/', '+')}@`
  const folder = parts.at(-1) ?? ''
  if (parts.at(-2) !== '.pnpm' || !folder.startsWith(beginning)) return null
  return textBefore(folder.slice(beginning.length), '_', '(') || null
}

/**
 * Returns the name of the package in a folder below `node_modules`, or null. The folder has the name that code
 * requires. With an alias, the manifest has another name.
 */
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
  // Bundled dependencies come in the archive of the package, so its version decides on theirs. npm itself is such a
  // package.
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
 * Recognises `.yarn/cache/NAME-npm-VERSION-HASH-CHECKSUM.zip`, which Yarn uses without unpacking it. In the file name,
 * a hyphen stands for the slash after a scope, so the name is read from the archive. A package that Yarn patches, such
 * as TypeScript, is in `NAME-patch-HASH-CHECKSUM.zip` too.
 */
function yarnArchive(path: string, base: string, fileBytes: number): Recognised | null {
  const folder = parentOf(path)
  if (!folder.endsWith('.yarn/cache') && !folder.endsWith('.yarn/berry/cache')) return null
  const end = base.lastIndexOf('-', base.lastIndexOf('-') - 1)
  const told = base.slice(0, Math.max(0, end))
  const [mark, patch] = ['-npm-', '-patch']
  const at = told.endsWith(patch) ? told.length - patch.length : told.lastIndexOf(mark)
  if (at <= 0) return null
  const named = told.slice(0, at)
  const version = told.endsWith(patch) ? null : told.slice(at + mark.length) || null
  const tailAt = Math.max(0, fileBytes - listBytes)
  return {
    ranges: [{ from: tailAt, to: fileBytes }],
    read: ([tail]) => [
      { ecosystem: 'npm', key: path, name: (tail && nameWithin(tail, tailAt)) ?? named, version, file: path },
    ],
  }
}

/**
 * Returns the package name in the paths of an archive, all of which begin with the folder that the package would be
 * unpacked to.
 */
function nameWithin(tail: Buffer, tailAt: number): string | null {
  let found: string | null = null
  forEachZipEntry(tail, tailAt, ({ name }) => {
    if (found === null && name.startsWith(modules))
      found = packageNameOf(name.split('/', name[modules.length] === '@' ? 3 : 2).join('/'))
  })
  return found
}
