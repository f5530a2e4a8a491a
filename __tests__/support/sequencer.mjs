/** Starts tests with an engine first: they take longest, and mostly wait, so other tests can run meanwhile. */
import { createRequire } from 'node:module'

const { default: TestSequencer } = createRequire(import.meta.url)('@jest/test-sequencer')
const usesEngine = (test) => test.context.config.displayName.name === 'engine'

export default class EngineFirst extends TestSequencer {
  sort(tests) {
    const sorted = super.sort(tests)
    return [...sorted.filter(usesEngine), ...sorted.filter((test) => !usesEngine(test))]
  }
}
