/** Entry of the command line: hands the real world to `runCommandLine`. */
import { runCommandLine } from './run/command-line.ts'
import { stopSignal } from './run/stop-signal.ts'

// Who reads the output may have had enough of it, as `head` has: the work goes on, and its status counts.
for (const output of [process.stdout, process.stderr]) {
  output.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error
  })
}

const stop = stopSignal()
const status = await runCommandLine(process.argv.slice(2), stop.signal)
stop.dispose()
process.exitCode = stop.exitStatus() ?? status
