/** Go: the cache of modules (`go help goproxy`, "Module Reference", "Module cache"). */
import type { Finding, Recognised } from './finding.ts'
import { textPaths } from './path-bytes.ts'

const downloads = '/cache/download/'
const versions = '/@v/'

/** `CACHE/cache/download/MODULE/@v/VERSION.mod`, which every module has that the build looked at. */
export function recogniseGoCache(path: string): Recognised | null {
  const end = path.lastIndexOf(versions)
  const start = path.lastIndexOf(downloads, end)
  if (start === -1 || end < start + downloads.length) return null
  const cache = path.slice(0, start)
  const [module, version] = [
    path.slice(start + downloads.length, end),
    path.slice(end + versions.length, -'.mod'.length),
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

/** Capitals are written `!c`: some disks do not tell them from small letters. */
function unescaped(text: string): string {
  return text.replace(/!([a-z])/g, (_, letter: string) => letter.toUpperCase())
}
