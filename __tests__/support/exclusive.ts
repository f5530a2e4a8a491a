/** What only one test file at a time may use: test files run side by side, in processes of their own. */
import { createServer, type Server } from 'node:net'

/**
 * Waits for whoever has it. An abstract socket is its lock, which the kernel takes back from a process that died.
 *
 * @param what the address of what is shared
 */
export async function exclusively(what: string): Promise<AsyncDisposable> {
  for (;;) {
    const server = await taken(`\0stage-footprint-test ${what}`)
    if (server !== null) return { [Symbol.asyncDispose]: () => new Promise((resolve) => server.close(() => resolve())) }
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
}

/** Null where another process has it. */
function taken(name: string): Promise<Server | null> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', (error: NodeJS.ErrnoException) =>
      error.code === 'EADDRINUSE' ? resolve(null) : reject(error),
    )
    server.listen(name, () => resolve(server))
  })
}
