/** Reads damaged layers, lists of entries and documents, and checks each result. */
import fc from 'fast-check'
import { archives } from '../../__tests__/support/generated-archives.ts'
import { FootprintError } from '../../src/errors.ts'
import { createRandom, damageArchive, damageBytes, damageJson, type Random } from './damage.ts'
import { documentParsers } from './fuzz-documents.ts'
import { entriesCase, entrySamples, type EntrySamples } from './fuzz-entries.ts'
import { checkLayer, compressions } from './fuzz-layers.ts'

export interface Failure {
  readonly parser: string
  readonly nth: number
  readonly input: Buffer
  readonly problem: string
}

export interface FuzzResult {
  readonly cases: number
  /** How many cases were read and how many rejected, by parser. */
  readonly outcomes: ReadonlyMap<string, number>
  readonly failure: Failure | null
}

/** Limit for the growth of the process in bytes, including what the garbage collector has not freed yet. */
const maxMemory = 600_000_000

export interface FuzzOptions {
  readonly seed: number
  /** Limits for the number of cases and the total time. */
  readonly cases?: number
  readonly seconds?: number
  /** Time limit for a case, in milliseconds. */
  readonly slowest?: number
}

/** Runs until a limit is reached or a case fails. The same seed gives the same cases in the same order. */
export async function fuzz({
  seed,
  cases = Infinity,
  seconds = Infinity,
  slowest = Infinity,
}: FuzzOptions): Promise<FuzzResult> {
  const random = createRandom(seed)
  const samples = fc.sample(archives(true), { seed, numRuns: 40 }).map(({ bytes }) => bytes)
  const lists = entrySamples(samples)
  const outcomes = new Map<string, number>()
  const end = performance.now() + seconds * 1000
  const memory = process.memoryUsage.rss()
  let nth = 0
  for (; nth < cases && performance.now() < end; nth += 1) {
    const { parser, input, read } = nextCase(random, samples, lists)
    const began = performance.now()
    const problem = await problemOf(
      () => read(input),
      (outcome) => {
        const name = `${parser} ${outcome}`
        outcomes.set(name, (outcomes.get(name) ?? 0) + 1)
      },
    )
    const took = performance.now() - began
    const found =
      problem ??
      (took > slowest ? `took ${Math.round(took)} ms` : null) ??
      (process.memoryUsage.rss() - memory > maxMemory ? 'took too much memory' : null)
    if (found !== null) return { cases: nth + 1, outcomes, failure: { parser, nth, input, problem: found } }
  }
  return { cases: nth, outcomes, failure: null }
}

interface Case {
  readonly parser: string
  readonly input: Buffer
  readonly read: (input: Buffer) => unknown
}

function nextCase(random: Random, samples: readonly Buffer[], lists: EntrySamples): Case {
  if (random.below(6) === 0) return entriesCase(random, lists)
  if (random.below(3) > 0) {
    const { parser, sample, read } = random.pick(documentParsers)
    return { parser, input: Buffer.from(damageJson(random, sample)), read }
  }
  const archive = damageArchive(random, random.pick(samples))
  const { name, compress } = random.pick(compressions)
  const blob = compress(archive)
  return { parser: name, input: random.below(3) === 0 ? damageBytes(random, blob) : blob, read: checkLayer }
}

/** Returns null if the input was read correctly, or was rejected with an error code. */
async function problemOf(read: () => unknown, onOutcome: (outcome: string) => void): Promise<string | null> {
  try {
    await read()
    onOutcome('read')
    return null
  } catch (error) {
    if (!(error instanceof FootprintError))
      return error instanceof Error ? (error.stack ?? error.message) : String(error)
    onOutcome('refused')
    return null
  }
}
