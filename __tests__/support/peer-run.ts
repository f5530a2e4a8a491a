/** Runs one set of inputs as the runner runs an action, and returns the result as lines that can be compared. */
import { mkdir, mkdtemp, readFile, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import type { PeerCase } from '../peers/peer-case.ts'
import { placeClient } from './peer-client.ts'
import { parseOutputs } from './runner.ts'

export type Kind = 'build' | 'bake'

export interface Prepared {
  readonly folder: string
  readonly cwd: string
  readonly env: Readonly<Record<string, string>>
}

/** What a run left, besides its files. */
export interface Ended {
  readonly status: number | null
  readonly stdout: string
}

/**
 * Defaults of action.yml, as the runner sets them. Those of inputs that only we have do no harm in the other actions.
 */
const defaults = {
  load: 'false',
  push: 'false',
  pull: 'false',
  'no-cache': 'false',
  'github-token': 'a-token',
  'stage-compression': 'auto',
  'fail-on-report-error': 'false',
  comment: 'off',
  baseline: 'none',
} as const

/** @param kind which of the actions we replace */
export async function prepare(given: PeerCase, kind: Kind): Promise<Prepared> {
  const folder = await mkdtemp(join(tmpdir(), 'sf-peers-'))
  const cwd = join(folder, 'workspace')
  const temp = join(folder, 'temp')
  await Promise.all([mkdir(cwd), mkdir(temp), mkdir(join(folder, 'home'))])
  for (const [name, text] of Object.entries({ Dockerfile: 'FROM scratch\n', ...given.files })) {
    await mkdir(dirname(join(cwd, name)), { recursive: true })
    await writeFile(join(cwd, name), text)
  }
  await placeClient(folder, given, kind)
  const files = Object.fromEntries(
    ['OUTPUT', 'STEP_SUMMARY', 'STATE', 'ENV', 'PATH'].map((name) => [`GITHUB_${name}`, join(folder, name)]),
  )
  const event = join(folder, 'event.json')
  await Promise.all([
    ...Object.values(files).map((file) => writeFile(file, '')),
    writeFile(event, JSON.stringify(given.event ?? { repository: { private: false } })),
  ])
  const inputs = { ...defaults, ...(kind === 'bake' ? { mode: 'bake' } : {}), ...given.inputs }
  const env = {
    ...files,
    ...Object.fromEntries(Object.entries(inputs).map(([name, value]) => [`INPUT_${name.toUpperCase()}`, value])),
    PATH: `${join(folder, 'bin')}:${process.env['PATH'] ?? ''}`,
    HOME: join(folder, 'home'),
    PEER_FOLDER: folder,
    CI: 'true',
    GITHUB_ACTIONS: 'true',
    GITHUB_ACTOR: 'octocat',
    GITHUB_EVENT_NAME: 'push',
    GITHUB_EVENT_PATH: event,
    GITHUB_REF: 'refs/heads/main',
    GITHUB_REPOSITORY: 'octo/app',
    GITHUB_RUN_ATTEMPT: '1',
    GITHUB_RUN_ID: '42',
    GITHUB_SERVER_URL: 'https://github.com',
    GITHUB_SHA: '0123456789abcdef0123456789abcdef01234567',
    GITHUB_WORKSPACE: cwd,
    RUNNER_TEMP: temp,
    ...given.env,
  }
  return { folder, cwd, env }
}

export async function linesOf(
  kind: Kind,
  { folder, cwd }: Prepared,
  { status, stdout }: Ended,
): Promise<readonly string[]> {
  const read = (name: string): Promise<string | null> => readFile(join(folder, name), 'utf8').catch(() => null)
  const plain = (text: string): string => text.replaceAll(cwd, '<workspace>').replaceAll(folder, '<run>')
  const words = (await read('words'))?.split('\0').slice(0, -1) ?? null
  const environment = new Map(
    (await read('environment'))?.split('\0').map((entry) => entry.split(/=(.*)/s, 2) as [string, string]),
  )
  const outputs = parseOutputs((await read('OUTPUT')) ?? '')
  const said = words === null ? ['no call'] : await callLines(words, environment, read)
  const place = words === null ? [] : [`folder: ${(await read('directory'))?.trim() ?? ''}`]
  return [
    `outcome: ${status === 0 ? 'succeeded' : 'failed'}`,
    ...[...place, ...said].map(plain),
    ...outputsOf[kind].flatMap((name) =>
      outputs[name] ? [`output: ${name}=${name === 'metadata' ? compact(outputs[name]) : outputs[name]}`] : [],
    ),
    ...annotationsIn(stdout),
  ]
}

const outputsOf = { build: ['imageid', 'digest', 'metadata'], bake: ['metadata'] } as const

const compact = (json: string): string => JSON.stringify(JSON.parse(json))

/** Flags without a value. The value of any other flag is the next word, unless the flag contains `=`. */
const booleans = new Set(['--load', '--push', '--pull', '--no-cache'])

/** See `alwaysDiffers`. */
const notCompared = new Set(['BUILDX_BAKE_ENTITLEMENTS_FS', 'BUILDX_METADATA_PROVENANCE'])

async function callLines(
  words: readonly string[],
  environment: ReadonlyMap<string, string>,
  read: (name: string) => Promise<string | null>,
): Promise<string[]> {
  const flags: string[] = []
  const operands: string[] = []
  let secrets = 0
  for (let at = 2; at < words.length; at++) {
    const word = words[at] ?? ''
    const value = words[at + 1] ?? ''
    if (!word.startsWith('--')) operands.push(`operand: ${word}`)
    else if (booleans.has(word) || word.includes('=')) flags.push(`word: ${word}`)
    else {
      at++
      if (word === '--secret') flags.push(secretLine(value, await read(`secret-${secrets++}`), environment))
      else if (word !== '--metadata-file' && word !== '--iidfile') flags.push(`word: ${word} ${value}`)
    }
  }
  const added = [...environment].filter(([name]) => /^(BUILDX|BUILDKIT|DOCKER)_/.test(name) && !notCompared.has(name))
  const isRemote = operands.some((operand) => /:\/\/|github\.com\/|git@/.test(operand))
  const anywhere = environment.get('BUILDX_BAKE_ENTITLEMENTS_FS') === '0' ? ['word: --allow fs=*'] : []
  // Attestations of different types have no fixed order.
  const byName = (line: string): string => /^(?:word: --attest type=\w+|word: \S+|secret)/.exec(line)?.[0] ?? ''
  return [
    ...[...flags, ...anywhere].toSorted((one, other) =>
      byName(one) < byName(other) ? -1 : byName(one) > byName(other) ? 1 : 0,
    ),
    ...operands,
    ...added
      .filter(([name]) => name !== 'BUILDX_BAKE_GIT_AUTH_TOKEN' || isRemote)
      .map(([name, value]) => `env: ${name}=${value}`)
      .toSorted(),
  ]
}

/** Shows a value from a file or the environment as it is, and what the user named by its name. */
function secretLine(row: string, content: string | null, environment: ReadonlyMap<string, string>): string {
  const variable = /,env=(STAGE_FOOTPRINT_SECRET_\d+)$/.exec(row)?.[1]
  const [id = ''] = row.split(/,(?:src|env)=/)
  const value = variable === undefined ? content : environment.get(variable)
  return value === null || value === undefined
    ? `secret: ${row}`
    : `secret: ${id.replace(/^"(.*)"$/, '$1')} = ${JSON.stringify(value)}`
}

/** Those at a place of a file. */
function annotationsIn(stdout: string): string[] {
  return [...stdout.matchAll(/^::(warning|error) ([^\n]*?file=[^\n]*?)::(.*)$/gm)].map(
    ([, level = '', where = '', message = '']) =>
      `annotation: ${level} ${where.split(',').toSorted().join(',')} ${message}`,
  )
}

export interface Difference {
  readonly theirs: readonly string[]
  readonly ours: readonly string[]
}

/** Returns the lines that only one of them has, or all lines of both if they differ only in order. */
export function differenceOf(theirs: readonly string[], ours: readonly string[]): Difference {
  const rest = (some: readonly string[], others: readonly string[]): string[] => {
    const left = [...others]
    return some.filter((line) => {
      const at = left.indexOf(line)
      if (at >= 0) left.splice(at, 1)
      return at < 0
    })
  }
  const only = { theirs: rest(theirs, ours), ours: rest(ours, theirs) }
  const common = (some: readonly string[], mine: readonly string[]): string => JSON.stringify(rest(some, mine))
  return common(theirs, only.theirs) === common(ours, only.ours) ? only : { theirs, ours }
}
