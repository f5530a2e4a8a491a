/** Finds programs in a file system. Pure. */
import type { FileSystem } from '../filesystem/file-system.ts'
import { root } from '../layer/path-tree.ts'

/** Where programs of systems and tools are, such as `/usr/bin`, `/usr/local/go/bin` and `/usr/share/dotnet`. */
const folders: readonly string[] = ['bin', 'sbin', 'scripts', 'cmd', 'dotnet', '.dotnet']

/**
 * Returns which of these programs an image may have. A link counts as the program, and so does one that a later layer
 * deleted. Scripts that projects bring for a tool (`gradlew`) may be anywhere, other programs only in a folder such as
 * `bin`.
 *
 * @param names in lower case. A name that ends in `w` is that of such a script.
 */
export function programsIn({ tree }: FileSystem, names: Iterable<string>): ReadonlySet<string> {
  const written = [...names].flatMap((name) => [
    { name, bytes: Buffer.from(name) },
    { name, bytes: Buffer.from(`${name}.exe`) },
  ])
  const byLength = Map.groupBy(written, ({ bytes }) => bytes.length)
  const found = new Set<string>()
  for (let node = root + 1; node < tree.count; node += 1)
    for (const { name, bytes } of byLength.get(tree.nameBytes(node)) ?? [])
      if (
        tree.isNamed(node, bytes) &&
        (name.endsWith('w') || folders.includes(tree.name(tree.parent(node)).toLowerCase()))
      )
        found.add(name)
  return found
}
