/** Entry point of the command line. */
import { ExitStatus } from './errors.ts'
import { reasonOf } from './files.ts'
import { pluginCallOf } from './inputs/docker-plugin.ts'
import { runCommandLine } from './run/command-line.ts'
import { stopWithDockerClient } from './run/stop-with-docker-client.ts'
import { stopSignal } from './run/stop-signal.ts'
import { keepYoungGenerationSmall } from './run/young-generation.ts'

keepYoungGenerationSmall()

let outputFault: Error | null = null

// A reader such as `head` may close the output early. The work continues, and its exit status counts.
for (const output of [process.stdout, process.stderr])
  output.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') outputFault ??= error
  })
const words = process.argv.slice(2)
const stop = stopSignal()
const plugin = pluginCallOf(process.argv[1] ?? '', words)
if (plugin !== null) {
  Object.assign(process.env, plugin.env)
  stopWithDockerClient(process.env, stop.stop)
}
const status = await runCommandLine(plugin === null ? words : plugin.argv, stop.signal)
stop.dispose()
process.exitCode = stop.exitStatus() ?? (await statusAfterOutput(status))

/** Reports an output that could not be written, such as a file on a full disk. */
async function statusAfterOutput(status: ExitStatus): Promise<ExitStatus> {
  // Errors of the last output arrive after it.
  await new Promise((resolve) => setImmediate(resolve))
  if (outputFault === null) return status
  process.stderr.write(`stage-footprint: the output cannot be written: ${reasonOf(outputFault)} [UNREADABLE_INPUT]\n`)
  return status === ExitStatus.ok ? ExitStatus.wrongUse : status
}
