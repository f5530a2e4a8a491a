/** The parts of a release, which must agree: the tag, the version, the changelog and the bundle. */

export interface Manifest {
  readonly name: string
  readonly version: string
  readonly description: string
  readonly license: string
  readonly type: string
  readonly bin: Readonly<Record<string, string>>
  readonly man: readonly string[]
  readonly engines: Readonly<Record<string, string>>
}

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

/** Folders and files of the npm package, besides its manifest. All code is bundled. */
export const packaged = ['LICENSE', 'README.md', 'dist/cli', 'man', 'schema'] as const

/**
 * Returns the manifest of the npm package. It has no dependencies, because the bundle needs none, and no scripts.
 *
 * @param repository OWNER/NAME, which npm compares with the provenance
 */
export function publishedManifest(
  { name, version, description, license, type, bin, man, engines }: Manifest,
  repository: string,
): object {
  return {
    name,
    version,
    description,
    license,
    repository: { type: 'git', url: `git+https://github.com/${repository}.git` },
    type,
    bin,
    man,
    engines,
    publishConfig: { access: 'public', provenance: true },
  }
}
