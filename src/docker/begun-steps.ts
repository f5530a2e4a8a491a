/**
 * Remembers the steps that our calls began before they were stopped, in this run and between runs. The builder may
 * finish such a step, and then has it in its cache, although no build of the user made that result.
 */
import { createHash } from 'node:crypto'
import * as v from 'valibot'
import { parseKept, type TextStore } from '../cache/text-store.ts'
import { dayMs } from '../cache/cache-folder.ts'

/** The steps of one Dockerfile with the same flags on one builder. */
export interface BegunSteps {
  /** Returns whether a call of this run began the step with this name. */
  readonly inThisRun: (name: string) => boolean
  /** Returns whether a call of an earlier run began it. */
  readonly before: (name: string) => boolean
  /** Whether earlier runs began any step. */
  readonly anyBefore: boolean
  /** Adds steps. Resolves when they are stored. */
  readonly add: (names: readonly string[]) => Promise<void>
  /** Forgets steps of earlier runs, because the user's build has made or used them. */
  readonly forget: (names: readonly string[]) => Promise<void>
}

/** Part of the folder's name. It must change if the content of the files changes. */
export const begunStepsFolder = 'begun-steps-v1'
/** Limits for what is kept: the number of builds, the steps of each, and the age of each step in days. */
export const maxBuilds = 200
const maxSteps = 500
const maxDays = 90

/** Maps the hash of a step's name to the day on which it was begun. The name may contain values of build arguments. */
const KeptSchema = v.record(v.pipe(v.string(), v.hash(['sha256'])), v.pipe(v.number(), v.safeInteger()))

/**
 * Returns the steps that were begun.
 *
 * @param store null if nothing is kept between runs
 * @param key everything that defines the steps, and the builder
 */
export async function openBegunSteps(store: TextStore | null, key: readonly (string | null)[]): Promise<BegunSteps> {
  const file = hash(JSON.stringify(key))
  const nameOf = (step: string): string => hash(`${file}\n${step}`)
  const today = Math.floor(Date.now() / dayMs)
  const kept = parseKept(KeptSchema, (await store?.get(file)) ?? null) ?? {}
  const before = new Map(Object.entries(kept).filter(([, day]) => Math.abs(today - day) <= maxDays))
  const now = new Set<string>()
  let storing = Promise.resolve()
  const save = (): Promise<void> => {
    const all = [...[...now].map((name) => [name, today] as const), ...before].slice(0, maxSteps)
    storing = storing.then(() => store?.put(file, JSON.stringify(Object.fromEntries(all))))
    return storing
  }
  return {
    inThisRun: (name) => now.has(nameOf(name)),
    before: (name) => before.has(nameOf(name)),
    anyBefore: before.size > 0,
    add(names) {
      for (const name of names) now.add(nameOf(name))
      return names.length === 0 ? storing : save()
    },
    async forget(names) {
      const found = names.filter((name) => before.delete(nameOf(name)))
      if (found.length > 0) await save()
    },
  }
}

function hash(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}
