/** Rust: the sources and archives of crates that Cargo keeps. */
import { startOfFile, type Finding, type Recognised } from './finding.ts'
import { forEachLine } from './lines.ts'
import { baseOf, parentOf, textPaths } from './path-bytes.ts'

/** `[package]` comes first in what Cargo publishes. Bytes. */
const headBytes = 16 * 1024

/** `registry/src/INDEX/NAME-VERSION/Cargo.toml`; the archive is `registry/cache/INDEX/NAME-VERSION.crate`. */
export function recogniseCargo(path: string, fileBytes: number): Recognised | null {
  const directory = parentOf(path)
  const sources = parentOf(directory)
  const registry = parentOf(parentOf(sources))
  if (baseOf(parentOf(sources)) !== 'src' || baseOf(registry) !== 'registry') return null
  return startOfFile(fileBytes, headBytes, (bytes) =>
    crateFindings(bytes, directory, `${registry}/cache/${baseOf(sources)}/${baseOf(directory)}.crate`),
  )
}

function crateFindings(manifest: Buffer, directory: string, archive: string): readonly Finding[] | null {
  const told = { name: '', version: '' }
  let section = ''
  forEachLine(manifest, (from, to) => {
    const line = manifest.toString('utf8', from, Math.min(to, from + 1024)).trim()
    if (line.startsWith('[')) section = line
    else if (section !== '[package]') return
    else if (told.name === '') told.name = valueOf(line, 'name') ?? ''
    if (section === '[package]' && told.version === '') told.version = valueOf(line, 'version') ?? ''
  })
  if (told.name === '') return null
  return [
    {
      ecosystem: 'cargo',
      key: directory,
      name: told.name,
      version: told.version || null,
      directories: [directory],
      files: textPaths('', [archive]),
    },
  ]
}

/** Of `key = "value"`. */
function valueOf(line: string, key: string): string | null {
  const parts = line.split('"', 3)
  return parts.length === 3 && parts[0]?.replaceAll(' ', '') === `${key}=` ? (parts[1] ?? null) : null
}
