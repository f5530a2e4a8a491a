/** Bakes and weighs in this process, and returns what the report has of each target. */
import { mkdtemp, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { expect } from '@jest/globals'
import { parseBaseline } from '../../src/base/baseline-input.ts'
import { plainLog } from '../../src/docker/builder-log.ts'
import type { BuildOutputs } from '../../src/docker/metadata.ts'
import type { RunEvent } from '../../src/git/event-rule.ts'
import { parseBake } from '../../src/inputs/bake-inputs.ts'
import type { Footprint, Image } from '../../src/record/footprint.ts'
import { bakeAndWeigh } from '../../src/run/bake.ts'
import type { RunReport } from '../../src/run/run-request.ts'
import { noProgress } from '../../src/run/progress.ts'
import { succeed } from './program.ts'

export interface BakeOptions {
  /** The folder that has the bake files in `deploy`. */
  readonly folder: string
  /** The state folder of the test file. What was weighed once is known there. */
  readonly state: string
  readonly event?: Partial<RunEvent>
  /** The environment for Git; the client has that of this process. */
  readonly env?: Readonly<Record<string, string>>
  readonly baseline?: string
  /** Milliseconds. */
  readonly timeout?: number
  readonly onBuilt?: (outputs: BuildOutputs) => void
  /** The environment of the workflow that the inputs are read with. */
  readonly workflow?: Readonly<Record<string, string>>
  readonly isPrivate?: boolean
}

/** @param inputs inputs of the action */
export async function bakeIn(
  {
    folder,
    state,
    event = {},
    env = {},
    baseline = 'none',
    timeout = 600_000,
    onBuilt = () => undefined,
    workflow = {},
    isPrivate = false,
  }: BakeOptions,
  inputs: Readonly<Record<string, string>>,
): Promise<RunReport> {
  const bake = parseBake((name) => ({ source: join(folder, 'deploy'), ...inputs })[name] ?? '', workflow, {
    isPrivate,
    wanted: true,
  })
  if (!bake) throw new Error('no bake')
  const temp = await mkdtemp(join(state, 'temp-'))
  const report = await bakeAndWeigh({
    bake,
    stageCompression: 'auto',
    uncachedStages: 'skip',
    indexFolder: join(state, 'layers'),
    dockerConfigFolder: null,
    tempFolders: [temp],
    terminal: false,
    quiet: true,
    log: plainLog(process.stderr, process.stdout),
    signal: new AbortController().signal,
    onBuilt,
    onWarning: () => undefined,
    onProblem: () => undefined,
    onChecked: () => undefined,
    lists: null,
    ...noProgress,
    revision: { event: { name: 'push', payload: {}, ref: null, sha: null, given: null, ...event }, env, token: '' },
    baseline: {
      input: parseBaseline(baseline, () => false),
      required: false,
      timeout,
      recordFolder: null,
      refusal: () => null,
      onBaseBuild: () => undefined,
      read: () => Promise.reject(new Error('nothing is named')),
    },
    budgets: [],
  })
  expect(await readdir(temp)).toEqual([])
  return report
}

export type Weighed = Extract<RunReport, { readonly footprint: Footprint }>

/** @throws if there is no report */
export function weighedOf(report: RunReport): Weighed {
  if ('problem' in report) throw report.problem
  if (!('footprint' in report)) throw new Error('nothing was built')
  return report
}

export function imageOf({ images }: Footprint, name: string): Image {
  const found = images.find((image) => image.name === name)
  if (!found) throw new Error(`no image ${name}`)
  return found
}

/** A target as bake exports it by itself. */
export interface ExportedTarget {
  /** Folder of the image layout. */
  readonly layout: string
  /** From its manifest and its config, as skopeo reads them. */
  readonly layers: readonly { readonly digest: string; readonly compressedSize: number; readonly diffId: string }[]
}

/**
 * Exports a target of the bake files in `deploy`, without attestations.
 *
 * @param attributes more attributes of the output, each after a comma
 */
export async function exportedTarget(
  { folder, state }: Pick<BakeOptions, 'folder' | 'state'>,
  target: string,
  attributes = '',
): Promise<ExportedTarget> {
  const layout = await mkdtemp(join(state, 'layout-'))
  await succeed(
    'docker',
    [
      ...['buildx', 'bake', target],
      ...['--allow', `fs.read=${folder}`, '--allow', `fs.write=${state}`],
      ...['--set', `${target}.output=type=oci,tar=false,dest=${layout}${attributes}`],
      ...['--set', `${target}.attest=type=provenance,disabled=true`],
    ],
    { cwd: join(folder, 'deploy') },
  )
  const manifest = JSON.parse(await succeed('skopeo', ['inspect', '--raw', `oci:${layout}`])) as {
    layers: { digest: string; size: number }[]
  }
  const config = JSON.parse(await succeed('skopeo', ['inspect', '--config', `oci:${layout}`])) as {
    rootfs: { diff_ids: string[] }
  }
  const layers = manifest.layers.map(({ digest, size }, position) => ({
    digest,
    compressedSize: size,
    diffId: config.rootfs.diff_ids[position] ?? '',
  }))
  return { layout, layers }
}
