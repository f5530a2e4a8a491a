/** Finds Rust crates: the sources and archives that Cargo keeps in its registry folder. */
import { startOfFile, type Finding, type Recognised } from './finding.ts'
import { forEachLine } from './lines.ts'
import { baseOf, parentOf, textPaths } from './path-bytes.ts'

/** Number of bytes to read. Cargo writes the `[package]` section first in the manifests that it publishes. */
const headBytes = 16 * 1024

/**
 * Recognises `registry/src/INDEX/NAME-VERSION/Cargo.toml`. The archive of the crate is
 * `registry/cache/INDEX/NAME-VERSION.crate`.
 */
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
  const crate = { name: '', version: '' }
  let section = ''
  forEachLine(manifest, (from, to) => {
    const line = manifest.toString('utf8', from, Math.min(to, from + 1024)).trim()
    if (line.startsWith('[')) section = line
    else if (section !== '[package]') return
    else if (crate.name === '') crate.name = valueOf(line, 'name') ?? ''
    if (section === '[package]' && crate.version === '') crate.version = valueOf(line, 'version') ?? ''
  })
  if (crate.name === '') return null
  return [
    {
      ecosystem: 'cargo',
      key: directory,
      name: crate.name,
      version: crate.version || null,
      directories: [directory],
      files: textPaths('', [archive]),
    },
  ]
}

/** Returns the value of a `key = "value"` line, or null if the line has another key or another form. */
function valueOf(line: string, key: string): string | null {
  const parts = line.split('"', 3)
  return parts.length === 3 && parts[0]?.replaceAll(' ', '') === `${key}=` ? (parts[1] ?? null) : null
}
