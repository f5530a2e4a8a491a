/** Tests with an engine come first: they take longest, and wait most of the time, while others can be run. */
import { createRequire } from 'node:module'

const { default: TestSequencer } = createRequire(import.meta.url)('@jest/test-sequencer')
const usesEngine = (test) => test.context.config.displayName.name === 'engine'

export default class EngineFirst extends TestSequencer {
  sort(tests) {
    const sorted = super.sort(tests)
    return [...sorted.filter(usesEngine), ...sorted.filter((test) => !usesEngine(test))]
  }
}
