/** Finds caches that a later step fills again if an earlier one no longer keeps them. Pure. */
import type { StageFiles } from './files.ts'
import type { Places } from './places.ts'
import { isRun, says, type Rule } from './rule.ts'

/** Tools that fill a cache, by rule. Those of other rules are its readers, whatever they do. */
const tools: Readonly<Record<string, readonly string[]>> = {
  'apk-cache': ['apk'],
  'dnf-cache': ['dnf', 'microdnf', 'yum'],
  'zypper-cache': ['zypper'],
  'pacman-cache': ['pacman'],
  'pip-cache': ['pip', 'pip3'],
  'uv-cache': ['uv'],
  'poetry-cache': ['poetry'],
  'conda-packages': ['conda', 'mamba', 'micromamba'],
  'npm-cache': ['npm'],
  'yarn-cache': ['yarn'],
  'pnpm-store': ['pnpm'],
  'composer-cache': ['composer'],
  'bundler-cache': ['bundle'],
}
/** What these tools are told when they fetch packages. */
const verbs = ['install', 'ci', 'i', 'add', 'sync', 'pip', 'update', 'upgrade', 'fetch', 'download', 'wheel', 'require']

/** Returns, for each rule, the layers that have files in its directories. */
export function layersWithFiles(
  { fileSystem, count }: StageFiles,
  { found, placeOf }: Places,
  ruleOf: (pattern: number) => Rule | undefined,
): ReadonlyMap<Rule, ReadonlySet<number>> {
  const layers = new Map<Rule, Set<number>>()
  for (let file = 1; file <= count; file += 1) {
    const place = found[(placeOf[fileSystem.files.nodeOf(file)] ?? 0) - 1]
    const rule = place && ruleOf(place.pattern)
    if (rule === undefined) continue
    const some = layers.get(rule) ?? new Set()
    layers.set(rule, some)
    some.add(fileSystem.files.adderOf(file))
  }
  return layers
}

/**
 * Returns whether a later step fetches with the same tool and added nothing to the cache: it took from there what it
 * would otherwise fetch and keep.
 *
 * @param filled the layers that have files of the cache
 */
export function fillsAgain(files: StageFiles, layer: number, rule: Rule, filled: ReadonlySet<number>): boolean {
  const commands = tools[rule.id]?.flatMap((tool) => verbs.map((verb) => `${tool} ${verb}`)) ?? rule.readBy ?? []
  return files.layers.some((_, position) => {
    const text = files.textOf(position)
    if (position <= layer || !isRun(text) || filled.has(position)) return false
    return says(text, ...commands) && !/--no-cache|\bclean\b|type=cache/.test(text)
  })
}
