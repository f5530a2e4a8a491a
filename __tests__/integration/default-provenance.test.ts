/** The provenance that is attached by default, as docker/build-push-action does, which depends on the builder. */
import { mkdtemp } from 'node:fs/promises'
import { join } from 'node:path'
import { beforeAll, expect, test } from '@jest/globals'
import { remoteBuilder } from '../support/builder.ts'
import { folderWith, requireEngine, succeed } from '../support/program.ts'
import { recordingClient } from '../support/recording-client.ts'
import { rig, testWith } from '../support/rig.ts'
import { runAction } from '../support/runner.ts'

beforeAll(() => void requireEngine())

const dockerfile = 'FROM scratch\nARG PW\nCOPY word /word\n'
/** This value is in no other text of a run. */
const password = 'hunter2-of-this-test'

interface Pushed {
  /** The text of each attestation of the image. */
  readonly attestations: readonly string[]
  readonly calls: readonly (readonly string[])[]
}

/** Runs a step with default inputs that pushes, and returns what the registry has afterwards. */
async function push(name: string, env: Readonly<Record<string, string>>): Promise<Pushed> {
  await using folder = await folderWith({ 'context/Dockerfile': dockerfile, 'context/word': 'word' })
  await using client = await recordingClient()
  const step = await runAction(
    join(folder.path, 'context'),
    { context: '.', push: 'true', tags: name, 'build-args': `PW=${password}` },
    { env: { XDG_CACHE_HOME: join(folder.path, 'cache'), ...env, ...client.env } },
  )
  if (step.status !== 0) throw new Error(step.stdout + step.stderr)
  expect(JSON.stringify(step.outputs) + step.summary).not.toContain(password)
  const raw = async (reference: string): Promise<Manifest> =>
    JSON.parse(await succeed('skopeo', ['inspect', '--raw', '--tls-verify=false', `docker://${reference}`])) as Manifest
  const attesting = ((await raw(name)).manifests ?? []).filter(
    ({ annotations }) => annotations?.['vnd.docker.reference.type'] === 'attestation-manifest',
  )
  const attestations = await Promise.all(
    attesting.map(async ({ digest }) => {
      const layout = await mkdtemp(join(folder.path, 'attestation-'))
      await succeed('skopeo', [
        'copy',
        '--quiet',
        '--src-tls-verify=false',
        `docker://${name.replace(/:[^:/]+$/, '')}@${digest}`,
        `dir:${layout}`,
      ])
      return succeed('sh', ['-c', `cat "$1"/*`, 'sh', layout])
    }),
  )
  return { attestations, calls: await client.calls() }
}

interface Manifest {
  readonly manifests?: readonly { readonly digest: string; readonly annotations?: Readonly<Record<string, string>> }[]
}

const buildOf = ({ calls }: Pushed): string =>
  calls.find((words) => words[1] === 'build' && !words.join(' ').includes('--call='))?.join(' ') ?? ''

testWith('registry')(
  "leaves buildx's own default to the engine's containerd store, and it holds no value of a build argument",
  async () => {
    const pushed = await push(`${rig.registry}/default-provenance/store:${process.pid}`, {})
    expect(buildOf(pushed)).not.toContain('--attest')
    expect(pushed.attestations).toHaveLength(1)
    expect(pushed.attestations[0]).toContain('https://slsa.dev/provenance/')
    expect(pushed.attestations[0]).not.toContain(password)
  },
  60_000,
)

testWith('registry', 'buildKit')(
  'asks a builder that supports attestations for mode=max, with the run as builder ID',
  async () => {
    await using builder = await remoteBuilder()
    const pushed = await push(`${rig.registry}/default-provenance/builder:${process.pid}`, builder.env)
    expect(buildOf(pushed)).toContain(
      '--attest type=provenance,mode=max,builder-id=https://github.invalid/owner/repository/actions/runs/1/attempts/1',
    )
    expect(pushed.attestations).toHaveLength(1)
    expect(pushed.attestations[0]).toContain('https://github.invalid/owner/repository/actions/runs/1/attempts/1')
  },
)

test.each<[Readonly<Record<string, string>>, number]>([
  [{}, 1],
  [{ load: 'true' }, 0],
  [{ provenance: 'false' }, 0],
  [{ attests: 'type=provenance,disabled=true' }, 0],
  [{ call: 'outline' }, 0],
])(
  'inputs %j ask for the builder %i times',
  async (inputs, expected) => {
    await using folder = await folderWith({ 'context/Dockerfile': dockerfile, 'context/word': 'word' })
    await using client = await recordingClient()
    const { status } = await runAction(
      join(folder.path, 'context'),
      { context: '.', ...inputs },
      { env: { XDG_CACHE_HOME: join(folder.path, 'cache'), ...client.env } },
    )
    const asked = (await client.calls()).filter((words) => words[1] === 'inspect' && words[0] === 'buildx')
    expect([status, asked.length]).toEqual([0, expected])
  },
  60_000,
)
