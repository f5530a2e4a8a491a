/** Reads the attributes of tracked files, as a `.gitattributes` of the work tree sets them. */
import { pathspec } from './build-reading.ts'
import type { Git } from './run-git.ts'

/** An attribute that a tracked file has: one that is neither unspecified nor unset. */
export interface Attribute {
  /** Relative to the root of the repository. */
  readonly path: string
  readonly name: string
  /** `set` if the attribute has no value of its own. */
  readonly value: string
}

/**
 * Returns which of these attributes the tracked files below a folder have, or a file itself. Returns null if Git fails.
 *
 * A pathspec with `attr:` would need one call less. But below a folder in a folder, Git 2.39 compares it with a path that
 * has lost its beginning, and finds no rule that names a folder.
 */
export async function attributesBelow(
  git: Git,
  prefix: string,
  names: readonly string[],
): Promise<readonly Attribute[] | null> {
  const tracked = await git(['ls-files', '-z', '--full-name', '--', pathspec(prefix)])
  if (!tracked.ok) return null
  const answer = await git(['check-attr', '-z', '--stdin', ...names], { stdin: tracked.stdout })
  if (!answer.ok) return null
  // Three fields for each file and attribute, each with a zero byte after it. A value may be empty.
  const fields = answer.stdout.split('\0')
  const attributes: Attribute[] = []
  for (let i = 0; i + 2 < fields.length; i += 3) {
    const [path = '', name = '', value = ''] = fields.slice(i, i + 3)
    if (value !== 'unspecified' && value !== 'unset') attributes.push({ path, name, value })
  }
  return attributes
}

/**
 * Returns the tracked files below a folder, or a file itself, whose content Git converts before it compares them with the
 * commit so that different contents may count as equal: with the attribute `ident`, everything after `$Id:`. The
 * attributes are those of the work tree, as in a status. Returns null if Git fails.
 */
export async function convertedBelow(git: Git, prefix: string): Promise<readonly string[] | null> {
  const attributes = await attributesBelow(git, prefix, ['ident', 'working-tree-encoding'])
  return attributes && [...new Set(attributes.map(({ path }) => path))]
}
