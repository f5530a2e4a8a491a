import { FootprintError } from '../errors.ts'
import { parseInstructions, readFrom, type Instruction, type ParsedDockerfile } from './instructions.ts'
import type { ListedStage, StagesFromBuildKit } from './listed-targets.ts'
import { sourceLines, type Escape, type SourceLine } from './logical-line.ts'

/** A stage with its instructions. References are not resolved yet. */
export interface OutlinedStage {
  readonly index: number
  /** With the Dockerfile's own capitalisation. */
  readonly name: string | null
  readonly base: string
  readonly line: number
  readonly endLine: number
  /** The instructions after the FROM. */
  readonly instructions: readonly Instruction[]
}

/** The stages of a Dockerfile, before references are resolved. */
export interface Outline {
  readonly stages: readonly OutlinedStage[]
  /** ARGs before the first FROM. */
  readonly globals: readonly Instruction[]
  readonly escape: Escape
  readonly notes: readonly string[]
}

type Heading = Omit<OutlinedStage, 'index' | 'instructions'>

/**
 * Returns the stages of a Dockerfile. BuildKit's list decides which stages there are and where. Our own parser adds
 * their instructions. If the two disagree, the parser tries again without heredocs, because the frontend may be too old
 * for them. If they still disagree, the list wins and a note says so.
 *
 * @param list BuildKit's list, or null if it is not available
 * @throws FootprintError DOCKERFILE if there is no list and a stage has an invalid name
 */
export function outlineStages(dockerfile: string, list: StagesFromBuildKit | null): Outline {
  const parsed = parseInstructions(dockerfile)
  if (list === null) {
    return outline(parsed, headingsOf(parsed, dockerfile), [
      "BuildKit's own list of stages was not available: the stages were read by Stage Footprint's parser.",
    ])
  }
  const lines = sourceLines(dockerfile)
  const headings = list.stages.map((stage) => headingOf(stage, lines, parsed.escape))
  if (agree(parsed, list.stages)) return outline(parsed, headings, [])
  const older = parseInstructions(dockerfile, { heredocs: false })
  if (agree(older, list.stages)) return outline(older, headings, [])
  return outline(parsed, headings, [
    "BuildKit and Stage Footprint's parser read this Dockerfile differently: the stages are BuildKit's, " +
      'their instructions and what they take from each other may be incomplete.',
  ])
}

const isFrom = ({ keyword }: Instruction): boolean => keyword === 'FROM'

function agree({ instructions }: ParsedDockerfile, stages: readonly ListedStage[]): boolean {
  const froms = instructions.filter(isFrom)
  return (
    froms.length === stages.length &&
    froms.every((from, index) => from.line === stages[index]?.line && from.endLine === stages[index].endLine)
  )
}

function headingsOf({ instructions, escape }: ParsedDockerfile, dockerfile: string): readonly Heading[] {
  const lines = sourceLines(dockerfile)
  return instructions.filter(isFrom).map(({ line, endLine }) => {
    const words = readFrom(lines, line, escape)
    requireStageName(words?.name?.text ?? null, line)
    return { name: words?.name?.text ?? null, base: words?.base.text ?? '', line, endLine }
  })
}

/**
 * Checks the name of a stage. BuildKit expands no variables in it and allows few characters.
 *
 * @throws FootprintError DOCKERFILE with BuildKit's wording
 */
function requireStageName(name: string | null, line: number): void {
  if (name === null || /^[a-z][a-z0-9._-]*$/.test(name.toLowerCase())) return
  throw new FootprintError(
    'DOCKERFILE',
    `dockerfile parse error on line ${line}: invalid name for build stage: ${JSON.stringify(name)}, name can't start with a number or contain symbols`,
  )
}

function headingOf(stage: ListedStage, lines: readonly SourceLine[], escape: Escape): Heading {
  const written = readFrom(lines, stage.line, escape)?.name?.text ?? null
  const name = written?.toLowerCase() === stage.name ? written : stage.name
  return { name, base: stage.base, line: stage.line, endLine: stage.endLine }
}

function outline(parsed: ParsedDockerfile, headings: readonly Heading[], notes: readonly string[]): Outline {
  const others = parsed.instructions.filter((instruction) => !isFrom(instruction))
  const first = headings[0]?.line ?? Infinity
  // Both lists are in the order of their lines, so one pass is enough.
  let begun = -1
  const ofStage = Map.groupBy(others, ({ line }) => {
    while ((headings[begun + 1]?.line ?? Infinity) <= line) begun++
    return begun
  })
  return {
    stages: headings.map((heading, index) => ({
      ...heading,
      index,
      instructions: (ofStage.get(index) ?? []).filter(({ line }) => line > heading.endLine),
    })),
    globals: others.filter(({ keyword, line }) => keyword === 'ARG' && line < first),
    escape: parsed.escape,
    notes,
  }
}
