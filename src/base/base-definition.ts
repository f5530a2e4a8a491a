/** Reads the bake definition of the base revision, by running bake in the base's files, and adjusts its paths. */
import { mkdir, rm, symlink } from 'node:fs/promises'
import { basename, dirname, isAbsolute, join, relative, resolve } from 'node:path'
import { NotPrinted, readBakeDefinition } from '../docker/user-bake.ts'
import { insideOf, isFile, isRealFolder } from '../files.ts'
import type { BakeInputs } from '../inputs/bake-inputs.ts'
import { isOwnGitContext, isRemoteContext } from '../inputs/git-context.ts'
import type { Environment } from '../inputs/inputs.ts'
import { sourceOf, withSource } from '../plan/bake-attributes.ts'
import {
  hasDefaultDockerfile,
  isFolderContext,
  keyPaths,
  parseDefinition,
  withKeyPaths,
  type BakeDefinition,
  type Target,
} from '../plan/bake-definition.ts'
import { enumerated } from '../text.ts'
import type { Unavailable } from '../unavailable.ts'
import { baseContextOf, baseFolderOf, baseSourceOf, gitContextAt, realPlaceOf } from './base-source.ts'
import type { TwoTrees } from './base-tree.ts'
import type { BaselineNote } from './baseline-note.ts'

/**
 * Returns the definition as bake prints it, with its paths in the user's work tree, so that it can be compared with the
 * head's. Requested targets that the base does not have are left out.
 *
 * @param head the definition of the head; files of its secrets may be in the work tree without being in a commit
 * @throws NotPrinted if bake does not print a definition
 */
