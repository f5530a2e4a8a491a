// Bundles the action and the command line into dist/, from nothing, so that stale files cannot stay.
import { execFileSync } from 'node:child_process'
import { rmSync } from 'node:fs'

const root = new URL('..', import.meta.url).pathname

rmSync(`${root}dist`, { recursive: true, force: true })
for (const [entry, out] of [
  ['src/index.ts', 'dist/action'],
  ['src/cli.ts', 'dist/cli'],
] as const)
  execFileSync(
    process.execPath,
    ['node_modules/@vercel/ncc/dist/ncc/cli.js', 'build', entry, '--out', out, '--minify', '--license', 'licenses.txt', '--quiet'],
    { cwd: root, stdio: 'inherit' },
  )
