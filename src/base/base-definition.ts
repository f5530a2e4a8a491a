/** The bake definition of the base revision, asked of bake in the base's own files, with paths that lead there. */
import { mkdir, rm, symlink } from 'node:fs/promises'
import { basename, dirname, isAbsolute, join, relative, resolve } from 'node:path'
import { NotPrinted, readBakeDefinition } from '../docker/user-bake.ts'
import { insideOf } from '../files.ts'
import type { BakeInputs } from '../inputs/bake-inputs.ts'
import { isOwnGitContext } from '../inputs/git-context.ts'
import type { Environment } from '../inputs/inputs.ts'
import {
  hasDefaultDockerfile,
  isFolderContext,
  keyPaths,
  parseDefinition,
  sourceOf,
  withKeyPaths,
  withSource,
  type BakeDefinition,
  type Target,
} from '../plan/bake-definition.ts'
import { isRemoteContext } from '../plan/build-source.ts'
import type { Unavailable } from '../unavailable.ts'
import {
  baseContextOf,
  baseFolderOf,
  baseSourceOf,
  gitContextAt,
  isFile,
  isFolder,
  realPlaceOf,
} from './base-source.ts'
import type { TwoTrees } from './base-tree.ts'
import type { BaselineNote } from './baseline-note.ts'

/**
 * As bake gives it, with its paths in the user's work tree, so that it can be held against the head's. What was asked
 * for and the base does not have is not in it.
 *
 * @param head the definition of the head: files of its secrets may lie in the work tree and be of no commit
 * @throws NotPrinted where bake gives none
 */
export async function readBaseDefinition(
  bake: BakeInputs,
  head: BakeDefinition,
  trees: TwoTrees,
  signal: AbortSignal,
): Promise<BakeDefinition | Unavailable> {
  const folder = await baseFolderOf({ ...trees, folder: bake.folder })
  if (folder === null) return { why: 'the folder of the bake files is outside of the Git checkout' }
  if (!(await isFolder(folder))) return { why: `the base has no folder ${insideOf(trees.baseFolder, folder) ?? ''}` }
  const files: string[] = []
  for (const file of bake.files) {
    const path = await baseFileOf(resolve(bake.folder, file.replace(/^cwd:\/\//, '')), trees)
    if (!(await isFile(path))) return { why: `the base has no ${insideOf(trees.baseFolder, path) ?? file}` }
    // What bake says of it shows no folder of ours.
    files.push(insideOf(trees.baseFolder, path) === null ? path : relative(folder, path))
  }
  const placed = await placeSecrets(head, trees)
  try {
    return parseDefinition(await printWhatIsThere({ ...bake, folder, files }, signal), bake.folder)
  } finally {
    await placed.remove()
  }
}

/** Bake refuses a list with a name that it does not know, so each of them is left out in turn. */
async function printWhatIsThere(asked: BakeInputs, signal: AbortSignal): Promise<unknown> {
  let bake = asked
  for (;;) {
    try {
      return await readBakeDefinition(bake, signal)
    } catch (error) {
      if (!(error instanceof NotPrinted)) throw error
      const target = wordBehind(error.said, 'failed to find target ', '')
      const pattern = wordBehind(error.said, "could not find any target matching '", "'")
      const targets = bake.targets.filter((name) => name !== target)
      // Without any name bake would take the group `default`.
      const set = bake.set.filter((override) => pattern === null || patternOf(override) !== pattern)
      if (targets.length === 0 && target !== null) throw error
      if (targets.length === bake.targets.length && set.length === bake.set.length) throw error
      bake = { ...bake, targets, set }
    }
  }
}

/** What ends a message behind these words and before that end; null where it does not. */
function wordBehind(message: string, words: string, end: string): string | null {
  const at = message.indexOf(words)
  const word = message.slice(at + words.length, message.length - end.length)
  return at < 0 || word === '' || !message.endsWith(end) ? null : word
}

/** The targets that an override is for. */
const patternOf = (override: string): string => override.split('.', 1)[0] ?? ''

/**
 * Bake looks whether the files of secrets and keys are there, and those of a workflow often are of no commit. While it
 * prints, links to the user's stand in the base, where nothing is built yet.
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
      // The base may have a link where the head has a folder.
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

/** The same file of the base; itself, where it lies outside of the repository. */
async function baseFileOf(path: string, trees: TwoTrees): Promise<string> {
  const folder = await baseFolderOf({ ...trees, folder: dirname(path) })
  return folder === null ? path : join(folder, basename(path))
}

/** A target with its contexts and its Dockerfile in the base, or a clause why it cannot be built there. */
export async function targetAtBase(
  target: Target,
  trees: TwoTrees,
  { commit, env }: { readonly commit: string; readonly env: Environment },
): Promise<{ readonly target: Target; readonly notes: readonly BaselineNote[] } | Unavailable> {
  const place = await placesIn(target, trees)
  const contexts: [string, string][] = []
  for (const [name, where] of Object.entries(target.contexts ?? {})) {
    const folder = isFolderContext(where) ? await baseFolderOf({ ...trees, folder: where }) : null
    if (folder !== null && !(await isFolder(folder)))
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
    // A Dockerfile of this machine; others are of the address.
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

  /** The repository that is built, where a definition names it by its address. */
  function ofCommit(where: string): string {
    return isOwnGitContext(where, env) ? (gitContextAt(where, commit) ?? where) : where
  }
}

/** A secret's file is the base's where the commit holds it, else the user's own. */
async function placesIn(target: Target, trees: TwoTrees): Promise<(path: string) => string> {
  const places = new Map<string, string>()
  for (const path of [...(target.secret ?? []).map(sourceOf), ...(target.ssh ?? []).flatMap(keyPaths)]) {
    if (path === null) continue
    const place = await baseFileOf(resolve(path), trees)
    if (await isFile(place)) places.set(path, place)
  }
  return (path) => places.get(path) ?? path
}
