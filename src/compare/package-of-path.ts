/** Finds the package that a path belongs to by the layout of its ecosystem. */

type Rule = (segments: readonly string[]) => string | null

/** Returns the name of the package without a version. Returns null if the path matches no known layout. */
export function packageOfPath(path: string): string | null {
  const segments = path.split('/').filter((segment) => segment !== '' && segment !== '.')
  for (const rule of rules) {
    const name = rule(segments)
    if (name !== null) return name
  }
  return null
}

/** `node_modules/name`, `node_modules/@scope/name` and pnpm's store. The innermost package counts. */
const npm: Rule = (segments) => {
  const [first, second] = after(segments, 'node_modules')
  if (first === undefined) return null
  if (first === '.pnpm') return second === undefined ? null : pnpmName(second)
  if (first.startsWith('.')) return null
  if (!first.startsWith('@')) return first
  return second === undefined ? null : `${first}/${second}`
}

/** `name@1.2.3` and `@scope+name@1.2.3`, each possibly followed by the versions of its peers. */
function pnpmName(folder: string): string | null {
  const [, scope, name] = /^(?:(@[^@+]+)\+)?([^@+]+)@/.exec(folder) ?? []
  if (name === undefined) return null
  return scope === undefined ? name : `${scope}/${name}`
}

/** `site-packages/name`, its metadata and the libraries beside it. */
const python: Rule = (segments) => {
  const [first] = [...after(segments, 'site-packages'), ...after(segments, 'dist-packages')]
  if (first === undefined || first === '__pycache__' || first.startsWith('.') || first.endsWith('.pth')) return null
  const metadata = /^([^-]+)-\d[^/]*\.(?:dist-info|egg-info|data|egg)$/.exec(first)?.[1]
  if (metadata !== undefined) return metadata
  return /^([^.]+)(?:\.(?:dist-info|egg-info|libs|py|pyc|pyi|(?:[^.]+\.)*so|pyd))?$/.exec(first)?.[1] ?? null
}

/** `gems/name-1.2.3`, possibly followed by a platform. */
const gem: Rule = (segments) => {
  const [first = ''] = after(segments, 'gems')
  const words = first.split('-')
  // Only words of a platform can follow the version.
  const least = Math.max(
    1,
    words.findLastIndex((word) => !/^\w+$/.test(word)),
  )
  const version = words.findIndex((word, nth) => nth >= least && /^\d+(?:\.[0-9A-Za-z]+)*$/.test(word))
  return words.slice(0, Math.max(0, version)).join('-') || null
}

/** `pkg/mod/host/path@v1.2.3` and the download cache. Capital letters are written as `!c` there. */
const goModule: Rule = (segments) => {
  const mod = segments.findIndex((segment, position) => segment === 'mod' && segments[position - 1] === 'pkg')
  if (mod < 0) return null
  const inside = segments.slice(mod + 1)
  const path = inside[0] === 'cache' && inside[1] === 'download' ? inside.slice(2) : inside
  const end = path.findIndex((segment) => segment.includes('@'))
  const last = path[end]
  if (last === undefined) return null
  const name = [...path.slice(0, end), last.slice(0, last.indexOf('@'))].filter((segment) => segment !== '').join('/')
  return name === '' ? null : name.replace(/!([a-z])/g, (_, letter: string) => letter.toUpperCase())
}

/** `.m2/repository/group/artifact/version`, as `group:artifact`. */
const maven: Rule = (segments) => {
  const start = segments.findIndex((segment, position) => segment === 'repository' && segments[position - 1] === '.m2')
  if (start < 0) return null
  const inside = segments.slice(start + 1)
  const version = inside.findIndex((segment, position) => position >= 2 && /^\d/.test(segment))
  const artifact = inside[version - 1]
  return artifact === undefined || version < 2 ? null : `${inside.slice(0, version - 1).join('.')}:${artifact}`
}

/** `registry/src/INDEX/name-1.2.3`, `registry/cache/INDEX/name-1.2.3.crate`. */
const crate: Rule = (segments) => {
  const start = segments.findIndex(
    (segment, position) => (segment === 'src' || segment === 'cache') && segments[position - 1] === 'registry',
  )
  if (start < 0) return null
  return /^(.+?)-\d+\.\d+\.\d+/.exec(segments[start + 2] ?? '')?.[1] ?? null
}

/** `/usr/share/doc/NAME`, the only place where a path contains the name of its Debian package. */
const debian: Rule = ([usr, share, doc, name]) =>
  usr === 'usr' && share === 'share' && doc === 'doc' ? (name ?? null) : null

const rules: readonly Rule[] = [npm, python, gem, goModule, maven, crate, debian]

/** Returns the segments after the last folder with this name. */
function after(segments: readonly string[], folder: string): readonly string[] {
  const position = segments.lastIndexOf(folder)
  return position < 0 ? [] : segments.slice(position + 1)
}
