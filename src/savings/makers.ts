/** Finds the RUN of a builder stage that made what a COPY brings, for an edit that names its line. Pure. */
import { copiedWords, parseInstructions } from '../dockerfile/instructions.ts'
import type { Stage } from '../record/footprint.ts'
import type { Saving } from '../record/savings.ts'
import { copiedFrom } from './copied-files.ts'
import type { StageFiles } from './files.ts'
import { isCopy, isRun, says, type Rule } from './rule.ts'

/** An edit of an instruction, and the files that it saves. */
interface Edit {
  readonly rule: Rule
  readonly layer: number
  readonly files: readonly number[]
}

/** The position of a layer in a stage. */
type Step = readonly [stage: Stage, layer: number]

/**
 * Returns the only RUN that made all of the files, if the rule asks for it.
 *
 * @param stages the weighed stages of the Dockerfile
 */
export function madeBy(files: StageFiles, stage: Stage, stages: readonly Stage[], edit: Edit): Pick<Saving, 'madeBy'> {
  const [found, layer] = makerOf(files, stage, stages, edit) ?? [null, 0]
  const { text = '', line = null } = found?.layers[layer]?.instruction ?? {}
  if (found === null || line === null || !isRun(text)) return {}
  // A stage has the layers of those that it is FROM, too.
  const own = stages.find(({ layers }) =>
    layers.some(
      ({ origin, instruction }) => origin === 'own' && instruction?.line === line && instruction.text === text,
    ),
  )
  return { madeBy: { stage: (own ?? found).name, text, line } }
}

function makerOf(files: StageFiles, stage: Stage, stages: readonly Stage[], edit: Edit): Step | null {
  const { makers } = edit.rule
  const copy = files.textOf(edit.layer)
  const [first, ...others] = edit.files
  if (makers === undefined || first === undefined || !isCopy(copy)) return null
  const source = files.sourceOf(first)
  if (source === null)
    return others.length === 0 && isRenamed(files, first, copy)
      ? onlyOne(copiedFrom(stage, copy, stages), makers)
      : null
  const isSame = (file: number): boolean => {
    const other = files.sourceOf(file)
    return other?.stage === source.stage && other.layer === source.layer
  }
  return others.every(isSame) ? [source.stage, source.layer] : null
}

/** Returns whether a COPY gives its only file another name. Such a file is not looked for in its stage. */
function isRenamed({ fileSystem }: StageFiles, file: number, copy: string): boolean {
  const statement = parseInstructions(copy).instructions[0]
  const [from, to, ...more] = statement === undefined ? [] : copiedWords(statement.rest).map(nameOf)
  return more.length === 0 && to === nameOf(fileSystem.tree.path(fileSystem.files.nodeOf(file))) && from !== to
}

const nameOf = (path: string): string => path.slice(path.lastIndexOf('/') + 1)

const downloads = ['curl', 'wget', 'ADD']

/** Returns whether a step may bring a program into its stage that was made elsewhere. */
const mayBring = (text: string): boolean => says(text, ...downloads) || (isCopy(text) && text.includes('--from'))

/** Returns the only step of a stage with one of these commands, if no step of it brings programs from elsewhere. */
function onlyOne(stage: Stage | null, makers: readonly string[]): Step | null {
  if (stage === null) return null
  const texts = stage.layers.map(({ instruction }) => instruction?.text ?? '')
  const [layer, ...others] = texts.flatMap((text, at) => (isRun(text) && says(text, ...makers) ? [at] : []))
  return layer === undefined || others.length > 0 || texts.some(mayBring) ? null : [stage, layer]
}
