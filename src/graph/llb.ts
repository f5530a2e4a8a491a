/**
 * Determines how a step produces the layers of its result, from its operation in BuildKit's LLB. Each RUN, COPY, ADD
 * and WORKDIR makes exactly one layer, even an empty one (`RUN true`). Only `WORKDIR /` is not a step.
 */
import * as v from 'valibot'

/** How the layers of a step's result are composed. */
export interface LayersOfStep {
  /**
   * `source`: an image or a context. `layer`: one layer above those of `on[0]`, or above nothing. `merge`: the layers
   * of all of `on`, in order (COPY --link). `other`: unknown.
   */
  readonly kind: 'source' | 'layer' | 'merge' | 'other'
  /** Positions of the steps whose layers the result begins with. */
  readonly on: readonly number[]
}

const input = v.optional(v.number(), 0)
/** Protobuf omits a 0. The input -1 is an empty file system. */
const ExecSchema = v.object({ exec: v.object({ mounts: v.array(v.object({ dest: v.optional(v.string()), input })) }) })
const FileSchema = v.object({
  file: v.object({ actions: v.array(v.object({ input, output: v.optional(v.number(), 0) })) }),
})
const MergeSchema = v.object({ merge: v.object({ inputs: v.nullish(v.array(v.object({ input })), []) }) })
const SourceSchema = v.object({ source: v.object({}) })

const notKnown: LayersOfStep = { kind: 'other', on: [] }

/**
 * Returns how the layers of a step's result are composed.
 *
 * @param operation the operation of the vertex
 * @param inputs position of the step of each input. Null if the input is not the first output of an earlier step
 */
export function layersOfStep(operation: unknown, inputs: readonly (number | null)[]): LayersOfStep {
  if (v.is(SourceSchema, operation)) return { kind: 'source', on: [] }
  const exec = v.safeParse(ExecSchema, operation)
  if (exec.success) {
    const root = exec.output.exec.mounts.find(({ dest }) => dest === '/')
    return root === undefined ? notKnown : layerOn(root.input, inputs)
  }
  const file = v.safeParse(FileSchema, operation)
  if (file.success) return layerOn(firstInput(file.output.file.actions, inputs.length), inputs)
  const merge = v.safeParse(MergeSchema, operation)
  if (!merge.success) return notKnown
  const on = merge.output.merge.inputs.map(({ input }) => inputs[input] ?? null)
  return on.length === 0 || on.includes(null)
    ? notKnown
    : { kind: 'merge', on: on.filter((position) => position !== null) }
}

function layerOn(index: number | null, inputs: readonly (number | null)[]): LayersOfStep {
  if (index === null) return notKnown
  if (index < 0) return { kind: 'layer', on: [] }
  const below = inputs[index] ?? null
  return below === null ? notKnown : { kind: 'layer', on: [below] }
}

/**
 * Returns the input that the result of the actions starts from. An index that is not below the number of inputs means
 * the result of an earlier action.
 */
function firstInput(
  actions: readonly { readonly input: number; readonly output: number }[],
  inputs: number,
): number | null {
  let position = actions.findLastIndex(({ output }) => output === 0)
  while (position >= 0) {
    const index = actions[position]?.input ?? -1
    if (index < inputs) return index
    if (index - inputs >= position) return null
    position = index - inputs
  }
  return null
}
