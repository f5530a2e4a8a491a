/** Runs calls that may hang in a separate thread. */
import { Worker } from 'node:worker_threads'

const program = `
const { parentPort, workerData } = require('node:worker_threads')
import(workerData.module).then((module) => module[workerData.name](...workerData.args)).then((result) => parentPort.postMessage(result))
`

/**
 * Returns the result of an exported function for these arguments; all values are copied. Code that never yields also
 * blocks the timer of the test's own time limit, so if it hangs, nothing stops it and nothing fails.
 *
 * @param module its URL
 */
export function inThread(module: URL, name: string, ...args: readonly unknown[]): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const thread = new Worker(program, { eval: true, workerData: { module: module.href, name, args } })
    thread.once('message', resolve)
    thread.once('error', reject)
    // A thread that hangs must not keep the process alive after the test has failed. A later listener would undo this.
    thread.unref()
  })
}
