/** Says that an edit that leaves out packages also makes a cache smaller, which another row counts. Pure. */
import type { Stage } from '../record/footprint.ts'
import type { Saving } from '../record/savings.ts'
import { says, type Words } from '../savings/rule.ts'
import { ruleOf } from '../savings/rules.ts'

/** An option with which an installer leaves out packages, and the rule for the cache to which it downloads them. */
const caches: ReadonlyMap<string, { readonly option: string; readonly cache: string }> = new Map([
  ['development-packages', { option: 'npm ci --omit=dev', cache: 'npm-cache' }],
  ['recommended-packages', { option: '--no-install-recommends', cache: 'apt-archives' }],
])

/**
 * Returns the words if the same line also leaves the cache in the image. How many bytes of the cache belong to these
 * packages is not known.
 */
export function smallerCacheWords({ rule, layer, source }: Saving, edit: Words, { savings }: Stage): readonly string[] {
  const found = caches.get(rule)
  const isThere = savings?.items.some((other) => other.rule === found?.cache && other.layer === layer) === true
  if (found === undefined || !isThere || source !== undefined || !hasOption(edit, found.option)) return []
  const name = ruleOf(found.cache)?.name ?? 'the cache'
  return [`; the edit also makes the ${name} smaller, which has a row of its own`]
}

/** Returns whether the edit installs with the option. `npm prune` comes after the download. */
function hasOption(edit: Words, option: string): boolean {
  const options = [option, option.replace(' ci ', ' install ')]
  return edit.some((part) => typeof part !== 'string' && says(part.code, ...options))
}
