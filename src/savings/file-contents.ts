/** Finds savings by the bytes of files: content that occurs twice, and debug information. Pure. */
import type { LayerPackage } from '../packages/package.ts'
import type { StageFiles } from './files.ts'
import type { Groups } from './groups.ts'
import { debugSymbolsRule, goSymbolsRule, sameBytesRule } from './rules/contents.ts'

/**
 * Adds files whose content another file of this Dockerfile has too, without those of packages.
 *
 * @param floor bytes from which a copy that the same line makes is worth an edit, because each needs its own
 */
export function addSameBytes(files: StageFiles, groups: Groups, floor: number): void {
  const { details } = files
  const byContent = new Map<string, number[]>()
  for (let file = 1; file <= files.count; file += 1) {
    const checksum = details.checksumOf(file)
    if (checksum === null || !isWhole(files, file) || !files.isFree(file)) continue
    // Replacing a package's file by a link would be a change that the package manager does not know of.
    if (hasManager(details.packageOf(file))) continue
    const key = `${files.size(file)} ${checksum}`
    const same = byContent.get(key)
    if (same === undefined) byContent.set(key, [file])
    else same.push(file)
  }
  for (const same of byContent.values()) {
    // The later ones may be made from the first. A file that was copied again for another owner has a high number.
    const [first = 0, ...later] = same.sort((a, b) => files.originOf(a) - files.originOf(b) || a - b)
    for (const file of later) {
      const layer = files.originOf(file)
      if (layer !== files.originOf(first)) groups.add(file, sameBytesRule, layer, { other: first, together: true })
      else if (files.size(file) >= floor)
        groups.add(file, sameBytesRule, layer, { other: first, place: files.fileSystem.files.nodeOf(file) })
    }
  }
}

/** Adds debug information and symbols of programs that this Dockerfile compiles or copies. */
export function addDebugSymbols(files: StageFiles, groups: Groups): void {
  const { details } = files
  for (let file = 1; file <= files.count; file += 1) {
    const bytes = details.debugBytesOf(file)
    // Facts come from a file that others may have written, and a file cannot have more than its bytes.
    if (bytes === 0 || bytes > files.size(file) || !isWhole(files, file)) continue
    // Stripping a package's file would be a change that the package manager does not know of.
    const owner = details.packageOf(file)
    if (hasManager(owner)) continue
    const rule = owner?.ecosystem === 'golang' ? goSymbolsRule : debugSymbolsRule
    groups.add(file, rule, files.originOf(file), { bytes, together: true })
  }
}

/** Ecosystems whose files no package manager installs: programs of Go and Rust, and archives of Java. */
const unmanaged: ReadonlySet<string> = new Set(['cargo', 'golang', 'maven'])

/** Returns whether a package manager owns the files of a package. */
const hasManager = (owner: LayerPackage | null): boolean => owner !== null && !unmanaged.has(owner.ecosystem)

/** Returns whether an edit of this Dockerfile can change the file, and only one path has it. */
function isWhole(files: StageFiles, file: number): boolean {
  return (
    files.remains(file) &&
    !files.fileSystem.files.isLinked(file) &&
    files.isEditable(file) &&
    files.isOwnLayer(files.originOf(file))
  )
}
