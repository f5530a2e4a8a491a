/** The path of the Dockerfile as a report shows it. */
import { relative, resolve } from 'node:path'
import { currentFolder } from '../files.ts'
import { isRemoteContext } from '../inputs/git-context.ts'
import type { BuildInputs } from '../inputs/inputs.ts'

/** Returns the path of the Dockerfile relative to the current folder, or to the context if that is elsewhere. */
export function dockerfileOf({ context, file }: Pick<BuildInputs, 'context' | 'file'>): string | null {
  if (file === '-' || context === '-') return null
  if (isRemoteContext(context)) return file ?? 'Dockerfile'
  const here = currentFolder()
  const path = relative(here, resolve(here, file ?? `${context}/Dockerfile`))
  return path.startsWith('..') ? relative(resolve(here, context), resolve(here, file ?? `${context}/Dockerfile`)) : path
}
