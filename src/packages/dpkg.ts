/** Finds Debian packages in dpkg's `status` and `info/*.list`, and in the `status.d` folder of distroless images. */
import {
  maxPathListBytes,
  maxFindings,
  startOfFile,
  wholeFile,
  type Finding,
  type OnPath,
  type Recognised,
} from './finding.ts'
import { forEachLine, headerFields, isAt, placeOf, valueOf } from './lines.ts'
import { baseOf, parentOf, PathBytes } from './path-bytes.ts'

const database = 'var/lib/dpkg/'
const automatic = 'var/lib/apt/extended_states'
const space = 0x20

/** Recognises the metadata files below `var/lib/dpkg`, and apt's list of packages that came because of others. */
export function recogniseDpkg(path: string, fileBytes: number): Recognised | null {
  if (path === automatic) return wholeFile(fileBytes, maxPathListBytes, automaticFindings)
  if (!path.startsWith(database)) return null
  if (path === `${database}status`) return wholeFile(fileBytes, maxPathListBytes, statusFindings)
  const folder = parentOf(path)
  if (folder === `${database}info` && path.endsWith('.list')) {
    const key = baseOf(path).slice(0, -'.list'.length)
    return wholeFile(fileBytes, maxPathListBytes, (bytes) => [
      { ecosystem: 'deb', key, name: withoutArchitecture(key), path, files: listedFiles(bytes) },
    ])
  }
  if (folder !== `${database}status.d`) return null
  if (path.endsWith('.md5sums')) {
    const key = path.slice(0, -'.md5sums'.length)
    return wholeFile(fileBytes, maxPathListBytes, (bytes) => [{ ecosystem: 'deb', key, files: summedFiles(bytes) }])
  }
  return startOfFile(fileBytes, 64 * 1024, (bytes) => {
    const fields = headerFields(bytes, ['Package', 'Version'])
    const name = fields.get('Package')
    return name ? [{ ecosystem: 'deb', key: path, name, version: fields.get('Version') ?? null }] : null
  })
}

/**
 * Removes the architecture from a name. A package that is installed for several architectures has a list called
 * `NAME:ARCHITECTURE`.
 */
function withoutArchitecture(key: string): string {
  const at = key.indexOf(':')
  return at === -1 ? key : key.slice(0, at)
}

/**
 * Returns the installed packages in dpkg's `status` file. The file has one paragraph for each package and also covers
 * the layers below. A removed package may keep its paragraph, with the old version, so the state is checked.
 */
function statusFindings(status: Buffer): readonly Finding[] {
  const found: Finding[] = []
  let [name, version, architecture, multi, state] = ['', '', '', '', '']
  let [before, depends, recommends, provides, isRequired] = ['', '', '', '', false]
  const end = (): void => {
    const isInstalled = state.endsWith(' installed')
    if (name !== '' && version !== '' && isInstalled && found.length < maxFindings) {
      found.push({
        ecosystem: 'deb',
        key: multi === 'same' ? `${name}:${architecture}` : name,
        version,
        debian: {
          ...{ name, architecture, multiArch: multi, recommends, provides, isRequired },
          depends: `${before},${depends}`,
        },
      })
    }
    ;[name, version, architecture, multi, state] = ['', '', '', '', '']
    ;[before, depends, recommends, provides, isRequired] = ['', '', '', '', false]
  }
  forEachLine(status, (from, to) => {
    if (from === to) end()
    // Check the names first, because most lines belong to descriptions and dependencies.
    else if (isAt(status, from, to, 'Package:')) name = valueOf(status, from, to, 'Package') ?? ''
    else if (isAt(status, from, to, 'Version:')) version = valueOf(status, from, to, 'Version') ?? ''
    else if (isAt(status, from, to, 'Architecture:')) architecture = valueOf(status, from, to, 'Architecture') ?? ''
    else if (isAt(status, from, to, 'Multi-Arch:')) multi = valueOf(status, from, to, 'Multi-Arch') ?? ''
    else if (isAt(status, from, to, 'Status:')) state = valueOf(status, from, to, 'Status') ?? ''
    else if (isAt(status, from, to, 'Pre-Depends:')) before = relationOf(status, from, to, 'Pre-Depends')
    else if (isAt(status, from, to, 'Depends:')) depends = relationOf(status, from, to, 'Depends')
    else if (isAt(status, from, to, 'Recommends:')) recommends = relationOf(status, from, to, 'Recommends')
    else if (requiring.some((line) => to - from === line.length && isAt(status, from, to, line))) isRequired = true
    else if (isAt(status, from, to, 'Provides:')) provides = relationOf(status, from, to, 'Provides')
  })
  end()
  return found
}

/** Lines of a package that the system needs in any case. */
const requiring = ['Essential: yes', 'Important: yes']

/** Longest field of relations, in bytes. Without the end of such a field, a needed package would look like another. */
const maxRelationBytes = 64 * 1024

/** @throws Error if the field is too long */
function relationOf(status: Buffer, from: number, to: number, name: string): string {
  if (to - from > maxRelationBytes) throw new Error(`${name} of more than ${maxRelationBytes} bytes`)
  return status.toString('utf8', from + name.length + 1, to)
}

/**
 * Returns the packages that apt installed because of others, from `var/lib/apt/extended_states`. Like `status`, it has
 * one paragraph for each package.
 */
function automaticFindings(states: Buffer): readonly Finding[] {
  const found = new Set<string>()
  let [name, architecture, isAutomatic] = ['', '', false]
  const end = (): void => {
    if (isAutomatic && name !== '') found.add(architecture === '' ? name : `${name}:${architecture}`)
    ;[name, architecture, isAutomatic] = ['', '', false]
  }
  forEachLine(states, (from, to) => {
    if (from === to) end()
    else if (isAt(states, from, to, 'Package:')) name = valueOf(states, from, to, 'Package') ?? ''
    else if (isAt(states, from, to, 'Architecture:')) architecture = valueOf(states, from, to, 'Architecture') ?? ''
    else if (isAt(states, from, to, 'Auto-Installed:'))
      isAutomatic = valueOf(states, from, to, 'Auto-Installed') === '1'
  })
  end()
  return [...found].slice(0, maxFindings).map((key) => ({ ecosystem: 'deb', key, isAutomatic: true }))
}

/**
 * Returns a function that lists the files in a `.list` file. Each line is an absolute path. Folders are listed too, but
 * they have no bytes.
 */
function listedFiles(list: Buffer): (onPath: OnPath) => void {
  return (onPath) => {
    const path = new PathBytes()
    forEachLine(list, (from, to) => path.resolve(list, from, to, onPath))
  }
}

/**
 * Returns a function that lists the files in an `.md5sums` file. Each line is a digest and a path, separated by two
 * spaces.
 */
function summedFiles(sums: Buffer): (onPath: OnPath) => void {
  return (onPath) => {
    const path = new PathBytes()
    forEachLine(sums, (from, to) => {
      let at = placeOf(space, sums, from, to)
      if (at === to) return
      while (sums[at] === space) at += 1
      path.resolve(sums, at, to, onPath)
    })
  }
}
