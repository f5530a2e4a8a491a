/** Finds the files of this machine that the flags of a build read. Pure. */
import { isAbsolute, join } from 'node:path'
import { buildxFlags, type LocalUse } from '../inputs/buildx-flags.ts'
import { scanFlags } from '../inputs/flag-scan.ts'
import { isRemoteContext } from '../inputs/git-context.ts'
import { csvFields } from '../inputs/input-list.ts'
import type { BuildInputs } from '../inputs/inputs.ts'

/** The values of flags that name files to read, by what they are used for. */
export type LocalValues = Readonly<Record<Exclude<LocalUse, 'written' | 'dockerfile'>, readonly string[]>>

/**
 * Returns the values of flags that name files to read, as given. The Dockerfile and the main context are not included.
 */
export function localValues({ stepArgv }: Pick<BuildInputs, 'stepArgv'>): LocalValues {
  const uses = scanFlags(stepArgv, buildxFlags).groups.flatMap((group) => group.uses)
  const of = (local: LocalUse): readonly string[] =>
    uses.filter((use) => use.flag.local === local).map(({ value }) => value)
  return { context: of('context'), cache: of('cache'), policy: of('policy'), secret: of('secret'), ssh: of('ssh') }
}

/**
 * Returns the policy files on this machine. They are in the context, except those with `cwd://`.
 *
 * @param rows as `--policy` takes them: `filename=PATH,…`
 */
export function policyFiles(rows: readonly string[], context: string): readonly string[] {
  return rows.flatMap((row) =>
    csvFields('policy', row).flatMap((field): string[] => {
      const equals = field.indexOf('=')
      if (field.slice(0, equals).trim().toLowerCase() !== 'filename') return []
      const path = field.slice(equals + 1)
      if (path.startsWith('cwd://')) return [path.slice('cwd://'.length)]
      if (isRemoteContext(context)) return []
      return [isAbsolute(path) ? path : join(context, path)]
    }),
  )
}
