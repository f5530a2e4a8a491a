/**
 * Figures of two revisions according to a plain build, `gunzip`, `wc` and `tar`, for a text that names them. A figure is
 * written `{STAGE LAYER WHAT FORM}`:
 *
 * - STAGE is the name or the number of a stage.
 * - LAYER is `total`, `base`, `above` (everything above the base) or the number of a layer above the base, from 0.
 * - WHAT is `pull`, `unpacked`, `files` or a path, whose files are added up.
 * - FORM is `before`, `after`, `growth`, `share` (growth in percent), `change` (both sizes) or `grown` (growth and sizes).
 *
 * `{STAGE LAYER layers}` is a number of layers, `{STAGE less STAGE layers}` how many more the first one has, and
 * `{STAGE against STAGE}` how much smaller the first one is, unpacked.
 */
import { readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import {
  formatBytes,
  formatChange,
  formatGrowth,
  formatGrowthShare,
  formatGrown,
  formatShare,
} from '../../src/report/units.ts'
import { succeed } from './program.ts'

export interface MeasuredBlob {
  readonly pull: number
  readonly unpacked: number
  /** Sizes of regular files by path. */
  readonly files: ReadonlyMap<string, number>
}

export interface MeasuredStage {
  readonly name: string
  /** Layers of its base image. */
  readonly baseLayers: number
}

export interface MeasuredRevision {
  /** The layers of each stage, lowest first. */
  readonly layers: ReadonlyMap<string, readonly MeasuredBlob[]>
}

/**
 * Builds each stage of what is checked out in `context`, and measures its layers. Blobs are kept in `folder`, so that
 * layers which several builds have are written once.
 */
export async function measureRevision(
  context: string,
  stages: readonly MeasuredStage[],
  folder: string,
  known: Map<string, Promise<MeasuredBlob>>,
): Promise<MeasuredRevision> {
  const layers = new Map<string, readonly MeasuredBlob[]>()
  for (const { name } of stages) {
    const metadata = join(folder, 'metadata.json')
    const target = /^\d+$/.test(name) ? [] : [`--target=${name}`]
    await succeed('docker', [
      ...['buildx', 'build', '--quiet', '--provenance=false', `--metadata-file=${metadata}`, ...target],
      ...[`--output=type=oci,tar=false,dest=${join(folder, 'layout')}`, context],
    ])
    const path = (digest: string): string => join(folder, 'layout/blobs/sha256', digest.slice('sha256:'.length))
    const built = JSON.parse(await readFile(metadata, 'utf8')) as { readonly 'containerimage.digest': string }
    const manifest = JSON.parse(await readFile(path(built['containerimage.digest']), 'utf8')) as {
      readonly layers: readonly { readonly digest: string; readonly size: number }[]
    }
    const blobs = manifest.layers.map(({ digest, size }) => {
      const blob = known.get(digest) ?? measureBlob(path(digest), size)
      known.set(digest, blob)
      return blob
    })
    layers.set(name, await Promise.all(blobs))
  }
  return { layers }
}

async function measureBlob(path: string, pull: number): Promise<MeasuredBlob> {
  // Unpacked once for both tools, since base images have hundreds of megabytes.
  const command =
    'gunzip -c <"$1" >"$1.tar" && wc -c <"$1.tar" && tar --list --verbose --quoting-style=literal <"$1.tar"'
  const [unpacked, ...listed] = (await succeed('sh', ['-c', command, 'sh', path])).split('\n')
  await rm(`${path}.tar`)
  const files = listed.flatMap((line) => {
    const [, bytes = '', name = ''] = /^-\S+ +\S+ +(\d+) \S+ \S+ (.*)$/.exec(line) ?? []
    return bytes === '' ? [] : [[name, Number(bytes)] as const]
  })
  return { pull, unpacked: Number(unpacked), files: new Map(files) }
}

/** Returns the text with its figures filled in. */
export function withFigures(
  text: string,
  stages: readonly MeasuredStage[],
  before: MeasuredRevision,
  after: MeasuredRevision,
): string {
  const layersOf = ({ layers }: MeasuredRevision, stage: string, layer: string): readonly MeasuredBlob[] => {
    const { baseLayers } = stages.find(({ name }) => name === stage) ?? { baseLayers: 0 }
    return (layers.get(stage) ?? []).filter((_blob, nth) => isIn(layer, nth - baseLayers))
  }
  const bytes = (revision: MeasuredRevision, stage: string, layer: string, what: string): number =>
    layersOf(revision, stage, layer).reduce((sum, blob) => sum + bytesOf(blob, what), 0)
  return text
    .replace(/\{(\S+) (total|base) layers\}/g, (_, stage: string, layer: string) =>
      String(layersOf(after, stage, layer).length),
    )
    .replace(/\{(\S+) less (\S+) layers\}/g, (_, one: string, other: string) =>
      String(layersOf(after, one, 'total').length - layersOf(after, other, 'total').length),
    )
    .replace(/\{(\S+) against (\S+)\}/g, (_, one: string, other: string) =>
      formatShare(1 - bytes(after, one, 'total', 'unpacked') / bytes(after, other, 'total', 'unpacked')),
    )
    .replace(
      /\{(\S+) (total|base|above|\d+) (\S+) (\w+)\}/g,
      (_, stage: string, layer: string, what: string, form: string) =>
        shown(form, bytes(before, stage, layer, what), bytes(after, stage, layer, what)),
    )
}

function isIn(layer: string, above: number): boolean {
  if (layer === 'total') return true
  if (layer === 'base') return above < 0
  return layer === 'above' ? above >= 0 : above === Number(layer)
}

function bytesOf({ pull, unpacked, files }: MeasuredBlob, what: string): number {
  if (what === 'pull') return pull
  if (what === 'unpacked') return unpacked
  return [...files].reduce((sum, [path, bytes]) => (what === 'files' || path.startsWith(what) ? sum + bytes : sum), 0)
}

function shown(form: string, before: number, after: number): string {
  switch (form) {
    case 'before':
      return formatBytes(before)
    case 'after':
      return formatBytes(after)
    case 'growth':
      return formatGrowth(after - before)
    case 'share':
      return formatGrowthShare(after - before, before) ?? ''
    case 'change':
      return formatChange(before, after)
    case 'grown':
      return formatGrown(before, after)
    default:
      throw new RangeError(`a figure has no form ${form}`)
  }
}
