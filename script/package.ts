// Bundles the action and the command line into dist/, from nothing, so that stale files cannot stay.
import { execFileSync } from 'node:child_process'
import { copyFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { minifySync } from '@swc/core'

const root = new URL('..', import.meta.url).pathname

rmSync(join(root, 'dist'), { recursive: true, force: true })
for (const [entry, out] of [
  ['src/index.ts', 'dist/action'],
  ['src/cli.ts', 'dist/cli'],
] as const) {
  bundle(entry, out, '--license', 'licenses.txt')
  // A thread is started from a file of its own.
  const worker = mkdtempSync(join(tmpdir(), 'unpack-worker-'))
  bundle('src/layer/unpack-worker.ts', worker)
  copyFileSync(join(worker, 'index.js'), join(root, out, 'unpack-worker.js'))
  rmSync(worker, { recursive: true })
  // What is loaded when needed ncc leaves as it is.
  for (const name of readdirSync(join(root, out)).filter((name) => name.endsWith('.index.js'))) {
    const file = join(root, out, name)
    writeFileSync(file, minifySync(readFileSync(file, 'utf8'), { module: true, compress: true, mangle: true }).code)
  }
}

function bundle(entry: string, out: string, ...flags: readonly string[]): void {
  const argv = ['node_modules/@vercel/ncc/dist/ncc/cli.js', 'build', entry, '--out', out, '--minify', '--quiet', ...flags]
  execFileSync(process.execPath, argv, { cwd: root, stdio: 'inherit' })
}
