/**
 * The table of all rules about savings: which files, what to edit, and whether the saving is sure. A file belongs to the
 * first rule that matches. docs/savings.md describes them. Each has a test image that is built before and after the
 * edit.
 */
import type { Rule } from './rule.ts'
import { builtPipRule, caches } from './rules/caches.ts'
import { compilers } from './rules/compilers.ts'
import { debugSymbolsRule, goSymbolsRule, sameBytesRule } from './rules/contents.ts'
import { baseOwnerRule, deletedRule, ownerRule, replacedRule } from './rules/hidden.ts'
import { archiveRule, leftArchiveRule, unpackedArchiveRule } from './rules/archives.ts'
import { gitRule, listsReadRule, loginLogsRule, oldListsRule } from './rules/leftovers.ts'
import { developmentRule, recommendedRule } from './rules/packages.ts'
import { guesses, sourceMapRule, staticLibraryRule } from './rules/rarely-needed.ts'

/** Rules about directories in shipped layers, whether or not their files are in the final file system. */
export const sureDirectoryRules: readonly Rule[] = [...caches, ...compilers, gitRule, loginLogsRule, oldListsRule]
/** Rules about directories whose files are in the final file system. */
export const likelyDirectoryRules = guesses
/** Rules about directories in which tools keep caches. */
export const cacheRules: readonly Rule[] = [...caches, ...compilers]

/** All rules, in the order in which they are tried. */
export const rules: readonly Rule[] = [
  ...sureDirectoryRules,
  builtPipRule,
  listsReadRule,
  archiveRule,
  ownerRule,
  deletedRule,
  replacedRule,
  baseOwnerRule,
  recommendedRule,
  developmentRule,
  unpackedArchiveRule,
  leftArchiveRule,
  ...guesses,
  sourceMapRule,
  staticLibraryRule,
  sameBytesRule,
  goSymbolsRule,
  debugSymbolsRule,
]

/** Rules whose edit leaves none of the files, so that a line that names them can no longer copy them. */
export const deletingRules: ReadonlySet<Rule> = new Set(
  [...sureDirectoryRules, builtPipRule, ...guesses, sourceMapRule, staticLibraryRule].filter(
    ({ makers }) => makers === undefined,
  ),
)

const byId = new Map(rules.map((rule) => [rule.id, rule]))

/** Returns a rule by its id. Null for a rule of a newer release. */
export function ruleOf(id: string): Rule | null {
  return byId.get(id) ?? null
}
