import { basename, isAbsolute, relative, resolve } from 'node:path'
import { currentFolder, insideOf } from '../files.ts'
import { bakeArguments, type BakeInputs } from '../inputs/bake-inputs.ts'
import { isRemoteContext } from '../inputs/git-context.ts'
import type { BuildInputs, StageCompression } from '../inputs/inputs.ts'
import { maskCall } from '../inputs/mask.ts'
import { maskCredentials } from '../url-secrets.ts'
import { layerOptions } from '../plan/weighing-calls.ts'

/**
 * Returns everything that affects the bytes of a revision besides its commit, as text. Two records are comparable if it
 * is equal. Of build arguments, only the names count. Their values may be secret, so nothing derived from them is kept.
 *
 * @param folder root of the repository, which paths are made relative to. Null if there is none: folders are then left
 * out, since they only say from where the program was run
 */
export function settingsOf(build: BuildInputs, stageCompression: StageCompression, folder: string | null): string {
  const names = build.buildArgs.map((argument) => argument.split('=', 1)[0] ?? '').toSorted()
  const parts = [
    ['context', isRemoteContext(build.context) ? withoutRevision(build.context) : folderIn(build.context, folder)],
    ['file', build.file === null ? '' : maskCredentials(fileOf(build.file, build.context, folder))],
    ['target', build.target ?? ''],
    ['build arguments', names.join(' ')],
    ['build contexts', [...build.buildContexts.keys()].toSorted().join(' ')],
    ['layers', layerOptions(build.outputs).toSorted().join(' ')],
    ['builder stages', stageCompression === 'uncompressed' ? 'uncompressed' : ''],
  ]
  return inWords(parts)
}

/** Returns the same for a bake. Its definition belongs to the commit, so only arguments that affect layers count. */
export function settingsOfBake(bake: BakeInputs, stageCompression: StageCompression, folder: string | null): string {
  const set = bake.set.flatMap(layerOverride)
  const files = bake.files.map((file) => fileWithin(file, folder))
  return inWords([
    // Attestations change no layer, and they name the run. Neither do flags such as `--push` and `--builder`.
    ['bake', maskCall(bakeArguments({ ...bake, files, set, attestations: [], flags: [] })).join(' ')],
    ['in', isRemoteContext(bake.folder) ? bake.folder : withoutDot(folderIn(bake.folder, folder))],
    ['builder stages', stageCompression === 'uncompressed' ? 'uncompressed' : ''],
  ])
}

/** Attributes of a target that change no layer. */
const besideLayers: ReadonlySet<string> = new Set([
  ...['annotations', 'attest', 'cache-from', 'cache-to', 'labels', 'load', 'no-cache', 'pull', 'push', 'tags'],
])

/** Returns an override such as `*.platform=…` if it affects layers. Of an output, only the options that do are kept. */
function layerOverride(override: string): readonly string[] {
  const [key = '', ...value] = override.split('=')
  const attribute = (key.split('.')[1] ?? '').replace('+', '')
  if (besideLayers.has(attribute)) return []
  if (attribute !== 'output') return [override]
  const options = layerOptions([value.join('=')]).toSorted()
  return options.length === 0 ? [] : [`${key}=${options.join(',')}`]
}

/**
 * Returns the name of a bake file that is outside of the repository. Its folder is another one in each run, as for the
 * file that docker/metadata-action writes.
 */
function fileWithin(file: string, root: string | null): string {
  const path = file.replace(/^cwd:\/\//, '')
  return root !== null && isAbsolute(path) && insideOf(root, path) === null ? basename(path) : file
}

/** Returns a folder as seen from the root of the repository. Empty if there is no repository. */
const folderIn = (path: string, root: string | null): string => (root === null || path === '-' ? '' : place(path, root))

const withoutDot = (path: string): string => (path === '.' ? '' : path)

/** Returns the path of a Dockerfile as seen from the root of the repository. If there is none, as seen from the context. */
function fileOf(file: string, context: string, root: string | null): string {
  if (file === '-' || isRemoteContext(file) || isRemoteContext(context)) return file
  if (root !== null) return place(file, root)
  return context === '-' ? file : relative(resolve(currentFolder(), context), resolve(currentFolder(), file))
}

/** Paths that are relative to the root already stay as they are written, as in records of earlier releases. */
function place(path: string, root: string): string {
  const here = currentFolder()
  if (isAbsolute(path)) return relative(root, path) || '.'
  // The current folder may be outside of the repository, as if two checkouts are beside each other.
  return here === root || insideOf(root, resolve(here, path)) === null
    ? path
    : relative(root, resolve(here, path)) || '.'
}

function inWords(parts: readonly (readonly string[])[]): string {
  return parts
    .filter(([, value]) => value !== '')
    .map(([name, value]) => `${name ?? ''}: ${value ?? ''}`)
    .join('; ')
}

/**
 * Returns a Git context without credentials and without its ref, which changes on every run. The subfolder stays. The
 * rest of a URL's query is removed, because it may contain a key.
 */
function withoutRevision(context: string): string {
  if (!isRemoteContext(context)) return context
  const [address, ...fragment] = context.split('#')
  const [path = '', ...query] = (address ?? '').split('?')
  const subfolder = fragment.join('#').split(':')[1] ?? new URLSearchParams(query.join('?')).get('subdir')
  return maskCredentials(path) + (subfolder === null ? '' : `#:${subfolder}`)
}
