import { isAbsolute, relative } from 'node:path'
import { bakeWords, type BakeInputs } from '../inputs/bake-inputs.ts'
import type { BuildInputs, StageCompression } from '../inputs/inputs.ts'
import { maskCall, maskCredentials } from '../inputs/mask.ts'
import { isRemoteContext } from '../plan/build-source.ts'
import { layerOptions } from '../plan/weighing-calls.ts'

/**
 * What decides the bytes of a revision besides its commit, in words: two records are comparable where it is the same.
 * Build arguments count by their names alone: their values may be secret, so nothing made of them is kept.
 *
 * @param folder where the repository lies: paths are said from there
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

/** The same of a bake: its definition is the commit's, so what it was asked for is what else decides. */
export function settingsOfBake(bake: BakeInputs, stageCompression: StageCompression, folder: string): string {
  return inWords([
    // Attestations change no layer, and name the run.
    ['bake', maskCall(bakeWords({ ...bake, attestations: [] })).join(' ')],
    ['in', bake.folder === '.' ? '' : place(bake.folder, folder)],
    ['builder stages', stageCompression === 'uncompressed' ? 'uncompressed' : ''],
  ])
}

const place = (path: string, folder: string): string => (isAbsolute(path) ? relative(folder, path) : path) || '.'

function inWords(parts: readonly (readonly string[])[]): string {
  return parts
    .filter(([, value]) => value !== '')
    .map(([name, value]) => `${name ?? ''}: ${value ?? ''}`)
    .join('; ')
}

/**
 * A Git context without its ref, which is another one in each run, and without credentials; its subfolder stays. Of the
 * query of an address the rest may be a key to it.
 */
function withoutRevision(context: string): string {
  if (!isRemoteContext(context)) return context
  const [address, ...fragment] = context.split('#')
  const [path = '', ...query] = (address ?? '').split('?')
  const subfolder = fragment.join('#').split(':')[1] ?? new URLSearchParams(query.join('?')).get('subdir')
  return maskCredentials(path) + (subfolder === null ? '' : `#:${subfolder}`)
}
