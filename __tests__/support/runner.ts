/** Runs the bundled action as the runner does: a process with inputs in its environment, and files for its output. */
import { mkdtemp, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { action, ownCache, run, type Ran, type RunOptions } from './program.ts'

export interface Step extends Ran {
  readonly outputs: Readonly<Record<string, string>>
  readonly summary: string
  /** The names of the files that are left in RUNNER_TEMP. */
  readonly left: readonly string[]
  /** Returns the text of a file that an output names. */
  readonly read: (path: string | undefined) => Promise<string>
}

/** Defaults of action.yml that are not empty, as the runner sets them. */
const defaults = {
  load: 'false',
  push: 'false',
  pull: 'false',
  'no-cache': 'false',
  'stage-compression': 'auto',
  'fail-on-report-error': 'false',
  'github-token': 'a-token',
}

export interface StepOptions extends RunOptions {
  /** A command that starts the action, instead of this Node. */
  readonly through?: readonly [command: string, ...args: readonly string[]]
}

/** @param workspace the checked-out repository in which the step runs */
export async function runAction(
  workspace: string,
  inputs: Readonly<Record<string, string>>,
  options: StepOptions = {},
  look: (step: Step) => Promise<void> = () => Promise.resolve(),
): Promise<Step> {
  const folder = await mkdtemp(join(tmpdir(), 'sf-runner-'))
  try {
    const temp = join(folder, 'temp')
    await mkdir(temp)
    const files = Object.fromEntries(
      ['OUTPUT', 'STEP_SUMMARY', 'STATE', 'ENV', 'PATH'].map((name) => [`GITHUB_${name}`, join(folder, name)]),
    )
    const event = join(folder, 'event.json')
    await Promise.all([
      ...Object.values(files).map((file) => writeFile(file, '')),
      writeFile(event, '{"repository":{"private":false}}'),
    ])
    const [command, ...args] = options.through ?? [process.execPath, action]
    const ran = await run(command, args, {
      ...options,
      cwd: workspace,
      env: {
        ...Object.fromEntries(
          Object.entries({ ...defaults, ...inputs }).map(([name, value]) => [`INPUT_${name.toUpperCase()}`, value]),
        ),
        ...files,
        CI: 'true',
        GITHUB_ACTIONS: 'true',
        GITHUB_EVENT_NAME: 'push',
        GITHUB_EVENT_PATH: event,
        GITHUB_REPOSITORY: 'owner/repository',
        GITHUB_RUN_ID: '1',
        GITHUB_SERVER_URL: 'https://github.invalid',
        GITHUB_SHA: '0'.repeat(40),
        GITHUB_WORKSPACE: workspace,
        RUNNER_TEMP: temp,
        ...ownCache,
        ...options.env,
      },
    })
    const step: Step = {
      ...ran,
      outputs: parseOutputs(await readFile(join(folder, 'OUTPUT'), 'utf8')),
      summary: await readFile(join(folder, 'STEP_SUMMARY'), 'utf8'),
      left: await readdir(temp),
      read: (path) => readFile(path ?? '', 'utf8'),
    }
    await look(step)
    return step
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/** The file format of GITHUB_OUTPUT: NAME<<DELIMITER, lines, DELIMITER. */
export function parseOutputs(text: string): Record<string, string> {
  const outputs: Record<string, string> = {}
  const lines = text.split('\n')
  for (let at = 0; at < lines.length; at++) {
    const head = /^([^<=]+)<<(.+)$/.exec(lines[at] ?? '')
    if (!head?.[1] || !head[2]) continue
    const end = lines.indexOf(head[2], at + 1)
    outputs[head[1]] = lines.slice(at + 1, end).join('\n')
    at = end
  }
  return outputs
}
