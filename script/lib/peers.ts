/**
 * The differential tests of script/peers: runs both bundles over the tables and reports each difference that is not
 * listed.
 */
import { spawn } from 'node:child_process'
import { readFile, rm, writeFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { bakeCases } from '../../__tests__/peers/bake-cases.ts'
import { buildCases } from '../../__tests__/peers/build-cases.ts'
import { alwaysDiffers, type PeerCase } from '../../__tests__/peers/peer-case.ts'
import {
  differenceOf,
  linesOf,
  prepare,
  type Difference,
  type Ended,
  type Kind,
} from '../../__tests__/support/peer-run.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))

interface Trial {
  readonly kind: Kind
  readonly given: PeerCase
  readonly theirs: readonly string[]
  readonly ours: readonly string[]
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    build: { type: 'string' },
    bake: { type: 'string' },
    record: { type: 'boolean' },
    source: { type: 'boolean' },
    verbose: { type: 'boolean' },
  },
})
const peers = {
  build: values.build ?? process.env['PEER_BUILD_PUSH_ACTION'],
  bake: values.bake ?? process.env['PEER_BAKE_ACTION'],
}
const ours = `${root}${values.source ? 'src/action.ts' : 'dist/action/index.js'}`
const tables = { build: buildCases, bake: bakeCases }

let unwritten = 0
let trials = 0
if (!values.record) for (const line of alwaysDiffers) console.log(`left out: ${line}`)
for (const kind of ['build', 'bake'] as const) {
  const peer = peers[kind]
  if (peer === undefined) {
    console.log(
      `\n${kind}: not tried, no checkout of docker/${kind === 'build' ? 'build-push' : 'bake'}-action was named`,
    )
    continue
  }
  const given = tables[kind].filter(({ name }) => positionals.length === 0 || positionals.includes(name))
  const tried = await inTurn(given, 2, async (each) => tryBoth(each, kind, `${peer}/dist/index.cjs`))
  for (const trial of tried) {
    trials++
    if (!tell(trial)) unwritten++
  }
  if (values.record) await record(kind, tried)
}
console.log(`\n${trials} sets of inputs, ${unwritten} with a difference that is not written down`)
process.exitCode = unwritten === 0 && trials > 0 ? 0 : 1

async function tryBoth(given: PeerCase, kind: Kind, entry: string): Promise<Trial> {
  const run = async (program: string): Promise<readonly string[]> => {
    const prepared = await prepare(given, kind)
    try {
      return await linesOf(kind, prepared, await ended(program, prepared.cwd, prepared.env))
    } finally {
      await rm(prepared.folder, { recursive: true, force: true })
    }
  }
  return { kind, given, theirs: await run(entry), ours: await run(ours) }
}

function ended(program: string, cwd: string, env: Readonly<Record<string, string>>): Promise<Ended> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [program], { cwd, env, stdio: ['ignore', 'pipe', 'ignore'] })
    let stdout = ''
    child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()))
    child.on('error', reject)
    child.on('close', (status) => resolve({ status, stdout }))
  })
}

/** Reports a result. Returns whether there is no difference, or the one that the table lists. */
function tell({ kind, given, theirs, ours }: Trial): boolean {
  const found = differenceOf(theirs, ours)
  const { why = null, ...written } = given.differs ?? { theirs: [], ours: [] }
  const isWritten = same(found, written)
  if (values.verbose) console.log(`\n${kind} ${given.name}\n${theirs.map((line) => `  theirs  ${line}`).join('\n')}`)
  if (isWritten && why === null) return true
  console.log(`\n${kind} ${given.name}: ${isWritten ? `on purpose: ${why ?? ''}` : 'NOT WRITTEN DOWN'}`)
  for (const line of found.theirs) console.log(`  theirs  ${line}`)
  for (const line of found.ours) console.log(`  ours    ${line}`)
  return isWritten
}

function same(one: Difference, other: Difference): boolean {
  return JSON.stringify([one.theirs, one.ours]) === JSON.stringify([other.theirs, other.ours])
}

async function record(kind: Kind, tried: readonly Trial[]): Promise<void> {
  const path = `${root}__tests__/fixtures/peers/${kind}.json`
  const old = JSON.parse(await readFile(path, 'utf8').catch(() => '{}')) as Record<string, unknown>
  const recorded = new Map(tried.map(({ given, theirs }) => [given.name, theirs]))
  const all = tables[kind].flatMap(({ name }): [string, unknown][] => {
    const lines = recorded.get(name) ?? old[name]
    return lines === undefined ? [] : [[name, lines]]
  })
  await writeFile(path, `${JSON.stringify(Object.fromEntries(all), null, 1)}\n`)
}

/** Runs a few tasks at a time and returns the results in the order of the input. */
async function inTurn<T, R>(all: readonly T[], atOnce: number, task: (each: T) => Promise<R>): Promise<readonly R[]> {
  const results: R[] = []
  let next = 0
  await Promise.all(
    Array.from({ length: atOnce }, async () => {
      while (next < all.length) {
        const at = next++
        const each = all[at]
        if (each !== undefined) results[at] = await task(each)
      }
    }),
  )
  return results
}
