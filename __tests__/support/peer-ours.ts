/**
 * Runs the action's `main` for many sets of inputs, one after the other in one process. This takes 0.1 s for each set,
 * a third of the time that separate processes take.
 *
 * usage: peer-ours.ts PREPARED.json RESULTS.json
 */
import { readFile, writeFile } from 'node:fs/promises'
import { main } from '../../src/run/action-step.ts'
import type { Ended, Prepared } from './peer-run.ts'

const [from = '', to = ''] = process.argv.slice(2)
const results: Ended[] = []
const write = process.stdout.write.bind(process.stdout)
for (const { cwd, env } of JSON.parse(await readFile(from, 'utf8')) as Prepared[]) {
  let stdout = ''
  process.stdout.write = (chunk: string | Uint8Array): boolean => {
    stdout += String(chunk)
    return true
  }
  for (const name of Object.keys(process.env)) Reflect.deleteProperty(process.env, name)
  Object.assign(process.env, env)
  process.chdir(cwd)
  process.exitCode = 0
  await main()
  results.push({ status: process.exitCode, stdout })
}
process.stdout.write = write
process.exitCode = 0
await writeFile(to, JSON.stringify(results))
