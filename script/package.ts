// Bundles the action and the command line into dist/, from nothing, so that stale files cannot stay.
import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { minifySync } from '@swc/core'

const root = new URL('..', import.meta.url).pathname

rmSync(join(root, 'dist'), { recursive: true, force: true })
for (const [entry, out] of [
  ['src/index.ts', 'dist/action'],
  ['src/cli.ts', 'dist/cli'],
] as const) {
  execFileSync(
    process.execPath,
    ['node_modules/@vercel/ncc/dist/ncc/cli.js', 'build', entry, '--out', out, '--minify', '--license', 'licenses.txt', '--quiet'],
    { cwd: root, stdio: 'inherit' },
  )
  // What is loaded when needed ncc leaves as it is.
  for (const name of readdirSync(join(root, out)).filter((name) => name.endsWith('.index.js'))) {
    const file = join(root, out, name)
    writeFileSync(file, minifySync(readFileSync(file, 'utf8'), { module: true, compress: true, mangle: true }).code)
  }
}
