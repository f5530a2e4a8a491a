/** Which stages are weighed, for which platforms, by which calls of the docker client. Pure. */
import { stageLabel, type PlannedStage } from '../dockerfile/stage.ts'
import { csvField } from '../inputs/input-list.ts'

/** A call of the docker client, without the leading `docker`. */
export interface ClientWords {
  readonly args: readonly string[]
  /** What it reads; null for what the user piped in, if anything. */
  readonly stdin: Buffer | null
}

/** A target of a bake, whose metadata lies under its name, and those that it builds on. */
export interface MetadataNames {
  readonly target: string
  readonly others: readonly string[]
}

export interface WeighingCall {
  /** Unique in the run, fit for a file name. */
  readonly id: string
  readonly stageIndex: number
  readonly stageName: string
  readonly isFinal: boolean
  /** As `--platform` takes it; null for the builder's own. */
  readonly platform: string | null
  /** Null where the metadata file is of this build alone. */
  readonly metadata: MetadataNames | null
  /** The call that exports an image layout. */
  readonly layout: (files: { readonly layout: string; readonly metadataFile: string }) => ClientWords
  /**
   * The call that makes an image without a tag in the engine's own store. The label makes it an image of its own, never
   * one that the user has or makes at the same time, and changes neither steps nor history.
   */
  readonly store: (options: { readonly label: ImageLabel; readonly metadataFile: string }) => ClientWords
}

export interface ImageLabel {
  readonly name: string
  readonly value: string
}

/** As `--build-context NAME=FOLDER` takes it. */
export interface NamedContext {
  readonly name: string
  readonly folder: string
}

export type Destination =
  { readonly kind: 'layout'; readonly folder: string } | { readonly kind: 'store'; readonly label: ImageLabel }

export interface WeighingInputs {
  /** Flags that decide what a step is; see `BuildInputs.stepArgv`. */
  readonly stepArgv: readonly string[]
  /** Flags that decide the config of the shipped image alone: labels and annotations. */
  readonly imageArgv: readonly string[]
  readonly platforms: readonly string[]
  readonly outputs: readonly string[]
  readonly context: string
  /** Dockerfile in which each stage that is weighed can be a target; null for the builder's default. */
  readonly dockerfile: string | null
  /** Name of each stage as a target, by position. */
  readonly targets: ReadonlyMap<number, string>
  readonly builderStageCompression: 'keep' | 'uncompressed'
  /** Marks the calls in the builder's history; null where none is made. */
  readonly mark: NamedContext | null
}

/** The final stage first, since it is what the reader asks for; then the others that it needs. */
export function finalFirst(stages: readonly PlannedStage[]): readonly PlannedStage[] {
  const needed = stages.filter((stage) => stage.needed)
  return [...needed.filter((stage) => stage.final), ...needed.filter((stage) => !stage.final)]
}

/** @param inputs with the one platform that is weighed, or none for the builder's own */
export function weighingCall(stage: PlannedStage, inputs: WeighingInputs): WeighingCall {
  const steps = [...inputs.stepArgv, ...markWords(inputs.mark), ...(stage.final ? inputs.imageArgv : [])]
  return weighingCallBy(stage, inputs, null, (_platform, metadataFile, destination) =>
    buildAgain(stage, inputs, steps, metadataFile, [
      ...(destination.kind === 'store' ? ['--label', `${destination.label.name}=${destination.label.value}`] : []),
      '--output',
      destination.kind === 'store' ? 'type=image' : layoutOutput(stage, inputs, destination.folder),
    ]),
  )
}

/** The same by other words of the client. */
export function weighingCallBy(
  stage: PlannedStage,
  { platforms }: Pick<WeighingInputs, 'platforms'>,
  metadata: MetadataNames | null,
  words: (platform: string | null, metadataFile: string, destination: Destination) => ClientWords,
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

/** Unique in the run, fit for a file name. */
export function callId(words: readonly (string | number)[], platform: string | null): string {
  return [...words, ...(platform === null ? [] : [platform.replace(/[^\w.]+/g, '-')])].join('-')
}

/**
 * The user's build again, up to this stage, without attestations.
 *
 * @param steps flags that decide what a step is
 * @param outputs where its result goes
 */
export function buildAgain(
  stage: PlannedStage,
  { platforms, dockerfile, targets, context }: WeighingInputs,
  steps: readonly string[],
  metadataFile: string,
  outputs: readonly string[],
): ClientWords {
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

export const markWords = (mark: NamedContext | null): readonly string[] =>
  mark === null ? [] : ['--build-context', `${mark.name}=${mark.folder}`]

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

/** What of the user's outputs decides the bytes of a layer. */
const layerOptionNames = new Set(['compression', 'compression-level', 'force-compression', 'rewrite-timestamp'])

/**
 * The user's compression: BuildKit keeps the first blob made for a layer, so weighing asks for the same.
 * The first output that names any layer option decides.
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

/** buildx reads `--output` and `--cache-to` as a row of CSV. */
export function csvRow(fields: readonly string[]): string {
  return fields.map(csvField).join(',')
}
