/** Decides whether files may be left out in the step of a builder stage that made them. Pure. */
import type { FileSource } from './copied-files.ts'
import type { Rule } from './rule.ts'

/** Remembers answers, because there may be many files and each answer reads all instructions. */
export class BuilderSteps {
  readonly #answers = new Map<Rule, Map<FileSource['copying'], boolean>>()

  /**
   * Returns the source if the rule asks for an edit of the step that made the files, and nothing else needs them there:
   * no step of a stage that copied them, and no other stage. Otherwise returns null.
   */
  editable(rule: Rule, source: FileSource | null): FileSource | null {
    return source === null || source.isShared || this.#isNeeded(rule, source.copying) ? null : source
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
