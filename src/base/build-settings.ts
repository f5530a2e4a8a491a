import { isAbsolute, relative } from 'node:path'
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
 * @param folder root of the repository, which paths are made relative to
 */
export function settingsOf(build: BuildInputs, stageCompression: StageCompression, folder: string): string {
  const names = build.buildArgs.map((argument) => argument.split('=', 1)[0] ?? '').toSorted()
  const parts = [
    ['context', place(withoutRevision(build.context), folder)],
    ['file', build.file === null ? '' : maskCredentials(place(build.file, folder))],
    ['target', build.target ?? ''],
    ['build arguments', names.join(' ')],
    ['build contexts', [...build.buildContexts.keys()].toSorted().join(' ')],
    ['layers', layerOptions(build.outputs).toSorted().join(' ')],
    ['builder stages', stageCompression === 'uncompressed' ? 'uncompressed' : ''],
  ]
  return inWords(parts)
}

/** Returns the same for a bake. Its definition belongs to the commit, so only its arguments count. */
export function settingsOfBake(bake: BakeInputs, stageCompression: StageCompression, folder: string): string {
  const set = bake.set.filter((override) => !cacheOverride.test(override))
  return inWords([
    // Attestations change no layer, and they name the run. Caches change nothing that is built.
    ['bake', maskCall(bakeArguments({ ...bake, set, attestations: [] })).join(' ')],
    ['in', bake.folder === '.' ? '' : place(bake.folder, folder)],
    ['builder stages', stageCompression === 'uncompressed' ? 'uncompressed' : ''],
  ])
}

/** An override such as `*.cache-to=…` or `app.cache-from+=…`. */
const cacheOverride = /^[^=]*\.cache-(?:from|to)\+?=/

const place = (path: string, folder: string): string => (isAbsolute(path) ? relative(folder, path) : path) || '.'

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
