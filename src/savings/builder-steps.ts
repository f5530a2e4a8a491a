/** Decides whether files may be left out in the step of a builder stage that made them. Pure. */
import type { Instruction, Stage } from '../record/footprint.ts'
import type { FileSource } from './copied-files.ts'
import { hasMountAt, workdirOf } from './mounts.ts'
import { isCopy, isExecForm, isRun, type Rule } from './rule.ts'
import type { RunUsers } from './run-places.ts'

/** Remembers answers, because there may be many files and each answer reads all instructions. */
export class BuilderSteps {
  readonly #users: RunUsers
  readonly #answers = new Map<Rule, Map<FileSource['copying'], boolean>>()
  readonly #canRun = new Map<Rule, Map<Stage, Map<number, boolean>>>()

  constructor(users: RunUsers) {
    this.#users = users
  }

  /**
   * Returns the source if the rule asks for an edit of the step that made the files, and nothing else needs them there:
   * no step of a stage that copied them, and no other stage. Returns null otherwise. Also returns null if the edit needs
   * a shell and the stage may have none, if its user may not delete the files, or if the step has a mount at their path.
   */
  editable(rule: Rule, source: FileSource | null): FileSource | null {
    if (source === null || source.isShared || this.#isNeeded(rule, source.copying)) return null
    const byStage = this.#canRun.get(rule) ?? new Map<Stage, Map<number, boolean>>()
    this.#canRun.set(rule, byStage)
    const byLayer = byStage.get(source.stage) ?? new Map<number, boolean>()
    byStage.set(source.stage, byLayer)
    const answer = byLayer.get(source.layer) ?? this.#canEdit(rule, source)
    byLayer.set(source.layer, answer)
    const run = laterStep(rule, source.stage, source.layer) ?? source.stage.layers[source.layer]?.instruction
    const workdir = run ? workdirOf(run, source.stage.instructions ?? []) : null
    const hasMount = run != null && hasMountAt(run.text, `/${deletedFolder(rule, source.path)}`, workdir)
    return answer && !hasMount ? source : null
  }

  #canEdit(rule: Rule, { stage, layer }: FileSource): boolean {
    const made = stage.layers[layer]?.instruction ?? null
    const later = laterStep(rule, stage, layer)
    const isOfCopy = isCopy(made?.text ?? '')
    // The RUN that made the files can delete them too.
    if (!isOfCopy && later === null)
      return rule.needsShell !== true || !isExecForm(made?.text ?? '') || usesShellLast(stage)
    if (rule.needsShell === true && isOfCopy && !usesShellLast(stage)) return false
    if (rule.needsShell !== true && later === null && rule.addsRun !== true) return true
    return !isExecForm(later?.text ?? '') && this.#mayDelete(stage, made, later ?? made)
  }

  /** Returns whether a RUN may delete files, as far as it is known whose they are. */
  #mayDelete(stage: Stage, made: Instruction | null, deleting: Instruction | null): boolean {
    const user = this.#users.below(stage, deleting?.line ?? null)
    if (user === null) return true
    const text = made?.text ?? ''
    const name = user.name.split(':')[0]
    return isCopy(text)
      ? /\s--chown=["']?([^\s:"']+)/.exec(text)?.[1] === name
      : this.#users.below(stage, made?.line ?? null)?.name === user.name
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

/** Returns the folder that an edit of the rule deletes for a file, or the file itself. */
function deletedFolder({ directories = [] }: Rule, path: string): string {
  const names = directories.map((one) => one.slice(one.lastIndexOf('/') + 1))
  const parts = path.split('/')
  const end = parts.findIndex((part) => names.includes(part))
  return parts.slice(0, end === -1 ? parts.length : end + 1).join('/')
}

/** Returns the last step of a stage after this layer that may need what the layer has. Null if there is none. */
export function laterStep({ mayNeed }: Rule, { layers }: Stage, layer: number): Instruction | null {
  return (
    layers.findLast(({ instruction }, position) => position > layer && mayNeed?.(instruction?.text ?? '') === true)
      ?.instruction ?? null
  )
}

/** Returns whether the last RUN of a stage uses a shell. A stage without one may be FROM an image that has no shell. */
function usesShellLast({ layers }: Stage): boolean {
  const last = layers.findLast(({ instruction }) => isRun(instruction?.text ?? ''))?.instruction?.text
  return last !== undefined && !isExecForm(last)
}
