/**
 * Removes the caches of all test files. Each file removes its own, unless Jest ends a worker that uses much memory just
 * after it began with the file; the next worker then runs it.
 */
import { rmSync } from 'node:fs'

export default function () {
  rmSync(process.env.STAGE_FOOTPRINT_TEST_CACHES, { recursive: true, force: true, maxRetries: 3 })
}
