import { mkdirSync, writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { fuzz } from './fuzz.ts'

/** Time limit for a case on a busy machine, in milliseconds. */
const slowest = 5_000

const values = read()

/** Returns the flags, or null if there are others. */
function read(): { readonly seconds?: string; readonly seed?: string } | null {
  try {
    return parseArgs({ options: { seconds: { type: 'string' }, seed: { type: 'string' } } }).values
  } catch {
    return null
  }
}

const seconds = Number(values?.seconds ?? 60)
const seed = Number(values?.seed ?? Date.now() % 2 ** 32)
if (values === null || !(seconds > 0) || !Number.isSafeInteger(seed)) {
  console.error('script/fuzz: it takes --seconds N and --seed N; see --help')
  process.exitCode = 2
} else {
  const { cases, outcomes, failure } = await fuzz({ seed, seconds, slowest })
  console.log(
    `${cases} cases with seed ${seed}: ${[...outcomes].map(([name, count]) => `${count} ${name}`).join(', ')}`,
  )
  if (failure !== null) {
    const folder = new URL('../../__tests__/layer/fixtures/', import.meta.url)
    const path = new URL(`${failure.parser}-${seed}-${failure.nth}.bin`, folder)
    mkdirSync(folder, { recursive: true })
    writeFileSync(path, failure.input)
    console.error(`${failure.parser}, case ${failure.nth}: ${failure.problem}\nkept as ${path.pathname}`)
    process.exitCode = 1
  }
}
