/**
 * Keeps BuildKit's list of the stages of a Dockerfile between runs. The list depends on the text and on the version of
 * the frontend, which the provenance of the user's build contains. If both are the same, BuildKit is not asked again.
 */
import { createHash } from 'node:crypto'
import { join } from 'node:path'
import * as v from 'valibot'
import { openTextStore, parseKept } from '../cache/text-store.ts'
import { readDirectives } from '../dockerfile/directives.ts'
import type { ListedStage, StagesFromBuildKit } from '../dockerfile/listed-targets.ts'
import { outlineStages } from '../dockerfile/outline.ts'
import { Cancelled } from '../errors.ts'
import { isMadeFrom } from '../graph/provenance.ts'
import type { BuildInputs } from '../inputs/inputs.ts'
import type { BuildSource } from '../plan/build-source.ts'
import { listTargets } from './list-targets.ts'
import { frontendVersion } from './metadata-provenance.ts'
import type { BuildOutputs } from './metadata.ts'

/** Returns the list after the user's build. Returns null if BuildKit does not provide one. */
export type StageListing = (outputs: Pick<BuildOutputs, 'provenance'>) => Promise<StagesFromBuildKit | null>

/** Part of the folder's name. It must change if the content of the files changes. */
const version = 'stages-v1'
/** Limit for the number of lists that are kept. */
const maxLists = 200

const lineNumber = v.pipe(v.number(), v.safeInteger(), v.minValue(1))
const KeptSchema = v.object({
  frontend: v.string(),
  stages: v.array(
    v.object({
      name: v.nullable(v.string()),
      base: v.string(),
      platform: v.nullable(v.string()),
      default: v.boolean(),
      line: lineNumber,
      endLine: lineNumber,
    }),
  ),
})

/**
 * Requests the list while the user's build runs, unless it was kept. Returns a function that returns the list.
 *
 * @param folder folder of the kept lists; null if nothing is kept between runs
 * @param beside registers a task that the end of the run waits for
 */
export function beginListing(
  build: BuildInputs,
  source: BuildSource,
  folder: string | null,
  { beside, signal }: { readonly beside: <T>(task: Promise<T>) => Promise<T>; readonly signal: AbortSignal },
): StageListing {
  const name = folder === null ? null : nameOf(build, source)
  const store = openTextStore(join(folder ?? '', version), maxLists)
  const ask = (): Promise<StagesFromBuildKit | null> => beside(listTargets(build, source, signal))
  const recalling =
    name === null ? Promise.resolve(null) : store.get(name).then((text) => keptList(text, source.dockerfile ?? ''))
  // A builder that is busy with a long build may not answer in time. It is asked again after the build.
  const early = async (): Promise<StagesFromBuildKit | null> =>
    ask().catch((error: unknown) => {
      if (error instanceof Cancelled) throw error
      return null
    })
  const begun = recalling.then(async (kept) => ({ kept, list: kept === null ? await early() : null }))
  void beside(begun)
  return async ({ provenance }) => {
    const { kept, list } = await begun
    const frontend = frontendVersion(provenance)
    // The file may have changed before the builder read it.
    const isBuilt = (dockerfile: string | null): boolean =>
      [...provenance.values()].every((one) => isMadeFrom(one, dockerfile))
    if (kept !== null && kept.frontend === frontend && isBuilt(source.dockerfile))
      return { stages: kept.stages, dockerfile: source.dockerfile }
    const listing = list !== null && isBuilt(list.dockerfile) ? list : await ask()
    // The file may have changed between our reading and BuildKit's.
    if (name !== null && frontend !== null && listing !== null && listing.dockerfile === source.dockerfile)
      await store.put(name, JSON.stringify({ frontend, stages: listing.stages }))
    return listing
  }
}

/**
 * Returns a kept list, or null if it is not valid. Anybody may have written the file, so a list is only used if our own
 * parser finds the same stages.
 */
function keptList(text: string | null, dockerfile: string): v.InferOutput<typeof KeptSchema> | null {
  const kept = parseKept(KeptSchema, text)
  return kept !== null && areStagesOf(dockerfile, kept.stages) ? kept : null
}

function areStagesOf(dockerfile: string, stages: readonly ListedStage[]): boolean {
  try {
    const own = outlineStages(dockerfile, null).stages
    return (
      own.length === stages.length &&
      own.every(({ name, base, line, endLine }, index) => {
        const kept = stages[index]
        return (
          kept?.name === (name?.toLowerCase() ?? null) &&
          kept.base === base &&
          kept.line === line &&
          kept.endLine === endLine
        )
      })
    )
  } catch {
    return false
  }
}

/** Returns the name of a list. Returns null if the frontend is not the builder's own, or the text is not known. */
function nameOf({ buildArgs }: BuildInputs, { dockerfile }: BuildSource): string | null {
  if (dockerfile === null || readDirectives(dockerfile.split('\n')).syntax !== null) return null
  if (buildArgs.some((argument) => argument.split('=', 1)[0] === 'BUILDKIT_SYNTAX')) return null
  return createHash('sha256').update(dockerfile).digest('hex')
}
