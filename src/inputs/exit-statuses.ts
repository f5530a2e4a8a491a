/** The exit statuses of the program, for `--help` and the man page. */
import type { CommandName, Row } from './manual.ts'

const row = (term: string, about: string): Row => ({ term, about: [about] })

/** The exit statuses of the program and their meanings. */
export const exitStatuses: readonly Row[] = [
  row('0', 'success'),
  row('1', 'a budget failed'),
  row('2', 'wrong usage, an input that cannot be read, or standard output that cannot be written'),
  row('3', "the build failed (the builder's message says why), or its metadata file or image ID could not be written"),
  row('4', 'Docker, the engine or the network could not be reached or used'),
  row('5', 'the report could not be made or published, or the baseline of a build could not be read, built or weighed'),
]

/** Returns the exit statuses of a command, or of the program if it is null. */
export function exitStatusesOf(command: CommandName | null): readonly Row[] {
  if (command === null || command === 'build') return exitStatuses
  const hasNoReport = ['trend', 'completion', 'install-plugin'].includes(command)
  if (hasNoReport) return exitStatuses.filter(({ term }) => term === '0' || term === '2')
  // These commands build nothing.
  return exitStatuses.flatMap((status) =>
    status.term === '3' ? [] : status.term === '5' ? [row('5', 'the report could not be made or published')] : [status],
  )
}
