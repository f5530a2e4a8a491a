/** Determines which results a build has made or used, as far as its log shows this. Pure. */
import type { BuildStep } from './provenance.ts'

/**
 * Returns the positions of the steps whose results were part of a build: the exported one, those that ran, and what
 * these were made from. A step that is only reported as cached need not be among them: if a cache has the result of a
 * later step, the builder does not look for it.
 *
 * @param ran digests of the steps that ran
 */
export function usedSteps(steps: readonly BuildStep[], ran: ReadonlySet<string>): ReadonlySet<number> {
  const used = new Set<number>()
  const open = steps.flatMap(({ exported, llbDigest, uses }, position) => [
    ...(exported ? [position] : []),
    ...(llbDigest !== null && ran.has(llbDigest) ? [position, ...uses] : []),
  ])
  for (let position = open.pop(); position !== undefined; position = open.pop()) {
    if (used.has(position)) continue
    used.add(position)
    // The layers of a result include those of the steps that it builds on.
    open.push(...(steps[position]?.on ?? []))
  }
  return used
}
