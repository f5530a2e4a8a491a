/** Which stages are weighed, for which platforms, by which calls of the docker client. Pure. */
import { csvField } from '../inputs/input-list.ts'
import { stageLabel, type PlannedStage } from './stage.ts'

export interface WeighingCall {
  /** Unique in the run, fit for a file name. */
  readonly id: string
  readonly stageIndex: number
  readonly stageName: string
  /** As `--platform` takes it; null for the builder's own. */
  readonly platform: string | null
  /** The call that exports an image layout, without the leading `docker`. */
  readonly args: (files: { readonly layout: string; readonly metadataFile: string }) => readonly string[]
  /**
   * The call that makes an image without a tag in the engine's own store. The label makes it an image of its own, never
   * one that the user has or makes at the same time, and changes neither steps nor history.
   */
  readonly storeArgs: (options: { readonly label: string; readonly metadataFile: string }) => readonly string[]
}

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
}

/** One call for each platform and needed stage; the final stage's first, since it is what the reader asks for. */
export function weighingCalls(
  stages: readonly PlannedStage[],
  inputs: WeighingInputs,
): readonly WeighingCall[] {
  const needed = stages.filter((stage) => stage.needed)
  const ordered = [...needed.filter((stage) => stage.final), ...needed.filter((stage) => !stage.final)]
  const platforms = inputs.platforms.length > 0 ? inputs.platforms : [null]
  return platforms.flatMap((platform) =>
    ordered.map((stage) => ({
      id: ['stage', stage.index, ...(platform === null ? [] : [platform.replace(/[^\w.]+/g, '-')])].join('-'),
      stageIndex: stage.index,
      stageName: stageLabel(stage),
      platform,
      args: ({ layout, metadataFile }) =>
        weighingArgs(stage, platform, inputs, metadataFile, ['--output', layoutOutput(stage, inputs, layout)]),
      storeArgs: ({ label, metadataFile }) =>
        weighingArgs(stage, platform, inputs, metadataFile, ['--label', label, '--output', 'type=image']),
    })),
  )
}

function weighingArgs(
  stage: PlannedStage,
  platform: string | null,
  inputs: WeighingInputs,
  metadataFile: string,
  destination: readonly string[],
): readonly string[] {
  const target = inputs.targets.get(stage.index)
  return [
    'buildx',
    'build',
    ...inputs.stepArgv,
    ...(stage.final ? inputs.imageArgv : []),
    ...(inputs.dockerfile === null ? [] : ['--file', inputs.dockerfile]),
    ...(target === undefined ? [] : ['--target', target]),
    ...(platform === null ? [] : ['--platform', platform]),
    '--provenance=false',
    '--sbom=false',
    '--progress=plain',
    '--metadata-file',
    metadataFile,
    ...destination,
    inputs.context,
  ]
}

function layoutOutput(stage: PlannedStage, inputs: WeighingInputs, layout: string): string {
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

/** buildx reads `--output` as a row of CSV. */
function csvRow(fields: readonly string[]): string {
  return fields.map(csvField).join(',')
}
