/** Calls that may hang, in a thread of their own. */
import { Worker } from 'node:worker_threads'

const program = `
const { parentPort, workerData } = require('node:worker_threads')
import(workerData.module).then((module) => module[workerData.name](...workerData.args)).then((result) => parentPort.postMessage(result))
`

/**
 * What an exported function gives for these arguments; all of it is copied on the way. Code that never waits keeps even
 * the timer of the test's own timeout from running out, so that where it hangs, nothing stops and nothing fails.
 *
 * @param module its URL
 */
export function inThread(module: URL, name: string, ...args: readonly unknown[]): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const thread = new Worker(program, { eval: true, workerData: { module: module.href, name, args } })
    thread.once('message', resolve)
    thread.once('error', reject)
    // One that hangs is not waited for once the test has failed; a listener takes that back.
    thread.unref()
  })
}
