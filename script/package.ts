// Bundles the action and the command line into dist/, from nothing, so that stale files cannot stay.
import { execFileSync } from 'node:child_process'
import { copyFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { minify } from './lib/minify.ts'

const root = new URL('..', import.meta.url).pathname

rmSync(join(root, 'dist'), { recursive: true, force: true })
// A thread is started from a file of its own.
const worker = mkdtempSync(join(tmpdir(), 'unpack-worker-'))
bundle('src/layer/unpack-worker.ts', worker)
for (const [entry, out] of [
  ['src/index.ts', 'dist/action'],
  ['src/cli.ts', 'dist/cli'],
] as const) {
  bundle(entry, out, '--license', 'licenses.txt')
  copyFileSync(join(worker, 'index.js'), join(root, out, 'unpack-worker.js'))
  // ncc would leave as it is what is loaded when needed, and of the rest what nothing uses.
  for (const name of readdirSync(join(root, out)).filter((name) => name.endsWith('.js'))) {
    const file = join(root, out, name)
    writeFileSync(file, minify(readFileSync(file, 'utf8')))
  }
}
rmSync(worker, { recursive: true })

function bundle(entry: string, out: string, ...flags: readonly string[]): void {
  const argv = ['node_modules/@vercel/ncc/dist/ncc/cli.js', 'build', entry, '--out', out, '--quiet', ...flags]
  execFileSync(process.execPath, argv, { cwd: root, stdio: 'inherit' })
}
