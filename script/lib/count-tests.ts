/**
 * Counts the results of a Jest run: prints `PASSED FAILED SKIPPED` and writes the names of skipped tests.
 *
 * Usage: count-tests.ts RESULTS.json NAMES
 */
import { readFileSync, writeFileSync } from 'node:fs'

interface Run {
  readonly numPassedTests: number
  readonly numFailedTests: number
  /** Number of files that failed to load. */
  readonly numRuntimeErrorTestSuites: number
  readonly numPendingTests: number
  readonly testResults: readonly {
    readonly assertionResults: readonly { readonly status: string; readonly fullName: string }[]
  }[]
}

const [results = '', names = ''] = process.argv.slice(2)
const run = JSON.parse(readFileSync(results, 'utf8')) as Run
const skipped = run.testResults.flatMap(({ assertionResults }) =>
  assertionResults.filter(({ status }) => status === 'pending'),
)
writeFileSync(names, skipped.map(({ fullName }) => `  ${fullName}\n`).join(''))
process.stdout.write(
  `${run.numPassedTests} ${run.numFailedTests + run.numRuntimeErrorTestSuites} ${run.numPendingTests}\n`,
)
