/** Finds out which paths later lines delete, and whether they delete copied files too. Pure. */
import { none } from '../layer/path-tree.ts'
import type { Instruction, Stage } from '../record/footprint.ts'
import { commandsOf, pathsOfFind, runsOnly } from './commands.ts'
import type { StageFiles } from './files.ts'
import { mayOverlap, wholePath, workdirOf } from './mounts.ts'
import { isCopy, isRun } from './rule.ts'

/** Returns the paths that an instruction deletes, as far as it can be read. */
export const deletedPaths = (text: string): readonly string[] => [
  ...commandsOf(text, 'rm', 'rmdir').flatMap(({ words }) => words),
  ...commandsOf(text, 'find').flatMap(({ words }) => pathsOfFind(words)),
]

/**
 * Returns whether a RUN names a folder, or one above it, for deletion.
 *
 * @param instructions of its stage, which set the directory that relative paths begin in
 */
export function deletesFolder(run: Instruction, instructions: readonly Instruction[], folder: string): boolean {
  if (!isRun(run.text)) return false
  const workdir = workdirOf(run, instructions)
  return isInOneOf(new Set(deletedPaths(run.text).map((path) => wholePath(path, workdir)?.replace(/\/$/, ''))), folder)
}

/**
 * Returns a function for whether the RUN of a layer surely deletes a path, whatever it is: `rm` with its name, or
 * recursively with that of a folder above it.
 *
 * @param layer null for none
 */
export function removalAt({ layers, instructions = [] }: Stage, layer: number | null): (path: string) => boolean {
  const run = layer === null ? null : (layers[layer]?.instruction ?? null)
  if (run === null || !isRun(run.text)) return () => false
  const workdir = workdirOf(run, instructions)
  const named = new Set<string>()
  const folders = new Set<string>()
  for (const { options, words } of commandsOf(run.text, 'rm'))
    for (const word of words) {
      const path = wholePath(word, workdir)?.replace(/\/$/, '')
      if (path !== undefined) (options.some(isRecursive) ? folders : named).add(path)
    }
  return (path) => named.has(path) || isInOneOf(folders, path)
}

function isInOneOf(folders: ReadonlySet<string | undefined>, path: string): boolean {
  for (let end = path.length; end > 0; end = path.lastIndexOf('/', end - 1))
    if (folders.has(path.slice(0, end))) return true
  return false
}

/** Returns whether an instruction deletes whole folders, which may have other files. */
export const deletesFolders = (text: string): boolean =>
  commandsOf(text, 'rm', 'find').some(({ name, options }) => name === 'find' || options.some(isRecursive))

const isRecursive = (option: string): boolean => /^-[a-z]*r|^--recursive/i.test(option)

/** Returns whether a RUN does nothing but delete files, and does not fail if there are none. */
export function deletesAnyway(text: string): boolean {
  const isForced = (option: string): boolean => /^-[a-z]*f|^--force/i.test(option)
  return runsOnly(text, 'rm') && commandsOf(text, 'rm').every(({ options }) => options.some(isForced))
}

/** Returns whether a RUN does nothing but delete files and folders that it names without patterns. */
export const onlyRemoves = (text: string): boolean =>
  /^\s*RUN\s/i.test(text) &&
  runsOnly(text, 'rm', 'rmdir') &&
  !/[$`"'<>#|;(){}*?[]|\s--(?:mount|network|security)\b/.test(text)

/**
 * Returns a function that tells whether the deletion of a file also deletes copied files, or is a part of such a
 * deletion. An edit that leaves out the copy may mount them there.
 */
export function deletionsWithCopies(
  files: StageFiles,
  { layers, instructions = [] }: Stage,
): (file: number) => boolean {
  const { tree, files: table } = files.fileSystem
  const deletions = layers.map(({ instruction }): readonly string[] => {
    if (instruction === null) return []
    const workdir = workdirOf(instruction, instructions)
    return deletedPaths(instruction.text).flatMap((path) => wholePath(path, workdir) ?? [])
  })
  const deletionOf = (file: number): string | undefined => {
    const some = deletions[table.hiderOf(file)] ?? []
    const path = `/${tree.path(table.nodeOf(file))}`
    return some.find((one) => mayOverlap(path, one, null))
  }
  const copied = new Set<string>()
  // An edit repeats all commands of a line.
  const lines = new Set<number>()
  for (let file = 1; file <= files.count; file += 1) {
    const later = table.hiderOf(file)
    if (later === none || later === table.adderOf(file) || table.successorOf(file) !== none) continue
    if (!isCopy(files.textOf(files.originOf(file)))) continue
    lines.add(later)
    const deletion = deletionOf(file)
    if (deletion !== undefined) copied.add(deletion)
  }
  const known = new Map<string, boolean>()
  return (file) => {
    if (lines.has(table.hiderOf(file))) return true
    const own = deletionOf(file)
    if (own === undefined) return false
    const answer = known.get(own) ?? [...copied].some((one) => mayOverlap(own, one, null))
    known.set(own, answer)
    return answer
  }
}
