/** Finds Ruby gems in `specifications/`, which RubyGems writes. */
import { startOfFile, type Finding, type Recognised } from './finding.ts'
import { forEachLine, isAt } from './lines.ts'
import { baseOf, parentOf } from './path-bytes.ts'

/** Number of bytes to read. The stub line is one of the first lines. */
const headBytes = 4096
const stub = '# stub: '
const built = '/gem.build_complete'

/** Recognises a `*.gemspec` in `specifications`. */
export function recogniseGem(path: string, fileBytes: number): Recognised | null {
  const specifications = parentOf(path)
  if (baseOf(specifications) !== 'specifications') return null
  const root = parentOf(specifications)
  const full = baseOf(path).slice(0, -'.gemspec'.length)
  return startOfFile(fileBytes, headBytes, (bytes) => gemFindings(bytes, root, full))
}

/**
 * Recognises a folder of compiled extensions, `extensions/PLATFORM/RUBY/NAME-VERSION/gem.build_complete`. The marker
 * file is empty, so only its path is used.
 */
export function recogniseExtension(path: string): Recognised | null {
  const folder = path.slice(0, -built.length)
  const parts = folder.split('/')
  if (parts.length < 4 || parts[parts.length - 4] !== 'extensions') return null
  const finding: Finding = {
    ecosystem: 'gem',
    key: keyOf(parts.slice(0, -4).join('/'), parts.at(-1) ?? ''),
    directories: [folder],
  }
  return { finding }
}

/** Reads the line `# stub: NAME VERSION PLATFORM PATHS`. The file has the same name as the gem's folder. */
function gemFindings(bytes: Buffer, root: string, full: string): readonly Finding[] | null {
  const fields: string[] = []
  forEachLine(bytes, (from, to) => {
    if (fields.length === 0 && isAt(bytes, from, to, stub))
      fields.push(...bytes.toString('utf8', from + stub.length, Math.min(to, from + 1024)).split(' ', 3))
  })
  const [name = '', version = ''] = fields
  if (name === '' || version === '') return null
  const key = keyOf(root, full)
  return [{ ecosystem: 'gem', key, name, version, directories: [key] }]
}

function keyOf(root: string, full: string): string {
  return root === '' ? `gems/${full}` : `${root}/gems/${full}`
}
