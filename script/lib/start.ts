/** The first file of a bundle. Every Node since version 10 can read it, unlike the rest of the bundle. */

export interface Start {
  /** Major version of the oldest Node that the bundle runs on. */
  readonly oldestNode: number
  /** The file beside it that contains the program. */
  readonly program: string
  readonly entry: 'action' | 'cli'
}

/** Returns the code of the first file. */
export function startOf({ oldestNode, program, entry }: Start): string {
  const sentence = `"stage-footprint needs Node ${oldestNode} or newer, and this is Node " + process.versions.node`
  const [refuse, status] =
    entry === 'cli'
      ? [`process.stderr.write(${sentence} + "\\n")`, 2]
      : [`process.stdout.write("::error::" + ${sentence} + "\\n")`, 1]
  return `${entry === 'cli' ? '#!/usr/bin/env node\n' : ''}if (parseInt(process.versions.node, 10) >= ${oldestNode}) {
  import("./${program}")
} else {
  ${refuse}
  process.exitCode = ${status}
}
`
}
