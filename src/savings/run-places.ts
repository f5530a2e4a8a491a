/** Tells whether a RUN that an edit adds to a stage would work: whether there is a shell, and which user it has. Pure. */
import type { FileSystem } from '../filesystem/file-system.ts'
import { none } from '../layer/path-tree.ts'
import type { Stage } from '../record/footprint.ts'
import type { StageUse } from './copied-files.ts'
import { isExecForm, isRun, keywordOf } from './rule.ts'

/** A user other than root. */
export interface RunUser {
  /** As the USER instruction names it. Untrusted text. */
  readonly name: string
  /** Line of the first of the USER instructions since which no RUN is root's. Null if another stage has it. */
  readonly line: number | null
}

const shells: readonly string[] = ['bin/sh', 'usr/bin/sh']

/** Returns whether a RUN of this stage finds a shell: the default one, one of a SHELL instruction, or one in use. */
export function hasShell({ layers, instructions = [] }: Stage, { tree }: FileSystem): boolean {
  return (
    [...instructions, ...layers.map(({ instruction }) => instruction)].some(
      (one) => one !== null && (keywordOf(one.text) === 'SHELL' || (isRun(one.text) && !isExecForm(one.text))),
    ) || shells.some((path) => tree.nodeAt(path) !== none)
  )
}

/** Knows which user a RUN has, by the USER instructions of a stage and of the stages that it is FROM. */
export class RunUsers {
  readonly #stages: readonly Stage[]
  readonly #uses: readonly StageUse[]

  /** @param uses all uses of stages in the Dockerfile. Null if they are not known */
  constructor(stages: readonly Stage[], uses: readonly StageUse[] | null) {
    this.#stages = stages
    this.#uses = uses ?? []
  }

  /**
   * Returns the user of a RUN below a line. Null for root, and as long as no USER instruction says otherwise: the user of
   * a base image is not known here.
   */
  below(stage: Stage, line: number | null): RunUser | null {
    if (line === null) return null
    const settings = this.lineageOf(stage).flatMap((one) =>
      (one.instructions ?? []).flatMap(({ text, line: at }) =>
        at !== null && at <= line && keywordOf(text) === 'USER'
          ? [{ name: text.replace(/^\s*USER\s+/i, '').trim(), line: one === stage ? at : null }]
          : [],
      ),
    )
    const first = settings[settings.findLastIndex(({ name }) => isRootUser(name)) + 1]
    const last = settings.at(-1)
    return first === undefined || last === undefined ? null : { name: last.name, line: first.line }
  }

  /** Returns a stage and the stages that it is FROM, the lowest first. */
  lineageOf(stage: Stage): readonly Stage[] {
    const lineage = [stage]
    for (let at = stage; ;) {
      const used = this.#uses.find(({ user, via, used: below }) => user === at.index && via === 'from' && below < user)
      const parent = this.#stages.find(({ index }) => index === used?.used)
      if (parent === undefined) return lineage.reverse()
      lineage.push(parent)
      at = parent
    }
  }
}

/** Returns whether a USER instruction with this name means root. */
export const isRootUser = (name: string): boolean => /^["']?(?:root|0)(?::|["']?$)/.test(name)
