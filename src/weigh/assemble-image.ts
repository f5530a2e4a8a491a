/** Puts the weighed stages of a build together into the image of one platform. */
import { unpinnedDownloads } from '../dockerfile/downloads.ts'
import { parentOf } from '../dockerfile/stage-parents.ts'
import { stageLabel, type PlannedStage } from '../dockerfile/stage.ts'
import { FootprintError } from '../errors.ts'
import { platformOf, unknownWord } from '../oci/platform.ts'
import type { Written } from '../plan/written-in-context.ts'
import type { Image, Stage } from '../record/footprint.ts'
import type { Given } from '../record/given.ts'
import { enumerated } from '../text.ts'
import type { LayerReader } from './layer-reader.ts'
import { withContents } from './stage-contents.ts'
import { withFileSystem, type ReadStage } from './weigh-file-system.ts'
import { usedResults } from './used-results.ts'
import { unbuiltStage, weighStage } from './weigh-stage.ts'
import type { WeighedStages } from './weighed-stages.ts'

/** The weighed image of one platform. */
export interface WeighedPlatform {
  readonly image: Image
  /** Sentences for the report. */
  readonly notes: readonly string[]
}

/** Returns what to do if steps would have to run again, the most likely first. */
function remediesFor(
  stages: readonly PlannedStage[],
  written: readonly Written[],
  ignoreFile: string,
): readonly string[] {
  const downloads = unpinnedDownloads(stages.filter(({ needed }) => needed).flatMap(({ instructions }) => instructions))
  return [
    ...(downloads.length === 0
      ? []
      : [
          `add --checksum to the ${downloads.length === 1 ? 'ADD' : 'ADDs'} in ${enumerated('line', downloads)}, because a URL may return other content each time`,
        ]),
    ...new Set(
      written.map(({ shown, context }) => {
        const where = `the build context${context === null ? '' : ` ${context}`}`
        return shown === '.'
          ? `write the output of the build to a place outside of ${where}, because it changes what the build reads`
          : `add ${shown} to ${context === null ? ignoreFile : '.dockerignore'} in ${where}, or use a place outside of it, because this run writes it there`
      }),
    ),
    'check that the caches that the build used can be read',
    ...(written.length > 0
      ? []
      : [`if the build writes its output into its own context, add that folder to ${ignoreFile}`]),
  ]
}

/** Notes in the savings of a stage which file says what the context leaves out. */
function withIgnoreFile(stage: Stage, ignoreFile: string): Stage {
  const { savings } = stage
  return savings && ignoreFile !== '.dockerignore' ? { ...stage, savings: { ...savings, ignoreFile } } : stage
}

/** What is known of an image besides its stages. */
export interface NamedImage {
  readonly name: string
  /** Name of the file that says what the context leaves out. */
  readonly ignoreFile: string
  /** What the run writes into contexts. */
  readonly written?: readonly Written[]
  /** What the build was given. */
  readonly given?: Given
}

/**
 * Returns the image of a platform with all of its stages.
 *
 * @throws FootprintError WEIGHING_FAILED if the final stage could not be read; any error of a layer
 */
export async function assembleImage(
  { name, ignoreFile, written: inContexts = [], given = {} }: NamedImage,
  stages: readonly PlannedStage[],
  weighedStages: WeighedStages,
  reader: LayerReader,
): Promise<WeighedPlatform> {
  const { matchesShipped, written = new Map<number, readonly Written[]>() } = weighedStages
  const { images, notBuilt, notes } = await usedResults(stages, weighedStages, reader)
  const done = new Map<number, ReadStage>()
  for (const stage of stages) {
    const image = images.get(stage.index)
    if (!image) continue
    const parent = parentOf(stage, stages)
    const digests = image.image.manifest.layers.map(({ digest }) => digest)
    const whole = weighStage(stage, stages, image, parent ? (done.get(parent.index)?.stage ?? null) : null)
    const read = { stage: whole, digests }
    // What builder stages hide is not shipped, so only the final stage has a file system.
    const os = image.image.config.os ?? unknownWord
    const found = stage.final ? await withFileSystem(read, reader, os, [...done.values()], stages) : whole
    done.set(stage.index, { stage: withIgnoreFile(found, ignoreFile), digests })
  }
  const final = stages.find((stage) => stage.final)
  const finalImage = final ? images.get(final.index) : undefined
  if (!final || !finalImage)
    throw new FootprintError(
      'WEIGHING_FAILED',
      notBuilt.get(final?.index ?? -1) === 'busy'
        ? 'the final stage cannot be weighed, because another build on the same builder is running its steps: run this again when that build has ended'
        : (option) => {
            // What a link or an ONBUILD trigger reads is not known.
            const changes = written.get(final?.index ?? -1) ?? inContexts
            const remedies = remediesFor(stages, changes, ignoreFile)
            // Other steps than those of the user's build would read what was written.
            const build = changes.length > 0 ? [] : [`set ${option('uncached-stages')} to build`]
            return `the final stage cannot be exported without running its steps again. Try one of these: ${[...remedies, ...build].join('; ')}`
          },
    )
  const weighed = await Promise.all([...done.values()].map(({ stage }) => withContents(stage, reader)))
  const missing = stages.filter(({ index }) => notBuilt.has(index))
  return {
    image: {
      name,
      platform: platformOf(finalImage.image.config),
      finalStage: stageLabel(final),
      ...given,
      stages: weighed,
      ...(missing.length === 0
        ? {}
        : {
            unbuiltStages: missing.map((stage) => {
              const places = written.get(stage.index) ?? inContexts
              return unbuiltStage(stage, stages, notBuilt.get(stage.index), finalImage.steps, places)
            }),
          }),
      stagesNotBuilt: stages
        .filter(({ index, needed }) => !needed && !images.has(index) && !notBuilt.has(index))
        .map((stage) => ({ name: stageLabel(stage), index: stage.index, line: stage.line })),
      matchesShipped,
    },
    notes,
  }
}
