/**
 * Bundles the action and the command line into dist/: `npm run package`.
 * All files are made in a temporary folder, which then takes the place of dist/. So an interrupted run leaves dist/ as
 * it was, and no stale file stays. `--check` says which files of dist/ are not what the sources build, and changes
 * nothing.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { copyFileSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { constants, tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { runConcurrently } from '../src/concurrency.ts'
import { differingFiles, replaceFolder } from './lib/folders.ts'
import { minify } from './lib/minify.ts'
import { makePageAssets } from './lib/page-assets.ts'
import { startOf } from './lib/start.ts'

const root = fileURLToPath(new URL('..', import.meta.url))
const dist = join(root, 'dist')
const program = 'program.js'

const { check = false } = parseArgs({ options: { check: { type: 'boolean' } } }).values
const stop = new AbortController()
// Without a listener a signal would end this process at once, even between the two renames.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => stop.abort(signal))

const made = mkdtempSync(join(tmpdir(), 'stage-footprint-package-'))
try {
  await makeBundles(made)
  stop.signal.throwIfAborted()
  if (check) {
    const differing = differingFiles(dist, join(made, 'dist'))
    for (const path of differing) process.stdout.write(`dist/${path}\n`)
    process.exitCode = differing.length > 0 ? 1 : 0
  } else replaceFolder(dist, join(made, 'dist'))
} catch (error) {
  if (!stop.signal.aborted) throw error
  process.stderr.write(`stopped by ${String(stop.signal.reason)}; dist/ is as it was\n`)
  process.exitCode = 128 + constants.signals[stop.signal.reason as NodeJS.Signals]
} finally {
  rmSync(made, { recursive: true, force: true, maxRetries: 3 })
}

/** Makes dist/ and the working files in a folder. */
async function makeBundles(folder: string): Promise<void> {
  const entries = ['action', 'cli'] as const
  const worker = join(folder, 'worker')
  const outOf = (entry: (typeof entries)[number]): string => join(folder, 'dist', entry)
  await runConcurrently(stop.signal, ['unpack-worker', ...entries] as const, (entry, signal) =>
    // A thread is started from a file of its own.
    entry === 'unpack-worker'
      ? bundle(entry, signal, worker)
      : bundle(entry, signal, outOf(entry), '--license', 'licenses.txt'),
  )
  const page = await makePageAssets()
  for (const entry of entries) {
    const out = outOf(entry)
    renameSync(join(out, 'index.js'), join(out, program))
    copyFileSync(join(worker, 'index.js'), join(out, 'unpack-worker.js'))
    // ncc would leave as it is what is loaded when needed, and of the rest what nothing uses.
    for (const name of readdirSync(out).filter((name) => name.endsWith('.js'))) {
      const file = join(out, name)
      writeFileSync(file, minify(readFileSync(file, 'utf8')))
    }
    writeFileSync(join(out, 'page.js'), page.script)
    writeFileSync(join(out, 'page.css'), page.style)
    writeFileSync(join(out, 'index.js'), startOf({ oldestNode: oldestNode(), program, entry }), {
      mode: entry === 'cli' ? 0o755 : 0o644,
    })
  }
}

/** Bundles an entry of script/bundle/, whose tsconfig.json does not check types: `npm run typecheck` does. */
async function bundle(entry: string, signal: AbortSignal, out: string, ...flags: readonly string[]): Promise<void> {
  const source = `script/bundle/${entry}.ts`
  const argv = ['node_modules/@vercel/ncc/dist/ncc/cli.js', 'build', source, '--out', out, '--quiet', ...flags]
  const ncc = spawn(process.execPath, argv, { cwd: root, stdio: 'inherit', signal })
  const [status] = (await once(ncc, 'close')) as [number | null]
  if (status !== 0) throw new Error(`ncc could not bundle ${entry}`)
}

/** Returns the major version of the oldest Node that package.json allows. */
function oldestNode(): number {
  const { engines } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { engines: { node: string } }
  const major = Number(/^>=(\d+)$/.exec(engines.node)?.[1])
  if (Number.isNaN(major)) throw new Error(`engines.node is "${engines.node}", and has to be ">=MAJOR"`)
  return major
}
