import * as v from 'valibot'
import { FootprintError } from '../errors.ts'

/** The output of `docker buildx build --call=targets,format=json`. */
export interface StagesFromBuildKit {
  readonly stages: readonly ListedStage[]
  /** The Dockerfile as BuildKit received it, or null if the output does not contain it. */
  readonly dockerfile: string | null
}

/** A stage in BuildKit's list. */
export interface ListedStage {
  /** In lower case, whatever the Dockerfile says. Null if the stage has no name. */
  readonly name: string | null
  /** As written, with variables unexpanded. */
  readonly base: string
  /** As written, with variables unexpanded. */
  readonly platform: string | null
  /** Whether this stage is built without `--target`. It is always the last one. */
  readonly default: boolean
  /** First and last line of the FROM, counted from 1. */
  readonly line: number
  readonly endLine: number
}

const line = v.object({ line: v.pipe(v.number(), v.integer(), v.minValue(1)) })

const targetSchema = v.object({
  name: v.optional(v.string()),
  base: v.optional(v.string(), ''),
  platform: v.optional(v.string()),
  default: v.optional(v.boolean(), false),
  location: v.object({
    sourceIndex: v.optional(v.number(), 0),
    ranges: v.pipe(v.array(v.object({ start: line, end: line })), v.minLength(1)),
  }),
})

const listSchema = v.object({
  targets: v.nullish(v.array(targetSchema), []),
  sources: v.nullish(v.array(v.string()), []),
})

/**
 * Validates BuildKit's list of stages.
 *
 * @throws FootprintError DOCKERFILE if it does not have the expected form
 */
export function parseTargetsList(json: unknown): StagesFromBuildKit {
  const result = v.safeParse(listSchema, json)
  if (!result.success) {
    const issue = result.issues[0]
    const place = v.getDotPath(issue)
    throw new FootprintError(
      'DOCKERFILE',
      `BuildKit's list of stages cannot be parsed${place === null ? '' : ` at ${place}`}: ${issue.message}`,
    )
  }
  const { targets, sources } = result.output
  const source = sources[targets[0]?.location.sourceIndex ?? 0]
  return {
    stages: targets.map(listedStage),
    dockerfile: source === undefined ? null : Buffer.from(source, 'base64').toString('utf8'),
  }
}

function listedStage(target: v.InferOutput<typeof targetSchema>): ListedStage {
  const { ranges } = target.location
  return {
    name: target.name === undefined || target.name === '' ? null : target.name,
    base: target.base,
    platform: target.platform === undefined || target.platform === '' ? null : target.platform,
    default: target.default,
    // Spreading into arguments could exceed the stack, because a foreign list can be long.
    line: ranges.reduce((least, range) => Math.min(least, range.start.line), Infinity),
    endLine: ranges.reduce((last, range) => Math.max(last, range.end.line), 0),
  }
}
