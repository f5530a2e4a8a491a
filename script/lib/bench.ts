/** The cases of script/bench. Each is measured together with its alternative in the same run, in turn. */
import { mkdir, mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises'
import { cpus, tmpdir, totalmem } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { benchHosted } from './bench-hosted.ts'
import { benchInspect, benchLarge } from './bench-inspect.ts'
import { benchPage } from './bench-page.ts'
import { measure, printComparison, type Contender } from './bench-measure.ts'

const root = new URL('../..', import.meta.url).pathname
const node = process.execPath
const cli = join(root, 'dist/cli/index.js')
const action = join(root, 'dist/action/index.js')
const example = join(root, 'examples/msbdemo')

const { values, positionals } = parseArgs({
  options: { runs: { type: 'string', default: '5' } },
  allowPositionals: true,
})
const runs = Number(values.runs)
if (!Number.isInteger(runs) || runs < 1) throw new Error('--runs takes a number from 1')

const folder = await mkdtemp(join(tmpdir(), 'sf-bench-'))
const cases: Readonly<Record<string, () => Promise<void>>> = {
  start,
  warm,
  cold,
  hosted: () => benchHosted(cli, folder, Math.min(runs, 5)),
  inspect: () => benchInspect(cli, folder, runs),
  large: () => benchLarge(cli, folder),
  page: () => benchPage(folder, runs),
}
try {
  const names = positionals.length > 0 ? positionals : Object.keys(cases)
  process.stdout.write(
    `${cpus().length} × ${cpus()[0]?.model ?? 'unknown'}, ${Math.round(totalmem() / 2 ** 30)} GiB, Node ${process.version}\n`,
  )
  for (const name of names) {
    const run = cases[name]
    if (!run) throw new Error(`there is no case ${name}; cases are ${Object.keys(cases).join(', ')}`)
    await run()
  }
} finally {
  await rm(folder, { recursive: true, force: true })
}

async function start(): Promise<void> {
  const size = async (bundle: string): Promise<string> => {
    const files = (await readdir(join(root, 'dist', bundle))).filter((name) => name.endsWith('.js'))
    const sizes = await Promise.all(files.map(async (name) => (await stat(join(root, 'dist', bundle, name))).size))
    return `${sizes.reduce((sum, bytes) => sum + bytes, 0)} bytes in ${files.length} files`
  }
  process.stdout.write(`\nBundles: action ${await size('action')}, command line ${await size('cli')}\n`)
  const empty = { name: 'node, nothing', argv: [node, '-e', '0'] }
  const contenders: Contender[] = [
    empty,
    { name: 'command line, --version', argv: [node, cli, '--version'] },
    // It reads every input and stops at the invalid one.
    {
      name: 'action, up to a wrong input',
      argv: [node, action],
      env: { ...(await step('start')), INPUT_MODE: 'none' },
      status: 1,
    },
  ]
  printComparison('Start', await measure(contenders, runs * 3), empty.name)
}

async function warm(): Promise<void> {
  const contenders = await contendersOf('warm')
  // One unmeasured run each fills the build cache and the store of indexes.
  await measure(contenders, 1)
  printComparison('Warm build of the example', await measure(contenders, runs), contenders[0]?.name ?? '')
}

async function contendersOf(name: string): Promise<readonly Contender[]> {
  const cache = join(folder, `${name}-cache`)
  return [
    { name: 'docker buildx build', argv: ['docker', 'buildx', 'build', '--progress=plain', example] },
    {
      name: 'stage-footprint build',
      argv: [node, cli, 'build', '--progress=plain', example],
      env: { XDG_CACHE_HOME: cache },
    },
    {
      name: 'the action',
      argv: [node, action],
      env: { ...(await step(name)), INPUT_CONTEXT: example, XDG_CACHE_HOME: cache },
    },
  ]
}

/**
 * Measures builds with an empty build cache. Of our two contenders, one has an empty store of indexes as well. The
 * store of the other one knows the layers of the base images.
 */
async function cold(): Promise<void> {
  const prune = { argv: ['docker', 'buildx', 'prune', '--all', '--force'] }
  const forget = (cache: string) => async (): Promise<void> => {
    await rm(cache, { recursive: true, force: true })
    await mkdir(cache)
  }
  const [first, known] = [join(folder, 'cold-first'), join(folder, 'cold-known')]
  const contenders: Contender[] = [
    { name: 'docker buildx build', argv: ['docker', 'buildx', 'build', '--progress=plain', example], before: [prune] },
    {
      name: 'stage-footprint build, first run',
      argv: [node, cli, 'build', '--progress=plain', example],
      env: { XDG_CACHE_HOME: first },
      before: [prune, forget(first)],
    },
    {
      name: 'stage-footprint build, base layers known',
      argv: [node, cli, 'build', '--progress=plain', example],
      env: { XDG_CACHE_HOME: known },
      before: [prune],
    },
  ]
  // Base images are pulled again after a prune. This run fills the second store.
  await measure(contenders.slice(2), 1)
  printComparison('Cold build of the example', await measure(contenders, Math.min(runs, 3)), contenders[0]?.name ?? '')
}

/** Returns the environment that the runner gives a step. */
async function step(name: string): Promise<Record<string, string>> {
  const place = join(folder, `${name}-step`)
  await mkdir(join(place, 'temp'), { recursive: true })
  const files = Object.fromEntries(
    ['OUTPUT', 'STEP_SUMMARY', 'STATE', 'ENV', 'PATH'].map((file) => [`GITHUB_${file}`, join(place, file)]),
  )
  const event = join(place, 'event.json')
  await Promise.all([...Object.values(files).map((file) => writeFile(file, '')), writeFile(event, '{}')])
  return {
    ...files,
    GITHUB_ACTIONS: 'true',
    GITHUB_EVENT_NAME: 'push',
    GITHUB_EVENT_PATH: event,
    GITHUB_REPOSITORY: 'owner/repository',
    GITHUB_WORKSPACE: root,
    RUNNER_TEMP: join(place, 'temp'),
  }
}
