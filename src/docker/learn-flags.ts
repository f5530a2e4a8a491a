/** Learns flags of the installed `docker buildx build` that are not in our table. */
import { buildxFlags, type BuildxFlag } from '../inputs/buildx-flags.ts'
import { askAboutItself } from './ask-client.ts'

/**
 * Returns the flags in the client's help that are not in the table. Returns none if there is no client.
 *
 * @throws Cancelled if the signal stops it
 */
export async function learnFlags(signal: AbortSignal): Promise<readonly BuildxFlag[]> {
  return flagsInHelp((await askAboutItself(['buildx', 'build', '--help'], signal)) ?? '').filter(
    ({ name }) => !buildxFlags.some((flag) => flag.name === name),
  )
}

/**
 * Parses help in the format of Go's pflag: ` -o, --output stringArray Output destination`. A flag with a type takes a
 * value, unless the value is optional (`--flag string[="default"]`).
 */
export function flagsInHelp(help: string): readonly BuildxFlag[] {
  return help.split('\n').flatMap((line): BuildxFlag[] => {
    const [, short = null, name = '', type = ''] =
      /^ {2,6}(?:-([A-Za-z]), |)--([a-z][a-z0-9-]{0,60})(?: (\S{1,200}))?(?: {2}|$)/.exec(line.slice(0, 300)) ?? []
    if (name === '') return []
    const optional = type.includes('[=')
    return [{ name, short, takesValue: type !== '' && !optional, repeatable: true, anyText: optional, role: 'unknown' }]
  })
}
