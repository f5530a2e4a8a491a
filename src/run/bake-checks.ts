/** The findings of BuildKit's checks for the targets of a bake. Bake reports them for all targets together. */
import type { BuildWarning } from '../docker/build-warnings.ts'
import { buildChecksNote } from '../report/build-checks.ts'
import type { PlannedTargets } from '../weigh/weigh-targets.ts'

/** A Dockerfile and what the checks found in it. */
export interface CheckedDockerfile {
  /** Targets that are built from this Dockerfile. */
  readonly targets: readonly string[]
  /** Relative to this process's folder. Null if it is not a file on this machine. */
  readonly path: string | null
  /** Contains at least one warning. */
  readonly warnings: readonly BuildWarning[]
}

/** Returns each Dockerfile with findings. They are matched by text, because many files may have the same name. */
export function checkedDockerfiles(
  { subjects }: PlannedTargets,
  warnings: readonly BuildWarning[],
): readonly CheckedDockerfile[] {
  const all = [...subjects].map(([target, { source }]) => ({
    target,
    path: source.dockerfilePath,
    text: source.dockerfile === null ? null : encoded(source.dockerfile),
  }))
  return [...Map.groupBy(warnings, ({ source }) => source)].map(([source, found]) => {
    const built = source === null ? [] : all.filter(({ text }) => text === source)
    return {
      targets: built.map(({ target }) => target),
      path: built.find(({ path }) => path !== null)?.path ?? null,
      warnings: found,
    }
  })
}

/** Returns a sentence for each Dockerfile. */
export function checksNotes(checked: readonly CheckedDockerfile[]): readonly string[] {
  return checked.flatMap(({ targets, warnings }) => {
    const note = buildChecksNote(warnings)
    if (note === null) return []
    return [targets.length === 0 ? note : `Target ${targets.join(', ')}: ${note}`]
  })
}

const encoded = (text: string): string => Buffer.from(text, 'utf8').toString('base64')
