/** Makes the script and the style of the page, which are put beside a program. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { bundle, minifySync } from '@swc/core'
import type { PageAssets } from '../../src/page/page.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))

/** The parts of the style, in their order: a later rule wins over an earlier one of the same weight. */
const styles = ['page', 'tables', 'treemap', 'pictures', 'narrow', 'print'] as const

/** Bundles the page with swc. Its output contains nothing of Node and takes a quarter of a second. */
export async function makePageAssets(): Promise<PageAssets> {
  const outputs = await bundle({
    entry: { page: join(root, 'src/page/client/main.ts') },
    output: { name: 'page', path: root },
    module: {},
    target: 'browser',
    mode: 'production',
    options: {
      swcrc: false,
      jsc: {
        parser: { syntax: 'typescript' },
        target: 'es2022',
        baseUrl: root,
        // swc does not read the `exports` of a package.
        paths: { 'd3-hierarchy': [join(root, 'node_modules/d3-hierarchy/dist/d3-hierarchy.mjs')] },
      },
    },
  })
  const code = outputs['page']?.code
  if (code === undefined) throw new Error('the script of the page was not bundled')
  const script = minifySync(code, { module: true, compress: { passes: 3, toplevel: true }, mangle: true }).code
  const style = styles
    .map((name) => readFileSync(join(root, `src/page/style/${name}.css`), 'utf8'))
    .join('')
    .replace(/\/\*[\s\S]*?\*\//g, '')
    .replace(/\n\s*/g, '\n')
  if (/<\/(?:script|style)|<!--/i.test(script + style)) throw new Error('the script or the style would end in the page')
  return { script, style }
}
