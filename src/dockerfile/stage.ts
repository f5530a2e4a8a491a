/** A stage of a Dockerfile, known before anything is built. The position is its key: names may repeat. */
export interface PlannedStage {
  readonly index: number
  /** As written after AS (the Dockerfile's own case); null if unnamed. */
  readonly name: string | null
  /** What stands after FROM, unexpanded. */
  readonly base: string
  /** The same with variables replaced, where all of them have the Dockerfile's own defaults: no value that was passed. */
  readonly expanded?: string | undefined
  /** `target:NAME`, where its FROM is a build context that another target of the bake gives. */
  readonly linked?: string
  /** First line of the FROM, counted from 1. */
  readonly line: number
  /** Last line of the FROM. */
  readonly endLine: number
  /** Whether the target needs it. */
  readonly needed: boolean
  /** Whether it is the target that is built. */
  readonly final: boolean
  /** What it takes from elsewhere, in the order of the Dockerfile. */
  readonly takes: readonly Take[]
  /** Its instructions after FROM, lines counted from 1. */
  readonly instructions: readonly StageInstruction[]
}

/** One FROM, COPY --from or RUN --mount=from of a stage; what an ONBUILD of its base adds stands at its FROM. */
export interface Take {
  readonly via: 'from' | 'copy' | 'mount'
  /** The stage it names, by position; null if it is an image or a build context. */
  readonly stageIndex: number | null
  /** As written. */
  readonly reference: string
  readonly line: number
  readonly endLine: number
}

export interface StageInstruction {
  /** Upper case: RUN, COPY, … */
  readonly keyword: string
  /** As written, with continued lines and heredocs, line breaks as `\n`; never expanded. */
  readonly text: string
  readonly line: number
  readonly endLine: number
}

export const stageLabel = (stage: Pick<PlannedStage, 'name' | 'index'>): string => stage.name ?? String(stage.index)
