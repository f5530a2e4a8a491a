/** The parts of a release that must agree: the tag, the version and the changelog. */

/**
 * Checks the tag of a release.
 *
 * @throws Error if the tag is not `v` and this version
 */
export function requireTag(tag: string, version: string): void {
  if (!/^\d+\.\d+\.\d+$/.test(version))
    throw new Error(`the version in package.json is "${version}", and has to be MAJOR.MINOR.PATCH`)
  if (tag !== `v${version}`)
    throw new Error(`the tag is "${tag}", and the version in package.json is ${version}: the tag has to be v${version}`)
}

/**
 * Returns the section of a version, without its heading.
 *
 * @throws Error if the changelog has no such section, or an empty one
 */
export function notesOf(changelog: string, version: string): string {
  const lines = changelog.split('\n')
  const isHeading = (line: string): boolean => line.startsWith('## ')
  const start = lines.findIndex((line) => isHeading(line) && line.slice(3).split(/\s/, 1)[0] === version)
  if (start === -1) throw new Error(`CHANGELOG.md has no section "## ${version}"`)
  const length = lines.slice(start + 1).findIndex(isHeading)
  const notes = lines
    .slice(start + 1, length === -1 ? undefined : start + 1 + length)
    .join('\n')
    .trim()
  if (notes === '') throw new Error(`the section "## ${version}" of CHANGELOG.md is empty`)
  return `${notes}\n`
}
