/** Decides whether files may be left out in the step of a builder stage that made them. Pure. */
import type { Stage } from '../record/footprint.ts'
import type { FileSource } from './copied-files.ts'
import { isCopy, isExecForm, isRun, type Rule } from './rule.ts'

/** Remembers answers, because there may be many files and each answer reads all instructions. */
export class BuilderSteps {
  readonly #answers = new Map<Rule, Map<FileSource['copying'], boolean>>()
  readonly #haveShell = new Map<Stage, boolean>()

  /**
   * Returns the source if the rule asks for an edit of the step that made the files, and nothing else needs them there:
   * no step of a stage that copied them, and no other stage. Returns null otherwise, and if the edit needs a shell that
   * the stage may not have.
   */
  editable(rule: Rule, source: FileSource | null): FileSource | null {
    if (source === null || source.isShared || this.#isNeeded(rule, source.copying)) return null
    return this.#canEdit(rule, source) ? source : null
  }

  #canEdit({ needsShell = false }: Rule, { stage, layer }: FileSource): boolean {
    if (!needsShell || !isCopy(stage.layers[layer]?.instruction?.text ?? '')) return true
    const answer = this.#haveShell.get(stage) ?? hasShell(stage)
    this.#haveShell.set(stage, answer)
    return answer
  }

  #isNeeded(rule: Rule, copying: FileSource['copying']): boolean {
    const { mayNeed } = rule
    if (mayNeed === undefined) return true
    const answers = this.#answers.get(rule) ?? new Map<FileSource['copying'], boolean>()
    this.#answers.set(rule, answers)
    const answer =
      answers.get(copying) ??
      copying.some(({ stage, layer }) =>
        stage.layers.some(({ instruction }, position) => position > layer && mayNeed(instruction?.text ?? '')),
      )
    answers.set(copying, answer)
    return answer
  }
}

/** Returns whether the last RUN of a stage uses a shell. A stage without one may be FROM an image that has no shell. */
function hasShell({ layers }: Stage): boolean {
  const last = layers.findLast(({ instruction }) => isRun(instruction?.text ?? ''))?.instruction?.text
  return last !== undefined && !isExecForm(last)
}