export async function readBaseDefinition(
  bake: BakeInputs,
  head: BakeDefinition,
  trees: TwoTrees,
  signal: AbortSignal,
): Promise<BakeDefinition | Unavailable> {
  const folder = await baseFolderOf({ ...trees, folder: bake.folder })
  if (folder === null) return { why: 'the folder of the bake files is outside of the Git checkout' }
  if (!(await isRealFolder(folder))) return lacks(`folder ${insideOf(trees.baseFolder, folder) ?? ''}`)
  const files: string[] = []
  for (const file of bake.files) {
    const path = await baseFileOf(resolve(bake.folder, file.replace(/^cwd:\/\//, '')), trees)
    if (!(await isFile(path))) return lacks(`bake file ${insideOf(trees.baseFolder, path) ?? file}`)
    // A relative path, so that bake's messages do not show our temporary folder.
    files.push(insideOf(trees.baseFolder, path) === null ? path : relative(folder, path))
  }
  const placed = await placeSecrets(head, trees)
  try {
    const printed = await printWhatIsThere({ ...bake, folder, files }, signal)
    return 'why' in printed ? printed : parseDefinition(printed.json, bake.folder)
  } finally {
    await placed.remove()
  }
}

/** Says what the base lacks, and what follows. */
const lacks = (what: string): Unavailable => ({ why: `it has no ${what}, so it has no image to compare with` })

/**
 * Prints the definition for the names that exist. Bake rejects a list with an unknown name, so unknown names are
 * removed one at a time.
 */
async function printWhatIsThere(
  written: BakeInputs,
  signal: AbortSignal,
): Promise<{ readonly json: unknown } | Unavailable> {
  let bake = written
  for (;;) {
    try {
      return { json: await readBakeDefinition(bake, signal) }
    } catch (error) {
      if (!(error instanceof NotPrinted)) throw error
      // No file was named, and the folder has none of those that bake looks for.
      if (error.said === "couldn't find a bake definition") return lacks('bake file')
      const target = wordBehind(error.said, 'failed to find target ', '')
      const pattern = wordBehind(error.said, "could not find any target matching '", "'")
      const targets = bake.targets.filter((name) => name !== target)
      // Without any name, bake would use the group `default`.
      const set = bake.set.filter((override) => pattern === null || patternOf(override) !== pattern)
      if (targets.length === 0 && target !== null) return lacks(enumerated('target', written.targets))
      if (targets.length === bake.targets.length && set.length === bake.set.length) throw error
      bake = { ...bake, targets, set }
    }
  }
}

/** Returns the part of a message between these words and its end. Returns null if the message has another form. */
function wordBehind(message: string, words: string, end: string): string | null {
  const at = message.indexOf(words)
  const word = message.slice(at + words.length, message.length - end.length)
  return at < 0 || word === '' || !message.endsWith(end) ? null : word
}

/** Returns the targets that an override applies to. */
const patternOf = (override: string): string => override.split('.', 1)[0] ?? ''

/**
 * Makes the files of secrets and keys available in the base. Bake checks that they exist, and in a workflow they are
 * often not in a commit. While bake prints, the base contains links to the user's files. Nothing is built there at that
 * time.
 */
async function placeSecrets(
  { targets }: BakeDefinition,
  trees: TwoTrees,
): Promise<{ readonly remove: () => Promise<void> }> {
  const made: string[] = []
  const remove = async (): Promise<void> => {
    for (const path of made.toReversed()) await rm(path, { recursive: true, force: true })
  }
  const paths = new Set(
    [...targets.values()].flatMap((target) => [
      ...(target.secret ?? []).map(sourceOf),
      ...(target.ssh ?? []).flatMap(keyPaths),
    ]),
  )
  try {
    for (const path of paths) {
      if (path === null) continue
      const place = await baseFileOf(resolve(path), trees)
      // The base may have a symbolic link where the head has a folder.
      if (insideOf(await realPlaceOf(trees.baseFolder), await realPlaceOf(place)) === null) continue
      if ((await isFile(place)) || !(await isFile(path))) continue
      const above = await mkdir(dirname(place), { recursive: true })
      if (above !== undefined) made.push(above)
      made.push(place)
      await symlink(resolve(path), place)
    }
  } catch (error) {
    await remove()
    throw error
  }
  return { remove }
}

/** Returns the same file of the base, or the path itself if it is outside of the repository. */
async function baseFileOf(path: string, trees: TwoTrees): Promise<string> {
  const folder = await baseFolderOf({ ...trees, folder: dirname(path) })
  return folder === null ? path : join(folder, basename(path))
}

/** Returns a target with its contexts and its Dockerfile in the base, or a reason why it cannot be built there. */
export async function targetAtBase(
  target: Target,
  trees: TwoTrees,
  { commit, env }: { readonly commit: string; readonly env: Environment },
): Promise<{ readonly target: Target; readonly notes: readonly BaselineNote[] } | Unavailable> {
  const place = await placesIn(target, trees)
  const contexts: [string, string][] = []
  for (const [name, where] of Object.entries(target.contexts ?? {})) {
    const folder = isFolderContext(where) ? await baseFolderOf({ ...trees, folder: where }) : null
    if (folder !== null && !(await isRealFolder(folder)))
      return { why: `the base has no folder ${insideOf(trees.baseFolder, folder) ?? ''}` }
    contexts.push([name, folder ?? ofCommit(where)])
  }
  const common = {
    ...target,
    contexts: Object.fromEntries(contexts),
    secret: (target.secret ?? []).map((secret) => withSource(secret, place)),
    ssh: (target.ssh ?? []).map((key) => withKeyPaths(key, place)),
  }
  const { context } = target
  if (isRemoteContext(context)) {
    // An absolute path is a Dockerfile on this machine. Any other path is relative to the URL.
    const dockerfile = isAbsolute(target.dockerfile) ? await baseFileOf(target.dockerfile, trees) : target.dockerfile
    if (dockerfile !== target.dockerfile && !(await isFile(dockerfile)))
      return { why: `the base has no ${insideOf(trees.baseFolder, dockerfile) ?? ''}` }
    return { target: { ...common, context: ofCommit(context), dockerfile }, notes: [] }
  }
  if (target['dockerfile-inline'] !== null || isRemoteContext(target.dockerfile)) {
    const found = await baseContextOf({ ...trees, context })
    return found.contextFolder === null
      ? { why: found.why }
      : { target: { ...common, context: found.contextFolder }, notes: [] }
  }
  const named = !hasDefaultDockerfile(target)
  const found = await baseSourceOf({
    ...trees,
    context,
    dockerfilePath: named ? target.dockerfile : join(context, 'Dockerfile'),
    named,
  })
  if (found.dockerfilePath === null) return { why: found.why }
  return { target: { ...common, context: found.contextFolder, dockerfile: found.dockerfilePath }, notes: found.notes }

  /** Pins the URL of the repository that is built to the commit, if the definition names it. */
  function ofCommit(where: string): string {
    return isOwnGitContext(where, env) ? (gitContextAt(where, commit) ?? where) : where
  }
}

/**
 * Returns a function for the paths of secrets. A file is taken from the base if the commit contains it, and otherwise
 * it is the user's own.
 */
async function placesIn(target: Target, trees: TwoTrees): Promise<(path: string) => string> {
  const places = new Map<string, string>()
  for (const path of [...(target.secret ?? []).map(sourceOf), ...(target.ssh ?? []).flatMap(keyPaths)]) {
    if (path === null) continue
    const place = await baseFileOf(resolve(path), trees)
    if (await isFile(place)) places.set(path, place)
  }
  return (path) => places.get(path) ?? path
}
