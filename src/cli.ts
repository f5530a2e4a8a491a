/** Entry of the command line: hands the real world to `runCommandLine`. */
import { runCommandLine } from './command-line.ts'
import { stopSignal } from './flow/stop-signal.ts'

const stop = stopSignal()
const status = await runCommandLine(process.argv.slice(2), stop.signal)
stop.dispose()
process.exitCode = stop.exitStatus() ?? status
