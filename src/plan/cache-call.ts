/** The call that exports the stages that a builder holds. Pure. */
import { stageLabel, type PlannedStage } from '../dockerfile/stage.ts'
import { csvFields } from '../inputs/input-list.ts'
import type { BuildInputs } from '../inputs/inputs.ts'
import {
  buildAgain,
  callId,
  csvRow,
  layerOptions,
  markArguments,
  type ClientArguments,
  type WeighingCall,
  type WeighingInputs,
} from './weighing-calls.ts'

/** A call that exports the cache of a builder, with the layers of all stages. */
export interface CacheExport extends Pick<WeighingCall, 'id' | 'stageName' | 'metadata'> {
  /** The references of the caches in registries that it imports. */
  readonly imports: readonly string[]
  readonly words: (files: { readonly cache: string; readonly metadataFile: string }) => ClientArguments
}

/** The export with all caches that the user's build imports. */
export interface CacheCall extends CacheExport {
  /**
   * The same export once for each of these caches, with this one alone. Several caches may hold different results of a
   * step, and the export with all of them returns only one of these. Empty if this could run steps.
   */
  readonly byImport: readonly CacheExport[]
}

/**
 * Returns a call that repeats the user's build up to its target, with its cache imports and with the builder's cache as
 * its only output. Without the imports, it would run the steps that came from them.
 *
 * @param fromScratch whether the user's build used no cache; the imports then have other results than it made
 */
export function cacheCall(final: PlannedStage, inputs: WeighingInputs, fromScratch: boolean): CacheCall {
  const steps = fromScratch ? withoutFlags(inputs.stepArgv, ['--cache-from']) : inputs.stepArgv
  const callWith = (words: readonly string[], number: readonly number[]): CacheExport => ({
    id: callId(['cache', ...number], inputs.platforms[0] ?? null),
    stageName: stageLabel(final),
    metadata: null,
    imports: importsIn(words),
    words: ({ cache, metadataFile }) =>
      buildAgain(final, inputs, [...words, ...markArguments(inputs.mark)], metadataFile, [
        '--output',
        'type=cacheonly',
        '--cache-to',
        cacheOutput(cache, inputs),
      ]),
  })
  const withoutImports = withoutFlags(steps, ['--cache-from'])
  return {
    ...callWith(steps, []),
    byImport: valuesOf(steps, '--cache-from').map((value, nth) =>
      callWith([...withoutImports, '--cache-from', value], [nth]),
    ),
  }
}

/** Returns the cache export to a folder. */
export const cacheOutput = (folder: string, { outputs }: Pick<WeighingInputs, 'outputs'>): string =>
  csvRow(['type=local', `dest=${folder}`, 'mode=max', ...compressionOf(outputs)])

/** Returns the user's compression for blobs that do not exist yet. Existing blobs stay as they are. */
const compressionOf = (outputs: readonly string[]): readonly string[] =>
  layerOptions(outputs).filter((option) => /^compression(?:-level)?=/i.test(option))

/** Returns how many caches a build imports. */
export const importCount = ({ argv, stepArgv }: Pick<BuildInputs, 'argv' | 'stepArgv'>): number =>
  buildsFromScratch(argv) ? 0 : valuesOf(stepArgv, '--cache-from').length

/** Returns the references of the caches in registries that these words import. */
export function importsIn(words: readonly string[]): readonly string[] {
  return valuesOf(words, '--cache-from').flatMap((value) => {
    if (!value.includes('=')) return [value]
    const fields = new Map(csvFields('cache-from', value).map((field) => pairOf(field)))
    const reference = fields.get('ref')
    return fields.get('type') === 'registry' && reference !== undefined ? [reference] : []
  })
}

function pairOf(field: string): readonly [name: string, value: string] {
  const [name = '', ...value] = field.split('=')
  return [name.trim().toLowerCase(), value.join('=')]
}

/** Returns the values of a flag. */
function valuesOf(words: readonly string[], flag: string): readonly string[] {
  return words.flatMap((word, position) => {
    if (word.startsWith(`${flag}=`)) return [word.slice(flag.length + 1)]
    const next = words[position + 1]
    return word === flag && next !== undefined ? [next] : []
  })
}

/** Returns the words without these flags and their values. */
export function withoutFlags(words: readonly string[], flags: readonly string[]): readonly string[] {
  return words.filter(
    (word, position) =>
      !flags.includes(word) &&
      !flags.includes(words[position - 1] ?? '') &&
      !flags.some((flag) => word.startsWith(`${flag}=`)),
  )
}

/** Returns whether the user's flags contain `--no-cache`. The last one counts. */
export function buildsFromScratch(argv: readonly string[]): boolean {
  const last = argv.findLast((word) => word === '--no-cache' || word.startsWith('--no-cache='))
  return last !== undefined && !/^--no-cache=(?:0|f|false)$/i.test(last)
}
