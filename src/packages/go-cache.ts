/** Finds modules in Go's module cache (Go Modules Reference, "Module cache", and `go help goproxy`). */
import type { Finding, Recognised } from './finding.ts'
import { textPaths } from './path-bytes.ts'

const downloads = '/cache/download/'
const versions = '/@v/'

/**
 * Recognises `CACHE/cache/download/MODULE/@v/VERSION.ziphash`, which each module that was downloaded has. The cache has a
 * `.mod` file also of versions that were only looked at to choose others.
 */
export function recogniseGoCache(path: string): Recognised | null {
  const end = path.lastIndexOf(versions)
  const start = path.lastIndexOf(downloads, end)
  if (start === -1 || end < start + downloads.length) return null
  const cache = path.slice(0, start)
  const [module, version] = [
    path.slice(start + downloads.length, end),
    path.slice(end + versions.length, -'.ziphash'.length),
  ]
  if (module === '' || version === '' || version.includes('/')) return null
  const directory = `${cache}/${module}@${version}`
  const files = ['.mod', '.info', '.zip', '.ziphash', '.lock'].map(
    (ending) => `${module}${versions}${version}${ending}`,
  )
  const finding: Finding = {
    ecosystem: 'golang',
    key: directory,
    name: unescaped(module),
    version: unescaped(version),
    directories: [directory],
    files: textPaths(`${cache}/cache/download`, files),
  }
  return { finding }
}

/** Restores capital letters, which the cache writes as `!c` because some file systems ignore case. */
function unescaped(text: string): string {
  return text.replace(/!([a-z])/g, (_, letter: string) => letter.toUpperCase())
}
