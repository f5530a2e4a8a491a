/** Makes the calls of the docker client that weigh the stages of a build. Pure. */
import { stageLabel, type PlannedStage } from '../dockerfile/stage.ts'
import { csvField } from '../inputs/input-list.ts'
import { isUnnamed } from '../record/stage-name.ts'

/** A call of the docker client, without the leading `docker`. */
export interface ClientArguments {
  readonly args: readonly string[]
  /** Standard input of the call. Null for what the user piped in, if anything. */
  readonly stdin: Buffer | null
}

/** The target of a bake that the metadata is found under, and the targets that it builds on. */
export interface MetadataNames {
  readonly target: string
  readonly others: readonly string[]
}

/** The call that weighs a stage for a platform. */
export interface WeighingCall {
  /** Unique in the run and usable as a file name. */
  readonly id: string
  readonly stageIndex: number
  readonly stageName: string
  readonly isFinal: boolean
  /** As `--platform` takes it. Null for the builder's own. */
  readonly platform: string | null
  /** Null if the metadata file is that of a single build. */
  readonly metadata: MetadataNames | null
  /** Returns the call that exports an image layout. */
  readonly layout: (files: { readonly layout: string; readonly metadataFile: string }) => ClientArguments
  /**
   * Returns the call that makes an image without a tag in the engine's own store. The label makes the image unique, so
   * that it is never one that the user has or makes at the same time. It changes neither steps nor history.
   */
  readonly store: (options: { readonly label: ImageLabel; readonly metadataFile: string }) => ClientArguments
}

/** A label of an image. */
export interface ImageLabel {
  readonly name: string
  readonly value: string
}

/** A named build context that is a folder, as in `--build-context NAME=FOLDER`. */
export interface NamedContext {
  readonly name: string
  readonly folder: string
}

/** Where the result of a call goes: to an image layout in a folder, or to the engine's own store. */
export type Destination =
  { readonly kind: 'layout'; readonly folder: string } | { readonly kind: 'store'; readonly label: ImageLabel }

/** What the calls of a build have in common. */
export interface WeighingInputs {
  /** Flags that decide what a step is; see `BuildInputs.stepArgv`. */
  readonly stepArgv: readonly string[]
  /** Flags that only affect the config of the shipped image: labels and annotations. */
  readonly imageArgv: readonly string[]
  readonly platforms: readonly string[]
  readonly outputs: readonly string[]
  readonly context: string
  /** Dockerfile in which each weighed stage can be a target. Null for the builder's default. */
  readonly dockerfile: string | null
  /** Target name of each stage, by position. */
  readonly targets: ReadonlyMap<number, string>
  readonly builderStageCompression: 'keep' | 'uncompressed'
  /** Marks the calls in the builder's history. Null for no mark. */
  readonly mark: NamedContext | null
}

/** Returns the words for the stage of a call. As in reports, a final stage without a name needs no number. */
export function stageOfCall({
  stageName,
  isFinal,
}: Pick<WeighingCall, 'stageName'> & Partial<Pick<WeighingCall, 'isFinal'>>): string {
  return isFinal === true && isUnnamed(stageName) ? 'the final stage' : `stage ${stageName}`
}

/** Returns the stages with the final stage first, because it matters most. */
export function finalFirst(stages: readonly PlannedStage[]): readonly PlannedStage[] {
  return stages.toSorted((one, other) => Number(other.final) - Number(one.final))
}

/**
 * Returns the call that weighs a stage.
 *
 * @param inputs with the one platform that is weighed, or none for the builder's own
 */
export function weighingCall(stage: PlannedStage, inputs: WeighingInputs): WeighingCall {
  const steps = [...inputs.stepArgv, ...markArguments(inputs.mark), ...(stage.final ? inputs.imageArgv : [])]
  return weighingCallBy(stage, inputs, null, (_platform, metadataFile, destination) =>
    buildAgain(stage, inputs, steps, metadataFile, [
      ...(destination.kind === 'store' ? ['--label', `${destination.label.name}=${destination.label.value}`] : []),
      '--output',
      destination.kind === 'store' ? 'type=image' : layoutOutput(stage, inputs, destination.folder),
    ]),
  )
}

/** Returns a call that weighs a stage with other arguments for the client. */
export function weighingCallBy(
  stage: PlannedStage,
  { platforms }: Pick<WeighingInputs, 'platforms'>,
  metadata: MetadataNames | null,
  words: (platform: string | null, metadataFile: string, destination: Destination) => ClientArguments,
): WeighingCall {
  const platform = platforms[0] ?? null
  return {
    id: callId(['stage', stage.index], platform),
    stageIndex: stage.index,
    stageName: stageLabel(stage),
    isFinal: stage.final,
    platform,
    metadata,
    layout: ({ layout, metadataFile }) => words(platform, metadataFile, { kind: 'layout', folder: layout }),
    store: ({ label, metadataFile }) => words(platform, metadataFile, { kind: 'store', label }),
  }
}

/** Returns an id that is unique in the run and usable as a file name. */
export function callId(words: readonly (string | number)[], platform: string | null): string {
  return [...words, ...(platform === null ? [] : [platform.replace(/[^\w.]+/g, '-')])].join('-')
}

/**
 * Returns a call that repeats the user's build up to this stage, without attestations.
 *
 * @param steps flags that decide what a step is
 * @param outputs where the result goes
 */
export function buildAgain(
  stage: PlannedStage,
  { platforms, dockerfile, targets, context }: WeighingInputs,
  steps: readonly string[],
  metadataFile: string,
  outputs: readonly string[],
): ClientArguments {
  const target = targets.get(stage.index)
  const [platform] = platforms
  return {
    args: [
      'buildx',
      'build',
      ...steps,
      ...(dockerfile === null ? [] : ['--file', dockerfile]),
      ...(target === undefined ? [] : ['--target', target]),
      ...(platform === undefined ? [] : ['--platform', platform]),
      '--provenance=false',
      '--sbom=false',
      '--progress=rawjson',
      '--metadata-file',
      metadataFile,
      ...outputs,
      context,
    ],
    stdin: null,
  }
}

/** Returns the arguments that add the mark to a call. The list is empty if there is no mark. */
export const markArguments = (mark: NamedContext | null): readonly string[] =>
  mark === null ? [] : ['--build-context', `${mark.name}=${mark.folder}`]

/** Returns the output that exports a stage as an image layout. */
export function layoutOutput(stage: PlannedStage, inputs: WeighingInputs, layout: string): string {
  return csvRow([
    'type=oci',
    'tar=false',
    `dest=${layout}`,
    ...(!stage.final && inputs.builderStageCompression === 'uncompressed'
      ? ['compression=uncompressed']
      : layerOptions(inputs.outputs)),
  ])
}

/** Options of the user's outputs that affect the bytes of a layer. */
const layerOptionNames = new Set(['compression', 'compression-level', 'force-compression', 'rewrite-timestamp'])

/**
 * Returns the user's compression options. BuildKit keeps the first blob of a layer, so weighing must request the same.
 * The first output with any layer option decides.
 */
export function layerOptions(outputs: readonly string[]): readonly string[] {
  for (const output of outputs) {
    const options = output
      .split(',')
      .map((field) => field.trim().replace(/^"(.*)"$/, '$1'))
      .filter((field) => layerOptionNames.has(field.split('=', 1)[0]?.toLowerCase() ?? ''))
    if (options.length > 0) return options
  }
  return []
}

/** Returns a CSV row, which buildx reads for `--output` and `--cache-to`. */
export function csvRow(fields: readonly string[]): string {
  return fields.map(csvField).join(',')
}
