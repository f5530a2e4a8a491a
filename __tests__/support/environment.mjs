/**
 * Jest's environment for Node, with a global object of the ordinary kind. In Jest's own one each use of a global name
 * (`Math`, `Buffer`, `Error`, …) is a call of a Proxy, which makes a loop over bytes up to ten times slower.
 *
 * Fake timers are not supported: they would be put into the other global object.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { constants, createContext, runInContext } from 'node:vm'
import { TestEnvironment } from 'jest-environment-node'

/** Node's own objects replace those of the new realm, since Node's modules create and check their own. */
const ofNode = new Set(['Buffer', 'ArrayBuffer', 'Uint8Array'])

export default class PlainEnvironment extends TestEnvironment {
  constructor(config, context) {
    super(config, context)
    const made = this.global
    this.context = createContext(constants.DONT_CONTEXTIFY)
    this.global = runInContext('globalThis', this.context)
    for (const name of Reflect.ownKeys(made)) {
      if (ofNode.has(name) || !Object.hasOwn(this.global, name)) {
        Object.defineProperty(this.global, name, Object.getOwnPropertyDescriptor(made, name))
      }
    }
    this.global.global = this.global
    // The programs keep what they read of layers there. Each test file begins with none, whatever ran on this machine.
    this.cache = mkdtempSync(join(process.env.STAGE_FOOTPRINT_TEST_CACHES, 'sf-cache-'))
    this.global.process.env.STAGE_FOOTPRINT_TEST_CACHE = this.cache
  }

  async teardown() {
    rmSync(this.cache, { recursive: true, force: true, maxRetries: 3 })
    await super.teardown()
  }
}
