/** The name of an image in the report. Pure. */
import { basename, resolve } from 'node:path'
import type { BuildInputs } from '../inputs/inputs.ts'
import type { BuildSource } from '../plan/build-source.ts'
import { textBefore } from '../text.ts'

/** Returns the first tag without its version, or otherwise the name of the folder or repository that is built. */
export function imageName(build: BuildInputs, source: BuildSource): string {
  const tag = build.tags[0]
  if (tag !== undefined) return textBefore(tag, '@sha256:').replace(/:[^/:]+$/, '')
  if (source.kind === 'local') return basename(resolve(build.context))
  if (source.kind === 'remote')
    return basename(textBefore(build.context, '#', '?').replace(/\/$/, '')).replace(/\.git$/, '')
  return 'image'
}
