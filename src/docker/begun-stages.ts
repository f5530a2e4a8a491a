/**
 * Remembers the stages whose steps our calls began before they were stopped, in this run and between runs. The builder
 * may finish such a step, and then has it in its cache, although no build of the user made that result.
 */
import { createHash } from 'node:crypto'
import * as v from 'valibot'
import { parseKept, type TextStore } from '../cache/text-store.ts'
import { dayMs } from '../cache/cache-folder.ts'

/** The stages of one Dockerfile with the same flags on one builder, by the names with which it reports them. */
export interface BegunStages {
  /** Returns whether a call of this run began a step of the stage. */
  readonly inThisRun: (stage: string) => boolean
  /** Returns whether a call of an earlier run began one. */
  readonly before: (stage: string) => boolean
  /** Whether earlier runs began any step. */
  readonly anyBefore: boolean
  /** Adds stages. Resolves when they are stored. */
  readonly add: (stages: readonly string[]) => Promise<void>
  /** Resolves when all stages that were added are stored. */
  readonly stored: () => Promise<void>
  /** Forgets stages, because the user's build has made or used them. */
  readonly forget: (stages: readonly string[]) => Promise<void>
}

/** Part of the folder's name. It must change if the content of the files changes. */
export const begunStagesFolder = 'begun-stages-v2'
/** Limits for what is kept: the number of builds, the stages of each, and the age of each entry in days. */
export const maxBuilds = 200
const maxStages = 500
const maxDays = 90

/** Maps the hash of a stage's name to the day on which it was begun. */
const KeptSchema = v.record(v.pipe(v.string(), v.hash(['sha256'])), v.pipe(v.number(), v.safeInteger()))

/**
 * Returns the stages that were begun.
 *
 * @param store null if nothing is kept between runs
 * @param key everything that defines the steps, and the builder
 */
export async function openBegunStages(store: TextStore | null, key: readonly (string | null)[]): Promise<BegunStages> {
  const file = hash(JSON.stringify(key))
  const nameOf = (stage: string): string => hash(`${file}\n${stage}`)
  const today = Math.floor(Date.now() / dayMs)
  const kept = parseKept(KeptSchema, (await store?.get(file)) ?? null) ?? {}
  const before = new Map(Object.entries(kept).filter(([, day]) => Math.abs(today - day) <= maxDays))
  const now = new Set<string>()
  let storing = Promise.resolve()
  const save = (): Promise<void> => {
    const others = [...before].filter(([name]) => !now.has(name))
    const all = [...[...now].map((name) => [name, today] as const), ...others].slice(0, maxStages)
    storing = storing.then(() => store?.put(file, JSON.stringify(Object.fromEntries(all))))
    return storing
  }
  return {
    inThisRun: (stage) => now.has(nameOf(stage)),
    before: (stage) => before.has(nameOf(stage)),
    anyBefore: before.size > 0,
    add(stages) {
      const added = stages.map(nameOf).filter((name) => !now.has(name))
      for (const name of added) now.add(name)
      return added.length === 0 ? storing : save()
    },
    stored: () => storing,
    async forget(stages) {
      const known = stages.map(nameOf).filter((name) => [before.delete(name), now.delete(name)].includes(true))
      if (known.length > 0) await save()
    },
  }
}

function hash(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}
