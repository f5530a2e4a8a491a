// Bundles the action and the command line into dist/, from nothing, so that stale files cannot stay.
import { execFileSync } from 'node:child_process'
import { copyFileSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { minify } from './lib/minify.ts'
import { makePageAssets } from './lib/page-assets.ts'
import { startOf } from './lib/start.ts'

const root = new URL('..', import.meta.url).pathname
const { engines } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { engines: { node: string } }
const oldestNode = Number(/^>=(\d+)$/.exec(engines.node)?.[1])
if (Number.isNaN(oldestNode)) throw new Error(`engines.node is "${engines.node}", and has to be ">=MAJOR"`)

rmSync(join(root, 'dist'), { recursive: true, force: true })
// A thread is started from a file of its own.
const worker = mkdtempSync(join(tmpdir(), 'unpack-worker-'))
bundle('src/layer/unpack-worker.ts', worker)
const page = await makePageAssets()
const program = 'program.js'
for (const [entry, source] of [
  ['action', 'src/action.ts'],
  ['cli', 'src/cli.ts'],
] as const) {
  const out = `dist/${entry}`
  bundle(source, out, '--license', 'licenses.txt')
  renameSync(join(root, out, 'index.js'), join(root, out, program))
  copyFileSync(join(worker, 'index.js'), join(root, out, 'unpack-worker.js'))
  // ncc would leave as it is what is loaded when needed, and of the rest what nothing uses.
  for (const name of readdirSync(join(root, out)).filter((name) => name.endsWith('.js'))) {
    const file = join(root, out, name)
    writeFileSync(file, minify(readFileSync(file, 'utf8')))
  }
  writeFileSync(join(root, out, 'page.js'), page.script)
  writeFileSync(join(root, out, 'page.css'), page.style)
  writeFileSync(join(root, out, 'index.js'), startOf({ oldestNode, program, entry }), {
    mode: entry === 'cli' ? 0o755 : 0o644,
  })
}
rmSync(worker, { recursive: true })

function bundle(entry: string, out: string, ...flags: readonly string[]): void {
  const argv = ['node_modules/@vercel/ncc/dist/ncc/cli.js', 'build', entry, '--out', out, '--quiet', ...flags]
  execFileSync(process.execPath, argv, { cwd: root, stdio: 'inherit' })
}
