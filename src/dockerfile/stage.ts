/** A stage of a Dockerfile, known before anything is built. Its position identifies it, because names may repeat. */
export interface PlannedStage {
  readonly index: number
  /** As written after AS, with the Dockerfile's own capitalisation. Null if the stage has no name. */
  readonly name: string | null
  /** The text after FROM, with variables unexpanded. */
  readonly base: string
  /**
   * The text after FROM with variables expanded. Present only if the defaults in the Dockerfile give this value, so it
   * never contains a value that was passed.
   */
  readonly expanded?: string | undefined
  /** `target:NAME`, if the FROM names a build context that another target of the bake provides. */
  readonly linked?: string
  /** First line of the FROM, counted from 1. */
  readonly line: number
  /** Last line of the FROM. */
  readonly endLine: number
  /** Whether the target needs it. */
  readonly needed: boolean
  /** Whether it is the target of the build. */
  readonly final: boolean
  /** References to other stages, images and build contexts, in the order of the Dockerfile. */
  readonly uses: readonly StageUse[]
  /** The instructions after FROM. Lines are counted from 1. */
  readonly instructions: readonly StageInstruction[]
  /** The ARGs before the first FROM. Absent if the stage declares none of them again. */
  readonly globals?: readonly StageInstruction[]
}

/**
 * A FROM, COPY --from or RUN --mount=from of a stage. References from an ONBUILD of its base have the lines of its
 * FROM.
 */
export interface StageUse {
  readonly via: 'from' | 'copy' | 'mount'
  /** Position of the stage that it names. Null if it names an image or a build context. */
  readonly stageIndex: number | null
  /** As written. */
  readonly reference: string
  readonly line: number
  readonly endLine: number
}

/** An instruction of a stage. */
export interface StageInstruction {
  /** In upper case: RUN, COPY, … */
  readonly keyword: string
  /** As written, with continued lines and heredocs. Line breaks are `\n`, and variables are never expanded. */
  readonly text: string
  readonly line: number
  readonly endLine: number
}

/** Returns the name of a stage, or its position if it has no name. */
export const stageLabel = (stage: Pick<PlannedStage, 'name' | 'index'>): string => stage.name ?? String(stage.index)
