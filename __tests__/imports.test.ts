/** Checks the imports of the sources as a graph. The linter checks their direction between folders. */
import { readdir, readFile } from 'node:fs/promises'
import { dirname, join, normalize } from 'node:path'
import { expect, test } from '@jest/globals'

const files = (await readdir('src', { recursive: true })).filter((file) => file.endsWith('.ts'))

/** Returns the files that a file imports, types included, by their paths below `src`. */
async function importsOf(file: string): Promise<readonly string[]> {
  const text = await readFile(join('src', file), 'utf8')
  const found = text.matchAll(/(?:^(?:import|export|\}) (?:[^'\n]* )?from |\bimport\()'(\.{1,2}\/[^']+\.ts)'/gm)
  return [...found].map(([, path = '']) => normalize(join(dirname(file), path)))
}

/** Returns the first circle that a walk from a file meets, as the path around it. Returns null if there is none. */
function circleIn(graph: ReadonlyMap<string, readonly string[]>): readonly string[] | null {
  const done = new Set<string>()
  const walk = (file: string, path: readonly string[]): readonly string[] | null => {
    if (path.includes(file)) return [...path.slice(path.indexOf(file)), file]
    if (done.has(file)) return null
    for (const next of graph.get(file) ?? []) {
      const circle = walk(next, [...path, file])
      if (circle !== null) return circle
    }
    done.add(file)
    return null
  }
  for (const file of graph.keys()) {
    const circle = walk(file, [])
    if (circle !== null) return circle
  }
  return null
}

const graph = new Map(await Promise.all(files.map(async (file) => [file, await importsOf(file)] as const)))

test('finds the imports of types, of several lines, and of code that is loaded later', () => {
  expect(graph.get('run/build.ts')).toEqual(expect.arrayContaining(['run/run-request.ts', 'run/weigh-build.ts']))
  expect(graph.get('run/weigh-build.ts')).toContain('weigh/weigh-revision.ts')
  expect(
    circleIn(
      new Map([
        ['a', ['b']],
        ['b', ['c']],
        ['c', ['b']],
      ]),
    ),
  ).toEqual(['b', 'c', 'b'])
})

test('imports nothing that does not exist', () => {
  expect([...graph.values()].flat().filter((file) => !graph.has(file))).toEqual([])
})

test('no files of src import each other in a circle', () => {
  expect(circleIn(graph)).toBeNull()
})

test('every file of src is reached from the action, the command line, a thread or the page', () => {
  const reached = new Set<string>()
  const reach = (file: string): void => {
    if (reached.has(file)) return
    reached.add(file)
    graph.get(file)?.forEach(reach)
  }
  for (const entry of ['action.ts', 'cli.ts', 'layer/unpack-worker.ts', 'page/client/main.ts']) reach(entry)
  expect(files.filter((file) => !reached.has(file))).toEqual([])
})
