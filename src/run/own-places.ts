/** Warns before a build if our own files are in a context that the build reads. */
import { FootprintError } from '../errors.ts'
import { parsePlatform } from '../oci/platform.ts'
import { ignoreFileOf, type BuildSource } from '../plan/build-source.ts'
import { ownDestinations, writtenByStage, writtenInContexts, type Written } from '../plan/written-in-context.ts'
import type { BuildRequest } from './run-request.ts'

/** A build of the run, such as one of a target of a bake. */
interface Build {
  readonly build: BuildRequest['build']
  readonly source: BuildSource
}

/**
 * Warns of our cache folder and our temporary folder, once for each context that has one of them.
 *
 * @param folder the temporary folder of the run
 */
export async function warnOfOwnPlaces(
  builds: Iterable<Build>,
  { indexFolder, onWarning }: Pick<BuildRequest, 'indexFolder' | 'onWarning'>,
  folder: string,
): Promise<void> {
  const warned = new Set<string>()
  for (const build of builds) {
    for (const warning of await warningsOf(build, indexFolder, folder)) {
      if (!warned.has(warning)) onWarning(warning)
      warned.add(warning)
    }
  }
}

async function warningsOf(
  { build, source }: Build,
  indexFolder: string | null,
  folder: string,
): Promise<readonly string[]> {
  const written = await writtenInContexts(ownDestinations(folder, indexFolder), build, source)
  if (written.length === 0) return []
  const read = await placesThatAreRead(written, { build, source })
  const ignoreFile = await ignoreFileOf(source)
  return written.filter((place) => read.has(place)).map((place) => sentenceFor(place, ignoreFile))
}

/** Returns what the needed stages read. If the stages are not known before the build, all of it counts. */
async function placesThatAreRead(written: readonly Written[], { build, source }: Build): Promise<ReadonlySet<Written>> {
  if (source.dockerfile === null) return new Set(written)
  const { planBuild } = await import('../plan/build-plan.ts')
  const machine = { env: process.env, platform: parsePlatform(`linux/${process.arch}`) }
  try {
    const { platforms } = planBuild(build, source, null, machine)
    return new Set(
      platforms.flatMap(({ stages }) => {
        const needed = stages.filter((stage) => stage.needed)
        return [...writtenByStage(needed, written, source.dockerfile).values()].flat()
      }),
    )
  } catch (error) {
    // The build reports what is wrong with the Dockerfile.
    if (error instanceof FootprintError) return new Set()
    throw error
  }
}

function sentenceFor({ kind, context, shown }: Written, ignoreFile: string): string {
  const [what, variable] =
    kind === 'cache'
      ? ['its cache folder', 'XDG_CACHE_HOME']
      : ['its temporary folder', 'TMPDIR (RUNNER_TEMP on a runner)']
  const where = context === null ? 'the build context' : `the build context ${context}`
  const file = context === null ? ignoreFile : 'its .dockerignore'
  return `Stage Footprint writes to ${what} ${shown} in ${where}, so steps run again in each build and some stages cannot be weighed: add ${shown} to ${file}, or set ${variable} to another folder`
}
