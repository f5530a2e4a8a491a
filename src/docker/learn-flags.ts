/** Flags of the installed `docker buildx build` that this program has no table for. */
import { buildxFlags, type BuildxFlag } from '../inputs/buildx-flags.ts'
import { askAboutItself } from './ask-client.ts'

/** What the client's help lists beyond the table; nothing where there is no client. @throws Cancelled */
export async function learnFlags(signal: AbortSignal): Promise<readonly BuildxFlag[]> {
  return flagsInHelp((await askAboutItself(['buildx', 'build', '--help'], signal)) ?? '').filter(
    ({ name }) => !buildxFlags.some((flag) => flag.name === name),
  )
}

/**
 * Reads help as Go's pflag prints it: `  -o, --output stringArray   Output destination`. A flag with a word for its value
 * takes one, unless the value may be left out (`--flag string[="default"]`).
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
