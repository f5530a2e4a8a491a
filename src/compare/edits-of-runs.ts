/** Finds what the change did above an unedited RUN, so that it ran again. Pure. */
import type { LayerChange } from './comparison.ts'
import { behindRun, inputsOf, isOfChange, parentsOf, together, type Found, type Search } from './edits-of-sources.ts'
import { editsOfSettings, type Source } from './line-edits.ts'
import { isFewBytes } from './noise.ts'
import type { SourceEdit } from './source-edit.ts'

/** Limit for the small layers of a stage that are looked into. All other work is done once for a stage. */
const maxSmall = 20

/**
 * Returns a function for the RUNs of a stage. It returns why a RUN ran again, as far as no larger row of another layer
 * says it: edited settings, edits and changed files of a few bytes below it, and edits in stages that it mounts.
 *
 * @param search starts a search
 */
export function editsOfRuns(source: Source, search: () => Search): (run: LayerChange, position: number) => Found {
  const { stageAt } = search()
  const sources = [...parentsOf(source, search()), source]
  const owners = new Map(sources.flatMap(({ stage }, at) => (stage.instructions ?? []).map(({ line }) => [line, at])))
  const settings = once(() => sources.map((one) => editsOfSettings(null, one, stageAt)))
  const small = once(() =>
    source.change.layers
      .flatMap((layer, at) =>
        isOfChange(layer) && layer.inBase === undefined && isFewBytes(layer.growth) ? [{ layer, at }] : [],
      )
      .slice(0, maxSmall)
      .map(({ layer, at }) => ({ at, inputs: inputsOf(layer, source, search(), []) })),
  )
  return (run, position) => {
    const line = run.after?.instruction?.line ?? null
    const owner = line === null ? undefined : owners.get(line)
    if (line === null || owner === undefined) return []
    const former = run.before?.instruction?.line ?? line
    // Those of a parent stage are all above it. A removed line is one of the baseline.
    const isAbove = (edit: SourceEdit): boolean => (edit.line ?? 0) < (edit.kind === 'removed' ? former : line)
    const found = together([
      ...settings().slice(0, owner),
      settings()[owner]?.filter(isAbove) ?? [],
      ...small().flatMap(({ at, inputs }) => (at < position ? [inputs] : [])),
      behindRun(run, search()),
    ])
    const own = sources[owner]?.stage.name
    return found && found.map((edit) => (edit.stage === own ? { ...edit, stage: null } : edit))
  }
}

/** Returns a function that computes its value when it is first needed. */
function once<Value>(compute: () => Value): () => Value {
  let found: { readonly value: Value } | null = null
  return () => (found ??= { value: compute() }).value
}
